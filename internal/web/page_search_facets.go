package web

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// pageFacets are the filters that the page offers, in its order.
var pageFacets = []search.Field{
	search.Standard, search.Grade, search.Subject, search.Type, search.Permission, search.Time, search.Language, search.Source, search.List,
}

// permissionsOffered are the permissions that people look for, in the order of how many do. What licenses demand can be asked
// for in the query.
var permissionsOffered = []string{"adaptable", "commercial", "shareable", "uncleared"}

const (
	facetFirst = 5  // values that are seen at once
	facetAll   = 20 // and with the others opened
	facetOpen  = 4  // facets that stand open
)

// facets are the choices of the page with what each would find.
func (s *Server) facets(found search.Results, a asked, node, lang string, peers map[string]string) []themes.Facet {
	var facets []themes.Facet
	for _, f := range pageFacets {
		values := found.Facets[f]
		var v themes.Facet
		switch {
		case f == search.Standard:
			v = s.standardFacet(values, found.Total, a, node, lang)
			v.Coverage = s.coverageOf(a, node, values)
		case f != search.Permission && len(values) < 2 && !slices.ContainsFunc(values, func(v search.Facet) bool { return v.Selected }):
			continue // a choice of one is none
		default:
			if f == search.Permission {
				values = permissionsFirst(values, found.Total)
			}
			v = s.facet(f, values, a, lang, peers)
		}
		if len(v.First)+len(v.Path) == 0 {
			continue
		}
		v.Field = string(f)
		v.Open = len(facets) < facetOpen || len(a.Filters[f]) > 0
		facets = append(facets, v)
	}
	return facets
}

func (s *Server) facet(f search.Field, values []search.Facet, a asked, lang string, peers map[string]string) themes.Facet {
	var counts []themes.Count
	for _, v := range values {
		counts = append(counts, themes.Count{
			Label: s.facetLabel(f, v.Value, lang, peers), Count: v.Count, Selected: v.Selected,
			URL: s.with(a, f, v.Value, !v.Selected).url(),
		})
	}
	first := facetFirst
	if f == search.Grade || f == search.Time {
		first = 8 // they have an order, and few values
	}
	return split(counts, first)
}

// split divides the choices into those that are seen at once, the chosen ones among them, and the others.
func split(counts []themes.Count, first int) themes.Facet {
	var v themes.Facet
	if len(counts) == first+1 {
		first++ // one line more is shorter than a line to open it
	}
	for i, c := range counts {
		switch {
		case i < first || c.Selected:
			v.First = append(v.First, c)
		case len(v.More) < facetAll:
			v.More = append(v.More, c)
		}
	}
	return v
}

// permissionsFirst keeps the permissions that are chosen, and those offered that some results have and others have not, in
// the order in which they are offered.
func permissionsFirst(values []search.Facet, total int) []search.Facet {
	place := func(v search.Facet) int {
		if i := slices.Index(permissionsOffered, v.Value); i >= 0 {
			return i
		}
		return len(permissionsOffered)
	}
	kept := slices.DeleteFunc(slices.Clone(values), func(v search.Facet) bool {
		return !v.Selected && (v.Count == total || place(v) == len(permissionsOffered))
	})
	slices.SortStableFunc(kept, func(a, b search.Facet) int { return place(a) - place(b) })
	return kept
}

// node is the statement, or the framework, whose children the page offers: the one that the address names, or the only one
// that was asked for. Of a statement without children it is the one above.
func (s *Server) node(a asked) string {
	library := s.o.Standards()
	key := a.StandardUnder
	if key == "" {
		key = onlyStandard(a.Request)
	}
	if len(library.Roots(key)) > 0 {
		return key
	}
	st, ok := statementOf(library, key)
	switch {
	case !ok:
		return ""
	case len(library.Children(st.Key)) > 0:
		return st.Key
	case st.Parent != "":
		return st.Parent
	}
	return st.Framework
}

// counted is what the facet of standards counts: what is below the node, the frameworks where there is none, or, where
// several standards are chosen, those that results have.
func (s *Server) counted(a asked) string {
	node := s.node(a)
	if node == "" && len(a.Filters[search.Standard]) == 0 && len(s.o.Standards().Frameworks()) > 0 {
		return search.Frameworks
	}
	return node
}

// onlyStandard is the standard that a search is about, where it is about one.
func onlyStandard(r search.Request) string { return strings.TrimLeft(only(r, search.Standard), "=~") }

