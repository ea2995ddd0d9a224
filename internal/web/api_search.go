package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

// apiHit is one result of a search.
type apiHit struct {
	ID         repository.ID `json:"id"`
	URL        string        `json:"url"`
	Title      string        `json:"title"`
	Text       string        `json:"description,omitempty"`
	License    licensing.ID  `json:"license"`
	Type       string        `json:"type"`
	Language   string        `json:"language"`
	Grades     []string      `json:"grades"`
	Subjects   []string      `json:"subjects"`
	Alignments []string      `json:"alignments"`
	Source     string        `json:"source"`
	Score      float64       `json:"score"`
}

type apiResults struct {
	Total  int                             `json:"total"`
	Hits   []apiHit                        `json:"hits"`
	Facets map[search.Field][]search.Facet `json:"facets"`
	Next   string                          `json:"next,omitempty"`
	Hints  []search.Hint                   `json:"hints,omitempty"`
}

// apiSearch answers as the search page does: q, the filters, sort, size, page or cursor.
func (s *Server) apiSearch(c *fiber.Ctx) error {
	ctx := c.UserContext()
	a := parseAsked(c)
	request, hints := a.request()
	request.Facets = nil
	request.Cursor = c.Query("cursor")
	if request.Size = c.QueryInt("size", 20); request.Size < 1 || request.Size > 100 {
		return fiber.NewError(fiber.StatusBadRequest, "size must be between 1 and 100")
	}
	found, err := s.o.Search.Search(ctx, request)
	if err != nil {
		return err
	}
	ids := make([]repository.ID, len(found.Hits))
	scores := map[repository.ID]float64{}
	for i, h := range found.Hits {
		ids[i] = repository.ID(h.ID)
		scores[ids[i]] = h.Score
	}
	list, err := s.o.Catalog.Resources(ctx, ids)
	if err != nil {
		return err
	}
	out := apiResults{Total: found.Total, Hits: []apiHit{}, Facets: found.Facets, Next: found.Next, Hints: append(hints, found.Hints...)}
	for _, r := range list {
		if !r.Deleted {
			out.Hits = append(out.Hits, s.apiHit(r, scores[r.ID]))
		}
	}
	return s.json(c, fiber.StatusOK, out)
}

func (s *Server) apiHit(r repository.Resource, score float64) apiHit {
	m := r.Metadata
	h := apiHit{
		ID: r.ID, URL: s.absolute(r), Title: m.Title, Text: m.Description, License: r.License, Type: string(m.Type), Language: m.Language,
		Grades: some(m.Grades), Subjects: some(m.Subjects), Alignments: some(m.Alignments.Teaches), Source: search.Own, Score: score,
	}
	if !r.Own() {
		h.Source = r.Origin.Peer
	}
	return h
}

// absolute is the address of any resource's page here.
func (s *Server) absolute(r repository.Resource) string {
	return s.o.BaseURL + strings.TrimPrefix(linkOf(r), s.o.BaseURL)
}

// some is a list that JSON shows as one even when it is empty.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
