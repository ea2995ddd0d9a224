package web

import (
	"crypto/rand"
	"regexp"

	"github.com/gofiber/fiber/v2"
)

// sane is what a proxy may call a request.
var sane = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// identified gives every request an id, which its answer and the log have: the one that a proxy gave it, or a random one.
func (s *Server) identified(c *fiber.Ctx) error {
	id := c.Get(fiber.HeaderXRequestID)
	if !sane.MatchString(id) {
		id = rand.Text()
	}
	c.Locals("request", id)
	c.Set(fiber.HeaderXRequestID, id)
	return c.Next()
}

// requestID is the id of the request.
func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals("request").(string)
	return id
}
