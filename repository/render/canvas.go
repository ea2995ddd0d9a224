package render

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// canvas collects a drawing in layers, each one path: the bytes stay few. Lengths are in CSS pixels at the natural size;
// y goes down. Colors are the text's own, so that every look and paper show them; DiagramCSS makes the shades richer.
type canvas struct {
	width, height                     float64
	grid, shade, lines, heavy, points strings.Builder // path data
	texts                             strings.Builder
}

const letter = 8.5 // about the width of a letter at the size that drawings use

// num writes a coordinate with one decimal at most.
func num(v float64) string {
	s := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// pen writes a command of path data with its coordinates.
func pen(b *strings.Builder, command string, at ...float64) {
	b.WriteString(command)
	for i, v := range at {
		s := num(v)
		if i > 0 && s[0] != '-' {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
}

func rect(b *strings.Builder, x, y, w, h float64) {
	pen(b, "M", x, y)
	pen(b, "h", w)
	pen(b, "v", h)
	pen(b, "h", -w)
	b.WriteByte('z')
}

func segment(b *strings.Builder, x1, y1, x2, y2 float64) {
	pen(b, "M", x1, y1)
	pen(b, "L", x2, y2)
}

// point is drawn as a line without length and with round ends.
func (c *canvas) point(x, y float64) {
	pen(&c.points, "M", x, y)
	c.points.WriteString("h0")
}

// text writes words around x; y is their base line. Those on a shade have its counter color.
func (c *canvas) text(x, y float64, words string, shaded bool) {
	c.texts.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `"`)
	if shaded {
		c.texts.WriteString(` class="o"`)
	}
	c.texts.WriteString(">" + escape(words) + "</text>")
}

// begin writes words that begin at x.
func (c *canvas) begin(x, y float64, words string) {
	c.texts.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `" text-anchor="start">` + escape(words) + "</text>")
}

// value writes a number around x, a fraction with its bar; y is the base line of a whole number, and of a numerator.
func (c *canvas) value(x, y float64, r *big.Rat, shaded bool) {
	if r.IsInt() {
		c.text(x, y, signed(r.Num().String()), shaded)
		return
	}
	above, below := new(big.Int).Abs(r.Num()).String(), r.Denom().String()
	half := letter * float64(max(len(above), len(below))) / 2
	c.text(x, y, above, shaded)
	c.text(x, y+19, below, shaded)
	if !shaded {
		segment(&c.lines, x-half, y+4, x+half, y+4)
	} else {
		c.texts.WriteString(`<path class="o" d="M` + num(x-half) + " " + num(y+3.2) + "h" + num(2*half) + `v1.5h` + num(-2*half) + `z"/>`)
	}
	if r.Sign() < 0 {
		c.text(x-half-6, y+9, "−", shaded)
	}
}

// signed writes the minus sign as one.
func signed(s string) string { return strings.Replace(s, "-", "−", 1) }

func widthOf(words string) float64 { return letter * float64(utf8.RuneCountInString(words)) }

// svg returns the drawing with its description.
func (c *canvas) svg(alt string) string {
	w, h := num(c.width), num(c.height)
	var b strings.Builder
	b.WriteString(`<svg role="img" aria-label="` + escape(alt) + `" viewBox="0 0 ` + w + " " + h + `" width="` + w + `" height="` + h +
		`" fill="none" stroke="currentColor" stroke-width="1.5">`)
	for _, layer := range []struct {
		b          *strings.Builder
		attributes string
	}{
		{&c.grid, ` stroke-opacity=".3"`},
		{&c.shade, ` class="s" fill="currentColor" fill-opacity=".3"`},
		{&c.lines, ``},
		{&c.heavy, ` class="h" stroke-width="2.5" stroke-linejoin="round"`},
		{&c.points, ` class="h" stroke-width="10" stroke-linecap="round"`},
	} {
		if layer.b.Len() > 0 {
			b.WriteString("<path" + layer.attributes + ` d="` + layer.b.String() + `"/>`)
		}
	}
	if c.texts.Len() > 0 {
		b.WriteString(`<g fill="currentColor" stroke="none" font-size="16" text-anchor="middle">` + c.texts.String() + "</g>")
	}
	b.WriteString("</svg>")
	return b.String()
}