// only is the value of a field that a search has, where it has one.
func only(r search.Request, f search.Field) string {
	if chosen := r.Filters[f]; len(chosen) > 0 {
		if len(chosen) == 1 {
			return chosen[0]
		}
		return ""
	}
	var one string
	for _, g := range r.Query.Groups {
		if len(g) != 1 || g[0].Field != f || g[0].Not {
			continue
		}
		if one != "" || len(g[0].More) > 0 {
			return ""
		}
		one = g[0].Value
	}
	return one
}

// statementOf is the imported statement that a key, code, GUID or URI means.
func statementOf(l *standards.Library, name string) (standards.Statement, bool) {
	if name == "" {
		return standards.Statement{}, false
	}
	if st, ok := l.Statement(name); ok {
		return st, true
	}
	return l.Statement(l.Resolve(name).Key())
}

// standardFacet is the tree of standards around a node: the way to it from the framework, and what is below it, each with
// all that is below that. At the top it is the frameworks; without a node what most results are aligned to, and the
// frameworks.
func (s *Server) standardFacet(values []search.Facet, total int, a asked, node, lang string) themes.Facet {
	library := s.o.Standards()
	var counts []themes.Count
	if node == search.Frameworks {
		for _, v := range values {
			if f, ok := library.Framework(v.Value); ok {
				counts = append(counts, themes.Count{
					Label: f.Title, Count: v.Count, URL: a.choosing(search.Standard, []string{f.Name}).url(), Language: f.Language,
				})
			}
		}
		return split(counts, 12)
	}
	for _, v := range values {
		if node == "" && !v.Selected && len(library.Children(v.Value)) > 0 {
			continue // its count is of itself, and its link finds what is below it too
		}
		line := themes.Count{Label: s.facetLabel(search.Standard, v.Value, lang, nil), Count: v.Count, Selected: v.Selected}
		if v.Selected {
			b := s.with(a, search.Standard, v.Value, false)
			b.StandardUnder = node
			line.URL = b.url()
		} else {
			line.URL = s.into(a, node, v.Value).url()
		}
		if st, ok := library.Statement(v.Value); ok && node != "" && st.Code != "" {
			line.Note, line.Language = clip(st.Text, 70), st.Language
		}
		counts = append(counts, line)
	}
	if node == "" {
		facet := split(counts, facetFirst)
		if len(counts) > 0 {
			for _, f := range library.Frameworks() {
				b := a.first()
				b.StandardUnder = f.Name
				facet.Browse = append(facet.Browse, themes.Link{Label: f.Title, URL: b.url(), Language: f.Language})
			}
		}
		return facet
	}
	facet := split(counts, 12)
	facet.Path = s.way(a, node, total, lang)
	return facet
}

// way leads from a framework down to a node of it; each step widens the search to what is below that.
func (s *Server) way(a asked, node string, total int, lang string) []themes.Count {
	library := s.o.Standards()
	framework := node
	var keys []string
	if st, ok := library.Statement(node); ok {
		framework = st.Framework
		keys = append(library.Ancestors(st.Key), "")
		copy(keys[1:], keys)
		keys[0] = st.Key
		slices.Reverse(keys)
	}
	var way []themes.Count
	chosen := a.Filters[search.Standard]
	if f, ok := library.Framework(framework); ok {
		step := themes.Count{Label: f.Title, Language: f.Language, Selected: node == framework}
		b := a.choosing(search.Standard, []string{f.Name})
		b.StandardUnder = ""
		if len(chosen) == 1 && chosen[0] == f.Name {
			step.Count = total
			b = b.choosing(search.Standard, nil)
		}
		step.URL = b.url()
		way = append(way, step)
	}
	for _, key := range keys {
		step := themes.Count{Label: s.facetLabel(search.Standard, key, lang, nil)}
		if len(chosen) == 1 && s.sameChoice(search.Standard, chosen[0], key) {
			step.Selected, step.Count = true, total
			step.URL = a.choosing(search.Standard, nil).url()
		} else {
			b := a.choosing(search.Standard, []string{key})
			b.StandardUnder = ""
			step.URL = b.url()
		}
		way = append(way, step)
	}
	return way
}

// into is the search narrowed to a statement: it takes the place of what is above it, and stands beside its siblings.
func (s *Server) into(a asked, node, key string) asked {
	library := s.o.Standards()
	above := library.Ancestors(key)
	if st, ok := library.Statement(key); ok {
		above = append(above, st.Framework)
	}
	values := slices.DeleteFunc(slices.Clone(a.Filters[search.Standard]), func(v string) bool {
		return slices.ContainsFunc(above, func(k string) bool { return s.sameChoice(search.Standard, v, k) })
	})
	b := a.choosing(search.Standard, append(values, key))
	b.StandardUnder = ""
	if len(values) > 0 {
		b.StandardUnder = node
	}
	return b
}

