package render

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// maxProblems bounds the problems of one page.
const maxProblems = 1000

// pass goes once over a parsed text: it decides what each link, image, formula and heading becomes, and collects what the
// page needs to know. After it the tree depends on nothing but itself.
type pass struct {
	view                  View
	words                 words
	src                   []byte
	lines                 []int // offset of each line
	set                   *typesetter
	ids                   ids
	page                  *Page
	headings              []*ast.Heading
	formulas, diagrams    int
	codeBlocks, codeBytes int
	marks                 map[int]*quizMark
	key                   *quizNode // answers of the quizzes, for teachers; nil until there is one
	keyHeading            *ast.Heading
	choiceText            map[ast.Node]string // of the items of quizzes
}

func newPass(src []byte, v View, set *typesetter, page *Page) *pass {
	p := &pass{view: v, words: wordsOf(v.Language), src: src, lines: []int{0}, set: set, ids: ids{}, page: page}
	for i, c := range src {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	return p
}

// line returns the line of a node in its file.
func (p *pass) line(n ast.Node) int {
	for ; n != nil && n.Pos() < 0; n = n.Parent() {
	}
	at := 0
	if n != nil {
		at = n.Pos()
	}
	return sort.SearchInts(p.lines, at+1) - 1 + max(p.view.Line, 1)
}

// problem notes a problem once a line, and no more than maxProblems of them.
func (p *pass) problem(n ast.Node, code, message, remedy string) {
	p.problemAt(p.line(n), code, message, remedy)
}

// problemAt notes a problem at a line of the file.
func (p *pass) problemAt(line int, code, message, remedy string) {
	next := Problem{p.view.Source, line, code, message, remedy}
	if last := len(p.page.Problems) - 1; last+1 < maxProblems && (last < 0 || p.page.Problems[last] != next) {
		p.page.Problems = append(p.page.Problems, next)
	}
}

// run changes the tree. It returns an error only if formulas cannot be set at all.
func (p *pass) run(doc ast.Node) error {
	p.quizzes(doc)
	for _, n := range slices.Collect(nodes(doc)) {
		switch n := n.(type) {
		case *ast.Heading:
			p.headings = append(p.headings, n)
		case *ast.Link:
			p.link(n)
		case *ast.AutoLink:
			p.autoLink(n)
		case *ast.Image:
			p.image(n)
		case *ast.Paragraph, *ast.TextBlock:
			defer p.figures(n)
		case *formula:
			if err := p.formula(n); err != nil {
				return err
			}
		case *ast.FencedCodeBlock:
			if err := p.code(n); err != nil {
				return err
			}
		case *container:
			p.container(n)
		case *rawText:
			p.problem(n, "text-long", "the paragraph is too long, or has too many marks, to be interpreted", "make several of it")
		case *ast.RawHTML:
			if !isBreak(n, p.src) && !isComment(n.Segments.Value(p.src)) {
				p.html(n)
			}
		case *ast.HTMLBlock:
			if !isComment(htmlText(n, p.src)) {
				p.html(n)
			}
		case *east.Table:
			n.SetAttributeString("aria-label", p.words.table)
			p.table(n)
		case *east.TaskCheckBox:
			n.SetAttributeString("aria-label", p.words.open)
			if n.IsChecked {
				n.SetAttributeString("aria-label", p.words.done)
			}
		case *east.FootnoteList:
			n.SetAttributeString("aria-label", p.words.footnotes)
		case *east.FootnoteBacklink:
			n.SetAttributeString("aria-label", p.words.back)
		}
	}
	p.outline()
	return nil
}

// quizzes writes the quizzes of a text, the outermost first, before anything else changes what they are made of.
func (p *pass) quizzes(doc ast.Node) {
	p.choiceText = map[ast.Node]string{}
	for _, c := range quizzes(doc) {
		for _, q := range questions(c) {
			for _, x := range q.choices {
				p.choiceText[x.item] = plain(x.line, p.src)
			}
		}
		p.quiz(c)
	}
}

func (p *pass) html(n ast.Node) {
	p.problem(n, "html-refused", "HTML is shown as text", "write Markdown, or put code between backticks")
}

func (p *pass) container(c *container) {
	if !c.closed {
		p.problem(c, "block-unclosed", fmt.Sprintf("the block %q has no end", c.given), "put a line with ::: after it")
	}
	if c.name == "" {
		p.problem(c, "block-unknown", fmt.Sprintf("there is no block %q", c.given), "use teacher, note, tip, warning, example or quiz")
		return
	}
	if c.title == "" {
		c.title = p.words.container(c.name)
	}
}

// outline gives headings their ids, and levels so that the highest of them comes below the title of the page.
func (p *pass) outline() {
	top := 6
	for _, h := range p.headings {
		top = min(top, h.Level)
	}
	if p.keyHeading != nil {
		p.keyHeading.Level = top
	}
	last := 1
	for _, h := range p.headings {
		h.Level = min(h.Level-top+2, 6)
		if h.Level > last+1 {
			p.problem(h, "heading-skips", fmt.Sprintf("a heading of level %d follows one of level %d", h.Level, last), "use the next level")
		}
		last = h.Level
		text := plain(h, p.src)
		id := p.ids.next(text)
		h.SetAttributeString("id", []byte(id))
		p.page.Outline = append(p.page.Outline, Heading{h.Level, id, text})
	}
}

func (p *pass) formula(f *formula) (err error) {
	p.page.Formulas = true
	f.SetAttributeString("aria-label", p.words.formula)
	s := setting{problem: "a $$ has no second one before the next blank line"}
	if f.closed {
		s, err = p.tex(string(f.tex), f.display)
	}
	if s.problem != "" {
		p.problem(f, "math-invalid", s.problem, "correct the formula; a dollar sign that begins none is written \\$")
	}
	f.mathml = s.mathml
	return err
}

func (p *pass) tex(tex string, display bool) (setting, error) {
	if p.set == nil {
		return setting{}, nil // of a survey
	}
	if p.formulas++; p.formulas > maxFormulas {
		return setting{problem: fmt.Sprintf("a page may have %d formulas", maxFormulas)}, nil
	}
	return p.set.set(tex, display)
}

// code makes a formula or a diagram of a block that says that it is one.
func (p *pass) code(n *ast.FencedCodeBlock) error {
	language := string(n.Language(p.src))
	if isDiagram(language) {
		p.diagram(n, language)
		return nil
	}
	if language != "math" {
		if size := n.Lines().Len(); knownLanguage(language) && size > 0 {
			p.codeBlocks++
			p.codeBytes += n.Lines().At(size-1).Stop - n.Lines().At(0).Start
			if p.codeBlocks <= maxCodeBlocks && p.codeBytes <= maxHighlighted {
				n.SetAttributeString("language", language)
				p.page.Code = true
			}
		}
		return nil
	}
	f := &formula{display: true, closed: true, tex: bytes.TrimSpace(n.Lines().Value(p.src))}
	f.SetPos(n.Pos())
	n.Parent().ReplaceChild(n.Parent(), n, f)
	return p.formula(f)
}

func (p *pass) link(n *ast.Link) {
	a := p.view.resolve(n.Destination)
	n.Destination = []byte(a.href)
	switch a.kind {
	case refused:
		n.Destination = nil
		p.problem(n, "link-refused", "the link is not shown: its address is not allowed", "use https, mailto or a relative address")
	case escaping:
		n.Destination = nil
		p.problem(n, "link-escapes", "the link leaves the published folder", "link to a file inside it, or use the whole address")
	case outside:
		n.SetAttributeString("rel", "noopener noreferrer")
	case server:
		p.problem(n, "link-absolute", "the link is right on this server only", "use a relative or a whole address")
	}
}

func (p *pass) autoLink(n *ast.AutoLink) {
	link := ast.NewLink()
	link.SetPos(n.Pos())
	link.Destination = n.URL(p.src)
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(link.Destination), []byte("mailto:")) {
		link.Destination = append([]byte("mailto:"), link.Destination...)
	}
	link.AppendChild(link, ast.NewString(n.Label(p.src)))
	n.Parent().ReplaceChild(n.Parent(), n, link)
	p.link(link)
}

