package render

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// The parser takes time that grows with the square of some things: each of them is bounded here.
const (
	maxDepth     = 32     // quotes, lists, callouts and footnotes in one another; what is deeper is text
	maxParagraph = 20_000 // bytes of a paragraph, a heading or a line of a table; longer ones are shown as they are
	maxMarks     = 1000   // characters in such a text that may begin or end something
	maxFootnotes = 500    // footnotes of a page; further ones are text
)

// bounded refuses to open a block where maxDepth others are open around it.
type bounded struct{ parser.BlockParser }

func (b bounded) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		depth++
	}
	if depth > maxDepth {
		return nil, parser.NoChildren
	}
	return b.BlockParser.Open(parent, r, pc)
}

// boundedNotes refuses to open more than maxFootnotes footnotes.
type boundedNotes struct {
	bounded
	count parser.ContextKey
}

func (b boundedNotes) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	n, _ := pc.Get(b.count).(int)
	if n >= maxFootnotes {
		return nil, parser.NoChildren
	}
	node, state := b.bounded.Open(parent, r, pc)
	if node != nil {
		pc.Set(b.count, n+1)
	}
	return node, state
}

// boundedHeading replaces headings that are too long.
type boundedHeading struct{ parser.BlockParser }

func (b boundedHeading) Close(n ast.Node, r text.Reader, pc parser.Context) {
	b.BlockParser.Close(n, r, pc)
	if heavy(n.Lines(), r.Source()) {
		n.Parent().ReplaceChild(n.Parent(), n, newRawText(n))
	}
}

// boundedParagraph replaces paragraphs that are too long. Of a table, only each line counts.
type boundedParagraph struct{}

func (boundedParagraph) Transform(n *ast.Paragraph, r text.Reader, _ parser.Context) {
	lines, src := n.Lines(), r.Source()
	long := heavy(lines, src)
	if long && lines.Len() > 1 && isDelimiterRow(lines.At(1), src) {
		long = false
		for i := range lines.Len() {
			one := text.NewSegments()
			one.Append(lines.At(i))
			long = long || heavy(one, src)
		}
	}
	if long {
		n.Parent().ReplaceChild(n.Parent(), n, newRawText(n))
	}
}

func isDelimiterRow(line text.Segment, src []byte) bool {
	return len(bytes.Trim(line.Value(src), " \t\n|:-")) == 0
}

func heavy(lines *text.Segments, src []byte) bool {
	size, marks := 0, 0
	for i := range lines.Len() {
		at := lines.At(i)
		value := at.Value(src)
		size += len(value)
		for _, c := range value {
			switch c {
			case '*', '_', '~', '[', ']', '!', '`', '<', '$', '&', '\\', '(', ')', '@':
				marks++
			}
		}
	}
	return size > maxParagraph || marks > maxMarks
}

// rawText is a paragraph whose marks are not interpreted.
type rawText struct{ ast.BaseBlock }

var kindRawText = ast.NewNodeKind("RawText")

func (n *rawText) Kind() ast.NodeKind            { return kindRawText }
func (n *rawText) IsRaw() bool                   { return true }
func (n *rawText) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

func newRawText(of ast.Node) *rawText {
	n := &rawText{}
	n.SetLines(of.Lines())
	n.SetPos(of.Pos())
	return n
}

func renderRawText(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString("<p>")
		_, _ = w.Write(util.EscapeHTML(n.Lines().Value(src)))
	} else {
		_, _ = w.WriteString("</p>\n")
	}
	return ast.WalkContinue, nil
}
