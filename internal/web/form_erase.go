package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// eraseForm asks an administrator which files are to be erased from all of a resource's history, as the law may demand.
func (s *Server) eraseForm(c *fiber.Ctx) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	r, err := s.moderated(c, c.Query("address"))
	if err != nil {
		return err
	}
	return s.erasePage(c, r, themes.Erase{})
}

func (s *Server) erasePage(c *fiber.Ctx, r repository.Resource, v themes.Erase) error {
	if s.o.Erase == nil {
		return fiber.ErrNotFound
	}
	v.Title, v.Language, v.URL, v.Address = r.Metadata.Title, r.Metadata.Language, linkOf(r), r.Address.Root().String()
	return s.page(c, "erase", themes.Frame{}, v)
}

// eraseSend rewrites the histories of a resource and its remixes without some files.
func (s *Server) eraseSend(c *fiber.Ctx) error {
	a, values, err := formBy(c, s.admin)
	if err != nil {
		return err
	}
	r, err := s.moderated(c, values.Get("address"))
	if err != nil {
		return err
	}
	v := themes.Erase{Paths: words(values.Get("paths")), Why: line(values.Get("why")), Media: values.Get("media") != ""}
	paths := strings.Fields(v.Paths)
	if len(paths) == 0 || v.Why == "" || values.Get("sure") == "" {
		v.Wrong = true
		c.Status(http.StatusUnprocessableEntity)
		return s.erasePage(c, r, v)
	}
	if s.o.Erase == nil {
		return fiber.ErrNotFound
	}
	address := r.Address.Root()
	if err := s.o.Accounts.Record(c.UserContext(), "erase.decide", "resource:"+address.String(), map[string]string{"why": v.Why}); err != nil {
		return err
	}
	if err := s.o.Erase(c.UserContext(), address, paths, v.Media); err != nil {
		if errors.Is(err, kind.ErrInvalid) || errors.Is(err, kind.ErrNotFound) {
			v.Problem = err.Error()
			c.Status(http.StatusUnprocessableEntity)
			return s.erasePage(c, r, v)
		}
		return err
	}
	s.o.Logger.Info("files erased from a history", "resource", address.String(), "actor", a.Name)
	s.changed(c)
	return redirect(c, "/moderation?notice=erased")
}
