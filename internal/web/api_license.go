package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
)

// apiNormalize says what a text means as a license, as the explorer does.
func (s *Server) apiNormalize(c *fiber.Ctx) error {
	text := c.Query("text")
	if len(text) > explored {
		return fiber.NewError(http.StatusBadRequest, "text is longer than 8 kB; the command license normalize takes more")
	}
	return s.json(c, http.StatusOK, licensing.NormalizeFrom(text, c.Query("from")))
}
