package web

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	hitsPerPage  = 12
	reachable    = 10_000 / hitsPerPage // pages that have a number; the rest follow by cursor
	typedLimit   = 1000                 // bytes of a query that the page repeats in its links
	shownHints   = 4
	shownNearest = 3
	shownOthers  = 3 // places where a lesson is besides
)

// asked is a search as an address says it.
type asked struct {
	search.Request
	typed string // as the search box shows it
	text  string // as links repeat it: without an order, which has a parameter of its own
	hints []search.Hint
}

// askedBy reads a search from the address of a request. Of the query, at most limit bytes are read.
func askedBy(c *fiber.Ctx, limit int) asked {
	v := url.Values{}
	for name, value := range c.Context().QueryArgs().All() {
		v.Add(string(name), string(value))
	}
	typed := strings.TrimSpace(v.Get("q"))
	var hints []search.Hint
	if len(typed) > limit {
		for limit > 0 && !utf8.RuneStart(typed[limit]) {
			limit--
		}
		typed = typed[:limit]
		hints = append(hints, search.Hint{Kind: search.HintTooLong, Message: "The query is long: only its beginning was searched."})
	}
	v.Set("q", typed)
	r, more := search.ReadParameters(v)
	r.Cursor = v.Get("cursor")
	r.Page, _ = strconv.Atoi(v.Get("page"))
	r.Page = max(r.Page, 1)
	a := asked{Request: r, hints: append(hints, more...), typed: strings.ToValidUTF8(typed, "�")}
	a.text = a.typed
	if q, _ := search.ParseQuery(typed); q.Sort != search.Relevance {
		a.text = r.Query.String()
	}
	return a
}

// url is the address of the search page for it. What was typed stands in it as it was typed.
func (a asked) url() string {
	v := a.Parameters()
	if a.text != "" {
		v.Set("q", a.text)
	}
	if a.Cursor != "" {
		v.Set("cursor", a.Cursor)
		v.Set("page", strconv.Itoa(a.Page))
	}
	return searchURL(v)
}

func searchURL(v url.Values) string {
	if len(v) == 0 {
		return "/search"
	}
	return "/search?" + v.Encode()
}

// first is the search from its first page.
func (a asked) first() asked {
	a.Page, a.Cursor = 1, ""
	return a
}

// choosing is the search, from its first page, with other values of a filter.
func (a asked) choosing(f search.Field, values []string) asked {
	a = a.first()
	a.Filters = maps.Clone(a.Filters)
	if a.Filters == nil {
		a.Filters = search.Filters{}
	}
	a.Filters[f] = values
	return a
}

// with is the search with a filter's value turned on or off.
func (s *Server) with(a asked, f search.Field, value string, on bool) asked {
	values := slices.DeleteFunc(slices.Clone(a.Filters[f]), func(v string) bool { return s.sameChoice(f, v, value) })
	if on {
		values = append(values, value)
	}
	return a.choosing(f, values)
}

// asking is the search for another query, with the same filters.
func (a asked) asking(text string) asked {
	a = a.first()
	a.Query, _ = search.ParseQuery(text)
	a.text = text
	return a
}

