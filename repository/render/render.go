// Package render turns the Markdown of lessons into safe HTML: the same bytes for the same source, bounded in size, time
// and depth, whoever wrote it.
//
// It reads CommonMark with tables, footnotes, strikethrough and task lists; formulas between dollar signs, which become
// MathML; `::: teacher` blocks, which only teachers see, and `::: note`, `::: tip` and `::: warning`. HTML that an author
// wrote is shown as text. The page goes through an allow list as a second line of defense.
package render

import "errors"

// MaxSource is the largest source that Render accepts, in bytes.
const MaxSource = 1 << 20

// ErrTooLarge says that a source is longer than MaxSource.
var ErrTooLarge = errors.New("the text is larger than 1 MB")

// Options tune a Renderer; the zero value is good.
type Options struct {
	Formulas int // how many formulas the cache keeps; 0 means 8192
	Workers  int // how many formulas are set at the same time, about 15 MB of memory each; 0 means 1
}

// Renderer renders pages. It is safe for concurrent use.
type Renderer struct{}

// New returns a Renderer. What sets formulas is loaded when the first formula comes.
func New(o Options) (*Renderer, error) { return &Renderer{}, nil }

// Render renders a text without its front matter. It returns ErrTooLarge, and otherwise always a page: what cannot be
// shown as its author meant is shown as text, with a problem.
func (r *Renderer) Render(src []byte, v View) (Page, error) { return Page{}, nil }

// Text returns the plain text that students may see, one block a line, for the index and for excerpts. Of a source larger
// than MaxSource it reads the beginning.
func Text(src []byte) string { return "" }

// HighlightCSS returns the style sheet of highlighted code.
func HighlightCSS() string { return "" }

// MathCSS returns the style sheet of formulas.
func MathCSS() string { return "" }

// CheckSVG reports why an SVG drawing may not be shown as an image: scripts, event handlers, outside references, or what is no SVG.
func CheckSVG(src []byte) error { return nil }
