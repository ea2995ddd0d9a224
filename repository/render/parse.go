package render

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// footnoteCount is where a parse counts its footnotes.
var footnoteCount = parser.NewContextKey()

// newParser returns the parser of the dialect. It is safe for concurrent use.
func newParser() parser.Parser {
	blocks := []util.PrioritizedValue{
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(bounded{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(answerParser{}, 550),
		util.Prioritized(boundedHeading{parser.NewATXHeadingParser()}, 600),
		util.Prioritized(bounded{containerParser{}}, 650),
		util.Prioritized(formulaBlockParser{}, 660),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(bounded{quoteParser{parser.NewBlockquoteParser()}}, 800),
		util.Prioritized(parser.NewHTMLBlockParser(), 900),
		util.Prioritized(boundedNotes{bounded{extension.NewFootnoteBlockParser()}, footnoteCount}, 999),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
	inlines := append(parser.DefaultInlineParsers(),
		util.Prioritized(formulaParser{}, 90),
		util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
		util.Prioritized(extension.NewFootnoteParser(), 101),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
		util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
	)
	paragraphs := append(parser.DefaultParagraphTransformers(),
		util.Prioritized(boundedParagraph{}, 0),
		util.Prioritized(extension.NewTableParagraphTransformer(), 200),
	)
	return parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(paragraphs...),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999),
		),
	)
}

// parse returns the tree of a text, the source that it points into, and its quizzes by where they begin there. For
// students, that source has no trace of what is for teachers: not even a footnote or a link target that only a teacher's
// block defines, and of the answers of quizzes only the explanations that the reader has earned.
func parse(p parser.Parser, src []byte, v View) (ast.Node, []byte, map[int]*quizMark) {
	doc := p.Parse(text.NewReader(src))
	if v.Audience == Teacher {
		marks, _ := judge(doc, src, v.Answers)
		return doc, src, marks
	}
	doc, src = without(p, doc, src, eraseTeachers)
	marks, earned := judge(doc, src, v.Answers)
	doc, src = without(p, doc, src, func(doc ast.Node, blank []byte, last bool) bool {
		found := eraseTeachers(doc, blank, last)
		for _, quiz := range quizzes(doc) {
			if hide(quiz, blank, earned) {
				found = true
				if last {
					erase(blank[quiz.start:])
				}
			}
		}
		return found
	})
	return doc, src, marks
}

// without parses a text again without what is taken out of it, until nothing is.
func without(p parser.Parser, doc ast.Node, src []byte, take func(doc ast.Node, src []byte, last bool) bool) (ast.Node, []byte) {
	for round := 1; ; round++ {
		blank := bytes.Clone(src)
		if !take(doc, blank, round >= maxErasing) {
			return doc, src
		}
		src = blank
		doc = p.Parse(text.NewReader(src))
	}
}

func eraseTeachers(doc ast.Node, src []byte, last bool) (found bool) {
	for n := range nodes(doc) {
		if c, ok := n.(*container); ok && c.name == "teacher" {
			found = true
			if last {
				c.stop = len(src)
			}
			erase(src[c.start:c.stop])
		}
	}
	return found
}

// maxErasing is how often a text is searched for what students do not see: without one block, another may appear, such as where
// indented code becomes part of a list. In the last round, all that follows goes with the block.
const maxErasing = 4

// erase makes blank lines of a text, so that all the others keep their numbers.
func erase(b []byte) {
	for i, c := range b {
		if c != '\n' {
			b[i] = ' '
		}
	}
}

// clean returns a text as the parser wants it: UTF-8 without NUL or byte order mark, lines that end with one newline.
func clean(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	src = bytes.ToValidUTF8(src, []byte("\uFFFD"))
	src = bytes.ReplaceAll(src, []byte{0}, []byte("\uFFFD"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(src, []byte("\r"), []byte("\n"))
}
