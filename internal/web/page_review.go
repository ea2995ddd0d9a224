package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/themes"
)

// boxes name the check boxes by which a change is taken or left, one for each block.
type boxes struct {
	files map[string]int // places among the merge's changes
	sent  url.Values     // nil: every box is checked
}

func newBoxes(m merge.Result, sent url.Values) *boxes {
	b := &boxes{files: make(map[string]int, len(m.Changes)), sent: sent}
	for i, ch := range m.Changes {
		b.files[ch.Path] = i
	}
	return b
}

func (b *boxes) block(file string, i int) (name string, left bool) {
	name = fmt.Sprintf("block-%d-%d", b.files[file], i)
	return name, b.left(name)
}

func (b *boxes) file(file string) (name string, left bool) {
	name = fmt.Sprintf("file-%d", b.files[file])
	return name, b.left(name)
}

func (b *boxes) left(name string) bool { return b.sent != nil && !b.sent.Has(name) }

// leave is what a form has not taken, in the terms of repository.Review.
func (b *boxes) leave(m merge.Result, files []themes.FileDiff) map[string][]int {
	leave := map[string][]int{}
	for i, f := range files {
		if f.Left {
			leave[f.Path] = nil
			if f.From != "" {
				leave[f.From] = nil
			}
			continue
		}
		some := false
		for _, block := range f.Blocks {
			if block.Name == "" {
				continue
			}
			if some = some || !block.Left; block.Left {
				n, err := strconv.Atoi(strings.TrimPrefix(block.Name, fmt.Sprintf("block-%d-", i)))
				if err == nil {
					leave[f.Path] = append(leave[f.Path], n)
				}
			}
		}
		if !some && len(leave[f.Path]) > 0 && m.Changes[i].Kind == merge.Added {
			leave[f.Path] = nil // nothing of a new file is no file
		}
	}
	return leave
}

// reviewShow shows a suggestion: what would change, and where both sides changed the same.
func (s *Server) reviewShow(c *fiber.Ctx, l located) error {
	number, err := strconv.Atoi(l.place.Rest)
	if err != nil || number < 1 {
		return fiber.ErrNotFound
	}
	one, err := s.o.Repository.Suggestion(c.UserContext(), l.place.Root(), number)
	if err != nil {
		return err
	}
	shows, err := s.shows(c, l)
	if err != nil {
		return err
	}
	if !shows(one) {
		if _, err := s.author(c); err != nil {
			return err
		}
		return fiber.ErrNotFound
	}
	out, err := s.o.Repository.Accept(c.UserContext(), repository.Review{Address: l.place.Root(), Number: number, DryRun: true})
	return s.reviewPage(c, l, out, err, nil)
}

// reviewSend accepts a suggestion, as far as the form takes it, or declines it.
func (s *Server) reviewSend(c *fiber.Ctx, l located) error {
	a, err := s.editor(c, l)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(l.place.Rest)
	if err != nil || number < 1 {
		return fiber.ErrNotFound
	}
	sent, err := form(c)
	if err != nil {
		return err
	}
	ctx, page := c.UserContext(), pathOf(l.place.Root(), "")
	if do := sent.Get("do"); do == "decline" || do == "remove" {
		reason := clip(strings.Join(strings.Fields(sent.Get("reason")), " "), 1000)
		say := s.o.Repository.Decline
		if do == "remove" {
			say = s.o.Repository.Remove
		}
		if err := say(ctx, l.place.Root(), number, s.actor(a), reason); err != nil {
			return err
		}
		return redirect(c, page+"/suggestions?notice=declined")
	}
	review := repository.Review{Address: l.place.Root(), Number: number, Actor: s.actor(a), Choices: choices(sent), DryRun: true}
	out, err := s.o.Repository.Accept(ctx, review)
	if err != nil || out.Newest != sent.Get("newest") {
		return s.reviewPage(c, l, out, err, sent)
	}
	if len(out.Merge.Conflicts) == 0 {
		d := s.differ(page, l.Metadata.Language)
		d.boxes = newBoxes(out.Merge, sent)
		files, err := s.incoming(ctx, l, out.Merge, d)
		if err != nil {
			return err
		}
		review.Leave = d.boxes.leave(out.Merge, files)
	}
	review.DryRun = false
	if out, err = s.o.Repository.Accept(ctx, review); err != nil {
		return s.reviewPage(c, l, out, err, sent)
	}
	s.changed(c)
	return redirect(c, page+"?notice=accepted")
}

func (s *Server) reviewPage(c *fiber.Ctx, l located, out repository.Reviewed, err error, sent url.Values) error {
	var invalid *repository.InvalidError
	undecided := errors.Is(err, kind.ErrConflict) && len(out.Merge.Conflicts) > 0
	refused := errors.As(err, &invalid) && out.Merge.Files != nil
	if err != nil && !undecided && !refused {
		return err
	}
	ctx, page := c.UserContext(), pathOf(l.place.Root(), "")
	v := themes.Review{
		Suggestion: suggestionView(l, out.Suggestion), Title: l.Metadata.Title, Page: page, Language: l.Metadata.Language,
		Clone: s.o.Repository.GitURL(l.place.Address), Newest: out.Newest, Need: len(out.Merge.Conflicts),
	}
	v.Action = v.URL
	called, err := s.o.Repository.Labels(ctx, l.place.Root())
	if err != nil {
		return err
	}
	if v.Now = called.Of(out.Newest); out.Base != "" {
		v.From = called.Of(out.Base)
	}
	if v.MayDecide, err = s.allowed(c, accounts.Revise, accounts.OnResource(l.place.Owner, l.place.Slug)); err != nil {
		return err
	}
	if refused {
		v.Problems = s.spoken(invalid.Problems, language(c))
	}
	v.Conflicts = s.choosing(out.Merge.Conflicts, v.Language, page, sent)
	d := s.differ(page, v.Language)
	if v.MayDecide && out.Suggestion.State == repository.Open && v.Need == 0 {
		d.boxes = newBoxes(out.Merge, sent)
	}
	if v.Files, err = s.incoming(ctx, l, out.Merge, d); err != nil {
		return err
	}
	if sent != nil {
		v.Overtaken = sent.Get("newest") != v.Newest
		v.Undecided = undecided && !v.Overtaken
		c.Status(http.StatusConflict)
		if refused {
			c.Status(http.StatusUnprocessableEntity)
		}
	}
	return s.page(c, "review", themes.Frame{}, v)
}
