package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownReports is how many reports the queue shows at a time.
const shownReports = 100

// maxWords bounds what somebody writes in a notice, an appeal or a report, in characters.
const maxWords = 1000

// words are a field of a form on several lines.
func words(text string) string {
	r := []rune(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	return string(r[:min(len(r), maxWords)])
}

// moderator is who is signed in and may moderate.
func (s *Server) moderator(c *fiber.Ctx) (accounts.Account, error) {
	a, err := s.author(c)
	if err != nil {
		return a, err
	}
	return a, s.may(c, a, accounts.Moderate, accounts.OnSite())
}

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
	return s.page(c, "report", themes.Frame{NoIndex: true}, v)
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
	return s.page(c, "moderation", themes.Frame{NoIndex: true}, v)
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
	return s.page(c, "takedown", themes.Frame{NoIndex: true}, v)
}

// ignoreMissing is no error where something is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, kind.ErrNotFound) {
		return nil
	}
	return err
}

// heldFiles are the texts of what is not shown, in bounds.
func (s *Server) heldFiles(ctx context.Context, r repository.Resource) (list []themes.Field, err error) {
	const maxFiles, maxText = 50, 200_000
	texts, err := s.o.Repository.HeldSource(ctx, r.Address.Root())
	if err != nil {
		return nil, ignoreMissing(err)
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

// blockSend keeps an owner from publishing, or lets it again.
func (s *Server) blockSend(c *fiber.Ctx) error {
	_, values, err := formBy(c, s.moderator)
	if err != nil {
		return err
	}
	owner := strings.ToLower(strings.TrimSpace(values.Get("owner")))
	switch values.Get("do") {
	case "block":
		err = s.o.Accounts.BlockOwner(c.UserContext(), owner, words(values.Get("reason")))
	case "lift":
		err = s.o.Accounts.Unblock(c.UserContext(), owner)
	default:
		err = fiber.NewError(http.StatusBadRequest, "the form does not say what to do")
	}
	if err != nil {
		return err
	}
	return redirect(c, "/moderation?notice=moderated")
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
	return s.page(c, "erase", themes.Frame{NoIndex: true}, v)
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
