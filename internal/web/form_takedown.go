package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// takedownForm asks for the reason of a takedown. Of what is held it shows the text.
func (s *Server) takedownForm(c *fiber.Ctx) error {
	if _, err := s.moderator(c); err != nil {
		return err
	}
	r, err := s.moderated(c, c.Query("address"))
	if errors.Is(err, kind.ErrNotFound) { // a publication that was held and then failed
		t, terr := s.o.Accounts.Takedown(c.UserContext(), c.Query("address"))
		if terr != nil {
			return terr
		}
		r.Address, _ = repository.ParseAddress(t.Address)
		r.Metadata.Title, err = t.Address, nil
	}
	if err != nil {
		return err
	}
	return s.takedownPage(c, r, themes.TakedownForm{})
}

func (s *Server) takedownPage(c *fiber.Ctx, r repository.Resource, v themes.TakedownForm) error {
	ctx := c.UserContext()
	v.Title, v.Language, v.URL, v.Address = r.Metadata.Title, r.Metadata.Language, linkOf(r), moderatedAs(r)
	remixes, err := s.o.Repository.Remixes(ctx, r)
	if err != nil {
		return err
	}
	v.Remixes = len(remixes)
	t, err := s.o.Accounts.Takedown(ctx, v.Address)
	switch {
	case errors.Is(err, kind.ErrNotFound):
	case err != nil:
		return err
	default:
		line := s.takedownLine(ctx, t)
		v.Now = &line
		if !r.Own() {
			break
		}
		if v.Files, err = s.heldFiles(ctx, r); err != nil {
			return err
		}
	}
	return s.page(c, "takedown", themes.Frame{}, v)
}

// heldFiles are the texts of what is not shown, in bounds.
func (s *Server) heldFiles(ctx context.Context, r repository.Resource) (list []themes.Field, err error) {
	const maxFiles, maxText = 50, 200_000
	texts, err := s.o.Repository.HeldSource(ctx, r.Address.Root())
	if errors.Is(err, kind.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	left := maxText
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if len(list) == maxFiles || left <= 0 {
			break
		}
		text := clip(texts[name], left)
		left -= len(text)
		list = append(list, themes.Field{Name: name, Value: text})
	}
	return list, nil
}

// takedownSend takes a resource out of the catalog, with a notice in its place. Peers get a tombstone.
func (s *Server) takedownSend(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.moderator)
	if err != nil {
		return err
	}
	r, err := s.moderated(c, values.Get("address"))
	if err != nil {
		return err
	}
	ctx, address := c.UserContext(), moderatedAs(r)
	v := themes.TakedownForm{Basis: values.Get("basis"), Notice: words(values.Get("notice"))}
	err = s.o.Accounts.TakeDown(ctx, address, accounts.Basis(v.Basis), v.Notice)
	if errors.Is(err, kind.ErrInvalid) {
		v.Wrong = true
		c.Status(http.StatusUnprocessableEntity)
		return s.takedownPage(c, r, v)
	}
	if err != nil {
		return err
	}
	if r.Own() {
		err = s.o.Repository.Withdraw(ctx, r.Address.Root(), "held: "+v.Basis)
	} else {
		err = s.o.Catalog.Withhold(ctx, r.ID)
	}
	if err != nil {
		return err
	}
	s.changed(c)
	s.o.Logger.Info("resource taken down", "resource", address, "actor", a.Name)
	if err := s.o.Accounts.CloseReportsOf(ctx, string(r.ID), "taken down"); err != nil {
		return err
	}
	return redirect(c, "/moderation?notice=taken-down")
}

// takedownLift brings a resource back.
func (s *Server) takedownLift(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.moderator)
	if err != nil {
		return err
	}
	if id, away := accounts.RecordOf(values.Get("address")); away {
		return s.recordLift(c, repository.ID(id), line(values.Get("why")))
	}
	address, ok := repository.ParseAddress(values.Get("address"))
	if !ok || address.Part != "" {
		return fiber.ErrNotFound
	}
	if err := s.impartial(c, a, address); err != nil {
		return err
	}
	if _, err := s.o.Accounts.Takedown(c.UserContext(), address.String()); err != nil {
		return err
	}
	// The takedown ends last: a failure in between leaves it in the queue, and doing it again mends it. Where a publication was
	// held and then failed there is nothing to bring back, and the address is free again.
	if err := s.o.Repository.Reinstate(c.UserContext(), address); err != nil && !errors.Is(err, kind.ErrNotFound) {
		return err
	}
	if err := s.o.Accounts.Lift(c.UserContext(), address.String(), line(values.Get("why"))); err != nil {
		return err
	}
	s.changed(c)
	return redirect(c, "/moderation?notice=restored")
}

// recordLift brings a harvested record back.
func (s *Server) recordLift(c *fiber.Ctx, id repository.ID, why string) error {
	ctx := c.UserContext()
	if _, err := s.o.Accounts.Takedown(ctx, accounts.RecordAddress(string(id))); err != nil {
		return err
	}
	// The takedown ends last, as for resources of this server.
	if err := s.o.Catalog.Unwithhold(ctx, id); err != nil && !errors.Is(err, kind.ErrNotFound) {
		return err
	}
	if err := s.o.Accounts.Lift(ctx, accounts.RecordAddress(string(id)), why); err != nil {
		return err
	}
	s.changed(c)
	return redirect(c, "/moderation?notice=restored")
}
