package render

import (
	"iter"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// Text returns the plain text that students may see, one block a line, for the index and for excerpts. Formulas stay TeX.
// Of a source larger than MaxSource it reads the beginning.
func Text(src []byte) string {
	src = clean(src[:min(len(src), MaxSource)])
	doc, src, _ := parse(newParser(), src, View{})
	flatten(doc)
	return plain(doc, src)
}

// nodes yields the nodes below n in the order of the text, without recursion. The tree may not change meanwhile.
func nodes(n ast.Node) iter.Seq[ast.Node] {
	return func(yield func(ast.Node) bool) {
		for at, ok := n, true; ok; {
			if at, ok = after(at, n, true); ok && !yield(at) {
				return
			}
		}
	}
}

// after returns the node that follows at in the tree of root.
func after(at, root ast.Node, children bool) (ast.Node, bool) {
	if children && at.FirstChild() != nil {
		return at.FirstChild(), true
	}
	for ; at != root && at != nil; at = at.Parent() {
		if next := at.NextSibling(); next != nil {
			return next, true
		}
	}
	return nil, false
}

// plain returns the text of a node: blocks on lines of their own, cells with spaces between.
func plain(n ast.Node, src []byte) string {
	var b strings.Builder
	last := byte('\n')
	write := func(s string) {
		if s != "" && (s != " " || last != ' ') {
			b.WriteString(s)
			last = s[len(s)-1]
		}
	}
	for c := range nodes(n) {
		if c.Type() == ast.TypeBlock && last != '\n' {
			if c.Kind() == east.KindTableCell && c.PreviousSibling() != nil {
				write(" ")
			} else {
				write("\n")
			}
		}
		switch c := c.(type) {
		case *ast.Text:
			value := c.Segment.Value(src)
			if !c.IsRaw() && c.Parent().Kind() != ast.KindCodeSpan {
				value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
			}
			write(string(value))
			if c.SoftLineBreak() || c.HardLineBreak() {
				write(" ")
			}
		case *ast.String:
			write(string(c.Value))
		case *ast.AutoLink:
			write(string(c.Label(src)))
		case *formula:
			write(texText(c.tex))
		case *container:
			if c.own {
				write(c.title)
			}
		case *image:
			write(c.alt)
		case *ast.FencedCodeBlock:
			if code := string(c.Lines().Value(src)); isDiagram(string(c.Language(src))) {
				write(sheetWords(code))
			} else {
				write(code)
			}
		case *ast.CodeBlock, *rawText:
			write(string(c.Lines().Value(src)))
		case *ast.RawHTML:
			if isBreak(c, src) {
				write(" ")
			} else if !isComment(c.Segments.Value(src)) {
				write(string(c.Segments.Value(src)))
			}
		case *ast.HTMLBlock:
			if text := htmlText(c, src); !isComment(text) {
				write(string(text))
			}
		}
	}
	return strings.TrimSpace(b.String())
}
