package web

import (
	"context"
	"sync"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of the page of statistics.
const (
	statSubjects = 14
	statBars     = 12
)

// tally is what the statistics count. It is good for one version of the index.
type tally struct {
	version  int64
	all      search.Results
	subjects []subjectTally
}

type subjectTally struct {
	search.Facet
	grades map[string]int
}

// tallies keeps the newest tally.
type tallies struct {
	mu   sync.Mutex
	last *tally
}

// gradesInOrder are the columns of the map: those that something is for.
var gradesInOrder = []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "HE", "adult"}

// statCharts are the fields that the page has charts of, in its order.
var statCharts = []search.Field{search.License, search.Type, search.Language, search.Source}

// tally counts the whole catalog, with one search for each subject. It counts again when something has changed.
func (s *Server) tally(ctx context.Context) (*tally, error) {
	s.tallied.mu.Lock()
	defer s.tallied.mu.Unlock()
	version := s.o.Search.Version()
	if t := s.tallied.last; t != nil && t.version == version {
		return t, nil
	}
	t := &tally{version: version}
	var err error
	if t.all, err = s.o.Search.Search(ctx, search.Request{CountOnly: true, Facets: append([]search.Field{search.Subject, search.Grade}, statCharts...)}); err != nil {
		return nil, err
	}
	for _, f := range t.all.Facets[search.Subject] {
		if len(t.subjects) == statSubjects {
			break
		}
		found, err := s.o.Search.Search(ctx, search.Request{CountOnly: true, Filters: search.Filters{search.Subject: {f.Value}}, Facets: []search.Field{search.Grade}})
		if err != nil {
			return nil, err
		}
		line := subjectTally{Facet: f, grades: map[string]int{}}
		line.Count = found.Total
		for _, g := range found.Facets[search.Grade] {
			line.grades[g.Value] = g.Count
		}
		t.subjects = append(t.subjects, line)
	}
	s.tallied.last = t
	return t, nil
}

// statistics shows what there is: subjects by grades, licenses, types, languages and sources. Every number is a link to the
// search that finds as many.
func (s *Server) statistics(c *fiber.Ctx) error {
	ctx, lang := c.UserContext(), language(c)
	t, err := s.tally(ctx)
	if err != nil {
		return err
	}
	peers, err := s.o.Catalog.PeerTitles(ctx)
	if err != nil {
		return err
	}
	v := themes.Statistics{Resources: t.all.Total}
	there := map[string]int{}
	for _, g := range t.all.Facets[search.Grade] {
		there[g.Value] = g.Count
	}
	most := 0
	for _, g := range gradesInOrder {
		if there[g] == 0 {
			continue
		}
		v.Grades = append(v.Grades, s.count(search.Filters{search.Grade: {g}}, search.Grade, g, there[g], lang, peers))
		for _, line := range t.subjects {
			most = max(most, line.grades[g])
		}
	}
	for _, line := range t.subjects {
		row := themes.StatisticsRow{Count: s.count(search.Filters{search.Subject: {line.Value}}, search.Subject, line.Value, line.Count, lang, peers)}
		for _, g := range gradesInOrder {
			if there[g] == 0 {
				continue
			}
			n := line.grades[g]
			row.Cells = append(row.Cells, themes.StatisticsCell{
				URL: filtered(search.Filters{search.Subject: {line.Value}, search.Grade: {g}}), Count: n, Level: shade(n, most),
			})
		}
		v.Map = append(v.Map, row)
	}
	for _, f := range statCharts {
		if chart := s.shares(f, t.all, lang, peers); len(chart.Bars) > 0 {
			v.Charts = append(v.Charts, chart)
		}
	}
	return s.page(c, "statistics", themes.Frame{Lede: s.theme(c).Text(lang, "statistics.lede")}, v)
}

// shares is the chart of one field.
func (s *Server) shares(f search.Field, all search.Results, lang string, peers map[string]string) themes.Shares {
	chart := themes.Shares{Name: string(f)}
	values := all.Facets[f]
	most := 1
	for _, v := range values {
		most = max(most, v.Count)
	}
	for _, v := range values[:min(len(values), statBars)] {
		chart.Bars = append(chart.Bars, themes.Share{
			Count:   s.count(search.Filters{f: {v.Value}}, f, v.Value, v.Count, lang, peers),
			Percent: max(1, v.Count*100/most), OfAll: (v.Count*100 + all.Total/2) / max(all.Total, 1),
		})
	}
	return chart
}

func (s *Server) count(filters search.Filters, f search.Field, value string, n int, lang string, peers map[string]string) themes.Count {
	return themes.Count{Label: s.facetLabel(f, value, lang, peers), Count: n, URL: filtered(filters)}
}

// filtered is the address of the search with these filters alone.
func filtered(filters search.Filters) string {
	return searchURL(asked{Request: search.Request{Filters: filters}}.Parameters())
}

// shade is how dark a cell of a map is: 0 for nothing, 4 for the fullest. Square roots let small numbers differ.
func shade(n, most int) int {
	if n == 0 || most == 0 {
		return 0
	}
	for l := 1; l < 4; l++ {
		if n*16 <= most*l*l {
			return l
		}
	}
	return 4
}
