package render

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// formula is TeX between dollar signs: $…$ in a line; $$…$$ in a line or as a block.
type formula struct {
	ast.BaseBlock
	inline  bool // stands in a line of text
	display bool // $$
	closed  bool
	tex     []byte
	mathml  string // "" where the TeX cannot be set
}

var kindFormula = ast.NewNodeKind("Formula")

func (f *formula) Kind() ast.NodeKind            { return kindFormula }
func (f *formula) IsRaw() bool                   { return true }
func (f *formula) Dump(source []byte, level int) { ast.DumpHelper(f, source, level, nil, nil) }
func (f *formula) Type() ast.NodeType {
	if f.inline {
		return ast.TypeInline
	}
	return ast.TypeBlock
}

// formulaParser reads formulas in a line of text. As in pandoc, the first dollar sign has no space to its right, and the
// second none to its left and no digit to its right: "it costs $5, not $6" has no formula.
type formulaParser struct{}

func (formulaParser) Trigger() []byte { return []byte{'$'} }

func (formulaParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	fence := line[:1]
	if bytes.HasPrefix(line, []byte("$$")) {
		fence = line[:2]
	}
	literal := ast.NewTextSegment(segment.WithStop(segment.Start + len(fence)))
	first := line[len(fence):]
	block.Advance(len(fence))
	row, pos := block.Position()
	if len(fence) == 1 && (len(first) == 0 || util.IsSpace(first[0])) {
		return literal
	}
	var tex []byte
	for len(tex) <= maxTeX {
		line, _ := block.PeekLine()
		if line == nil {
			break
		}
		end := dollar(line, fence)
		if end < 0 {
			tex = append(tex, line...)
			block.AdvanceLine()
			continue
		}
		tex = append(tex, line[:end]...)
		after := line[end+len(fence):]
		if len(fence) == 1 && (util.IsSpace(tex[len(tex)-1]) || len(after) > 0 && '0' <= after[0] && after[0] <= '9') || len(bytes.TrimSpace(tex)) == 0 {
			break
		}
		block.Advance(end + len(fence))
		if parent.Kind() == east.KindTableCell {
			tex = bytes.ReplaceAll(tex, []byte(`\|`), []byte(`|`))
		}
		return &formula{inline: true, display: len(fence) == 2, closed: true, tex: bytes.TrimSpace(tex)}
	}
	block.SetPosition(row, pos)
	return literal
}

// dollar finds a fence that no backslash stands before.
func dollar(line, fence []byte) int {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case bytes.HasPrefix(line[i:], fence):
			return i
		}
	}
	return -1
}

// formulaBlockParser reads $$…$$ that stands on lines of its own. A blank line ends what nobody closed.
type formulaBlockParser struct{}

func (formulaBlockParser) Trigger() []byte             { return []byte{'$'} }
func (formulaBlockParser) CanInterruptParagraph() bool { return true }
func (formulaBlockParser) CanAcceptIndentedLine() bool { return false }

var fence2 = []byte("$$")

func (formulaBlockParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || !bytes.HasPrefix(line[pos:], fence2) {
		return nil, parser.NoChildren
	}
	rest := line[pos+2:]
	f := &formula{display: true}
	switch end := dollar(rest, fence2); {
	case end < 0:
		f.tex = bytes.Clone(rest)
	case util.IsBlank(rest[end+2:]) && !util.IsBlank(rest[:end]):
		f.tex, f.closed = bytes.TrimSpace(rest[:end]), true
	default:
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return f, parser.NoChildren
}

func (formulaBlockParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	f := node.(*formula)
	line, _ := reader.PeekLine()
	if f.closed || util.IsBlank(line) {
		return parser.Close
	}
	end := dollar(line, fence2)
	if end < 0 {
		f.tex = append(f.tex, line...)
		reader.AdvanceToEOL()
		return parser.Continue | parser.NoChildren
	}
	f.tex, f.closed = append(f.tex, line[:end]...), true
	reader.Advance(end + 2)
	return parser.Close
}

func (formulaBlockParser) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	f := node.(*formula)
	f.tex = bytes.TrimSpace(f.tex)
}

// maxShown bounds how much is shown of TeX that cannot be set.
const maxShown = 2000

func renderFormula(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	f := n.(*formula)
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	tex := util.EscapeHTML(f.tex)
	if len(f.tex) > maxShown {
		tex = append(util.EscapeHTML(bytes.ToValidUTF8(f.tex[:maxShown], nil)), "…"...)
	}
	switch {
	case f.mathml != "" && f.inline && !f.display:
		_, _ = w.WriteString(f.mathml)
	case f.mathml != "" && f.inline:
		_, _ = w.WriteString(`<span class="formula"` + scrolls(n) + `>` + f.mathml + `</span>`)
	case f.mathml != "":
		_, _ = w.WriteString(`<div class="formula"` + scrolls(n) + `>` + f.mathml + "</div>\n")
	case f.inline:
		_, _ = w.WriteString(`<code class="refused">` + string(tex) + `</code>`)
	default:
		_, _ = w.WriteString(`<pre class="refused" tabindex="0"><code>` + string(tex) + "</code></pre>\n")
	}
	return ast.WalkSkipChildren, nil
}
