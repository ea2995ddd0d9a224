package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownReports is how many reports the queue shows at a time.
const shownReports = 100

// moderator is who is signed in and may moderate.
func (s *Server) moderator(c *fiber.Ctx) (accounts.Account, error) {
	a, err := s.author(c)
	if err != nil {
		return a, err
	}
	return a, s.may(c, a, accounts.Moderate, accounts.OnSite())
}

// moderation is the queue: reports, first publications, appeals, and what lasts.
func (s *Server) moderation(c *fiber.Ctx) error {
	a, err := s.moderator(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	v := themes.Moderation{}
	reports, all, err := s.o.Accounts.Reports(ctx, shownReports)
	if err != nil {
		return err
	}
	v.All = all
	for _, r := range reports {
		one := themes.ReportLine{ID: r.ID, Title: r.Title, URL: r.Page, Why: r.Why, Words: r.Words, At: r.Created}
		if id, away := strings.CutPrefix(r.Page, "/id/"); away {
			one.TakeDown = "/moderation/takedown?address=" + escapeQuery(accounts.RecordAddress(id))
		}
		if address, own := strings.CutPrefix(r.Page, "/r/"); own {
			if at, ok := repository.ParseAddress(address); ok {
				one.TakeDown = "/moderation/takedown?address=" + escapeQuery(at.Root().String())
			}
		}
		v.Reports = append(v.Reports, one)
	}
	takedowns, err := s.o.Accounts.Takedowns(ctx)
	if err != nil {
		return err
	}
	for _, t := range takedowns {
		line := s.takedownLine(ctx, t)
		line.Mine = t.By == a.Name && a.Role != accounts.Admin
		switch {
		case t.Basis == accounts.ByReview:
			v.Waiting = append(v.Waiting, line)
		case !t.Appealed.IsZero() && t.Answered.IsZero():
			v.Appeals = append(v.Appeals, line)
		default:
			v.Down = append(v.Down, line)
		}
	}
	blocks, err := s.o.Accounts.Blocks(ctx)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		v.Blocks = append(v.Blocks, themes.Block{Owner: b.Owner, Reason: b.Reason, By: b.By, At: b.Created})
	}
	if v.Admin, err = s.allowed(c, accounts.Administer, accounts.OnSite()); err != nil {
		return err
	}
	return s.page(c, "moderation", themes.Frame{}, v)
}

// takedownLine is a takedown with the title of what it is about.
func (s *Server) takedownLine(ctx context.Context, t accounts.Takedown) themes.Takedown {
	v := themes.Takedown{
		Address: t.Address, Title: t.Address, URL: "/r/" + t.Address, Basis: string(t.Basis), Notice: t.Notice, By: t.By, At: t.Created,
		Appeal: t.Appeal, AppealedBy: t.AppealedBy, Answer: t.Answer, AnsweredBy: t.AnsweredBy,
	}
	if id, away := accounts.RecordOf(t.Address); away {
		v.URL = "/id/" + id
		if r, err := s.o.Repository.ByID(ctx, repository.ID(id)); err == nil && r.Metadata.Title != "" {
			v.Title, v.Language = r.Metadata.Title, r.Metadata.Language
		}
	}
	if at, ok := repository.ParseAddress(t.Address); ok {
		if r, err := s.o.Repository.Resource(ctx, at); err == nil && r.Metadata.Title != "" {
			v.Title, v.Language = r.Metadata.Title, r.Metadata.Language
		}
	}
	return v
}

// moderatedAs is the address that a takedown of a resource has.
func moderatedAs(r repository.Resource) string {
	if !r.Own() {
		return accounts.RecordAddress(string(r.ID))
	}
	return r.Address.Root().String()
}

// moderated is the resource whose address a moderator's form names: one of this server, or a harvested record.
func (s *Server) moderated(c *fiber.Ctx, address string) (repository.Resource, error) {
	if id, away := accounts.RecordOf(address); away {
		r, err := s.named(c, id)
		if err == nil && r.Own() {
			err = fiber.ErrNotFound
		}
		return r, err
	}
	at, ok := repository.ParseAddress(address)
	if !ok || at.Part != "" {
		return repository.Resource{}, fiber.ErrNotFound
	}
	return s.o.Repository.Resource(c.UserContext(), at)
}
