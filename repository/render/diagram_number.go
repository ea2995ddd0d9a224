package render

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// maxNumber bounds the numbers of a diagram, on both sides of zero, and the denominators.
const maxNumber = 1_000_000

var numberForm = regexp.MustCompile(`^[-−]?(\d{1,7}(\.\d{1,4})?|\.\d{1,4}|(\d{1,7} )?\d{1,7}/\d{1,7})$`)

// readNumber reads 3, -2, 0.25, 3/4 and 1 3/4.
func readNumber(s string) (*big.Rat, bool) {
	s = strings.TrimSpace(s)
	if !numberForm.MatchString(s) {
		return nil, false
	}
	s, minus := strings.CutPrefix(strings.Replace(s, "−", "-", 1), "-")
	sum := new(big.Rat)
	for part := range strings.FieldsSeq(s) {
		r, ok := new(big.Rat).SetString(part) // not ok where the denominator is 0
		if !ok {
			return nil, false
		}
		sum.Add(sum, r)
	}
	if minus {
		sum.Neg(sum)
	}
	if limit := big.NewRat(maxNumber, 1); new(big.Rat).Abs(sum).Cmp(limit) > 0 || sum.Denom().Cmp(limit.Num()) > 0 {
		return nil, false
	}
	return sum, true
}

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// shown writes a number as people read it in a line: 3, −2, 3/4.
func shown(r *big.Rat) string { return signed(r.RatString()) }

// numeral writes a number as its author did.
func numeral(written string) string {
	return strings.Replace(strings.TrimSpace(written), "-", "−", 1)
}

const numberRemedy = "write a number such as 3, 0.5, 3/4 or 1 3/4"

// number reads a line's value as a number.
func (s *sheet) number(f field, written string) *big.Rat {
	r, ok := readNumber(written)
	if !ok {
		s.fail(f.line, numberRemedy, "%s: %.40q is not a number that can be drawn", f.key, written)
		return new(big.Rat)
	}
	return r
}

// count reads a whole number from 1 to most.
func (s *sheet) count(f field, written string, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(written))
	if err != nil || n < 1 || n > most {
		s.fail(f.line, "write a whole number from 1 to "+strconv.Itoa(most), "%s: %.40q cannot be drawn", f.key, written)
		return 1
	}
	return n
}

var leading = regexp.MustCompile(`^[-−]?[\d.]+(?: \d+/\d+|/\d+)?`)

// labeled splits a number from the label behind it.
func (s *sheet) labeled(f field, value string) (r *big.Rat, written, label string) {
	written = leading.FindString(value)
	return s.number(f, written), written, s.text(f, strings.TrimPrefix(value, written), maxLabel)
}
