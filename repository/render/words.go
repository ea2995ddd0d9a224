package render

import "strings"

// words are what a page adds to its author's text.
type words struct {
	teacher, note, tip, warning string
	table, formula              string // names of what can be scrolled
	back                        string // from a footnote to the text
	footnotes                   string
}

func wordsOf(language string) words {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if primary == "es" {
		return words{
			teacher: "Para docentes", note: "Nota", tip: "Consejo", warning: "Atención",
			table: "Tabla", formula: "Fórmula", back: "Volver al texto", footnotes: "Notas",
		}
	}
	return words{
		teacher: "For teachers", note: "Note", tip: "Tip", warning: "Warning",
		table: "Table", formula: "Formula", back: "Back to the text", footnotes: "Footnotes",
	}
}

func (w words) container(name string) string {
	switch name {
	case "teacher":
		return w.teacher
	case "tip":
		return w.tip
	case "warning":
		return w.warning
	}
	return w.note
}
