package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

// withdrawForm asks whether a resource is really to be withdrawn.
func (s *Server) withdrawForm(c *fiber.Ctx, l located) error {
	if _, err := s.withdrawer(c, l); err != nil {
		return err
	}
	if l.place.Part != "" {
		return fiber.ErrNotFound // a unit is withdrawn as a whole
	}
	remixes, err := s.o.Repository.Remixes(c.UserContext(), l.Resource)
	if err != nil {
		return err
	}
	page := pathOf(l.place.Address, "")
	return s.page(c, "withdraw", themes.Frame{}, themes.Withdraw{
		Title: l.Metadata.Title, URL: page, Action: page + "/withdraw", Language: l.Metadata.Language, Parts: len(l.Parts), Remixes: len(remixes),
	})
}

// withdrawer is who may take a resource out of the catalog.
func (s *Server) withdrawer(c *fiber.Ctx, l located) (accounts.Account, error) {
	a, err := s.author(c)
	if err != nil {
		return a, err
	}
	return a, s.may(c, a, accounts.Withdraw, accounts.OnResource(l.place.Owner, l.place.Slug))
}

// withdrawSend withdraws a resource.
func (s *Server) withdrawSend(c *fiber.Ctx, l located) error {
	a, err := s.withdrawer(c, l)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	reason := strings.Join(strings.Fields(values.Get("reason")), " ")
	if err := s.o.Repository.Withdraw(c.UserContext(), l.place.Address, clip(reason, 300)); err != nil {
		return err
	}
	s.o.Logger.Info("resource withdrawn", "resource", l.place.Address.String(), "actor", a.Name)
	s.changed(c)
	return redirect(c, "/account?notice=withdrawn")
}

// undoView offers to take back what was published a moment ago; nil where that is not the question.
func (s *Server) undoView(c *fiber.Ctx, l located, mayEdit bool) (*themes.Undo, error) {
	if c.Query("notice") != "published" || !mayEdit {
		return nil, nil
	}
	root, err := s.o.Repository.Resource(c.UserContext(), l.place.Root())
	if err != nil {
		return nil, err
	}
	return &themes.Undo{Action: pathOf(l.place.Address, "") + "/undo", Revision: root.Revision}, nil
}

// undoSend takes back the newest revision, if it is the one that its page showed.
func (s *Server) undoSend(c *fiber.Ctx, l located) error {
	a, err := s.editor(c, l)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	withdrawn, err := s.o.Repository.Undo(c.UserContext(), l.place.Address, values.Get("revision"), s.actor(a))
	if err != nil {
		return err
	}
	s.changed(c)
	if withdrawn {
		return redirect(c, "/account?notice=undone")
	}
	return redirect(c, pathOf(l.place.Address, "")+"?notice=undone")
}
