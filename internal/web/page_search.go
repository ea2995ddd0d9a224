package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const hitsPerPage = 12

// pageFacets are the filters that the page offers, in its order.
var pageFacets = []search.Field{search.Subject, search.Grade, search.Type, search.License, search.Language, search.Source, search.Standard}

// asked is a search as an address says it.
type asked struct {
	q       string
	filters search.Filters
	sort    search.Sort
	page    int
}

func parseAsked(c *fiber.Ctx) asked {
	a := asked{q: strings.TrimSpace(c.Query("q")), filters: search.Filters{}, page: max(1, c.QueryInt("page", 1))}
	if c.Query("sort") == string(search.Newest) {
		a.sort = search.Newest
	}
	args := c.Context().QueryArgs()
	for _, f := range search.FacetFields() {
		for _, v := range args.PeekMulti(string(f)) {
			if value := strings.TrimSpace(string(v)); value != "" && len(value) < 200 && len(a.filters[f]) < 20 && !slices.Contains(a.filters[f], value) {
				a.filters[f] = append(a.filters[f], value)
			}
		}
	}
	return a
}

// url is the address of the search, in an order that does not depend on how it came about.
func (a asked) url() string {
	var parts []string
	add := func(name, value string) { parts = append(parts, name+"="+url.QueryEscape(value)) }
	if a.q != "" {
		add("q", a.q)
	}
	for _, f := range search.FacetFields() {
		for _, v := range a.filters[f] {
			add(string(f), v)
		}
	}
	if a.sort != search.Relevance {
		add("sort", string(a.sort))
	}
	if a.page > 1 {
		add("page", strconv.Itoa(a.page))
	}
	if len(parts) == 0 {
		return "/search"
	}
	return "/search?" + strings.Join(parts, "&")
}

// with is the search with a filter's value turned on or off, from its first page.
func (a asked) with(f search.Field, value string, on bool) asked {
	filters := search.Filters{}
	for k, vs := range a.filters {
		filters[k] = slices.Clone(vs)
	}
	filters[f] = slices.DeleteFunc(filters[f], func(v string) bool { return v == value })
	if on {
		filters[f] = append(filters[f], value)
	}
	a.filters, a.page = filters, 1
	return a
}

func (a asked) request() (search.Request, []search.Hint) {
	q, hints := search.ParseQuery(a.q)
	return search.Request{Query: q, Filters: a.filters, Sort: a.sort, Page: a.page, Size: hitsPerPage, Facets: pageFacets}, hints
}

func (s *Server) search(c *fiber.Ctx) error {
	ctx, lang := c.UserContext(), language(c)
	a := parseAsked(c)
	request, hints := a.request()
	found, err := s.o.Search.Search(ctx, request)
	if err != nil {
		return err
	}
	peers, err := s.peerTitles(ctx)
	if err != nil {
		return err
	}
	cards, err := s.hitCards(ctx, found.Hits, lang, peers)
	if err != nil {
		return err
	}
	v := themes.Search{
		Total: found.Total, Cards: cards,
		Browsed: a.q == "" && len(a.filters) == 0,
		Hints:   s.hints(append(hints, found.Hints...), a, lang),
		Sorts:   s.sorts(a, lang),
		Facets:  s.facets(found, a, lang, peers),
		Pager:   pager(a, found.Total),
	}
	for _, f := range search.FacetFields() {
		for _, value := range a.filters[f] {
			v.Hidden = append(v.Hidden, themes.Field{Name: string(f), Value: value})
			v.Chips = append(v.Chips, themes.Chip{Field: string(f), Value: s.facetLabel(f, value, lang, peers), URL: a.with(f, value, false).url()})
		}
	}
	if found.Total == 0 {
		v.Facets = nil // nothing to choose from
		if v.Drop, err = s.drops(ctx, a, lang, peers); err != nil {
			return err
		}
	}
	return s.page(c, "search", themes.Frame{Query: a.q, NoIndex: true}, v)
}

func (s *Server) hitCards(ctx context.Context, hits []search.Hit, lang string, peers map[string]string) ([]themes.Card, error) {
	ids := make([]repository.ID, len(hits))
	for i, h := range hits {
		ids[i] = repository.ID(h.ID)
	}
	list, err := s.o.Catalog.Resources(ctx, ids)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(r repository.Resource) bool { return r.Deleted })
	return s.cards(list, lang, peers), nil
}

func (s *Server) facets(found search.Results, a asked, lang string, peers map[string]string) []themes.Facet {
	const first, all = 5, 20
	var facets []themes.Facet
	for _, f := range pageFacets {
		values := found.Facets[f]
		if len(values) < 2 && len(a.filters[f]) == 0 {
			continue // a choice of one is none
		}
		if f == search.Grade {
			values = inOrder(values)
		}
		var counts []themes.Count
		for _, v := range values[:min(len(values), all)] {
			on := slices.Contains(a.filters[f], v.Value)
			counts = append(counts, themes.Count{Label: s.facetLabel(f, v.Value, lang, peers), URL: a.with(f, v.Value, !on).url(), Count: v.Count, Selected: on})
		}
		n := min(len(counts), first)
		if f == search.Grade {
			n = len(counts)
		}
		facets = append(facets, themes.Facet{Field: string(f), First: counts[:n], More: counts[n:]})
	}
	return facets
}