func (s *Server) search(c *fiber.Ctx) error {
	if s.visitor(c).Name != "" {
		s.changed(c) // who is signed in finds at once what they published by another node
	}
	ctx, lang := c.UserContext(), language(c)
	a := askedBy(c, typedLimit)
	request := a.Request
	request.Size, request.Facets, request.StandardUnder = hitsPerPage, pageFacets, s.counted(a)
	found, err := s.o.Search.Search(ctx, request)
	if errors.Is(err, search.ErrCursor) {
		return redirect(c, a.first().url())
	}
	if err != nil {
		return err
	}
	pages := (found.Total + hitsPerPage - 1) / hitsPerPage
	if last := max(min(pages, reachable), 1); a.Cursor == "" && a.Page > last {
		a.Page = last
		return redirect(c, a.url())
	}
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	hints := append(a.hints, found.Hints...)
	marks := s.o.Search.Highlighter(a.Query, hints)
	v := themes.Search{
		Total:   found.Total,
		Browsed: a.typed == "" && len(a.Filters) == 0,
		Hints:   s.hints(hints, a, lang),
		Sorts:   s.sorts(a, lang),
		Facets:  s.facets(found, a, request.StandardUnder, lang, peers),
		Chips:   s.chips(a, lang, peers),
		Hidden:  a.hidden(),
		Pager:   pager(a, pages, found.Next),
		Feed:    feedPath(a.Request),
	}
	if v.Cards, err = s.results(ctx, found.Hits, marks, lang, peers); err != nil {
		return err
	}
	if found.Total == 0 {
		if err := s.empty(ctx, &v, found, a, lang, peers); err != nil {
			return err
		}
	}
	offered, err := s.offered(ctx, a.typed, lang)
	if err != nil {
		return err
	}
	return s.page(c, "search", themes.Frame{
		Query: a.typed, Offered: offered,
		Feed: themes.Link{Label: s.feedTitle(a.Request, lang, peers), URL: v.Feed},
	}, v)
}

// hidden are the fields that a form of the page must keep: a new query is asked with the chosen filters.
func (a asked) hidden() []themes.Field {
	var list []themes.Field
	v := a.first().Parameters()
	for _, f := range search.Fields() {
		for _, value := range v[string(f)] {
			list = append(list, themes.Field{Name: string(f), Value: value})
		}
	}
	if sort := v.Get("sort"); sort != "" && a.typed == a.text {
		list = append(list, themes.Field{Name: "sort", Value: sort})
	}
	return list
}

// hitCards are the hits as lists show them.
func (s *Server) hitCards(ctx context.Context, hits []search.Hit, lang string, peers map[string]string) ([]themes.Card, error) {
	return s.results(ctx, hits, nil, lang, peers)
}

// results are the hits as lists show them, with what was searched marked. What is gone since it was indexed is left out.
func (s *Server) results(ctx context.Context, hits []search.Hit, marks *search.Highlighter, lang string, peers map[string]string) ([]themes.Card, error) {
	var ids []repository.ID
	for _, h := range hits {
		ids = append(ids, repository.ID(h.ID))
		for _, other := range h.Others[:min(len(h.Others), shownOthers)] {
			ids = append(ids, repository.ID(other))
		}
	}
	list, err := s.o.Catalog.Resources(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]repository.Resource, len(list))
	for _, r := range list {
		byID[string(r.ID)] = r
	}
	cards := make([]themes.Card, 0, len(hits))
	for _, h := range hits {
		r, ok := byID[h.ID]
		if !ok || r.Deleted {
			continue
		}
		c := s.card(r, lang, peers)
		mark(&c, marks, excerptOf(r))
		c.Via = s.via(h.Via, lang)
		also(&c, h, byID, peers)
		if c.Badges, err = s.badges(ctx, r, false); err != nil {
			return nil, err
		}
		cards = append(cards, c)
	}
	return cards, nil
}

// also names where else the same lesson is: mirrors of its record by their sources, near copies by their titles.
func also(c *themes.Card, h search.Hit, byID map[string]repository.Resource, peers map[string]string) {
	there := 0
	for _, id := range h.Others[:min(len(h.Others), shownOthers)] {
		r, ok := byID[id]
		if !ok {
			continue
		}
		if there++; r.Deleted {
			continue
		}
		l := themes.Link{Label: r.Metadata.Title, URL: linkOf(r), Language: r.Metadata.Language}
		if !r.Own() {
			if l = (themes.Link{Label: peers[r.Origin.Peer], URL: linkOf(r)}); l.Label == "" {
				l.Label = r.Origin.Peer
			}
		}
		c.Also = append(c.Also, l)
	}
	if len(c.Also) > 0 {
		c.Copies = max(h.Copies-there, 0)
	}
}

