package render

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
)

const (
	maxBars   = 8
	maxParts  = 100 // of one whole
	maxWholes = 10  // of one bar
)

// share is a fraction as its author wrote it, not in lowest terms: so many parts of wholes with so many parts each.
type share struct {
	shaded, parts, wholes int
	label                 string
}

var shareForm = regexp.MustCompile(`^(\d{1,4}) */ *(\d{1,4})(?: +(.*))?$`)

func (s *sheet) shares(key string) (list []share) {
	fields := s.all(key)
	if len(fields) == 0 {
		s.fail(0, "write a line such as "+key+": 3/4", "there is no %s", key)
	}
	for i, f := range fields {
		if i == maxBars {
			s.fail(f.line, "draw less in one diagram", "a diagram may have %d of %s", maxBars, key)
			break
		}
		m := shareForm.FindStringSubmatch(f.value)
		if m == nil {
			s.fail(f.line, "write a fraction such as 3/4, and a label behind it if you want", "%s: %.40q is not a fraction", key, f.value)
			continue
		}
		x := share{label: s.text(f, m[3], maxLabel)}
		x.shaded, _ = strconv.Atoi(m[1])
		x.parts, _ = strconv.Atoi(m[2])
		if x.parts < 1 || x.parts > maxParts || x.shaded > maxWholes*x.parts {
			s.fail(f.line, "use 1 to "+strconv.Itoa(maxParts)+" parts, and "+strconv.Itoa(maxWholes)+" wholes at most", "%s: %s cannot be drawn", key, f.value)
			continue
		}
		x.wholes = max(1, (x.shaded+x.parts-1)/x.parts)
		list = append(list, x)
	}
	return list
}

// drawBars draws fractions as bars of equal length.
func drawBars(s *sheet, c *canvas) string {
	const long, high = 400.0, 44.0
	shares := s.shares("bar")
	labels := s.one("labels", "none")
	if labels.value != "none" && labels.value != "parts" {
		s.fail(labels.line, "write parts or none", "labels: %.40q is not known", labels.value)
	}
	wholes := 1
	for _, x := range shares {
		wholes = max(wholes, x.wholes)
	}
	unit := (long - 8*float64(wholes-1)) / float64(wholes)
	y := 2.0
	alt := newSentences()
	for _, x := range shares {
		part := unit / float64(x.parts)
		name := part >= 20 && labels.value == "parts"
		for whole := range x.wholes {
			left := 2 + float64(whole)*(unit+8)
			on := min(max(x.shaded-whole*x.parts, 0), x.parts)
			if on > 0 {
				rect(&c.shade, left, y, part*float64(on), high)
			}
			rect(&c.lines, left, y, unit, high)
			for i := 1; i < x.parts; i++ {
				pen(&c.lines, "M", left+part*float64(i), y)
				pen(&c.lines, "v", high)
			}
			for i := 0; name && i < x.parts; i++ {
				c.value(left+part*(float64(i)+.5), y+19+unitDrop(x.parts), big.NewRat(1, int64(x.parts)), i < on)
			}
		}
		y += high
		if x.label != "" {
			c.begin(2, y+20, x.label)
			y += 24
		}
		y += 12
		alt.add("%s", s.words.share(s.words.bar, x))
	}
	c.width, c.height = long+4, y-10
	return alt.String()
}

// unitDrop centers what stands in a part: 1 has one line, 1/4 has two.
func unitDrop(parts int) float64 {
	if parts == 1 {
		return 9
	}
	return 0
}

// drawCircles draws fractions as parts of circles.
func drawCircles(s *sheet, c *canvas) string {
	const r, gap = 56.0, 14.0
	const inRow = 3
	shares := s.shares("circle")
	alt := newSentences()
	x, y, tall := 2+r, 2+r, 0.0
	n := 0
	for _, f := range shares {
		if f.wholes > 6 {
			s.fail(0, "write a smaller fraction", "more than 6 circles for one fraction cannot be drawn")
			break
		}
		for whole := range f.wholes {
			if n > 0 && n%inRow == 0 {
				x, y, tall = 2+r, y+2*r+gap+tall, 0
			}
			on := min(max(f.shaded-whole*f.parts, 0), f.parts)
			wedge(c, x, y, r, on, f.parts)
			if whole == 0 && f.label != "" {
				c.text(x, y+r+20, f.label, false)
				tall = 24
			}
			c.width = math.Max(c.width, x+r+2)
			x += 2*r + gap
			n++
		}
		alt.add("%s", s.words.share(s.words.circle, f))
	}
	c.height = y + r + 2 + tall
	return alt.String()
}

// wedge draws one circle that is cut in parts, from the top clockwise.
func wedge(c *canvas, x, y, r float64, on, parts int) {
	at := func(i int) (float64, float64) {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(parts))
		return x + r*sin, y - r*cos
	}
	circle := func(b interface{ WriteString(string) (int, error) }) {
		_, _ = b.WriteString("M" + num(x-r) + " " + num(y) + "a" + num(r) + " " + num(r) + " 0 1 1 " + num(2*r) + " 0a" + num(r) + " " + num(r) + " 0 1 1 " + num(-2*r) + " 0z")
	}
	circle(&c.lines)
	switch {
	case on == parts:
		circle(&c.shade)
	case on > 0:
		large := "0"
		if 2*on > parts {
			large = "1"
		}
		ex, ey := at(on)
		c.shade.WriteString("M" + num(x) + " " + num(y) + "V" + num(y-r) + "A" + num(r) + " " + num(r) + " 0 " + large + " 1 " + num(ex) + " " + num(ey) + "z")
	}
	for i := 0; i < parts && parts > 1; i++ {
		ex, ey := at(i)
		segment(&c.lines, x, y, ex, ey)
	}
}
