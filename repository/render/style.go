package render

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed math.css
var mathCSS string

// MathCSS returns the style sheet of formulas, about 5 kB. A page without formulas (Page.Formulas) does without it.
func MathCSS() string { return mathSheet() }

var mathSheet = sync.OnceValue(func() string {
	var b strings.Builder
	b.WriteString(mathCSS)
	for _, s := range mathStyles {
		fmt.Fprintf(&b, ".%s{%s}", s.class, s.declaration)
	}
	b.WriteByte('\n')
	for _, side := range []string{"left", "right", "top", "bottom"} {
		for n := range maxTenths + 1 {
			fmt.Fprintf(&b, ".m-p%s%d{padding-%s:%sem}", side[:1], n, side, strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/10), ".0"))
		}
	}
	return b.String()
})

//go:embed diagram.css
var diagramCSS string

// DiagramCSS returns the style sheet of drawings, about 0.6 kB. It takes the colors --accent and --on of the page; on paper
// all is black on white. A page without drawings (Page.Diagrams) does without it.
func DiagramCSS() string { return diagramCSS }

//go:embed quiz.css
var quizCSS string

// QuizCSS returns the style sheet of quizzes, about 1.3 kB. On paper, the answer key begins a page. A page without quizzes
// (Page.Quizzes) does without it.
func QuizCSS() string { return quizCSS }

//go:embed code.css
var codeCSS string

// HighlightCSS returns the style sheet of highlighted code, about 0.7 kB. Its colors follow the page's color-scheme; where a
// browser does not know light-dark(), code has the color of text. A page without such code (Page.Code) does without it.
func HighlightCSS() string { return codeCSS }
