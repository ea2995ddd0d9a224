package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
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

	Highlights *apiHighlights `json:"highlights,omitempty"`
	Others     []apiOther     `json:"others,omitempty"` // the same lesson elsewhere: mirrors and near copies, the best first
	Copies     int            `json:"copies,omitempty"` // how many others there are
	Via        *search.Via    `json:"via,omitempty"`    // how it was found, if not by an alignment to what was asked for
}

type apiResults struct {
	Total  int                             `json:"total"`
	Hits   []apiHit                        `json:"hits"`
	Facets map[search.Field][]search.Facet `json:"facets"`
	Next   string                          `json:"next,omitempty"`
	Hints  []search.Hint                   `json:"hints,omitempty"`
	Relax  []apiRelaxation                 `json:"relax,omitempty"`
}

// apiOther is another resource that is the same lesson.
type apiOther struct {
	ID  repository.ID `json:"id"`
	URL string        `json:"url"`
}

// apiHighlights are the parts of a resource that have what was searched.
type apiHighlights struct {
	Title []apiPiece `json:"title,omitempty"`
	Text  []apiPiece `json:"text,omitempty"` // of the text, or of the description where that has as much
}

// apiPiece is a piece of plain text that matches or does not.
type apiPiece struct {
	Text  string `json:"text"`
	Match bool   `json:"match,omitempty"`
}

// apiRelaxation is what would be found with less, where nothing was.
type apiRelaxation struct {
	Field  search.Field `json:"field"` // "" for words of the query
	Value  string       `json:"value"`
	Filter bool         `json:"filter"` // a filter is left out rather than a part of the query
	Total  int          `json:"total"`
	URL    string       `json:"url"`
	Hits   []apiHit     `json:"hits"`
}

// apiSearch answers as the search page does: q, the filters, sort, under, size, page or cursor.
func (s *Server) apiSearch(c *fiber.Ctx) error {
	if c.Get(fiber.HeaderAuthorization) != "" {
		s.changed(c) // a program finds at once what it published by another node
	}
	ctx := c.UserContext()
	a := askedBy(c, 1<<20)
	request := a.Request
	if request.Size = c.QueryInt("size", 20); request.Size < 1 || request.Size > 100 {
		return fiber.NewError(fiber.StatusBadRequest, "size must be between 1 and 100")
	}
	found, err := s.o.Search.Search(ctx, request)
	if err != nil {
		return err
	}
	hints := append(a.hints, found.Hints...)
	out := apiResults{Total: found.Total, Facets: found.Facets, Next: found.Next, Hints: hints}
	if out.Hits, err = s.apiHits(ctx, found.Hits, s.o.Search.Highlighter(request.Query, hints)); err != nil {
		return err
	}
	for _, r := range found.Relax {
		v := apiRelaxation{Field: r.Field, Value: r.Value, Filter: r.Filter, Total: r.Total, URL: s.o.BaseURL + "/api/v1" + searchURL(r.Request.Parameters())}
		if v.Hits, err = s.apiHits(ctx, r.Hits, nil); err != nil {
			return err
		}
		out.Relax = append(out.Relax, v)
	}
	return s.json(c, fiber.StatusOK, out)
}

// apiHits are the hits in their order, without those that are gone since they were indexed.
func (s *Server) apiHits(ctx context.Context, hits []search.Hit, marks *search.Highlighter) ([]apiHit, error) {
	ids := make([]repository.ID, len(hits))
	byID := make(map[repository.ID]search.Hit, len(hits))
	for i, h := range hits {
		ids[i] = repository.ID(h.ID)
		byID[ids[i]] = h
	}
	list, err := s.o.Catalog.Resources(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]apiHit, 0, len(list))
	for _, r := range list {
		if r.Deleted {
			continue
		}
		h := s.apiHit(r, byID[r.ID].Score)
		hit := byID[r.ID]
		h.Via, h.Copies = hit.Via, hit.Copies
		for _, id := range hit.Others {
			h.Others = append(h.Others, apiOther{repository.ID(id), s.o.BaseURL + "/id/" + id})
		}
		c := themes.Card{Title: h.Title, Description: h.Text, Language: h.Language}
		mark(&c, marks, excerptOf(r))
		if len(c.MarkedTitle)+len(c.Excerpt) > 0 {
			h.Highlights = &apiHighlights{apiPieces(c.MarkedTitle), apiPieces(c.Excerpt)}
		}
		out = append(out, h)
	}
	return out, nil
}

func apiPieces(list []themes.Piece) []apiPiece {
	var out []apiPiece
	for _, p := range list {
		out = append(out, apiPiece(p))
	}
	return out
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
