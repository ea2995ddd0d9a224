package licensing

import (
	"encoding/json"
	"html"
	"html/template"
	"strings"
	"unicode/utf8"
)

// Text is the credit as plain text, one work a line, addresses in angle brackets.
func (c Credit) Text() string {
	var b strings.Builder
	for i, l := range c.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, p := range l.pieces {
			b.WriteString(p.text)
			if p.href != "" && p.role != roleSource {
				b.WriteString(" <" + p.href + ">")
			}
		}
	}
	return b.String()
}

// Markdown is the credit as Markdown, one paragraph a work, with everything foreign escaped.
func (c Credit) Markdown() string {
	var b strings.Builder
	for i, l := range c.lines {
		if i > 0 {
			b.WriteString("\n\n")
		}
		for _, p := range l.pieces {
			if p.href == "" {
				b.WriteString(escapeMarkdown(p.text))
				continue
			}
			b.WriteString("[" + escapeMarkdown(p.text) + "](" + p.href + ")")
		}
	}
	return b.String()
}

// escapeMarkdown puts a backslash before everything that Markdown could take for markup.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte("\\`*_{}[]()<>#+!|~&$^=", s[i]) >= 0 || i == 0 && strings.IndexByte("-.", s[i]) >= 0 && len(s) > 1 {
			b.WriteByte('\\')
		}
		if s[i] == '@' || strings.HasPrefix(s[i:], "://") || s[i] == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www") {
			b.WriteByte('\\') // no automatic links
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// HTML is the credit as HTML with RDFa (ccREL), one paragraph a work. Foreign text is escaped, and only http and https
// are linked. Read as RDFa, it is the graph again: titles, authors, licenses, what each work was made from (dct:source) and
// what stands in it (dct:hasPart).
func (c Credit) HTML() template.HTML {
	if c.Empty() {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<div class="credit" lang="` + c.Lang + `" prefix="cc: http://creativecommons.org/ns# dct: http://purl.org/dc/terms/">`)
	for _, l := range c.lines {
		b.WriteString("<p")
		if l.about != "" {
			b.WriteString(` about="` + html.EscapeString(l.about) + `"`)
		}
		b.WriteString(">")
		for _, p := range l.pieces {
			p.html(&b)
		}
		for _, k := range l.links {
			b.WriteString(`<span rel="` + k.rel + `" resource="` + html.EscapeString(k.to) + `"></span>`)
		}
		b.WriteString("</p>")
	}
	b.WriteString("</div>")
	return template.HTML(b.String())
}

func (p piece) html(b *strings.Builder) {
	text := html.EscapeString(p.text)
	href := html.EscapeString(p.href)
	property := map[pieceRole]string{roleTitle: "dct:title", roleCreator: "cc:attributionName"}[p.role]
	if p.role == roleTitle { // the quotation marks are no part of the title
		_, open := utf8.DecodeRuneInString(p.text)
		_, shut := utf8.DecodeLastRuneInString(p.text)
		b.WriteString(html.EscapeString(p.text[:open]))
		defer b.WriteString(html.EscapeString(p.text[len(p.text)-shut:]))
		text = html.EscapeString(p.text[open : len(p.text)-shut])
	}
	rel := map[pieceRole]string{roleLicense: "license", roleCreator: "cc:attributionURL", roleSource: "dct:source"}[p.role]
	switch {
	case href == "" && property == "":
		b.WriteString(text)
	case href == "":
		b.WriteString(`<span property="` + property + `">` + text + `</span>`)
	case p.role == roleTitle:
		b.WriteString(`<a href="` + href + `"><span property="` + property + `">` + text + `</span></a>`)
	case rel == "":
		b.WriteString(`<a href="` + href + `">` + text + `</a>`)
	case property != "":
		b.WriteString(`<a rel="` + rel + `" property="` + property + `" href="` + href + `">` + text + `</a>`)
	default:
		b.WriteString(`<a rel="` + rel + `" href="` + href + `">` + text + `</a>`)
	}
}

// creditTree is a work with what it came from, in the words of schema.org.
type creditTree struct {
	Context   string        `json:"@context,omitempty"`
	Type      string        `json:"@type,omitempty"`
	ID        string        `json:"@id"`
	Name      string        `json:"name,omitempty"`
	URL       string        `json:"url,omitempty"`
	Language  string        `json:"inLanguage,omitempty"`
	Creators  []creditAgent `json:"creator,omitempty"`
	License   string        `json:"license,omitempty"`
	Credit    string        `json:"creditText,omitempty"`
	Notice    string        `json:"copyrightNotice,omitempty"`
	BasedOn   []*creditTree `json:"isBasedOn,omitempty"`
	Parts     []*creditTree `json:"hasPart,omitempty"`
	Translate *creditTree   `json:"translationOfWork,omitempty"`
}

type creditAgent struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

// maxNesting bounds how deep the sources are nested; deeper ones are named by their address alone.
const maxNesting = 64

// treeOf builds the tree. A work that comes twice is written once and named after that.
func (b *crediting) treeOf(i int32, seen map[int32]bool, depth int) *creditTree {
	n := &b.nodes[i]
	t := &creditTree{ID: safeURL(n.work.URL)}
	if t.ID == "" {
		t.ID = "_:" + blankName(n.work.Ref)
	}
	if seen[i] || depth > maxNesting {
		return t
	}
	seen[i] = true
	t.Type, t.Name, t.URL = "CreativeWork", clean(n.work.Title), safeURL(n.work.URL)
	t.License, t.Notice, t.Language = n.rec.URL, clean(n.work.Notice), clean(n.work.Language)
	if !n.work.Anonymous {
		for _, c := range n.work.Creators {
			if name := clean(c.Name); name != "" {
				t.Creators = append(t.Creators, creditAgent{name, safeURL(c.URL)})
			}
		}
	}
	for _, p := range b.parents(n) {
		sub := b.treeOf(p, seen, depth+1)
		switch {
		case b.holds(n, p):
			t.Parts = append(t.Parts, sub)
		case b.nodes[p].work.Transform == "translation" && t.Translate == nil:
			t.Translate = sub
		default:
			t.BasedOn = append(t.BasedOn, sub)
		}
	}
	return t
}

// blankName turns a ref into the name of a blank node.
func blankName(ref string) string {
	var b strings.Builder
	for _, c := range []byte(ref[:min(len(ref), 100)]) {
		if isLetter(c) || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			b.WriteByte('x')
			b.WriteByte("0123456789abcdef"[c>>4])
			b.WriteByte("0123456789abcdef"[c&15])
		}
	}
	return "w" + b.String()
}

// JSONLD is the credit as a schema.org object with license, creditText, copyrightNotice and isBasedOn; hasPart for a
// collection and translationOfWork for a translation. It is safe inside a script element.
func (c Credit) JSONLD() []byte {
	if c.tree == nil {
		return []byte("{}")
	}
	t := *c.tree
	t.Context, t.Credit = "https://schema.org", c.Text()
	b, err := json.Marshal(t)
	if err != nil { // strings only: cannot fail
		return []byte("{}")
	}
	return b
}
