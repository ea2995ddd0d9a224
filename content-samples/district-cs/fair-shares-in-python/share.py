from fractions import Fraction

def share(cups, bags):
    """How many cups go into each bag when all bags get the same?"""
    return Fraction(cups, bags)

def mixed(amount):
    """Write a fraction as people do: 5/4 becomes '1 1/4'."""
    whole = amount.numerator // amount.denominator
    rest = amount - whole
    if rest == 0:
        return str(whole)
    if whole == 0:
        return str(rest)
    return f"{whole} {rest}"

for cups, bags in [(5, 4), (2, 3), (4, 6), (6, 3)]:
    print(cups, "cups in", bags, "bags:", mixed(share(cups, bags)), "cups each")
