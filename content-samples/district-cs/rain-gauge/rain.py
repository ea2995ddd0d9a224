import csv

with open("data/rain.csv") as file:
    rows = list(csv.DictReader(file))

total = 0
wettest_day = rows[0]["day"]
wettest_amount = 0

for row in rows:
    amount = int(row["rain_mm"])
    total = total + amount
    if amount > wettest_amount:
        wettest_amount = amount
        wettest_day = row["day"]

print("days:", len(rows))
print("total:", total, "mm")
print("mean per day:", total / len(rows), "mm")
print("wettest day:", wettest_day, "with", wettest_amount, "mm")
