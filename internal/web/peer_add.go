package web

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// harvests is the harvester, where this server has one and an administrator asks.
func (s *Server) harvests(c *fiber.Ctx) (Harvester, error) {
	if _, err := s.admin(c); err != nil {
		return nil, err
	}
	if s.o.Harvests == nil {
		return nil, fiber.NewError(fiber.StatusServiceUnavailable, "this server does not harvest")
	}
	return s.o.Harvests, nil
}

func (s *Server) peerAdd(c *fiber.Ctx) error {
	h, err := s.harvests(c)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(values.Get("url"))
	p, err := h.Add(c.UserContext(), address)
	if refused := s.refusal(c, err); refused != nil {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.peersPage(c, address, refused)
	}
	if err != nil {
		return err
	}
	s.o.Logger.Info("peer added", "peer", p.Name, "actor", s.visitor(c).Name)
	return redirect(c, peerPath(p.Name)+"?watch=1&notice=peer-added")
}

// refusal says why an address is none that can be harvested; nil for what is no fault of the address.
func (s *Server) refusal(c *fiber.Ctx, err error) *themes.PeerError {
	switch {
	case errors.Is(err, kind.ErrDenied): // without what a name leads to inside
		return &themes.PeerError{Kind: "private", Alert: true}
	case errors.Is(err, kind.ErrInvalid), errors.Is(err, kind.ErrConflict):
		return &themes.PeerError{Kind: trouble(err.Error()), Text: clip(err.Error(), 2000), Alert: true}
	case c.UserContext().Err() != nil:
		return &themes.PeerError{Kind: "slow", Alert: true}
	}
	return nil
}