// counts are a facet's values as links to the search for each.
func (s *Server) counts(values []search.Facet, f search.Field, base, lang string, peers map[string]string) []themes.Count {
	var counts []themes.Count
	for _, v := range values {
		counts = append(counts, themes.Count{
			Label: s.facetLabel(f, v.Value, lang, peers), Count: v.Count,
			URL: base + "?" + string(f) + "=" + escapeQuery(v.Value),
		})
	}
	return counts
}

// facetLabel is the value of a filter in words.
func (s *Server) facetLabel(f search.Field, value, lang string, peers map[string]string) string {
	switch f {
	case search.Source:
		if value == search.Own {
			return s.o.Theme.Text(lang, "resources.here")
		}
		if title := peers[value]; title != "" {
			return title
		}
	case search.License:
		if l, ok := licensing.Lookup(licensing.ID(value)); ok {
			return l.Short
		}
		if value == "" || value == "none" {
			return s.o.Theme.Text(lang, "license.unclear")
		}
		return s.o.Theme.Label(lang, "license.group", value)
	case search.Standard:
		if st, ok := s.o.Standards().Statement(value); ok && st.Code != "" {
			return shortCode(st.Code)
		}
		return shortCode(value)
	case search.Subject:
		return s.o.Theme.Label(lang, "subject", slugged(value))
	case search.Grade, search.Type, search.Language:
		return s.o.Theme.Label(lang, string(f), value)
	}
	return value
}

// shortCode leaves out what every code of a framework begins with.
func shortCode(code string) string {
	for _, prefix := range []string{"CCSS.MATH.CONTENT.", "CCSS.Math.Content.", "CCSS.ELA-LITERACY.", "CCSS.ELA-Literacy.", "CCSS.MATH.PRACTICE."} {
		if short, ok := strings.CutPrefix(code, prefix); ok {
			return short
		}
	}
	return code
}

func (s *Server) sorts(a asked, lang string) []themes.Count {
	var sorts []themes.Count
	for _, o := range []struct {
		sort search.Sort
		key  string
	}{{search.Relevance, "sort.relevance"}, {search.Newest, "sort.newest"}} {
		b := a
		b.sort, b.page = o.sort, 1
		sorts = append(sorts, themes.Count{Label: s.o.Theme.Text(lang, o.key), URL: b.url(), Selected: a.sort == o.sort})
	}
	return sorts
}

// hints say what the search understood differently, in the reader's language.
func (s *Server) hints(hints []search.Hint, a asked, lang string) []themes.Hint {
	var list []themes.Hint
	for _, h := range hints[:min(len(hints), 4)] {
		key := "hint." + string(h.Kind)
		text := s.o.Theme.Text(lang, key, "Term", h.Term, "Suggestions", strings.Join(h.Suggestions, ", "))
		if text == key {
			text = h.Message
		}
		list = append(list, themes.Hint{Text: text})
	}
	return list
}

// drops are the filters that an empty result could do without, the most helpful first.
func (s *Server) drops(ctx context.Context, a asked, lang string, peers map[string]string) ([]themes.Chip, error) {
	var drops []themes.Chip
	try := func(b asked, field, label string) error {
		request, _ := b.request()
		request.Size, request.Facets = 1, []search.Field{}
		found, err := s.o.Search.Search(ctx, request)
		if err == nil && found.Total > 0 {
			drops = append(drops, themes.Chip{Field: field, Value: label, URL: b.url(), Count: found.Total})
		}
		return err
	}
	for _, f := range search.FacetFields() {
		for _, value := range a.filters[f] {
			if len(drops) < 6 {
				if err := try(a.with(f, value, false), string(f), s.facetLabel(f, value, lang, peers)); err != nil {
					return nil, err
				}
			}
		}
	}
	if a.q != "" && len(a.filters) > 0 {
		b := a
		b.q, b.page = "", 1
		if err := try(b, "q", "“"+a.q+"”"); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(drops, func(x, y themes.Chip) int { return y.Count - x.Count })
	return drops, nil
}

func pager(a asked, total int) themes.Pager {
	p := themes.Pager{Page: a.page, Pages: (min(total, 10_000) + hitsPerPage - 1) / hitsPerPage}
	turn := func(page int) string {
		b := a
		b.page = page
		return b.url()
	}
	if a.page > 1 {
		p.Previous = turn(min(a.page-1, max(p.Pages, 1)))
	}
	if a.page < p.Pages {
		p.Next = turn(a.page + 1)
	}
	return p
}

var gradeOrder = []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "HE", "adult"}

// inOrder sorts grades as they follow one another in life.
func inOrder(values []search.Facet) []search.Facet {
	sorted := slices.Clone(values)
	slices.SortStableFunc(sorted, func(a, b search.Facet) int {
		return slices.Index(gradeOrder, a.Value) - slices.Index(gradeOrder, b.Value)
	})
	return sorted
}
