package web

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// blockSend keeps an owner from publishing, or lets it again.
func (s *Server) blockSend(c *fiber.Ctx) error {
	_, values, err := formBy(c, s.moderator)
	if err != nil {
		return err
	}
	owner := strings.ToLower(strings.TrimSpace(values.Get("owner")))
	switch values.Get("do") {
	case "block":
		err = s.o.Accounts.BlockOwner(c.UserContext(), owner, words(values.Get("reason")))
	case "lift":
		err = s.o.Accounts.Unblock(c.UserContext(), owner)
	default:
		err = fiber.NewError(http.StatusBadRequest, "the form does not say what to do")
	}
	if err != nil {
		return err
	}
	return redirect(c, "/moderation?notice=moderated")
}
