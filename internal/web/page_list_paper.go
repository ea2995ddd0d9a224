package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// listLetter is a list as a letter, to be printed.
func (s *Server) listLetter(c *fiber.Ctx) error {
	l, err := s.signedList(c, c.Params("slug"))
	if err != nil {
		return err
	}
	places := l.signed.Finder.InForce(s.o.Now())
	v := themes.ListLetter{ListCard: l.card, Today: s.o.Now(), Total: len(places), Key: approval.Fingerprint(l.boards.Key()), Sum: l.signed.SHA256}
	first, last, pager := paged(c, listPath(l.Slug)+"/letter", len(places), letterPerPage)
	v.Pager = pager
	if v.Pins, err = s.entries(c, l, l.signed.Finder.Items(places[first:last])); err != nil {
		return err
	}
	return s.page(c, "list-letter", themes.Frame{}, v)
}

// listLog is everything that a board did to a list.
func (s *Server) listLog(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	l, err := b.List(ctx, c.Params("slug"))
	if err != nil {
		return err
	}
	n, err := b.ListLength(ctx, l.Slug)
	if err != nil {
		return err
	}
	at := listPath(l.Slug)
	first, last, pager := paged(c, at+"/log", n, stepsPerPage)
	steps, err := b.ListSteps(ctx, l.Slug, n-last+1, n-first)
	if err != nil {
		return err
	}
	return s.logPage(c, themes.Log{Title: l.Title, URL: at, Language: l.Language, Pager: pager}, steps)
}

// logPage shows steps, the newest first.
func (s *Server) logPage(c *fiber.Ctx, v themes.Log, steps []approval.Step) error {
	title, err := s.workTitles(c, language(c))
	if err != nil {
		return err
	}
	named := func(w approval.Work) string { return title(w) + " @ " + short(w.Revision) }
	for _, step := range slices.Backward(steps) {
		for _, e := range slices.Backward(step.Events) {
			line := themes.LogStep{At: e.At, Kind: string(e.Kind), Name: cmp.Or(e.By.Display, e.By.Name), Note: e.Note, Number: step.Number}
			switch {
			case e.Entry != nil:
				line.What = named(e.Entry.Work)
			case e.Work != nil:
				line.What = named(*e.Work)
			case e.Upstream != nil:
				line.What = e.Upstream.URL
			case e.About != nil:
				line.What = e.About.Title
			case e.Resource != "":
				line.What = e.Resource
			case e.Outcome != nil:
				line.What = string(e.Outcome.Result)
			case e.Account != "":
				line.What = e.Account
			case e.Terms != nil:
				line.What = e.Terms.Title
			}
			if e.Submission > 0 {
				line.What = strings.TrimSpace("#" + itoa(e.Submission) + " " + line.What)
			}
			v.Steps = append(v.Steps, line)
		}
	}
	return s.page(c, "list-log", themes.Frame{}, v)
}
