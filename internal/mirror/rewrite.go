package mirror

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is one page on its way into the mirror.
type page struct {
	c     *crawl
	w     work
	file  string
	links []target
}

// rewrite makes a page of the site one of the mirror, and finds what it leads to.
func (c *crawl) rewrite(b []byte, w work, file string) ([]byte, []target, error) {
	doc, err := html.Parse(bytes.NewReader(b))
	if err != nil {
		return nil, nil, err
	}
	p := &page{c: c, w: w, file: file}
	p.walk(doc)
	prune(doc)
	var out bytes.Buffer
	if err := html.Render(&out, doc); err != nil {
		return nil, nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), p.links, nil
}

// walk changes a node and those in it. Nodes are taken out of their parent, so the next one is found first.
func (p *page) walk(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		switch child.Type {
		case html.ElementNode:
			p.element(child)
		case html.TextNode:
			if p.c.o.BaseURL != "" {
				child.Data = strings.ReplaceAll(child.Data, p.c.o.Origin, p.c.o.BaseURL)
			}
		}
		child = next
	}
}

func (p *page) element(n *html.Node) {
	if has(n, "data-live") { // the theme says that it needs a server
		remove(n)
		return
	}
	switch n.DataAtom {
	case atom.Script:
		if attr(n, "type") != "application/ld+json" {
			remove(n)
		}
		return
	case atom.Link:
		p.headLink(n)
		return
	case atom.Form:
		p.form(n)
		return
	case atom.A:
		p.anchor(n)
	case atom.Meta:
		if attr(n, "property") == "og:url" {
			p.absolute(n, "content")
		}
		return
	}
	for _, name := range []string{"src", "poster"} {
		if v := attr(n, name); v != "" {
			if way, ok := p.way(v); ok {
				set(n, name, way)
			}
		}
	}
	p.walk(n)
	if n.DataAtom == atom.Body {
		p.searchScript(n)
	}
}

// way is the relative link to an address of the site, which is followed.
func (p *page) way(address string) (string, bool) {
	address = strings.TrimPrefix(address, p.c.o.Origin)
	address, fragment, _ := strings.Cut(address, "#")
	if address == "" {
		if fragment == "" {
			address = "/"
		} else {
			return "#" + fragment, true
		}
	}
	t, ok := resolve(address, p.w.address)
	if !ok {
		return p.asked(address)
	}
	p.links = append(p.links, t)
	to := t.file
	if t.html {
		to = p.c.in(p.w.language, t.file)
	}
	way := relative(p.file, to)
	if fragment != "" {
		way += "#" + fragment
	}
	return way, true
}

// asked is the link to a search for words alone, which the mirror's script can answer.
func (p *page) asked(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Path != "/search" || u.Host != "" {
		return "", false
	}
	q := u.Query()
	if words := q.Get("q"); len(q) != 1 || words == "" || strings.ContainsAny(words, `:()"`) {
		return "", false
	}
	return relative(p.file, p.c.in(p.w.language, "search.html")) + "?" + q.Encode(), true
}

// ours reports whether an address is of the site itself.
func (p *page) ours(address string) bool {
	return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") || strings.HasPrefix(address, p.c.o.Origin+"/")
}

// anchor makes a link relative. Those to what only a server does are taken out; in running text the words stay.
func (p *page) anchor(n *html.Node) {
	to := attr(n, "href")
	escaped := url.QueryEscape(p.c.o.Origin)
	if strings.HasPrefix(to, "sms:") || strings.HasPrefix(to, "mailto:?") {
		if p.c.o.BaseURL == "" {
			remove(n)
			return
		}
		set(n, "href", strings.ReplaceAll(to, escaped, url.QueryEscape(p.c.o.BaseURL)))
		return
	}
	if way, ok := p.way(to); ok {
		set(n, "href", way)
		return
	}
	if !p.ours(to) {
		return
	}
	if inText(n) {
		del(n, "href")
	} else {
		remove(n)
	}
}

// inText reports whether a link stands in a lesson, in a table, or in a sentence.
func inText(n *html.Node) bool {
	for up := n.Parent; up != nil; up = up.Parent {
		switch up.DataAtom {
		case atom.Article, atom.Td, atom.Th:
			return true
		case atom.P, atom.Li:
			return wordsBeside(up) > 3
		case atom.Nav, atom.Footer, atom.Header, atom.Div:
			return false
		}
	}
	return false
}

// wordsBeside counts the words of a node that are in no link.
func wordsBeside(n *html.Node) (count int) {
	for child := range n.ChildNodes() {
		switch {
		case child.Type == html.TextNode:
			count += len(strings.Fields(child.Data))
		case child.DataAtom != atom.A:
			count += wordsBeside(child)
		}
	}
	return count
}

