package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

type apiChange struct {
	Seq       int64         `json:"seq"`
	ID        repository.ID `json:"id"`
	URL       string        `json:"url"`
	Revision  string        `json:"revision,omitempty"`
	Deleted   bool          `json:"deleted,omitempty"`
	Datestamp time.Time     `json:"datestamp,omitzero"`
}

// apiChanges lists what changed after a number, oldest first. Every resource is in it once, at its newest change.
func (s *Server) apiChanges(c *fiber.Ctx) error {
	ctx := c.UserContext()
	after, err := strconv.ParseInt(c.Query("after", "0"), 10, 64)
	if err != nil || after < 0 {
		return fiber.NewError(http.StatusBadRequest, "after must be a number that this feed gave, or 0")
	}
	list, err := s.o.Catalog.Changes(ctx, after, min(max(c.QueryInt("limit", 100), 1), 1000))
	if err != nil {
		return err
	}
	out := struct {
		Changes []apiChange `json:"changes"`
		Next    int64       `json:"next"` // ask after this number next
	}{[]apiChange{}, after}
	for _, change := range list {
		out.Next = max(out.Next, change.Seq)
		r, err := s.o.Repository.ByID(ctx, repository.ID(change.ID))
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if r.Seq != change.Seq {
			continue // it comes again at its newest change, or something else was made from it
		}
		out.Changes = append(out.Changes, apiChange{change.Seq, r.ID, s.absolute(r), r.Revision, r.Deleted, r.Datestamp})
	}
	return s.json(c, http.StatusOK, out)
}
