package web

import (
	"crypto/sha256"
	"html/template"
	"strings"

	"golang.org/x/net/html"
)

// paper is a rendered text as it goes on paper: what everybody reads, and what only teachers do.
type paper struct {
	Text template.HTML
	Key  template.HTML // the blocks for teachers, each with the heading that it stood under; "" for none
}

// paperKey is what a paper is made of.
type paperKey struct {
	body   [sha256.Size]byte
	prefix string
	deeper int
}

// onPaper is the function of that name, whose results are kept: a unit has a text for each of its lessons.
func (s *Server) onPaper(body template.HTML, prefix string, deeper int) paper {
	if len(body) > textKept {
		return onPaper(body, prefix, deeper)
	}
	key := paperKey{sha256.Sum256([]byte(body)), prefix, deeper}
	p, ok := s.papers.Get(key)
	if !ok {
		p = onPaper(body, prefix, deeper)
		s.papers.Add(key, p)
	}
	return p
}

// onPaper takes a rendered text apart. Its ids begin with prefix afterwards, so that several texts can stand in one
// document, and its headings are deeper by so many levels.
func onPaper(body template.HTML, prefix string, deeper int) paper {
	p := press{prefix: prefix, deeper: deeper, keyLevel: 2 + deeper}
	z := html.NewTokenizer(strings.NewReader(string(body)))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		p.token(kind, string(z.Raw()), z)
	}
	return paper{template.HTML(p.text.String()), template.HTML(p.key.String())} //nolint:gosec // pieces of safe HTML
}

// press writes the two texts.
type press struct {
	prefix    string
	deeper    int
	text, key strings.Builder
	block     string          // the element of the block for teachers that is open; "" outside of one
	nested    int             // how many of its kind are open, it too
	under     strings.Builder // HTML of the heading that the text is below, without elements
	heading   string          // the element of the open heading, as it is written
	note      bool            // inside of what a formula says to programs
	keyLevel  int             // of the last heading in the key
}

func (p *press) out() *strings.Builder {
	if p.block != "" {
		return &p.key
	}
	return &p.text
}

func (p *press) token(kind html.TokenType, raw string, z *html.Tokenizer) {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		p.start(z.Token(), raw)
	case html.EndTagToken:
		p.end(z.Token(), raw)
	default:
		if p.heading != "" && p.block == "" && !p.note && kind == html.TextToken {
			p.under.WriteString(raw)
		}
		p.out().WriteString(raw)
	}
}

func (p *press) start(t html.Token, raw string) {
	changed := false
	forTeachers := false
	for i, a := range t.Attr {
		switch {
		case a.Key == "id" || a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-describedby":
			ids := strings.Fields(a.Val)
			for j := range ids {
				ids[j] = p.prefix + ids[j]
			}
			t.Attr[i].Val, changed = strings.Join(ids, " "), changed || p.prefix != ""
		case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
			t.Attr[i].Val, changed = "#"+p.prefix+a.Val[1:], changed || p.prefix != ""
		case a.Key == "class":
			class := " " + a.Val + " "
			forTeachers = t.Data == "aside" && strings.Contains(class, " teacher ") || t.Data == "div" && class == " key "
		}
	}
	switch {
	case p.block != "" && t.Data == p.block:
		p.nested++
	case p.block == "" && forTeachers:
		p.block, p.nested = t.Data, 1
		if t.Data == "div" { // the answers of all quizzes: no heading, and no box around them
			return
		}
		if under := strings.TrimSpace(p.under.String()); under != "" {
			p.key.WriteString(`<p class="under">` + under + "</p>\n")
		}
	case headingLevel(t.Data) > 0:
		level := min(headingLevel(t.Data)+p.deeper, 6)
		if p.block != "" {
			level = min(level, p.keyLevel+1) // what stood between is not in the key
			p.keyLevel = level
		} else {
			p.under.Reset()
		}
		p.heading = "h" + string(rune('0'+level))
		changed = changed || p.heading != t.Data
		t.Data = p.heading
	case t.Data == "annotation":
		p.note = true
	}
	if changed {
		raw = t.String()
	}
	p.out().WriteString(raw)
}

func (p *press) end(t html.Token, raw string) {
	out := p.out()
	switch {
	case p.block != "" && t.Data == p.block:
		if p.nested--; p.nested == 0 {
			p.block = ""
			if t.Data == "div" {
				return
			}
		}
	case headingLevel(t.Data) > 0 && p.heading != "":
		raw, p.heading = "</"+p.heading+">", ""
	case t.Data == "annotation":
		p.note = false
	}
	out.WriteString(raw)
}

// headingLevel is the level of a heading's element, 0 for any other.
func headingLevel(element string) int {
	if len(element) == 2 && element[0] == 'h' && '1' <= element[1] && element[1] <= '6' {
		return int(element[1] - '0')
	}
	return 0
}