// via says how a resource was found that is not aligned to the standard that was asked for.
func (s *Server) via(v *search.Via, lang string) string {
	if v == nil {
		return ""
	}
	key := "via." + strings.ToLower(v.Relation)
	if v.Inverse && (v.Relation == "replacedBy" || v.Relation == "precedes") {
		key += ".inverse"
	}
	code := s.facetLabel(search.Standard, v.Statement, lang, nil)
	if text := s.o.Theme.Text(lang, key, "Code", code); text != key {
		return text
	}
	return s.o.Theme.Text(lang, "via.isrelatedto", "Code", code)
}

func (s *Server) sorts(a asked, lang string) []themes.Count {
	var sorts []themes.Count
	for _, o := range search.Sorts() {
		b := a.first()
		b.Sort = o
		name := string(o)
		if o == search.Relevance {
			name = "relevance"
		}
		sorts = append(sorts, themes.Count{Label: s.o.Theme.Label(lang, "sort", name), URL: b.url(), Selected: a.Sort == o})
	}
	return sorts
}

// hints say what the search understood differently, in the reader's language, with links to what else it can mean.
func (s *Server) hints(hints []search.Hint, a asked, lang string) []themes.Hint {
	var list []themes.Hint
	said := map[string]bool{}
	for _, h := range hints {
		key := "hint." + string(h.Kind)
		text := s.o.Theme.Text(lang, key, "Term", clip(strings.ToValidUTF8(h.Term, "�"), 60))
		if text == key {
			text = h.Message
		}
		if said[text] || len(list) == shownHints {
			continue
		}
		said[text] = true
		v := themes.Hint{Text: text}
		for _, suggestion := range h.Suggestions[:min(len(h.Suggestions), 8)] {
			v.Links = append(v.Links, themes.Link{Label: suggestion, URL: s.instead(a, h, suggestion)})
		}
		list = append(list, v)
	}
	return list
}

// instead is the search with a suggestion in the place of what a hint is about; "" where that cannot be said.
func (s *Server) instead(a asked, h search.Hint, suggestion string) string {
	switch h.Kind {
	case search.HintSpelling:
	case search.HintAmbiguousCode: // "framework code"
		framework, code, ok := strings.Cut(suggestion, " ")
		if !ok {
			return ""
		}
		st, ok := s.findStatement(s.o.Standards(), framework, code)
		if !ok {
			return ""
		}
		suggestion = search.Term{Field: search.Standard, Value: st.Key}.String()
	case search.HintReplaced:
		suggestion = search.Term{Field: search.Standard, Value: suggestion}.String()
	default:
		return ""
	}
	var groups []string
	for _, g := range a.Query.Groups {
		if len(g) == 1 && !g[0].Not && strings.EqualFold(g[0].Value, h.Term) {
			groups = append(groups, suggestion)
		} else {
			groups = append(groups, search.Query{Groups: []search.Group{g}}.String())
		}
	}
	return a.asking(strings.Join(groups, " ")).url()
}

// pager leads through the pages: by number as far as there are numbers, then by cursor to any depth.
func pager(a asked, pages int, next string) themes.Pager {
	turn := func(page int) string {
		b := a
		b.Page, b.Cursor = page, ""
		return b.url()
	}
	p := themes.Pager{Page: min(a.Page, max(pages, 1)), Pages: pages}
	switch {
	case p.Page > 1 && p.Page <= reachable+1:
		p.Previous = turn(p.Page - 1)
	case p.Page > 1:
		p.First = turn(1)
	}
	switch {
	case next == "":
	case a.Cursor == "" && p.Page < reachable:
		p.Next = turn(p.Page + 1)
	default:
		b := a
		b.Page, b.Cursor = p.Page+1, next
		p.Next = b.url()
	}
	return p
}
