package render

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// answer is a line "= 3/4" of a quiz: what students may write.
type answer struct {
	ast.BaseBlock
	start, stop int // what stands behind the sign, in the source
}

var kindAnswer = ast.NewNodeKind("Answer")

func (n *answer) Kind() ast.NodeKind            { return kindAnswer }
func (n *answer) IsRaw() bool                   { return true }
func (n *answer) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

func (n *answer) text(src []byte) string { return string(bytes.TrimSpace(src[n.start:n.stop])) }

// hidden is what stands in place of an answer in the source that a student's page is made of.
const hidden = "?"

type answerParser struct{}

func (answerParser) Trigger() []byte             { return []byte{'='} }
func (answerParser) CanInterruptParagraph() bool { return true }
func (answerParser) CanAcceptIndentedLine() bool { return false }

func (answerParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	pos := pc.BlockOffset()
	if c, ok := parent.(*container); !ok || c.name != "quiz" || pos < 0 || len(line) < pos+3 || line[pos+1] != ' ' || len(bytes.TrimSpace(line[pos+2:])) == 0 {
		return nil, parser.NoChildren
	}
	n := &answer{start: segment.Start + pos - segment.Padding + 2, stop: segment.Stop}
	n.SetPos(n.start)
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (answerParser) Continue(ast.Node, text.Reader, parser.Context) parser.State { return parser.Close }
func (answerParser) Close(ast.Node, text.Reader, parser.Context)                 {}

// quoteParser reads block quotes and notes where they stand: in a quiz, they explain.
type quoteParser struct{ parser.BlockParser }

func (p quoteParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	_, segment := reader.PeekLine()
	n, state := p.BlockParser.Open(parent, reader, pc)
	if n != nil {
		n.SetAttributeString("start", segment.Start)
	}
	return n, state
}

func (p quoteParser) Close(n ast.Node, reader text.Reader, pc parser.Context) {
	p.BlockParser.Close(n, reader, pc)
	stop := len(reader.Source())
	if line, segment := reader.PeekLine(); line != nil { // of the line that ended it, some may have been read
		stop = bytes.LastIndexByte(reader.Source()[:segment.Start], '\n') + 1
	}
	n.SetAttributeString("stop", stop)
}

func bytesOf(quote ast.Node) (start, stop int) {
	from, _ := quote.AttributeString("start")
	to, _ := quote.AttributeString("stop")
	start, _ = from.(int)
	stop, _ = to.(int)
	return start, max(start, stop)
}

// question is what a quiz asks at one place, as it stands in the tree of a text.
type question struct {
	prompt  []ast.Node
	list    ast.Node // of the choices, or nil
	choices []choice
	answers []*answer
	reasons []ast.Node // quotes behind the answers
}

// choice is an item of a task list.
type choice struct {
	item    ast.Node
	line    ast.Node // the block that begins with the box
	box     *east.TaskCheckBox
	reasons []ast.Node
}

// answered reports whether there is something to choose or to write.
func (q question) answered() bool { return len(q.choices) > 0 || len(q.answers) > 0 }

// several reports whether more than one choice is right.
func (q question) several() bool { return q.rights() > 1 }

func (q question) rights() (n int) {
	for _, c := range q.choices {
		if c.box.IsChecked {
			n++
		}
	}
	return n
}

// questions takes a quiz apart: what stands before a task list, or before lines of answers, is a question.
func questions(quiz *container) (list []question) {
	var q question
	next := func() {
		if len(q.prompt) > 0 || q.answered() {
			list = append(list, q)
		}
		q = question{}
	}
	for n := quiz.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *answer:
			if len(q.choices) > 0 || len(q.reasons) > 0 {
				next()
			}
			q.answers = append(q.answers, n)
			continue
		case *ast.Blockquote:
			if q.answered() {
				q.reasons = append(q.reasons, n)
				continue
			}
		case *ast.List:
			if choices := choicesOf(n); choices != nil {
				if q.answered() {
					next()
				}
				q.list, q.choices = n, choices
				continue
			}
		}
		if q.answered() {
			next()
		}
		q.prompt = append(q.prompt, n)
	}
	next()
	return list
}

// choicesOf returns the items of a task list, or nil for another list.
func choicesOf(list *ast.List) (choices []choice) {
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		line := item.FirstChild()
		if line == nil {
			return nil
		}
		box, ok := line.FirstChild().(*east.TaskCheckBox)
		if !ok {
			return nil
		}
		c := choice{item: item, line: line, box: box}
		for n := line.NextSibling(); n != nil; n = n.NextSibling() {
			if n.Kind() == ast.KindBlockquote {
				c.reasons = append(c.reasons, n)
			}
		}
		choices = append(choices, c)
	}
	return choices
}

// quizzes returns those of a text, in its order.
func quizzes(doc ast.Node) (list []*container) {
	for n := range nodes(doc) {
		if c, ok := n.(*container); ok && c.name == "quiz" {
			list = append(list, c)
		}
	}
	return list
}

// hide takes the answers of a quiz out of a source: boxes are all checked where several choices are right, which is no
// secret, and all empty elsewhere; explanations go unless keep has where they begin. It reports whether there were any.
func hide(quiz *container, src []byte, keep map[int]bool) (found bool) {
	reasons := func(list []ast.Node) {
		for _, n := range list {
			if start, stop := bytesOf(n); !keep[start] {
				found = true
				erase(src[start:stop])
			}
		}
	}
	for _, q := range questions(quiz) {
		box, several := byte(' '), q.several()
		if several {
			box = 'x'
		}
		for _, c := range q.choices {
			if c.box.IsChecked != several {
				found = true
				if lines := c.line.Lines(); lines.Len() == 0 || !mark(src, lines.At(0).Start, box) {
					erase(src[quiz.start:quiz.stop]) // cannot be: a box that is not where its line begins
				}
			}
			reasons(c.reasons)
		}
		for _, a := range q.answers {
			if a.text(src) != hidden {
				found = true
				erase(src[a.start:a.stop])
				copy(src[a.start:], hidden)
			}
		}
		reasons(q.reasons)
	}
	return found
}

// mark checks or empties the box that begins at an offset.
func mark(src []byte, at int, box byte) bool {
	if at+3 > len(src) || src[at] != '[' || src[at+2] != ']' {
		return false
	}
	src[at+1] = box
	return true
}
