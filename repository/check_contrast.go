package repository

import (
	"bytes"
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// readable is the least contrast of text by WCAG 2.2, success criterion 1.4.3.
const readable = 4.5

// FaintText returns the first line of an SVG drawing on which words have too little contrast with anything that was drawn
// before them, and the best of those contrasts; 0 where all can be read. Below everything is white, unless a rectangle
// fills the drawing. Of colors that are not written as plain values nothing is said.
func FaintText(src []byte) (line int, ratio float64) {
	d := xml.NewDecoder(bytes.NewReader(src))
	behind, width, height := [][3]float64{{1, 1, 1}}, "", ""
	fills := []string{"black"}
	for {
		token, err := d.Token()
		if err != nil {
			return 0, 0
		}
		switch t := token.(type) {
		case xml.StartElement:
			a := presentation(t)
			fill := fills[len(fills)-1]
			if a["fill"] != "" {
				fill = a["fill"]
			}
			fills = append(fills, fill)
			switch t.Name.Local {
			case "svg":
				if box := strings.Fields(strings.ReplaceAll(a["viewBox"], ",", " ")); len(box) == 4 {
					width, height = box[2], box[3]
				} else {
					width, height = a["width"], a["height"]
				}
			case "rect":
				whole := (a["width"] == "100%" || a["width"] == width) && (a["height"] == "100%" || a["height"] == height)
				if c, ok := colorOf(fill); ok && whole {
					behind = [][3]float64{c}
				} else if ok {
					behind = append(behind, c)
				}
			case "circle", "ellipse", "path", "polygon":
				if c, ok := colorOf(fill); ok {
					behind = append(behind, c)
				}
			case "text", "tspan":
				if c, ok := colorOf(fill); ok {
					best := 0.0
					for _, b := range behind {
						best = max(best, contrast(c, b))
					}
					if best < readable {
						line, _ := d.InputPos()
						return line, best
					}
				}
			}
		case xml.EndElement:
			if len(fills) > 1 {
				fills = fills[:len(fills)-1]
			}
		}
	}
}

// presentation are the attributes of an element, with those in its style.
func presentation(e xml.StartElement) map[string]string {
	m := map[string]string{}
	for _, a := range e.Attr {
		m[a.Name.Local] = strings.TrimSpace(a.Value)
	}
	for declaration := range strings.SplitSeq(m["style"], ";") {
		if name, value, ok := strings.Cut(declaration, ":"); ok {
			m[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return m
}

var namedColors = map[string]string{
	"black": "#000", "white": "#fff", "red": "#f00", "lime": "#0f0", "blue": "#00f", "yellow": "#ff0", "gray": "#808080", "grey": "#808080",
	"silver": "#c0c0c0", "green": "#008000", "navy": "#000080", "orange": "#ffa500", "purple": "#800080", "pink": "#ffc0cb", "lightgray": "#d3d3d3", "lightgrey": "#d3d3d3",
}

// colorOf reads a color: a name of the common ones, #rgb or #rrggbb. The parts are from 0 to 1.
func colorOf(s string) (c [3]float64, ok bool) {
	s = strings.ToLower(s)
	if named := namedColors[s]; named != "" {
		s = named
	}
	hex, ok := strings.CutPrefix(s, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if !ok || len(hex) != 6 || err != nil {
		return c, false
	}
	return [3]float64{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c [3]float64) float64 {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}
