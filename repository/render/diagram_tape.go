package render

import (
	"math/big"
	"strings"
)

const maxTapeParts = 20

// tape is one bar of a model: its parts from left to right.
type tape struct {
	name, total string
	parts       []tapePart
}

type tapePart struct {
	text   string
	value  *big.Rat // nil where it is no number
	shaded bool
}

// readTape reads "Ana: 12 + [12] + ? = 36".
func (s *sheet) readTape(f field) (t tape) {
	value := f.value
	if name, rest, found := strings.Cut(value, ":"); found {
		t.name, value = s.text(f, name, 24), rest
	}
	value, total, _ := strings.Cut(value, "=")
	t.total = s.text(f, total, maxLabel)
	for text := range strings.SplitSeq(value, "+") {
		var p tapePart
		p.text = strings.TrimSpace(text)
		if inner, ok := strings.CutPrefix(p.text, "["); ok && strings.HasSuffix(inner, "]") {
			p.text, p.shaded = strings.TrimSpace(strings.TrimSuffix(inner, "]")), true
		}
		p.text = s.text(f, p.text, maxLabel)
		if r, ok := readNumber(p.text); ok && r.Sign() > 0 {
			p.value = r
		}
		if p.text == "" {
			s.fail(f.line, "write parts with + between them, and ? for an unknown one", "bar: a part is missing")
		}
		t.parts = append(t.parts, p)
	}
	if len(t.parts) > maxTapeParts {
		s.fail(f.line, "draw fewer", "bar: more than %d parts cannot be drawn", maxTapeParts)
	}
	return t
}

// size is the length of a part before scaling; what is no number is as long as the others are on average.
func (p tapePart) size(average float64) float64 {
	if p.value != nil {
		return float(p.value)
	}
	return average
}

// drawTape draws bars whose parts are as long as their numbers, one below the other.
func drawTape(s *sheet, c *canvas) string {
	const long, high = 400.0, 40.0
	fields := s.all("bar")
	if len(fields) == 0 {
		s.fail(0, "write a line such as bar: Ana: 12 + 12 + 12 = 36", "there is no bar")
	}
	if len(fields) > maxBars {
		s.fail(fields[maxBars].line, "draw fewer", "a diagram may have %d bars", maxBars)
		return ""
	}
	var tapes []tape
	sum, known, side := 0.0, 0.0, 0.0
	for _, f := range fields {
		t := s.readTape(f)
		tapes = append(tapes, t)
		for _, p := range t.parts {
			if p.value != nil {
				sum, known = sum+float(p.value), known+1
			}
		}
		if t.name != "" {
			side = max(side, widthOf(t.name)+12)
		}
	}
	if len(s.faults) > 0 {
		return ""
	}
	average := 1.0
	if known > 0 {
		average = sum / known
	}
	most := 0.0
	for _, t := range tapes {
		length := 0.0
		for _, p := range t.parts {
			length += p.size(average)
		}
		most = max(most, length)
	}
	scale := (long - min(side, 160)) / most
	alt := newSentences()
	alt.add("%s", s.words.tape)
	y := 2.0
	for _, t := range tapes {
		x := side + 2
		if t.name != "" {
			c.begin(2, y+high/2+5, t.name)
		}
		for _, p := range t.parts {
			w := p.size(average) * scale
			if p.shaded {
				rect(&c.shade, x, y, w, high)
			}
			rect(&c.lines, x, y, w, high)
			c.text(x+w/2, y+high/2+5, numeral(p.text), p.shaded)
			x += w
		}
		y += high
		if t.total != "" {
			pen(&c.lines, "M", side+2, y+5)
			pen(&c.lines, "v", 8)
			pen(&c.lines, "H", x)
			pen(&c.lines, "v", -8)
			c.text((side+2+x)/2, y+31, numeral(t.total), false)
			y += 36
		}
		y += 10
		alt.add("%s", t.words(s.words))
	}
	c.width, c.height = side+most*scale+4, y-8
	return alt.String()
}

func (t tape) words(w diagramWords) string {
	var list []string
	for _, p := range t.parts {
		text := numeral(p.text)
		if text == "?" {
			text = w.unknown
		}
		list = append(list, text)
	}
	text := strings.Join(list, " + ")
	if t.name != "" {
		text = t.name + ": " + text
	}
	if t.total == "?" {
		return text + ", " + strings.Replace(w.inAll, "%s", w.unknown, 1)
	}
	if t.total != "" {
		text += ", " + strings.Replace(w.inAll, "%s", numeral(t.total), 1)
	}
	return text
}
