package render

import "strings"

// words are what a page adds to its author's text.
type words struct {
	teacher, note, tip, warning string
	table, formula              string // names of what can be scrolled
	back                        string // from a footnote to the text
	footnotes                   string
	example, quiz, key          string
	transcript, done, open      string // of a recording; of items of task lists
	check, several              string // of a quiz: its button, and that several choices are right
	question, score, again      string // how it was answered
	right, wrong, unanswered    string
	stale                       string // what was answered is not what is asked
}

func wordsOf(language string) words {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if primary == "es" {
		return words{
			teacher: "Para docentes", note: "Nota", tip: "Consejo", warning: "Atención",
			table: "Tabla", formula: "Fórmula", back: "Volver al texto", footnotes: "Notas",
			transcript: "Transcripción", done: "Hecho", open: "Pendiente",
			example: "Ejemplo", quiz: "Compruébalo", key: "Respuestas", check: "Revisar mis respuestas", several: "Elige todas las correctas.",
			question: "pregunta", score: "%d de %d correctas.", again: "Vuelve a mirar:",
			right: "✓ Correcto", wrong: "✗ Todavía no", unanswered: "– Sin respuesta", stale: "La lección cambió mientras tanto. Responde otra vez.",
		}
	}
	return words{
		teacher: "For teachers", note: "Note", tip: "Tip", warning: "Warning",
		table: "Table", formula: "Formula", back: "Back to the text", footnotes: "Footnotes",
		transcript: "Transcript", done: "Done", open: "To do",
		example: "Example", quiz: "Check yourself", key: "Answer key", check: "Check my answers", several: "Choose all that are right.",
		question: "question", score: "%d of %d right.", again: "Look again:",
		right: "✓ Right", wrong: "✗ Not yet", unanswered: "– No answer yet", stale: "The lesson has changed meanwhile. Please answer again.",
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
	case "example":
		return w.example
	}
	return w.note
}
