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

// reportForm asks a reader what is wrong with a resource.
func (s *Server) reportForm(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	if r.Deleted {
		return s.gone(c, r)
	}
	return s.reportPage(c, r, themes.Report{})
}

func (s *Server) reportPage(c *fiber.Ctx, r repository.Resource, v themes.Report) error {
	v.Title, v.Language, v.URL, v.Action = r.Metadata.Title, r.Metadata.Language, linkOf(r), "/id/"+string(r.ID)+"/report"
	if !r.Own() {
		v.Away = r.Origin.Peer
	}
	v.Reasons = accounts.ReportReasons
	return s.page(c, "report", themes.Frame{Canonical: s.o.BaseURL + v.URL}, v)
}

// reportSend stores a report. Nobody need be signed in, and nothing is kept of who sent it.
func (s *Server) reportSend(c *fiber.Ctx) error {
	r, err := s.byID(c)
	if err != nil {
		return err
	}
	if r.Deleted {
		return s.gone(c, r)
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	v := themes.Report{Why: values.Get("why"), Words: words(values.Get("words"))}
	if err := s.o.Accounts.Reporting(c.UserContext(), client(c)); err != nil {
		wait, ok := errors.AsType[*accounts.WaitError](err)
		if !ok {
			return err
		}
		v.Wait = int(wait.After.Minutes()) + 1
		c.Status(http.StatusTooManyRequests)
		return s.reportPage(c, r, v)
	}
	err = s.o.Accounts.AddReport(c.UserContext(), accounts.Report{
		Resource: string(r.ID), Title: clip(r.Metadata.Title, 200), Page: linkOf(r), Revision: r.Revision, Why: v.Why, Words: v.Words,
	})
	if errors.Is(err, kind.ErrInvalid) {
		v.Wrong = true
		c.Status(http.StatusUnprocessableEntity)
		return s.reportPage(c, r, v)
	}
	if err != nil {
		return err
	}
	return redirect(c, linkOf(r)+"?notice=reported")
}

// reportClose ends a report.
func (s *Server) reportClose(c *fiber.Ctx) error {
	_, values, err := formBy(c, s.moderator)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.CloseReport(c.UserContext(), values.Get("id"), line(values.Get("outcome"))); err != nil {
		return err
	}
	return redirect(c, "/moderation?notice=moderated")
}
