package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// card is a resource as lists show it. Peers names the peers by their short names.
func (s *Server) card(r repository.Resource, lang string, peers map[string]string) themes.Card {
	m := r.Metadata
	c := themes.Card{
		URL:         linkOf(r),
		Title:       m.Title,
		Language:    m.Language,
		Description: m.Description,
		Type:        string(m.Type),
		Grades:      m.Grades,
		Minutes:     minutes(m.Time),
		License:     licenseView(r.License, lang),
		Owner:       r.Address.Owner,
		Modified:    r.Modified,
		Standards:   m.Alignments.Teaches,
	}
	if c.Title == "" {
		c.Title = r.Identifier
	}
	c.Subjects = s.subjects(lang, m.Subjects)
	for _, a := range m.Creators {
		c.Creators = append(c.Creators, a.Name)
	}
	if !r.Own() {
		c.Source = r.Origin.Peer
		if title := peers[r.Origin.Peer]; title != "" {
			c.Source = title
		}
	}
	return c
}

func (s *Server) cards(list []repository.Resource, lang string, peers map[string]string) []themes.Card {
	cards := make([]themes.Card, 0, len(list))
	for _, r := range list {
		cards = append(cards, s.card(r, lang, peers))
	}
	return cards
}

// mark shows in a card where it has what was searched: in its title, and in the part of its text that has the most of it.
// The description stays where it has as much.
func mark(c *themes.Card, marks *search.Highlighter, text string) {
	if marks == nil {
		return
	}
	if title := whollyMarked(c.Title, c.Language, marks); len(title.Spans) > 0 {
		c.MarkedTitle = pieces(title)
	}
	about := whollyMarked(c.Description, c.Language, marks)
	found := marks.Snippet(text, c.Language, search.SnippetSize)
	switch {
	case distinct(found) > distinct(about), c.Description == "" && found.Text != "":
		c.Excerpt = pieces(found)
	case len(about.Spans) > 0:
		c.Excerpt = pieces(about)
	}
}

// excerptOf is the text that a hit may show a part of. That of a list tells programs how to verify it: no part of it tells a reader
// what was found. Its first sentences, which say how much is on it, are its description where it has no other.
func excerptOf(r repository.Resource) string {
	if r.Metadata.Type == metadata.List {
		return ""
	}
	return r.Text
}

// whollyMarked is all of a short text with its matches.
func whollyMarked(text, lang string, marks *search.Highlighter) search.Snippet {
	s := marks.Snippet(text, lang, 3*utf8.RuneCountInString(text)+3) // a third is for what comes before the first match
	at := strings.Index(text, s.Text)
	if !s.Before || s.After || at < 0 {
		return s
	}
	for i := range s.Spans {
		s.Spans[i].Start += at
		s.Spans[i].End += at
	}
	s.Text, s.Before = text[:at]+s.Text, false
	return s
}

// distinct counts the different words that a snippet has marked. Forms of one word count once: they begin alike.
func distinct(s search.Snippet) int {
	const alike = 4
	seen := map[string]bool{}
	for _, m := range s.Spans {
		word := []rune(strings.ToLower(s.Text[m.Start:m.End]))
		seen[string(word[:min(len(word), alike)])] = true
	}
	return len(seen)
}

func pieces(s search.Snippet) []themes.Piece {
	var list []themes.Piece
	if s.Before {
		list = append(list, themes.Piece{Text: "… "})
	}
	for _, p := range s.Pieces() {
		list = append(list, themes.Piece{Text: p.Text, Match: p.Match})
	}
	if s.After {
		list = append(list, themes.Piece{Text: " …"})
	}
	return list
}

// subjects are the names that readers know subjects by; what has none stays as it is written.
func (s *Server) subjects(lang string, list []string) (names []string) {
	for _, subject := range list {
		names = append(names, s.o.Theme.Label(lang, "subject", slugged(subject)))
	}
	return names
}

// slugged is a subject as the messages name it: "English language arts" is english-language-arts, however it is written.
func slugged(subject string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(subject), func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) }), "-")
}

// licenseView is a license in plain words.
func licenseView(id licensing.ID, lang string) themes.License {
	l, ok := licensing.Lookup(id)
	if !ok {
		return themes.License{Kind: licenseKind(id)}
	}
	v := themes.License{ID: string(l.ID), Short: l.Short, Title: l.Title, URL: l.URL, Kind: licenseKind(id), Plain: l.Plain(lang)}
	if l.Unclear {
		v.Kind = "unclear"
	}
	return v
}

// licenseKind is the family of a license, as the messages of a theme name what it allows.
func licenseKind(id licensing.ID) string {
	switch id {
	case licensing.NotCleared, licensing.UnknownRights:
		return "none"
	case licensing.AllRightsReserved:
		return "reserved"
	case licensing.PublicDomainMark, licensing.PublicDomain, licensing.USGovernment:
		return "pd"
	}
	s := strings.ToLower(string(id))
	if strings.HasPrefix(s, "cc0-") {
		return "zero"
	}
	s, ok := strings.CutPrefix(s, "cc-")
	if !ok {
		return "other"
	}
	for _, kind := range []string{"by-nc-sa", "by-nc-nd", "by-nc", "by-nd", "by-sa", "by"} {
		if s == kind || strings.HasPrefix(s, kind+"-") {
			return kind
		}
	}
	return "other"
}

func people(agents []metadata.Agent) []themes.Person {
	list := make([]themes.Person, len(agents))
	for i, a := range agents {
		list[i] = themes.Person{Name: a.Name, URL: web(a.URL)}
	}
	return list
}

// web is an address that may become a link: of a web page, or "".
func web(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}

func problems(ps metadata.Problems) []themes.Problem {
	list := make([]themes.Problem, len(ps))
	for i, p := range ps {
		list[i] = themes.Problem{File: p.File, Line: p.Line, Message: p.Message, Remedy: p.Remedy, Warning: p.Severity == metadata.Warning}
	}
	return list
}
