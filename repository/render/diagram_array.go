package render

import (
	"fmt"
	"math/big"
	"strings"
)

const (
	maxSide  = 30  // rows or columns of an array
	maxDots  = 400 // in all
	maxTerms = 6   // of a side of an area
	maxTerm  = 12  // characters of one
)

// counts reads "5 + 2": groups of rows or columns.
func (s *sheet) counts(key string) (groups []int, sum int) {
	f := s.one(key, "")
	if f.value == "" {
		s.fail(0, "write a line such as "+key+": 5, or "+key+": 5 + 2", "there is no %s", key)
		return nil, 0
	}
	for part := range strings.SplitSeq(f.value, "+") {
		n := s.count(f, part, maxSide)
		groups, sum = append(groups, n), sum+n
	}
	if sum > maxSide {
		s.fail(f.line, "draw fewer", "%s: more than %d cannot be drawn", key, maxSide)
	}
	return groups, sum
}

// drawArray draws dots in rows and columns, with a gap between groups.
func drawArray(s *sheet, c *canvas) string {
	rows, n := s.counts("rows")
	columns, m := s.counts("columns")
	if n*m > maxDots {
		s.fail(0, "draw fewer", "an array may have %d dots", maxDots)
	}
	if len(s.faults) > 0 {
		return ""
	}
	xs, width := places(columns)
	ys, height := places(rows)
	for _, y := range ys {
		for _, x := range xs {
			c.point(x, y)
		}
	}
	c.width, c.height = width, height
	words := s.words.array
	if n == 1 {
		words = s.words.dots
	}
	return fmt.Sprintf(words, sumOf(rows), sumOf(columns)) + "."
}

// places are the middles of what stands in groups, and the room that they need.
func places(groups []int) (at []float64, room float64) {
	const step, gap = 20.0, 14.0
	room = 10
	for i, n := range groups {
		if i > 0 {
			room += gap
		}
		for range n {
			at = append(at, room)
			room += step
		}
	}
	return at, room - 10
}

func sumOf(groups []int) string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(groups), "[]")), " + ")
}

// term is a side of a rectangle: a number, or what stands for one.
type term struct {
	text  string
	value *big.Rat // nil where it is no number
}

func (s *sheet) terms(key string) (list []term) {
	f := s.one(key, "")
	if f.value == "" {
		s.fail(0, "write a line such as "+key+": 20 + 4", "there is no %s", key)
	}
	for part := range strings.SplitSeq(f.value, "+") {
		t := term{text: s.text(f, part, maxTerm)}
		if r, ok := readNumber(t.text); ok && r.Sign() > 0 {
			t.value = r
		}
		if t.text == "" && f.value != "" {
			s.fail(f.line, "write terms with + between them", "%s: a term is missing", key)
		}
		list = append(list, t)
	}
	if len(list) > maxTerms {
		s.fail(f.line, "draw fewer", "%s: more than %d terms cannot be drawn", key, maxTerms)
	}
	return list
}

// lengths shares room among terms by their size, so that the smallest can still be read.
func lengths(terms []term, room, least float64) []float64 {
	sum := 0.0
	for _, t := range terms {
		if t.value != nil {
			sum += float(t.value)
		}
	}
	list := make([]float64, len(terms))
	total := 0.0
	for i, t := range terms {
		list[i] = room / float64(len(terms))
		if t.value != nil && sum > 0 {
			list[i] = max(least, room*float(t.value)/sum)
		}
		total += list[i]
	}
	for i := range list {
		list[i] = max(least, list[i]*room/total)
	}
	return list
}

// drawArea draws a rectangle whose sides are sums, with the products inside. It is not to scale where a part would be
// too small to read.
func drawArea(s *sheet, c *canvas) string {
	across, down := s.terms("across"), s.terms("down")
	products := s.one("products", "show")
	if products.value != "show" && products.value != "hide" {
		s.fail(products.line, "write show or hide", "products: %.40q is not known", products.value)
	}
	if len(s.faults) > 0 {
		return ""
	}
	ws, hs := lengths(across, 320, 52), lengths(down, 180, 40)
	side := 10.0
	for _, t := range down {
		side = max(side, widthOf(t.text)+14)
	}
	alt := newSentences()
	alt.add(s.words.area, termsText(across), termsText(down))
	x := side
	for i, a := range across {
		c.text(x+ws[i]/2, 17, numeral(a.text), false)
		y := 26.0
		for j, d := range down {
			if i == 0 {
				c.text(side/2, y+hs[j]/2+5, numeral(d.text), false)
			}
			rect(&c.lines, x, y, ws[i], hs[j])
			if product := productOf(a, d); products.value == "show" {
				c.text(x+ws[i]/2, y+hs[j]/2+5, product, false)
				alt.add(s.words.part, numeral(a.text), numeral(d.text), product)
			}
			y += hs[j]
			c.height = y + 2
		}
		x += ws[i]
	}
	c.width = x + 2
	return alt.String()
}

func productOf(a, b term) string {
	if a.value != nil && b.value != nil {
		return shown(new(big.Rat).Mul(a.value, b.value))
	}
	return a.text + " · " + b.text
}

func termsText(terms []term) string {
	var list []string
	for _, t := range terms {
		list = append(list, numeral(t.text))
	}
	return strings.Join(list, " + ")
}
