package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownWaiting bounds what waits for one reviewer on the board's page.
const shownWaiting = 50

// board is the page of a board for those who are on it.
func (s *Server) board(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx, name := c.UserContext(), c.Params("board")
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if err := s.may(c, a, accounts.Review, accounts.OnOwner(name)); err != nil {
		return err
	}
	owner, err := s.o.Accounts.Owner(ctx, name)
	if err != nil {
		return err
	}
	if owner.Kind != accounts.Board {
		return kind.ErrNotFound
	}
	who, err := s.juror(c, name)
	if err != nil {
		return err
	}
	v := themes.Board{Name: name, Title: owner.Title, Chair: who.Chair}
	members, err := s.o.Accounts.Members(ctx, name)
	if err != nil {
		return err
	}
	v.Reviewers = len(members)
	lists, err := b.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		if l.Board != name {
			continue
		}
		one, err := s.signedList(c, l.Slug)
		if err != nil {
			return err
		}
		v.Lists = append(v.Lists, one.card)
	}
	calls, err := b.Calls(ctx)
	if err != nil {
		return err
	}
	title, err := s.workTitles(c, language(c))
	if err != nil {
		return err
	}
	for _, call := range calls {
		if call.Board != name {
			continue
		}
		v.Calls = append(v.Calls, s.callCard(c, call))
		for _, one := range call.Submissions {
			if card := submissionCard(call, one, who); card.Mine != "" && len(v.Waiting) < shownWaiting {
				card.Title = title(one.Work)
				v.Waiting = append(v.Waiting, card)
			}
		}
	}
	rubrics, err := b.Rubrics(ctx, language(c))
	if err != nil {
		return err
	}
	for _, r := range rubrics {
		v.Rubrics = append(v.Rubrics, themes.RubricCard{Title: r.Title, URL: rubricPath(name, r.ID), Language: r.Language, Criteria: len(r.Criteria), Version: r.Version})
	}
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return s.page(c, "board", themes.Frame{}, v)
}
