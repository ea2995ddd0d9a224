package web

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
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
	shows, err := s.shows(c, l)
	if err != nil {
		return err
	}
	for _, one := range list {
		if shows(one) {
			v.List = append(v.List, suggestionView(l, one))
		}
	}
	return s.page(c, "suggestions", themes.Frame{}, v)
}

// shows tells who sees which suggestion: the owner all of them, their authors their own, everybody what was accepted. What
// nobody has looked at yet is no part of what a school or a state publishes.
func (s *Server) shows(c *fiber.Ctx, l located) (func(repository.Suggestion) bool, error) {
	a := s.visitor(c)
	may, err := s.allowed(c, accounts.Revise, accounts.OnResource(l.place.Owner, l.place.Slug))
	if err != nil {
		return nil, err
	}
	return func(one repository.Suggestion) bool {
		own := a.Name != "" && one.Server == "" && one.By == a.Name
		return may || own || one.State == repository.Accepted
	}, nil
}

func suggestionView(l located, one repository.Suggestion) themes.Suggestion {
	message, _, _ := strings.Cut(strings.TrimSpace(one.Message), "\n")
	return themes.Suggestion{
		Number: one.Number, Message: message, Name: one.Name, Short: short(one.Revision), Server: one.Server, At: one.At,
		URL:   pathOf(l.place.Root(), "") + "/suggestions/" + strconv.Itoa(one.Number),
		State: string(one.State), Decider: one.Decider, Decided: one.Decided, Reason: one.Reason,
	}
}
