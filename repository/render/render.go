// Package render turns the Markdown of lessons into safe HTML: the same bytes for the same source, bounded in size, time
// and depth, whoever wrote it.
//
// It reads CommonMark with tables, footnotes, strikethrough and task lists; formulas between dollar signs, which become
// MathML; `::: teacher` blocks, which only teachers see, and `::: note`, `::: tip`, `::: warning` and `::: example`; `::: quiz` blocks, which become forms;
// and diagrams, drawn from a few lines of a fenced block. HTML that an author
// wrote is shown as text. The page goes through an allow list as a second line of defense.
package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"slices"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
)

// MaxSource is the largest source that Render accepts, in bytes.
const MaxSource = 1 << 20

// ErrTooLarge says that a source is longer than MaxSource.
var ErrTooLarge = errors.New("the text is larger than 1 MB")

// Options tune a Renderer; the zero value is good.
type Options struct {
	Formulas int // how many formulas the cache keeps; 0 means 4096
	Workers  int // how many formulas are set at the same time, about 10 MB of memory each; 0 means 1
}

// Renderer renders pages. It is safe for concurrent use.
type Renderer struct {
	parser parser.Parser
	writer renderer.Renderer
	policy *bluemonday.Policy
	set    *typesetter
}

// New returns a Renderer. What sets formulas is loaded when the first formula comes.
func New(o Options) (*Renderer, error) {
	set, err := newTypesetter(cmp.Or(o.Formulas, 4096), cmp.Or(o.Workers, 1))
	if err != nil {
		return nil, err
	}
	return &Renderer{parser: newParser(), writer: newWriter(), policy: newPolicy(set.rules), set: set}, nil
}

// Render renders a text without its front matter. It returns ErrTooLarge, and otherwise a page: what cannot be shown as
// its author meant is shown as text, with a problem. Render for Teacher to know all problems of a text.
func (r *Renderer) Render(src []byte, v View) (Page, error) {
	page, doc, src, err := read(r.parser, r.set, src, v)
	if err != nil {
		return Page{}, err
	}
	var b bytes.Buffer
	if err := r.writer.Render(&b, src, doc); err != nil {
		return Page{}, fmt.Errorf("render %s: %w", v.Source, err)
	}
	page.HTML = template.HTML(r.policy.SanitizeReader(&b).String())
	return page, nil
}

// Survey is Render without the HTML, at a tenth of the cost: formulas are not set, so nothing is said of what is wrong in
// them. All else of the page is as Render has it.
func Survey(src []byte, v View) (Page, error) {
	page, _, _, err := read(newParser(), nil, src, v)
	return page, err
}

// read parses a text and decides what becomes of each part of it. With set nil, formulas are not set.
func read(by parser.Parser, set *typesetter, text []byte, v View) (page Page, doc ast.Node, src []byte, err error) {
	if len(text) > MaxSource {
		return Page{}, nil, nil, ErrTooLarge
	}
	doc, src, marks := parse(by, clean(text), v)
	p := newPass(src, v, set, &page)
	p.marks = marks
	if cut := flatten(doc); cut != nil {
		p.problem(cut, "text-deep", fmt.Sprintf("what is nested deeper than %d levels is left out", maxTree), "nest less")
	}
	page.Text = plain(doc, src)
	if err := p.run(doc); err != nil {
		return Page{}, nil, nil, fmt.Errorf("render %s: %w", v.Source, err)
	}
	slices.SortStableFunc(page.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return page, doc, src, nil
}
