package web

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// healthy says that the process answers.
func (s *Server) healthy(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendString("ok\n")
}

// ready says that the catalog answers too, and that the index follows it. While the index is made anew it says why;
// an old one that has everything still answers then, and the server is ready. A server that is about to stop is not.
func (s *Server) ready(c *fiber.Ctx) error {
	seq, err := s.o.Catalog.Seq(c.UserContext())
	if err != nil {
		return err
	}
	state := struct {
		Ready    bool   `json:"ready"`
		Draining bool   `json:"draining,omitempty"`
		Version  string `json:"version,omitempty"`
		Changes  int64  `json:"changes"`
		Indexed  int64  `json:"indexed"`
		Indexing string `json:"indexing,omitempty"`
	}{true, s.draining.Load(), s.o.Version, seq, s.o.Search.Seq(), s.o.Indexing()}
	status := fiber.StatusOK
	if state.Ready = s.readiness.follows(state.Indexed, state.Changes, time.Now()) && !state.Draining; !state.Ready {
		status = fiber.StatusServiceUnavailable
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.json(c, status, state)
}
