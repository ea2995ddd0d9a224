package render

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxLines    = 40 // of the grid, in each direction
	maxVertices = 40 // of one figure
)

var (
	pairForm  = regexp.MustCompile(`^\( *([^(),]{1,20}) *, *([^(),]{1,20}) *\)[ ,;]*`)
	rangeForm = regexp.MustCompile(`^([-−]?[\d./]+) *(?:to|\.\.|…|a) *([-−]?[\d./]+)$`)
)

// plane is a part of the coordinate plane and where it lies on the canvas.
type plane struct {
	left, right, bottom, top, grid *big.Rat
	originX, originY, unit         float64
}

func (p plane) at(v vertex) (x, y float64) {
	return p.originX + p.unit*float(new(big.Rat).Sub(v.x, p.left)), p.originY - p.unit*float(new(big.Rat).Sub(v.y, p.bottom))
}

func (p plane) holds(v vertex) bool {
	return v.x.Cmp(p.left) >= 0 && v.x.Cmp(p.right) <= 0 && v.y.Cmp(p.bottom) >= 0 && v.y.Cmp(p.top) <= 0
}

type vertex struct{ x, y *big.Rat }

func (v vertex) String() string { return "(" + shown(v.x) + ", " + shown(v.y) + ")" }

// span reads "-5 to 5".
func (s *sheet) span(key string, grid *big.Rat) (from, to *big.Rat) {
	f := s.one(key, "0 to 10")
	m := rangeForm.FindStringSubmatch(f.value)
	if m == nil {
		s.fail(f.line, "write "+key+": -5 to 5", "%s: %.40q is no range", key, f.value)
		return new(big.Rat), big.NewRat(1, 1)
	}
	from, to = s.number(f, m[1]), s.number(f, m[2])
	length := new(big.Rat).Sub(to, from)
	if length.Sign() <= 0 || length.Cmp(new(big.Rat).Mul(grid, big.NewRat(maxLines, 1))) > 0 || from.Sign() > 0 || to.Sign() < 0 {
		s.fail(f.line, "let the range hold 0, and write a grid that makes "+strconv.Itoa(maxLines)+" lines at most", "%s: %s cannot be drawn", key, f.value)
	}
	return from, to
}

// figure reads "(0, 0) (4, 0) (4, 3) label".
func (s *sheet) figure(f field, p plane) (list []vertex, label string) {
	rest := f.value
	for {
		m := pairForm.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		rest = rest[len(m[0]):]
		v := vertex{s.number(f, m[1]), s.number(f, m[2])}
		if !p.holds(v) {
			s.fail(f.line, "choose points inside the ranges of x and y", "%s: %s lies outside", f.key, v)
		}
		if list = append(list, v); len(list) > maxVertices {
			s.fail(f.line, "draw fewer", "%s: more than %d points cannot be drawn", f.key, maxVertices)
			break
		}
	}
	least := map[string]int{"point": 1, "line": 2, "polygon": 3}[f.key]
	if len(list) < least || f.key == "point" && len(list) > 1 {
		s.fail(f.line, "write points such as (2, 3), and a label behind them if you want", "%s: %.40q is not understood", f.key, f.value)
	}
	return list, s.text(f, rest, maxLabel)
}

