package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/themes"
)

// suggestions lists the changes that git clients pushed to refs/for/main.
func (s *Server) suggestions(c *fiber.Ctx, l located) error {
	list, err := s.o.Repository.Suggestions(c.UserContext(), l.place.Root())
	if err != nil {
		return err
	}
	v := themes.Suggestions{
		Title: l.Metadata.Title, Language: l.Metadata.Language, URL: pathOf(l.place.Address, ""),
		Clone: s.o.Repository.GitURL(l.place.Address),
	}
	for _, o := range list {
		message, _, _ := strings.Cut(strings.TrimSpace(o.Message), "\n")
		v.List = append(v.List, themes.Suggestion{Number: o.Number, Message: message, Name: o.Name, Short: short(o.Revision), At: o.At})
	}
	return s.page(c, "suggestions", themes.Frame{NoIndex: true}, v)
}