// headLink keeps the icon and the canonical address.
func (p *page) headLink(n *html.Node) {
	switch attr(n, "rel") {
	case "icon":
		if way, ok := p.way(attr(n, "href")); ok {
			set(n, "href", way)
			return
		}
	case "canonical":
		if p.c.o.BaseURL != "" {
			set(n, "href", p.c.o.BaseURL+"/"+(&url.URL{Path: p.file}).EscapedPath())
			return
		}
	case "license":
		return
	}
	remove(n)
}

func (p *page) absolute(n *html.Node, name string) {
	if p.c.o.BaseURL == "" {
		remove(n)
		return
	}
	set(n, name, p.c.o.BaseURL+"/"+(&url.URL{Path: p.file}).EscapedPath())
}

// form keeps the search, makes links of the choice of language, and takes out the others.
func (p *page) form(n *html.Node) {
	action := attr(n, "action")
	switch {
	case action == "/search" && attr(n, "method") == "":
		set(n, "action", relative(p.file, p.c.in(p.w.language, "search.html")))
		dropHidden(n)
		p.walk(n)
	case action == "/language":
		p.languages(n)
	default:
		remove(n)
	}
}

// dropHidden takes the filters out of the search form: the mirror's search has none.
func dropHidden(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.DataAtom == atom.Input && attr(child, "type") == "hidden" {
			n.RemoveChild(child)
		}
		child = next
	}
}

// languages makes a link to the same page of each button for a language.
func (p *page) languages(form *html.Node) {
	nav := &html.Node{Type: html.ElementNode, Data: "span", DataAtom: atom.Span, Attr: []html.Attribute{{Key: "class", Val: "lang"}}}
	for b := range form.Descendants() {
		if b.DataAtom != atom.Button || !slices.Contains(p.c.o.Languages, attr(b, "value")) {
			continue
		}
		a := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A}
		for _, at := range b.Attr {
			if at.Key == "lang" || at.Key == "dir" {
				a.Attr = append(a.Attr, at)
			}
		}
		set(a, "href", relative(p.file, p.c.in(attr(b, "value"), p.w.file)))
		for child := range b.ChildNodes() {
			if child.Type == html.TextNode {
				a.AppendChild(&html.Node{Type: html.TextNode, Data: child.Data})
			}
		}
		nav.AppendChild(a)
	}
	if nav.FirstChild != nil {
		form.Parent.InsertBefore(nav, form)
	}
	remove(form)
}

// searchScript has the page of the search answer what its form asks.
func (p *page) searchScript(body *html.Node) {
	if p.w.file != "search.html" {
		return
	}
	s := &html.Node{Type: html.ElementNode, Data: "script", DataAtom: atom.Script}
	set(s, "src", relative(p.file, searchScript))
	for _, name := range []string{"one", "many", "none"} {
		set(s, "data-"+name, p.c.site.Text(p.w.language, "mirror."+name))
	}
	if lead := p.c.in(p.w.language, ""); lead != "" {
		set(s, "data-pages", lead)
	}
	body.AppendChild(s)
}

// prune takes out lists, groups and folded parts of which nothing is left.
func prune(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		prune(child)
		child = next
	}
	if n.Type != html.ElementNode {
		return
	}
	switch n.DataAtom {
	case atom.Li, atom.Ul, atom.Ol, atom.P, atom.Nav, atom.Aside:
		if n.Parent != nil && empty(n) {
			remove(n)
		}
	case atom.Details: // only its summary
		for child := range n.ChildNodes() {
			if child.Type == html.ElementNode && child.DataAtom != atom.Summary {
				return
			}
		}
		remove(n)
	}
}

// empty reports whether a node shows nothing: no element with something to see, and no word but counts.
func empty(n *html.Node) bool {
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode && strings.Trim(d.Data, " \n\t·,") != "" && !count(d):
			return false
		case d.DataAtom == atom.Img || d.DataAtom == atom.Svg || d.DataAtom == atom.Input || d.DataAtom == atom.Audio || d.DataAtom == atom.Video ||
			d.DataAtom == atom.Button || d.DataAtom == atom.A || d.DataAtom == atom.Math:
			return false
		}
	}
	return true
}

// count reports whether a text is the number beside a link.
func count(n *html.Node) bool { return n.Parent != nil && attr(n.Parent, "class") == "n" }

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func set(n *html.Node, name, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

func del(n *html.Node, name string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func remove(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
}