// image shows images and recordings of the repository; what is elsewhere or neither becomes a link.
func (p *pass) image(n *ast.Image) {
	a := p.view.resolve(n.Destination)
	alt := plain(n, p.src)
	if a.kind == file && isImage(a.path) {
		shown := &image{src: a.href, alt: alt, title: string(n.Title)}
		shown.SetPos(n.Pos())
		n.Parent().ReplaceChild(n.Parent(), n, shown)
		if alt == "" {
			p.problem(shown, "image-alt", "the image has no description", "write what it shows: ![Two of three parts are shaded](…)")
		}
		p.page.Images = append(p.page.Images, Image{p.view.relative(a.path), alt, p.line(shown)})
		return
	}
	if a.kind == file && playerOf(a.path) != "" && n.Parent().Kind() != ast.KindLink {
		p.recording(n, a, alt)
		return
	}
	link := ast.NewLink()
	link.SetPos(n.Pos())
	link.Destination, link.Title = n.Destination, n.Title
	link.AppendChild(link, ast.NewString([]byte(altOr(alt, path.Base(a.path)))))
	n.Parent().ReplaceChild(n.Parent(), n, link)
	if a.kind == outside || a.kind == server {
		p.problem(link, "image-outside", "the image is outside the published folder and is shown as a link", "add it to the folder if its license allows")
	}
	p.link(link)
}

func altOr(alt, name string) string {
	if alt == "" {
		return name
	}
	return alt
}

func isImage(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif":
		return true
	}
	return false
}

// figures makes figures of a paragraph that has nothing but images.
func (p *pass) figures(paragraph ast.Node) {
	var images []*image
	for c := paragraph.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *image:
			images = append(images, c)
		case *ast.Text:
			if len(bytes.TrimSpace(c.Segment.Value(p.src))) > 0 {
				return
			}
		default:
			return
		}
	}
	parent := paragraph.Parent()
	if len(images) == 0 || parent == nil {
		return
	}
	for _, c := range images {
		f := &figure{}
		f.AppendChild(f, c)
		parent.InsertBefore(parent, paragraph, f)
	}
	parent.RemoveChild(parent, paragraph)
}