// drawPlane draws a grid with its axes, points, lines through points, and polygons.
func drawPlane(s *sheet, c *canvas) string {
	f := s.one("grid", "1")
	p := plane{grid: s.number(f, f.value)}
	if p.grid.Sign() <= 0 {
		s.fail(f.line, "write a number such as 1", "grid: the distance must be more than 0")
		return ""
	}
	p.left, p.right = s.span("x", p.grid)
	p.bottom, p.top = s.span("y", p.grid)
	if len(s.faults) > 0 {
		return ""
	}
	wide, high := new(big.Rat).Sub(p.right, p.left), new(big.Rat).Sub(p.top, p.bottom)
	p.unit = min(380/float(wide), 380/float(high))
	p.originX, p.originY = 34, 20+p.unit*float(high)
	c.width, c.height = p.originX+p.unit*float(wide)+34, p.originY+30
	p.axes(c)

	alt := newSentences()
	alt.add(s.words.plane, shown(p.left), shown(p.right), shown(p.bottom), shown(p.top))
	for _, f := range s.fields {
		if f.key != "point" && f.key != "line" && f.key != "polygon" {
			continue
		}
		list, label := s.figure(f, p)
		if len(s.faults) > 0 {
			continue
		}
		var names []string
		for i, v := range list {
			x, y := p.at(v)
			names = append(names, v.String())
			switch {
			case f.key == "point":
				c.point(x, y)
			case i == 0:
				pen(&c.heavy, "M", x, y)
			default:
				pen(&c.heavy, "L", x, y)
			}
		}
		words := s.words.at
		switch f.key {
		case "polygon":
			c.heavy.WriteByte('z')
			words = s.words.polygon
		case "line":
			words = s.words.path
		}
		if label != "" {
			p.label(c, list, label)
		}
		alt.add(words, label, strings.Join(names, ", "))
	}
	return alt.String()
}

// label stands above the last point of a figure, where there is room to its right or left.
func (p plane) label(c *canvas, list []vertex, label string) {
	x, y := p.at(list[len(list)-1])
	half := widthOf(label) / 2
	c.text(min(max(x+9, half+2), c.width-half-2), max(y-10, 15), label, false)
}

// axes draws the grid, the axes and their numbers.
func (p plane) axes(c *canvas) {
	zero := new(big.Rat)
	x0, y0 := p.at(vertex{zero, zero})
	leftX, topY := p.at(vertex{p.left, p.top})
	rightX, bottomY := p.at(vertex{p.right, p.bottom})
	each := func(from, to *big.Rat, draw func(at *big.Rat, named bool)) {
		count := new(big.Rat).Quo(new(big.Rat).Sub(to, from), p.grid)
		lines := new(big.Int).Quo(count.Num(), count.Denom()).Int64()
		every := big.NewInt((lines + 10) / 11)
		first := new(big.Rat).Quo(from, p.grid)
		i := new(big.Int).Quo(first.Num(), first.Denom())
		for ; ; i.Add(i, big.NewInt(1)) {
			at := new(big.Rat).Mul(p.grid, new(big.Rat).SetInt(i))
			if at.Cmp(to) > 0 {
				return
			}
			draw(at, i.Sign() != 0 && new(big.Int).Rem(i, every).Sign() == 0)
		}
	}
	each(p.left, p.right, func(at *big.Rat, named bool) {
		x, _ := p.at(vertex{at, zero})
		pen(&c.grid, "M", x, topY)
		pen(&c.grid, "V", bottomY)
		if named {
			c.text(x, y0+19, decimalOf(at), false)
		}
	})
	each(p.bottom, p.top, func(at *big.Rat, named bool) {
		_, y := p.at(vertex{zero, at})
		pen(&c.grid, "M", leftX, y)
		pen(&c.grid, "H", rightX)
		if named {
			c.text(x0-15, y+5, decimalOf(at), false)
		}
	})
	pen(&c.lines, "M", leftX, y0)
	pen(&c.lines, "H", rightX+12)
	pen(&c.lines, "m", -6, -5)
	pen(&c.lines, "l", 6, 5)
	pen(&c.lines, "l", -6, 5)
	pen(&c.lines, "M", x0, bottomY)
	pen(&c.lines, "V", topY-12)
	pen(&c.lines, "m", -5, 6)
	pen(&c.lines, "l", 5, -6)
	pen(&c.lines, "l", 5, 6)
	c.text(rightX+22, y0+5, "x", false)
	c.text(x0+14, max(topY-4, 13), "y", false)
	c.text(x0-11, y0+17, "0", false)
}

// decimalOf writes a number beside an axis.
func decimalOf(r *big.Rat) string {
	if r.IsInt() {
		return shown(r)
	}
	if exact := strings.TrimRight(r.FloatString(4), "0"); len(exact) < 6 {
		return signed(exact)
	}
	return shown(r)
}
