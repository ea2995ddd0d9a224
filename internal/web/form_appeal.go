package web

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// impartial refuses a moderator who would decide about their own case: who may appeal against a takedown does not end it, nor
// answer. Administrators do, because there may be nobody else.
func (s *Server) impartial(c *fiber.Ctx, a accounts.Account, at repository.Address) error {
	if a.Role == accounts.Admin {
		return nil
	}
	concerned, err := s.allowed(c, accounts.Appeal, accounts.OnResource(at.Owner, at.Slug))
	if err == nil && concerned {
		err = fmt.Errorf("decide about one's own %s: %w", at, kind.ErrDenied)
	}
	return err
}

// appealSend takes what an owner says against a takedown.
func (s *Server) appealSend(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if !r.Own() {
		return kind.ErrDenied
	}
	if err := s.may(c, a, accounts.Appeal, accounts.OnResource(r.Address.Owner, r.Address.Slug)); err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.AppealTakedown(c.UserContext(), r.Address.Root().String(), words(values.Get("words"))); err != nil {
		return err
	}
	return redirect(c, pathOf(r.Address.Root(), "")+"?notice=appealed")
}

// appealRefuse answers an appeal with no.
func (s *Server) appealRefuse(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.moderator)
	if err != nil {
		return err
	}
	if at, ok := repository.ParseAddress(values.Get("address")); ok {
		if err := s.impartial(c, a, at); err != nil {
			return err
		}
	}
	err = s.o.Accounts.RefuseAppeal(c.UserContext(), values.Get("address"), words(values.Get("answer")), a.Role == accounts.Admin)
	if err != nil {
		return err
	}
	return redirect(c, "/moderation?notice=moderated")
}
