package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// edition is one edition of a framework as a tree. The library's own tree has the newest edition's statements where two
// editions share identifiers.
type edition struct {
	*standards.Framework
	at    map[string]int      // place in Statements, by key
	below map[string][]string // keys, by key of the parent; "" has the top
	codes map[string]string   // keys by code; "" where several statements have it
	lines sync.Map            // themes.Statement, as lineOf gave it, by key
}

// editionsKept are the editions that are kept as trees: those that were looked at last.
const editionsKept = 32

// editionOf is an edition as a tree.
func (s *Server) editionOf(f *standards.Framework) *edition {
	if o, ok := s.editions.Get(f); ok {
		return o
	}
	o := newEdition(f)
	s.editions.Add(f, o)
	return o
}

func newEdition(f *standards.Framework) *edition {
	o := &edition{Framework: f, at: make(map[string]int, len(f.Statements)), below: map[string][]string{}, codes: map[string]string{}}
	for i, st := range f.Statements {
		o.at[st.Key] = i
		parent := st.Parent
		if _, ok := o.at[parent]; !ok { // parents stand before their children
			parent = ""
		}
		o.below[parent] = append(o.below[parent], st.Key)
		if _, taken := o.codes[st.Code]; taken {
			o.codes[st.Code] = ""
		} else {
			o.codes[st.Code] = st.Key
		}
	}
	return o
}

func (o *edition) statement(key string) (standards.Statement, bool) {
	i, ok := o.at[key]
	if !ok {
		return standards.Statement{}, false
	}
	return o.Statements[i], true
}

// find takes a code, a GUID or an address. Where a framework uses a code twice, its first statement is meant.
func (o *edition) find(l *standards.Library, name string) (standards.Statement, bool) {
	if st, ok := o.statement(name); ok {
		return st, true
	}
	if i := slices.IndexFunc(o.Statements, func(st standards.Statement) bool { return st.Code == name && name != "" }); i >= 0 {
		return o.Statements[i], true
	}
	if st, ok := l.Statement(name); ok {
		return o.statement(st.Key)
	}
	return o.statement(l.ResolveWith(name, standards.Hint{Framework: o.Name}).Key())
}

// findStatement takes a code, a GUID or an address of a statement in a framework.
func (s *Server) findStatement(l *standards.Library, framework, name string) (standards.Statement, bool) {
	f, ok := l.Framework(framework)
	if !ok {
		return standards.Statement{}, false
	}
	return s.editionOf(f).find(l, name)
}

// ancestors lists what is above a statement, the top first.
func (o *edition) ancestors(key string) []standards.Statement {
	var list []standards.Statement
	for st, ok := o.statement(key); ok && st.Parent != ""; {
		if st, ok = o.statement(st.Parent); ok {
			list = append(list, st)
		}
	}
	slices.Reverse(list)
	return list
}

// counter counts resources for statements as a search with the filters does: one search counts all that is right below a
// statement.
type counter struct {
	index   Searcher
	library *standards.Library
	filters search.Filters
	whole   map[string]int // of all statements, where one search counted them for all that is below the top; else nil
}

// below counts the resources for each of the keys, which stand right below the node (a key, or "" for the top of the
// framework), and for what is below them.
func (n *counter) below(ctx context.Context, framework, node string, keys []string) (map[string]int, error) {
	counts := make(map[string]int, len(keys))
	if len(keys) == 0 {
		return counts, nil
	}
	known := n.library.Children(node)
	if node == "" {
		node, known = framework, n.library.Roots(framework)
	}
	switch {
	case !slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(known, k) }):
	case n.whole != nil:
		for _, key := range keys {
			counts[key] = n.whole[key]
		}
	default:
		found, err := n.index.Search(ctx, search.Request{Filters: n.filters, CountOnly: true, Facets: []search.Field{search.Standard}, StandardUnder: node})
		if err != nil {
			return nil, err
		}
		for _, f := range found.Facets[search.Standard] {
			counts[f.Value] = f.Count
		}
	}
	for i, key := range keys { // what another edition has elsewhere, or what is too far down the list
		if slices.Contains(known, key) && i < drilled {
			continue
		}
		total, err := n.total(ctx, search.Standard, key)
		if err != nil {
			return nil, err
		}
		counts[key] = total
	}
	return counts, nil
}

