package web

import (
	"context"
	"strings"

	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// empty says what an empty result could do without, the nearest first, and shows what the nearest would find.
func (s *Server) empty(ctx context.Context, v *themes.Search, found search.Results, a asked, lang string, peers map[string]string) error {
	relax := found.Relax
	for _, r := range relax[:min(len(relax), 6)] {
		b := asked{Request: r.Request, text: r.Request.Query.String()}.first()
		b.StandardUnder = ""
		v.Drop = append(v.Drop, themes.Chip{Field: string(r.Field), Value: s.dropLabel(r, lang, peers), URL: b.url(), Count: r.Total})
	}
	if st, ok := statementOf(s.o.Standards(), onlyStandard(a.Request)); ok {
		v.Standard = themes.Link{Label: s.standardLabel(st.Key), URL: statementPath(st)}
	}
	if len(relax) == 0 {
		return nil
	}
	hits := relax[0].Hits
	near, err := s.results(ctx, hits[:min(len(hits), shownNearest)], s.o.Search.Highlighter(relax[0].Request.Query, found.Hints), lang, peers)
	v.Nearest = near
	return err
}

// dropLabel names what a relaxation leaves out.
func (s *Server) dropLabel(r search.Relaxation, lang string, peers map[string]string) string {
	switch {
	case r.Filter && r.Value == "":
		return s.o.Theme.Text(lang, "search.drop.filters")
	case r.Value == "":
		return s.o.Theme.Text(lang, "search.drop.fields")
	case !r.Filter:
		return s.o.Theme.Text(lang, "search.without.words", "Value", clip(r.Value, 60))
	}
	var names []string
	for value := range strings.SplitSeq(r.Value, ", ") {
		names = append(names, s.facetLabel(r.Field, value, lang, peers))
	}
	return s.o.Theme.Text(lang, "search.without", "Value", clip(strings.Join(names, ", "), 60))
}
