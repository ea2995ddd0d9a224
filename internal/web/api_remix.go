package web

import (
	"encoding/json"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
)

// apiRemixed is what a program may say of a remix; all of it may be left out.
type apiRemixed struct {
	Owner   string       `json:"owner"` // empty: the token's account
	Slug    string       `json:"slug"`
	License licensing.ID `json:"license"` // empty: the best that is allowed
	Title   *string      `json:"title"`
	Body    *string      `json:"body"`
	Changes string       `json:"changes"`
	DryRun  bool         `json:"dryRun"`
}

func (s *Server) apiRemix(c *fiber.Ctx) error {
	a, err := s.bearer(c, accounts.ScopeWrite)
	if err != nil {
		return err
	}
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	in := apiRemixed{}
	if c.Request().Header.ContentLength() != 0 {
		if err := s.decode(c, formLimit, &in); err != nil {
			return err
		}
	}
	if in.Owner, err = s.namespace(c, a, in.Owner); err != nil {
		return err
	}
	out, err := s.o.Repository.Remix(c.UserContext(), repository.Remix{
		Source: r.ID, Owner: in.Owner, Slug: in.Slug, License: in.License, Title: in.Title, Body: in.Body, Changes: in.Changes,
		Actor: s.actor(a), DryRun: in.DryRun,
	})
	if err != nil {
		return err
	}
	s.changed(c)
	return s.apiOutcome(c, http.StatusCreated, out)
}

// apiEvaluate answers a question about licenses: verdict, reasons, obligations and possible outputs.
func (s *Server) apiEvaluate(c *fiber.Ctx) error {
	b, err := body(c, formLimit)
	if err != nil {
		return err
	}
	var q licensing.Question
	if err := json.Unmarshal(b, &q); err != nil {
		return fiber.NewError(http.StatusBadRequest, "the body is not a question about licenses: "+err.Error())
	}
	return s.json(c, http.StatusOK, licensing.Evaluate(q))
}
