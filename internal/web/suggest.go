package web

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

//go:embed suggest.js
var suggestSource []byte

var (
	suggestScript = withoutComments(suggestSource)
	suggestPath   = versioned("/suggest.js", suggestScript) // it changes with the script
)

// script serves the one script of the search pages. They work without it.
func (s *Server) script(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, no-cache")
	if c.OriginalURL() == suggestPath {
		c.Set(fiber.HeaderCacheControl, immutable)
	}
	return s.send(c, suggestScript)
}

// apiSuggestion is one way to go on with what was typed.
type apiSuggestion struct {
	search.Suggestion
	Query string `json:"query"`           // what to search for it
	Label string `json:"label,omitempty"` // what the query means, in the language asked for
}

// apiSuggest completes what somebody types in the search box. It is the same for everybody, and no cookie is asked for.
func (s *Server) apiSuggest(c *fiber.Ctx) error {
	typed, lang, limit := c.Query("q"), c.Query("language"), c.QueryInt("limit", 8)
	if limit < 1 || limit > 20 {
		return fiber.NewError(fiber.StatusBadRequest, "limit must be between 1 and 20")
	}
	list, err := s.suggested(c.UserContext(), typed, lang, limit)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=60")
	if c.Query("format") != "opensearch" {
		return s.json(c, fiber.StatusOK, map[string]any{"suggestions": list})
	}
	queries := make([]string, len(list))
	for i, l := range list {
		queries[i] = l.Query
	}
	b, err := json.Marshal([]any{typed, queries})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/x-suggestions+json")
	return s.send(c, b)
}

func (s *Server) suggested(ctx context.Context, typed, lang string, limit int) ([]apiSuggestion, error) {
	found, err := s.o.Search.Suggest(ctx, typed, lang, limit)
	if err != nil {
		return nil, err
	}
	list := make([]apiSuggestion, 0, len(found))
	for _, f := range found {
		v := apiSuggestion{Suggestion: f, Query: asWords(f.Text)}
		switch f.Kind {
		case search.SuggestStandard:
			v.Query = shortCode(f.Text)
			if st, ok := s.o.Standards().Statement(f.ID); ok {
				v.Label = clip(st.Text, 70)
			}
		case search.SuggestSubject:
			v.Query = search.Term{Field: search.Subject, Value: f.Text}.String()
			v.Label = s.o.Theme.Label(lang, "subject", slugged(f.Text))
		}
		list = append(list, v)
	}
	return list, nil
}

// asWords is a text as a query that looks for its words: a title with a colon would be read as a field.
func asWords(text string) string {
	q, hints := search.ParseQuery(text)
	plain := len(hints) == 0
	for _, g := range q.Groups {
		plain = plain && len(g) == 1 && g[0].Field == search.Words && !g[0].Not
	}
	if plain {
		return text
	}
	return search.Term{Phrase: true, Value: text}.String()
}

// offered is what the search box offers without a script: ways to go on from what was searched.
func (s *Server) offered(ctx context.Context, typed, lang string) ([]themes.Option, error) {
	if typed == "" {
		return nil, nil
	}
	list, err := s.suggested(ctx, typed, lang, 6)
	if err != nil {
		return nil, err
	}
	var options []themes.Option
	for _, l := range list {
		if l.Query != typed {
			options = append(options, themes.Option{Value: l.Query, Label: l.Label})
		}
	}
	return options, nil
}
