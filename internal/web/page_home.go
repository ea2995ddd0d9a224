package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

func (s *Server) home(c *fiber.Ctx) error {
	ctx, lang := c.UserContext(), language(c)
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	recent, err := s.o.Catalog.Newest(ctx, 9)
	if err != nil {
		return err
	}
	all, err := s.o.Search.Search(ctx, search.Request{CountOnly: true, Facets: []search.Field{search.Subject, search.Grade, search.Source, search.Standard}})
	if err != nil {
		return err
	}
	v := themes.Home{
		Resources: all.Total,
		Harvested: all.Total,
		Subjects:  s.counts(all.Facets[search.Subject], search.Subject, "/search", lang, peers),
		Grades:    s.counts(all.Facets[search.Grade], search.Grade, "/search", lang, peers),
		Recent:    s.cards(recent, lang, peers),
	}
	for _, f := range all.Facets[search.Source] {
		if f.Value == search.Own {
			v.Harvested -= f.Count
		}
	}
	v.Subjects = v.Subjects[:min(len(v.Subjects), 8)]
	lines, err := s.frameworkLines(ctx)
	if err != nil {
		return err
	}
	for _, l := range lines {
		v.Frameworks = append(v.Frameworks, themes.Count{Label: l.Title, URL: l.URL, Count: l.Resources})
	}
	v.Examples = s.examples(all)
	offered := make([]themes.Option, 0, len(v.Examples)+len(all.Facets[search.Subject]))
	for _, e := range v.Examples {
		offered = append(offered, themes.Option{Value: e.Label})
	}
	for _, f := range all.Facets[search.Subject][:min(len(all.Facets[search.Subject]), 8)] {
		offered = append(offered, themes.Option{
			Value: search.Term{Field: search.Subject, Value: f.Value}.String(), Label: s.facetLabel(search.Subject, f.Value, lang, peers),
		})
	}
	return s.page(c, "home", themes.Frame{Lede: s.theme(c).Text(lang, "home.lede"), Offered: offered}, v)
}

// examples are searches that find something here.
func (s *Server) examples(all search.Results) []themes.Link {
	var links []themes.Link
	add := func(q string) { links = append(links, themes.Link{Label: q, URL: "/search?q=" + escapeQuery(q)}) }
	for _, f := range all.Facets[search.Standard] {
		if st, ok := s.o.Standards().Statement(f.Value); ok && st.Code != "" && len(st.Code) < 30 {
			add(shortCode(st.Code))
			break
		}
	}
	if grades := all.Facets[search.Grade]; len(grades) > 0 {
		most := slices.MaxFunc(grades, func(a, b search.Facet) int { return a.Count - b.Count })
		add("grade:" + most.Value + " license:adaptable")
	}
	return links
}