// sameChoice reports whether a filter's value means a value of its facet.
func (s *Server) sameChoice(f search.Field, chosen, value string) bool {
	if chosen == value || strings.EqualFold(chosen, value) {
		return true
	}
	if f != search.Standard {
		return f == search.Subject && slugged(chosen) == slugged(value)
	}
	st, ok := statementOf(s.o.Standards(), strings.TrimLeft(chosen, "=~"))
	return ok && st.Key == value
}

// chips are the chosen filters, each with the address without it.
func (s *Server) chips(a asked, lang string, peers map[string]string) []themes.Chip {
	var chips []themes.Chip
	for _, f := range search.Fields() {
		for _, value := range a.Filters[f] {
			chips = append(chips, themes.Chip{Field: string(f), Value: s.facetLabel(f, value, lang, peers), URL: s.with(a, f, value, false).url()})
		}
	}
	return chips
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
	value = strings.ToValidUTF8(value, "�")
	switch f {
	case search.Source:
		if value == search.Own {
			return s.o.Theme.Text(lang, "resources.here")
		}
		if title := peers[value]; title != "" {
			return title
		}
	case search.List:
		if s.o.Boards != nil {
			if l, err := s.o.Boards.List(context.Background(), value); err == nil { // in memory, but for the first time
				return l.Title
			}
			others, _ := s.o.Boards.Elsewhere(context.Background())
			for _, l := range others {
				if l.Set() == value {
					return l.Title + " (" + cmp.Or(peers[l.Peer], l.Peer) + ")"
				}
			}
		}
	case search.License:
		if l, ok := licensing.Lookup(licensing.ID(value)); ok {
			return l.Short
		}
		if value == "" || value == "none" {
			return s.o.Theme.Text(lang, "license.unclear")
		}
		return s.o.Theme.Label(lang, "license.group", value)
	case search.Standard, search.Teaches, search.Assesses, search.Requires:
		return s.standardLabel(value)
	case search.Subject:
		return s.o.Theme.Label(lang, "subject", slugged(value))
	case search.Grade:
		if from, to, ok := strings.Cut(value, ".."); ok && from != "" && to != "" {
			return s.o.Theme.Text(lang, "grade.range", "From", s.o.Theme.Label(lang, "grade.short", from), "To", s.o.Theme.Label(lang, "grade.short", to))
		}
		return s.o.Theme.Label(lang, "grade", value)
	case search.Time:
		return s.timeLabel(value, lang)
	case search.Type, search.Language, search.Permission:
		return s.o.Theme.Label(lang, string(f), value)
	}
	return value
}

func (s *Server) standardLabel(value string) string {
	value = strings.TrimLeft(value, "=~")
	st, ok := s.o.Standards().Statement(value)
	switch {
	case !ok:
		if f, ok := s.o.Standards().Framework(value); ok {
			return f.Title
		}
		return shortCode(value)
	case st.Code == "":
		return clip(st.Text, 48)
	}
	return shortCode(st.Code)
}

var timeSpan = regexp.MustCompile(`^(<=|>=|<|>)?(\d{1,6})m(?:\.\.(\d{1,6})m)?$`)

// timeLabel is a span of minutes in words; one of another form comes back as it is written.
func (s *Server) timeLabel(value, lang string) string {
	m := timeSpan.FindStringSubmatch(value)
	if m == nil || (m[1] != "" && m[3] != "") {
		return value
	}
	from, _ := strconv.Atoi(m[2])
	switch {
	case m[3] != "":
		to, _ := strconv.Atoi(m[3])
		if to < 60 {
			return s.o.Theme.Text(lang, "span.between", "From", from, "To", s.o.Theme.Minutes(lang, to))
		}
		return s.o.Theme.Text(lang, "span.between", "From", s.o.Theme.Minutes(lang, from), "To", s.o.Theme.Minutes(lang, to))
	case m[1] == "":
		return s.o.Theme.Minutes(lang, from)
	}
	key := map[string]string{"<=": "span.upto", "<": "span.under", ">": "span.over", ">=": "span.from"}[m[1]]
	return s.o.Theme.Text(lang, key, "Time", s.o.Theme.Minutes(lang, from))
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
