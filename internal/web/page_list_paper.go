package web

import (
	"cmp"
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
	return s.page(c, "list-letter", themes.Frame{NoIndex: true}, v)
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
	events, err := b.ListLog(ctx, l.Slug)
	if err != nil {
		return err
	}
	at := listPath(l.Slug)
	return s.logPage(c, themes.Log{Title: l.Title, URL: at, Language: l.Language}, at+"/log", events)
}

// logPage shows steps, the newest first.
func (s *Server) logPage(c *fiber.Ctx, v themes.Log, at string, events []approval.Event) error {
	title, err := s.workTitles(c, language(c))
	if err != nil {
		return err
	}
	named := func(w approval.Work) string { return title(w) + " @ " + short(w.Revision) }
	first, last, pager := paged(c, at, len(events), stepsPerPage)
	v.Pager = pager
	for i := first; i < last; i++ {
		n := len(events) - 1 - i
		e := events[n]
		step := themes.LogStep{At: e.At, Kind: string(e.Kind), Name: cmp.Or(e.By.Display, e.By.Name), Note: e.Note, Number: n + 1}
		switch {
		case e.Entry != nil:
			step.What = named(e.Entry.Work)
		case e.Work != nil:
			step.What = named(*e.Work)
		case e.Upstream != nil:
			step.What = e.Upstream.URL
		case e.About != nil:
			step.What = e.About.Title
		case e.Resource != "":
			step.What = e.Resource
		case e.Outcome != nil:
			step.What = string(e.Outcome.Result)
		case e.Account != "":
			step.What = e.Account
		case e.Terms != nil:
			step.What = e.Terms.Title
		}
		if e.Submission > 0 {
			step.What = strings.TrimSpace("#" + itoa(e.Submission) + " " + step.What)
		}
		v.Steps = append(v.Steps, step)
	}
	return s.page(c, "list-log", themes.Frame{NoIndex: true}, v)
}
