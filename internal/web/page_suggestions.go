package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// suggestions lists the changes that were offered, or shows one of them.
func (s *Server) suggestions(c *fiber.Ctx, l located) error {
	if l.place.Rest != "" {
		return s.reviewShow(c, l)
	}
	list, err := s.o.Repository.Suggestions(c.UserContext(), l.place.Root())
	if err != nil {
		return err
	}
	v := themes.Suggestions{
		Title: l.Metadata.Title, Language: l.Metadata.Language, URL: pathOf(l.place.Address, ""),
		Clone: s.o.Repository.GitURL(l.place.Address),
	}
	for _, one := range list {
		v.List = append(v.List, suggestionView(l, one))
	}
	return s.page(c, "suggestions", themes.Frame{NoIndex: true}, v)
}

func suggestionView(l located, one repository.Suggestion) themes.Suggestion {
	message, _, _ := strings.Cut(strings.TrimSpace(one.Message), "\n")
	return themes.Suggestion{
		Number: one.Number, Message: message, Name: one.Name, Short: short(one.Revision), Server: one.Server, At: one.At,
		URL:   pathOf(l.place.Root(), "") + "/suggestions/" + strconv.Itoa(one.Number),
		State: string(one.State), Decider: one.Decider, Decided: one.Decided, Reason: one.Reason,
	}
}

// openSuggestions counts what waits for the owner's decision.
func (s *Server) openSuggestions(ctx context.Context, l located) (int, error) {
	list, err := s.o.Repository.Suggestions(ctx, l.place.Root())
	n := 0
	for _, one := range list {
		if one.State == repository.Open {
			n++
		}
	}
	return n, err
}