// tree counts the resources for each statement of a framework, and for what is below it.
func (n *counter) tree(ctx context.Context, framework string) (map[string]int, error) {
	found, err := n.index.Search(ctx, search.Request{
		Filters: n.filters, CountOnly: true, Facets: []search.Field{search.Standard}, StandardUnder: framework, WholeTree: true,
	})
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(found.Facets[search.Standard]))
	for _, f := range found.Facets[search.Standard] {
		counts[f.Value] = f.Count
	}
	return counts, nil
}

// drilled is how many statements below one a search counts.
const drilled = 500

// total counts the resources that are aligned to one of the statements, or to what is below.
func (n *counter) total(ctx context.Context, f search.Field, keys ...string) (int, error) {
	found, err := n.index.Search(ctx, search.Request{Filters: n.with(f, keys...), CountOnly: true, Facets: []search.Field{}})
	return found.Total, err
}

// with is the counter's filters and one more.
func (n *counter) with(f search.Field, values ...string) search.Filters {
	filters := search.Filters{f: values}
	for field, v := range n.filters {
		if field != f {
			filters[field] = v
		}
	}
	return filters
}

// filteredURL is the address of a search for everything that passes the filters.
func filteredURL(filters search.Filters) string {
	return searchURL(search.Request{Filters: filters}.Parameters())
}

// subject is what a framework is compared with: a part of the catalog.
type subject struct {
	of      string // as the address says it: all, owner:NAME, source:NAME, unit:OWNER/SLUG
	label   string // of owner, source and unit
	link    string // the page of it
	filters search.Filters
	unit    []repository.ID // of a unit: it and its parts
}

// subjectOf reads the parameter "of". What is not here is fiber's 404.
func (s *Server) subjectOf(ctx context.Context, of, lang string) (subject, error) {
	what, name, _ := strings.Cut(of, ":")
	switch what {
	case "", "all":
		return subject{of: "all"}, nil
	case "owner":
		return subject{of: of, label: name, link: "/r/" + url.PathEscape(name), filters: search.Filters{search.Owner: {name}}}, nil
	case "source":
		peers, err := s.o.Catalog.PeerTitles(ctx)
		if err != nil {
			return subject{}, err
		}
		label := s.facetLabel(search.Source, name, lang, peers)
		return subject{of: of, label: label, link: filteredURL(search.Filters{search.Source: {name}}), filters: search.Filters{search.Source: {name}}}, nil
	case "unit":
		owner, slug, _ := strings.Cut(name, "/")
		r, err := s.o.Repository.Resource(ctx, repository.Address{Owner: owner, Slug: slug})
		if err != nil || r.Deleted {
			return subject{}, kind.ErrNotFound
		}
		parts, err := s.o.Repository.Parts(ctx, r)
		if err != nil {
			return subject{}, err
		}
		u := subject{of: of, label: r.Metadata.Title, link: linkOf(r), unit: []repository.ID{r.ID}}
		for _, p := range parts {
			if p.Known {
				u.unit = append(u.unit, p.ID)
			}
		}
		return u, nil
	}
	return subject{}, fmt.Errorf("coverage of %q: %w", of, kind.ErrNotFound)
}

// counting counts the resources of a subject. Those of a unit are in an index of their own, so that they are counted as a
// search would. Call done after use.
func (s *Server) counting(ctx context.Context, u subject) (n *counter, done func(), err error) {
	n = &counter{index: s.o.Search, library: s.o.Standards(), filters: u.filters}
	if u.unit == nil {
		return n, func() {}, nil
	}
	var docs []search.Document
	for _, id := range u.unit {
		d, ok, err := s.o.Catalog.Document(ctx, string(id))
		if err != nil {
			return nil, nil, err
		}
		if ok {
			d.Body = "" // nobody searches for words in it
			docs = append(docs, d)
		}
	}
	own, err := search.Open("", search.Options{Library: n.library})
	if err != nil {
		return nil, nil, err
	}
	n.index = own
	done = func() { _ = own.Close() } // it is in memory
	if err := own.Apply(ctx, 1, docs, nil); err != nil {
		done()
		return nil, nil, err
	}
	return n, done, nil
}
