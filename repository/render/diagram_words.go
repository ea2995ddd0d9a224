package render

import (
	"fmt"
	"strings"
)

// diagramWords describe a drawing to those who do not see it, in the language of the text.
type diagramWords struct {
	bar, circle               string // what shows a fraction
	shaded, shadedOne, wholes string // parts of one whole, of which 1, of several
	line, point, jump, jumps  string
	array, dots               string
	area, part                string
	tape, inAll, unknown      string
	plane, at, polygon, path  string
}

func diagramWordsOf(language string) diagramWords {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if primary == "es" {
		return diagramWords{
			bar: "Barra de fracciones", circle: "Círculo de fracciones",
			shaded: "%s: %d de %d partes iguales están sombreadas", shadedOne: "%s: %d de %d partes iguales está sombreada",
			wholes: "%s: %d enteros de %[4]d partes iguales cada uno; %[3]d partes están sombreadas",
			line:   "Recta numérica de %s a %s, con marcas cada %s", point: "Punto %s en %s", jump: "Salto de %s a %s", jumps: "%d saltos de %s desde %s hasta %s",
			array: "Arreglo de puntos: %s filas y %s columnas", dots: "Arreglo de puntos: %s fila y %s columnas",
			area: "Modelo de área: %s a lo ancho y %s a lo alto", part: "%s por %s es %s",
			tape: "Modelo de barras", inAll: "%s en total", unknown: "desconocido",
			plane: "Plano de coordenadas, x de %s a %s, y de %s a %s", at: "Punto %s en %s", polygon: "Polígono %s con vértices %s", path: "Línea %s por %s",
		}
	}
	return diagramWords{
		bar: "Fraction bar", circle: "Fraction circle",
		shaded: "%s: %d of %d equal parts are shaded", shadedOne: "%s: %d of %d equal parts is shaded",
		wholes: "%s: %d wholes of %[4]d equal parts each; %[3]d parts are shaded",
		line:   "Number line from %s to %s, marked every %s", point: "Point %s at %s", jump: "Jump from %s to %s", jumps: "%d jumps of %s from %s to %s",
		array: "Array of dots: %s rows and %s columns", dots: "Array of dots: %s row and %s columns",
		area: "Area model: %s across and %s down", part: "%s times %s is %s",
		tape: "Bar model", inAll: "%s in all", unknown: "unknown",
		plane: "Coordinate plane, x from %s to %s, y from %s to %s", at: "Point %s at %s", polygon: "Polygon %s with vertices %s", path: "Line %s through %s",
	}
}

func (w diagramWords) share(what string, x share) string {
	var text string
	switch {
	case x.wholes > 1:
		text = fmt.Sprintf(w.wholes, what, x.wholes, x.shaded, x.parts)
	case x.shaded == 1:
		text = fmt.Sprintf(w.shadedOne, what, x.shaded, x.parts)
	default:
		text = fmt.Sprintf(w.shaded, what, x.shaded, x.parts)
	}
	if x.label != "" {
		text += " (" + x.label + ")"
	}
	return text
}

// sentences puts what a drawing shows one after the other.
type sentences struct{ list []string }

func newSentences() *sentences { return &sentences{} }

func (s *sentences) add(format string, args ...any) {
	s.list = append(s.list, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
}

func (s *sentences) String() string { return strings.Join(s.list, ". ") + "." }
