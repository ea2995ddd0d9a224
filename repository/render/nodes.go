package render

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// image is an image of the repository.
type image struct {
	ast.BaseInline
	src, alt, title string
}

// figure is an image that stands by itself; its title is the caption.
type figure struct{ ast.BaseBlock }

var (
	kindImage  = ast.NewNodeKind("RepositoryImage")
	kindFigure = ast.NewNodeKind("Figure")
)

func (n *image) Kind() ast.NodeKind             { return kindImage }
func (n *image) Dump(source []byte, level int)  { ast.DumpHelper(n, source, level, nil, nil) }
func (n *figure) Kind() ast.NodeKind            { return kindFigure }
func (n *figure) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// newWriter returns what writes a tree, after its pass, as HTML.
func newWriter() renderer.Renderer {
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(html.NewRenderer(), 1000),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(extension.NewTableHTMLRenderer(), 500),
		util.Prioritized(extension.NewFootnoteHTMLRenderer(extension.WithFootnoteIDPrefix("n-")), 500),
		util.Prioritized(writer{newCodeWriter()}, 100),
	))
}

type writer struct{ code codeWriter }

func (w writer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindContainer, renderContainer)
	r.Register(kindRawText, renderRawText)
	r.Register(kindFormula, renderFormula)
	r.Register(kindImage, renderImage)
	r.Register(kindFigure, renderFigure)
	r.Register(kindDiagram, renderDiagram)
	r.Register(kindQuiz, renderQuiz)
	r.Register(kindRecording, renderRecording)
	r.Register(ast.KindLink, renderLink)
	r.Register(ast.KindRawHTML, renderRawHTML)
	r.Register(ast.KindHTMLBlock, renderHTMLBlock)
	r.Register(ast.KindFencedCodeBlock, w.code.render)
	r.Register(ast.KindCodeBlock, w.code.render)
	r.Register(east.KindTable, renderTable)
	r.Register(east.KindTableCell, renderCell)
	r.Register(east.KindTaskCheckBox, renderTask)
	r.Register(east.KindFootnoteBacklink, renderBacklink)
}

func escape(s string) string { return string(util.EscapeHTML([]byte(s))) }

func attribute(n ast.Node, name string) string {
	v, _ := n.AttributeString(name)
	s, _ := v.(string)
	return escape(s)
}

func renderLink(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	link := n.(*ast.Link)
	switch {
	case len(link.Destination) == 0 && entering:
		_, _ = w.WriteString(`<span class="refused">`)
	case len(link.Destination) == 0:
		_, _ = w.WriteString("</span>")
	case entering:
		_, _ = w.WriteString(`<a href="` + escape(string(link.Destination)) + `"`)
		if len(link.Title) > 0 {
			_, _ = w.WriteString(` title="` + escape(string(link.Title)) + `"`)
		}
		if rel := attribute(n, "rel"); rel != "" {
			_, _ = w.WriteString(` rel="` + rel + `"`)
		}
		_ = w.WriteByte('>')
	default:
		_, _ = w.WriteString("</a>")
	}
	return ast.WalkContinue, nil
}

func renderImage(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*image); entering {
		_, _ = w.WriteString(`<img src="` + escape(n.src) + `" alt="` + escape(n.alt) + `" loading="lazy" decoding="async"`)
		if n.title != "" && n.Parent().Kind() != kindFigure {
			_, _ = w.WriteString(` title="` + escape(n.title) + `"`)
		}
		_ = w.WriteByte('>')
	}
	return ast.WalkContinue, nil
}

func renderFigure(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString("<figure>")
		return ast.WalkContinue, nil
	}
	if title := n.FirstChild().(*image).title; title != "" {
		_, _ = w.WriteString("<figcaption>" + escape(title) + "</figcaption>")
	}
	_, _ = w.WriteString("</figure>\n")
	return ast.WalkContinue, nil
}

