package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
)

// apiReleases lists the releases of a resource.
func (s *Server) apiReleases(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	if !r.Own() || r.Deleted {
		return fiber.ErrNotFound
	}
	list, err := s.o.Repository.Releases(c.UserContext(), r.Address)
	if err != nil {
		return err
	}
	out := make([]apiRelease, len(list))
	for i, one := range list {
		out[i] = s.apiReleaseOf(r, one)
	}
	return s.json(c, http.StatusOK, map[string]any{"releases": out})
}

type apiRelease struct {
	URL string `json:"url"`
	repository.Release
}

func (s *Server) apiReleaseOf(r repository.Resource, one repository.Release) apiRelease {
	return apiRelease{s.o.BaseURL + pathOf(r.Address.Root(), "") + "/releases/" + one.Version, one}
}

// apiReleaseMake releases a revision, or plans its release where a time is given.
func (s *Server) apiReleaseMake(c *fiber.Ctx) error {
	a, r, err := s.releaser(c)
	if err != nil {
		return err
	}
	var in struct {
		Version  string    `json:"version"`
		Notes    string    `json:"notes"`
		Revision string    `json:"revision"`
		DryRun   bool      `json:"dryRun"`
		At       time.Time `json:"at"`
	}
	raw, err := body(c, tinyLimit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return fiber.NewError(http.StatusBadRequest, "the body is not JSON with version, notes and revision")
	}
	x := repository.Releasing{Address: r.Address, Revision: in.Revision, Version: in.Version, Notes: in.Notes, Actor: s.actor(a), DryRun: in.DryRun}
	if !in.At.IsZero() && !in.DryRun {
		p, err := s.plan(c, x, in.At.UTC().Truncate(time.Second), "")
		if err != nil {
			return err
		}
		return s.json(c, http.StatusAccepted, s.apiPlannedOf(r, p))
	}
	made, err := s.o.Repository.Release(c.UserContext(), x)
	if err != nil {
		return err
	}
	s.changed(c)
	return s.json(c, http.StatusCreated, s.apiReleaseOf(r, made))
}
