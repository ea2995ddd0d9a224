package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

type apiChange struct {
	Seq       int64         `json:"seq"`
	Kind      string        `json:"kind"` // put, delete or release
	ID        repository.ID `json:"id"`
	URL       string        `json:"url"`
	Revision  string        `json:"revision,omitempty"`
	Deleted   bool          `json:"deleted,omitempty"`
	Datestamp time.Time     `json:"datestamp,omitzero"`
	Version   string        `json:"version,omitempty"` // of a release
	Notes     string        `json:"notes,omitempty"`   // the address of its page
}

// apiChanges lists what changed after a number, oldest first. Every resource is in it once, at its newest change, and every
// release of one besides.
func (s *Server) apiChanges(c *fiber.Ctx) error {
	ctx := c.UserContext()
	after, err := strconv.ParseInt(c.Query("after", "0"), 10, 64)
	if err != nil || after < 0 {
		return fiber.NewError(http.StatusBadRequest, "after must be a number that this feed gave, or 0")
	}
	list, err := s.o.Catalog.Changes(ctx, after, min(max(c.QueryInt("limit", 100), 1), maxChanges))
	if err != nil {
		return err
	}
	out := struct {
		Changes []apiChange `json:"changes"`
		Next    int64       `json:"next"` // ask after this number next
	}{[]apiChange{}, after}
	if len(list) == 0 {
		return s.json(c, http.StatusOK, out)
	}
	released, err := s.releasesBySeq(ctx, after, list[len(list)-1].Seq)
	if err != nil {
		return err
	}
	for _, change := range list {
		out.Next = max(out.Next, change.Seq)
		r, err := s.o.Repository.ByID(ctx, repository.ID(change.ID))
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if one, is := released[change.Seq]; is {
			if !r.Deleted {
				page := s.o.BaseURL + pathOf(r.Address, "") + repository.ReleasePath + one.Version
				out.Changes = append(out.Changes, apiChange{
					Seq: change.Seq, Kind: "release", ID: r.ID, URL: s.absolute(r), Revision: one.Revision, Datestamp: one.At, Version: one.Version, Notes: page,
				})
			}
			continue
		}
		if r.Seq != change.Seq {
			continue // it comes again at its newest change, or something else was made from it
		}
		what := "put"
		if r.Deleted {
			what = "delete"
		}
		out.Changes = append(out.Changes, apiChange{
			Seq: change.Seq, Kind: what, ID: r.ID, URL: s.absolute(r), Revision: r.Revision, Deleted: r.Deleted, Datestamp: r.Datestamp,
		})
	}
	return s.json(c, http.StatusOK, out)
}

// releasesBySeq are the releases among the changes after a number and up to another, by the numbers of their changes.
func (s *Server) releasesBySeq(ctx context.Context, after, upTo int64) (map[int64]catalog.Released, error) {
	list, err := s.o.Catalog.ReleasesAfter(ctx, after, upTo, maxChanges)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]catalog.Released, len(list))
	for _, one := range list {
		found[one.Seq] = one
	}
	return found, nil
}

// maxChanges is how many changes one answer of the feed has at most.
const maxChanges = 1000
