package web

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// heldView is why a resource is not shown, with the appeal of its owner; nil where nobody took it down.
func (s *Server) heldView(c *fiber.Ctx, r repository.Resource) (*themes.Held, int, error) {
	t, err := s.o.Accounts.Takedown(c.UserContext(), moderatedAs(r))
	if errors.Is(err, kind.ErrNotFound) {
		return nil, http.StatusGone, nil
	}
	if err != nil {
		return nil, 0, err
	}
	v := &themes.Held{Basis: string(t.Basis), Notice: t.Notice, At: t.Created}
	status := http.StatusGone
	switch t.Basis {
	case accounts.ByLaw:
		status = http.StatusUnavailableForLegalReasons // RFC 7725
	case accounts.ByReview:
		status = http.StatusNotFound // there was nothing yet
	}
	owner := false
	if r.Own() {
		if owner, err = s.allowed(c, accounts.Appeal, accounts.OnResource(r.Address.Owner, r.Address.Slug)); err != nil {
			return nil, 0, err
		}
	}
	if owner && t.Basis != accounts.ByReview {
		v.Owner, v.Action = true, "/id/"+string(r.ID)+"/appeal"
		v.Appeal, v.Answer = t.Appeal, t.Answer
	}
	if v.Moderates, err = s.allowed(c, accounts.Moderate, accounts.OnSite()); err != nil {
		return nil, 0, err
	}
	return v, status, nil
}

// rightsLinks are the links of a resource's page to what its visitor may do about it.
func (s *Server) rightsLinks(c *fiber.Ctx, r repository.Resource, v *themes.ResourceLinks) error {
	v.Report = "/id/" + string(r.ID) + "/report"
	if s.visitor(c).Name == "" {
		return nil
	}
	on := accounts.OnResource(r.Address.Owner, r.Address.Slug)
	moderates, err := s.allowed(c, accounts.Moderate, accounts.OnSite())
	if err != nil {
		return err
	}
	if moderates {
		v.TakeDown = "/moderation/takedown?address=" + escapeQuery(moderatedAs(r))
	}
	if !r.Own() {
		return nil
	}
	shares, err := s.allowed(c, accounts.Share, on)
	if shares {
		v.Share = pathOf(r.Address.Root(), "") + "/share"
	}
	return err
}
