package search

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

// Bounds of what is tried for a request that found nothing.
const (
	maxRelax  = 12
	relaxHits = 3
)

// relax tries the request without each of its filters and terms, and lists what then finds something, the nearest
// first: what finds the fewest. Where none of them is enough alone, all filters, then all fields of the query are left out.
func (x *Index) relax(ctx context.Context, r Request) ([]Relaxation, error) {
	r.Page, r.Cursor, r.Size, r.Facets = 1, "", relaxHits, []Field{}
	var list []Relaxation
	tried := 0
	try := func(n Relaxation) error {
		if tried == maxRelax || n.Request.asksNothing() {
			return nil
		}
		tried++
		found, err := x.search(ctx, n.Request)
		if err != nil || found.Total == 0 {
			return err
		}
		n.Total, n.Hits = found.Total, found.Hits
		list = append(list, n)
		return nil
	}
	for _, f := range Fields() {
		if len(r.Filters[f]) == 0 {
			continue
		}
		n := Relaxation{Field: f, Value: strings.Join(r.Filters[f], ", "), Filter: true, Request: r}
		n.Request.Filters = maps.Clone(r.Filters)
		delete(n.Request.Filters, f)
		if err := try(n); err != nil {
			return nil, err
		}
	}
	for i, g := range r.Query.Groups {
		n := Relaxation{Field: g.field(), Value: Query{Groups: []Group{g}}.String(), Request: r}
		n.Request.Query.Groups = slices.Delete(slices.Clone(r.Query.Groups), i, i+1)
		if err := try(n); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		n := Relaxation{Filter: true, Request: r}
		n.Request.Filters = nil
		tried = min(tried, maxRelax-2)
		if err := try(n); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		n := Relaxation{Request: r}
		n.Request.Filters = nil
		n.Request.Query.Groups = nil
		for _, g := range r.Query.Groups {
			if g.plain() {
				n.Request.Query.Groups = append(n.Request.Query.Groups, g)
			}
		}
		if err := try(n); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(list, func(a, b Relaxation) int { return cmp.Compare(a.Total, b.Total) })
	return list, nil
}

// asksNothing reports whether everything is found.
func (r *Request) asksNothing() bool {
	for _, values := range r.Filters {
		if slices.ContainsFunc(values, searchable) {
			return false
		}
	}
	return r.Query.Empty()
}

// field is the one that all terms of the group are of, Words if there is none.
func (g Group) field() Field {
	for _, t := range g {
		if t.Field != g[0].Field {
			return Words
		}
	}
	if len(g) == 0 {
		return Words
	}
	return g[0].Field
}
