package web

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// callSend hands something in or changes the last day, by which form it was.
func (s *Server) callSend(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	call, err := b.Call(c.UserContext(), c.Params("call"))
	if err != nil {
		return err
	}
	a, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	if values.Get("do") == "extend" {
		return s.callExtend(c, b, call, values.Get("closes"))
	}
	address, ok := repository.ParseAddress(resourceName(values.Get("resource"), s.o.BaseURL))
	if !ok {
		return fiber.NewError(fiber.StatusUnprocessableEntity, "name the material as owner/name")
	}
	if err := s.may(c, a, accounts.Submit, accounts.OnResource(address.Owner, address.Slug)); err != nil {
		return err
	}
	r, err := s.o.Repository.Resource(c.UserContext(), address)
	if err != nil {
		return err
	}
	by, err := s.juror(c, call.Board)
	if err != nil {
		return err
	}
	one, err := b.Submit(c.UserContext(), call.ID, r, by, strings.TrimSpace(values.Get("note")))
	if err != nil {
		return err
	}
	s.boardActed(c, "submitted", call.Board, call.List)
	return redirect(c, submissionPath(call.ID, one.Number)+"?notice=submitted")
}

func (s *Server) callExtend(c *fiber.Ctx, b Boards, call *approval.Call, day string) error {
	who, err := s.chair(c, call.Board)
	if err != nil {
		return err
	}
	e := approval.Event{Kind: approval.Extended, By: who}
	if day != "" {
		if e.Closes, err = time.Parse(time.DateOnly, day); err != nil {
			return fiber.NewError(fiber.StatusUnprocessableEntity, "the day cannot be read: write it as 2027-06-30")
		}
	}
	if _, err := b.OnCall(c.UserContext(), call.ID, func(*approval.Call) ([]approval.Event, error) { return []approval.Event{e}, nil }); err != nil {
		return err
	}
	s.boardActed(c, "extended", call.Board, call.List)
	return redirect(c, callPath(call.ID)+"?notice=call-changed")
}

// reviewer is who is signed in and reviews for the board of a call.
func (s *Server) reviewer(c *fiber.Ctx, call *approval.Call) (approval.Actor, error) {
	a, err := s.author(c)
	if err != nil {
		return approval.Actor{}, err
	}
	if err := s.may(c, a, accounts.Review, accounts.OnOwner(call.Board)); err != nil {
		return approval.Actor{}, err
	}
	return s.juror(c, call.Board)
}

// reviewEvents are a review, after the declaration that whoever sends it has no interest, unless they said so before.
func reviewEvents(one *approval.Submission, who approval.Actor, v *approval.Review) []approval.Event {
	var events []approval.Event
	if _, declared := one.Declaration(who.Name); !declared {
		events = append(events, approval.Event{Kind: approval.Declared, By: who, Submission: one.Number, Declaration: &approval.Declaration{}})
	}
	return append(events, approval.Event{Kind: approval.Reviewed, By: who, Submission: one.Number, Review: v})
}

// callNew is the form for a call.
func (s *Server) callNew(c *fiber.Ctx) error {
	if _, err := s.chair(c, c.Params("board")); err != nil {
		return err
	}
	now := s.o.Now()
	return s.callForm(c, themes.CallForm{Opens: now.Format(time.DateOnly), Closes: now.AddDate(0, 2, 0).Format(time.DateOnly), Quorum: 3, Reviews: 2, Months: 36}, approval.Terms{
		Licenses: []string{"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"},
	})
}

func (s *Server) callForm(c *fiber.Ctx, v themes.CallForm, t approval.Terms) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx, board := c.UserContext(), c.Params("board")
	v.Action, v.Board = "/boards/"+board+"/calls", board
	rubrics, err := b.Rubrics(ctx, language(c))
	if err != nil {
		return err
	}
	for _, r := range rubrics {
		v.Rubrics = append(v.Rubrics, themes.Choice{Value: r.ID, Label: r.Title, Selected: r.ID == t.Rubric.ID})
	}
	lists, err := b.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		if l.Board == board {
			v.Lists = append(v.Lists, themes.Choice{Value: l.Slug, Label: l.Title, Selected: l.Slug == t.List})
		}
	}
	v.Frameworks = []themes.Choice{{Label: "–"}}
	for _, f := range s.o.Standards().Frameworks() {
		if !f.Superseded {
			v.Frameworks = append(v.Frameworks, themes.Choice{Value: f.Name, Label: f.Title, Selected: f.Name == t.Framework})
		}
	}
	for _, id := range licensing.Current() {
		l, _ := licensing.Lookup(id)
		v.Licenses = append(v.Licenses, themes.Choice{Value: string(id), Label: l.Short, Selected: slices.Contains(t.Licenses, string(id))})
	}
	return s.page(c, "call-form", themes.Frame{}, v)
}

// callCreate opens a call.
func (s *Server) callCreate(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	board := c.Params("board")
	who, err := s.chair(c, board)
	if err != nil {
		return err
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	count := func(name string) int { n, _ := strconv.Atoi(text(name)); return n }
	rubric, err := b.Rubric(c.UserContext(), approval.RubricRef{ID: text("rubric")}, language(c))
	if err != nil {
		return err
	}
	t := approval.Terms{
		ID: text("id"), Board: board, Title: text("title"), Description: text("description"), Subjects: commas(text("subjects")),
		Grades: commas(text("grades")), Framework: text("framework"), Rubric: rubric, Licenses: values["license"],
		Reviews: count("reviews"), Quorum: count("quorum"), Months: count("months"), List: text("list"),
	}
	if t.ID == "" {
		t.ID = repository.Slug(t.Title)
	}
	t.Opens, _ = time.Parse(time.DateOnly, text("opens"))
	t.Closes, _ = time.Parse(time.DateOnly, text("closes"))
	l, lerr := b.List(c.UserContext(), t.List)
	if lerr == nil && l.Board == board {
		_, err = b.OnCall(c.UserContext(), t.ID, func(*approval.Call) ([]approval.Event, error) {
			return []approval.Event{{Kind: approval.Opened, By: who, Terms: &t}}, nil
		})
	} else {
		err = errors.New("choose one of the board's lists, which approved materials go to")
	}
	if approval.Code(err) != "" || err != nil && (lerr != nil || l.Board != board) {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.callForm(c, themes.CallForm{
			Problem: s.boardRefusal(c, err), ID: t.ID, Title: t.Title, Description: t.Description, Subjects: text("subjects"), Grades: text("grades"),
			Opens: text("opens"), Closes: text("closes"), Quorum: t.Quorum, Reviews: t.Reviews, Months: t.Months,
		}, t)
	}
	if err != nil {
		return err
	}
	s.boardActed(c, "opened", board, t.List)
	return redirect(c, callPath(t.ID)+"?notice=call-opened")
}
