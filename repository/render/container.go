package render

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// container is a block between `::: name` and `:::`.
type container struct {
	ast.BaseBlock
	name        string // teacher, note, tip, warning, example, quiz; "" for an unknown one
	given       string // the name as written
	title       string // the rest of its first line; the pass puts a word of the language where there is none
	own         bool   // the title is its author's
	start, stop int    // its bytes in the source, fences included
	closed      bool
}

var kindContainer = ast.NewNodeKind("Container")

func (c *container) Kind() ast.NodeKind            { return kindContainer }
func (c *container) Dump(source []byte, level int) { ast.DumpHelper(c, source, level, nil, nil) }

// containerName returns the name that a block is known by. What begins like "teacher" is for teachers: an answer key must
// not show because of a spelling.
func containerName(given string) string {
	switch name := strings.ToLower(given); {
	case strings.HasPrefix(name, "teach"):
		return "teacher"
	case name == "note", name == "tip", name == "warning", name == "example", name == "quiz":
		return name
	}
	return ""
}

type containerParser struct{}

func (containerParser) Trigger() []byte             { return []byte{':'} }
func (containerParser) CanInterruptParagraph() bool { return true }
func (containerParser) CanAcceptIndentedLine() bool { return false }

// Open accepts `::: name`, `::: name Title` and pandoc's `::: {.name}`.
func (containerParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || !bytes.HasPrefix(line[pos:], []byte(":::")) {
		return nil, parser.NoChildren
	}
	rest := strings.TrimSpace(strings.Trim(strings.TrimSpace(string(line[pos:])), ":"))
	if inner, ok := strings.CutPrefix(rest, "{"); ok {
		inner, _, _ = strings.Cut(inner, "}")
		rest = strings.TrimPrefix(strings.TrimSpace(inner), ".")
	}
	given, title, _ := strings.Cut(rest, " ")
	if given == "" {
		return nil, parser.NoChildren
	}
	c := &container{name: containerName(given), given: given, title: strings.TrimSpace(title), own: strings.TrimSpace(title) != "", start: segment.Start}
	reader.AdvanceToEOL()
	return c, parser.HasChildren
}

func (containerParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, segment := reader.PeekLine()
	if closesContainer(line, reader.LineOffset()) && innermost(pc) == node {
		c := node.(*container)
		c.stop, c.closed = segment.Stop, true
		reader.AdvanceToEOL()
		return parser.Close
	}
	return parser.Continue | parser.HasChildren
}

func (containerParser) Close(node ast.Node, reader text.Reader, _ parser.Context) {
	if c := node.(*container); !c.closed {
		c.stop = len(reader.Source())
		if line, segment := reader.PeekLine(); line != nil {
			c.stop = segment.Start
		}
	}
}

func closesContainer(line []byte, offset int) bool {
	if indent, _ := util.IndentWidth(line, offset); indent > 3 {
		return false
	}
	line = bytes.TrimSpace(line)
	return len(line) >= 3 && len(bytes.Trim(line, ":")) == 0
}

// innermost returns the container that a closing fence closes: nil inside a block of code or a formula.
func innermost(pc parser.Context) ast.Node {
	open := pc.OpenedBlocks()
	for i := len(open) - 1; i >= 0; i-- {
		switch open[i].Node.(type) {
		case *container:
			return open[i].Node
		case *ast.FencedCodeBlock, *formula:
			return nil
		}
	}
	return nil
}

func renderContainer(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	c := n.(*container)
	switch {
	case c.name == "" && entering:
		_, _ = w.WriteString("<div>\n")
	case c.name == "":
		_, _ = w.WriteString("</div>\n")
	case entering:
		_, _ = w.WriteString(`<aside class="callout ` + c.name + `" role="note"><p class="callout-title">`)
		_, _ = w.Write(util.EscapeHTML([]byte(c.title)))
		_, _ = w.WriteString("</p>\n")
	default:
		_, _ = w.WriteString("</aside>\n")
	}
	return ast.WalkContinue, nil
}

var _ renderer.NodeRendererFunc = renderContainer