// htmlText returns the whole of a block of HTML.
func htmlText(n *ast.HTMLBlock, src []byte) []byte {
	text := n.Lines().Value(src)
	if n.HasClosure() {
		text = append(text, n.ClosureLine.Value(src)...)
	}
	return text
}

// isComment reports whether HTML is one comment and nothing else; those are for authors.
func isComment(text []byte) bool {
	text = bytes.TrimSpace(text)
	return bytes.HasPrefix(text, []byte("<!--")) && bytes.Index(text, []byte("-->")) == len(text)-3
}

// isBreak reports whether HTML is a line break, which Markdown has no other way to put in a table.
func isBreak(n *ast.RawHTML, src []byte) bool {
	text := bytes.ToLower(n.Segments.Value(src))
	return len(text) <= 6 && bytes.HasPrefix(text, []byte("<br")) && len(bytes.Trim(text[3:], " />")) == 0
}

func renderRawHTML(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.RawHTML)
	text := n.Segments.Value(src)
	switch {
	case !entering || isComment(text):
	case isBreak(n, src):
		_, _ = w.WriteString("<br>")
	default:
		_, _ = w.Write(util.EscapeHTML(text))
	}
	return ast.WalkSkipChildren, nil
}

func renderHTMLBlock(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if text := htmlText(n.(*ast.HTMLBlock), src); entering && !isComment(text) {
		_, _ = w.WriteString(`<pre class="refused" tabindex="0"><code>`)
		_, _ = w.Write(util.EscapeHTML(text))
		_, _ = w.WriteString("</code></pre>\n")
	}
	return ast.WalkSkipChildren, nil
}

// scrolls is what an element needs that may be wider than the page: a place among the stops of the keyboard, and a name.
func scrolls(n ast.Node) string {
	return ` role="group" tabindex="0" aria-label="` + attribute(n, "aria-label") + `"`
}

func renderTable(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<div class="table"` + scrolls(n) + "><table>\n")
		if caption := attribute(n, "caption"); caption != "" {
			_, _ = w.WriteString("<caption>" + caption + "</caption>\n")
		}
	} else {
		_, _ = w.WriteString("</table></div>\n")
	}
	return ast.WalkContinue, nil
}

func renderCell(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*east.TableCell)
	head := n.Parent().Kind() == east.KindTableHeader && n.HasChildren()
	row := !head && n.PreviousSibling() == nil && n.HasChildren() && n.Parent().Kind() == east.KindTableRow && headsRows(n.Parent().Parent())
	switch {
	case !entering && (head || row):
		_, _ = w.WriteString("</th>\n")
	case !entering:
		_, _ = w.WriteString("</td>\n")
	default:
		tag := "<td"
		if head {
			tag = `<th scope="col"`
		}
		if row {
			tag = `<th scope="row"`
		}
		_, _ = w.WriteString(tag)
		if n.Alignment != east.AlignNone {
			_, _ = w.WriteString(` class="` + n.Alignment.String() + `"`)
		}
		_ = w.WriteByte('>')
	}
	return ast.WalkContinue, nil
}

// headsRows reports whether the first cells of a table's rows are their heads: the corner above them is empty.
func headsRows(table ast.Node) bool {
	head := table.FirstChild()
	return head != nil && head.FirstChild() != nil && !head.FirstChild().HasChildren()
}

func renderTask(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		box := "☐"
		if n.(*east.TaskCheckBox).IsChecked {
			box = "☑"
		}
		_, _ = w.WriteString(`<span class="task" role="img" aria-label="` + attribute(n, "aria-label") + `">` + box + "</span> ")
	}
	return ast.WalkContinue, nil
}

func renderBacklink(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*east.FootnoteBacklink); entering {
		ref := "n-fnref"
		if n.RefIndex > 0 {
			ref += strconv.Itoa(n.RefIndex)
		}
		_, _ = w.WriteString(` <a href="#` + ref + ":" + strconv.Itoa(n.Index) + `" class="footnote-backref" role="doc-backlink" aria-label="` +
			attribute(n, "aria-label") + `">↩</a>`)
	}
	return ast.WalkSkipChildren, nil
}
