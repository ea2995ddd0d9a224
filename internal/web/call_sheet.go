package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

func sheetPath(call string) string { return callPath(call) + "/sheet" }

const (
	shownProblems = 50
	carriedSheet  = 64 << 10 // bytes of a sheet that the page of its check carries on
)

// callSheetGet is the score sheet for a reviewer: what they may review and have not.
func (s *Server) callSheetGet(c *fiber.Ctx) error {
	_, call, who, err := s.sheetCall(c)
	if err != nil {
		return err
	}
	var open []*approval.Submission
	for _, one := range call.Submissions {
		if submissionCard(call, one, who).Mine == "review" {
			open = append(open, one)
		}
	}
	sheet, err := approval.Sheet(call, open)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+call.ID+`.csv"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.send(c, sheet)
}

// sheetCall is the call of a sheet, with who is signed in and reviews for its board.
func (s *Server) sheetCall(c *fiber.Ctx) (b Boards, call *approval.Call, who approval.Actor, err error) {
	if b, err = s.boards(); err != nil {
		return b, nil, who, err
	}
	if call, err = b.Call(c.UserContext(), c.Params("call")); err != nil {
		return b, nil, who, err
	}
	who, err = s.reviewer(c, call)
	return b, call, who, err
}

// callSheet is the page that a score sheet is taken from and brought back to.
func (s *Server) callSheet(c *fiber.Ctx) error {
	_, call, who, err := s.sheetCall(c)
	if err != nil {
		return err
	}
	return s.sheetPage(c, call, who, themes.Sheet{})
}

func (s *Server) sheetPage(c *fiber.Ctx, call *approval.Call, who approval.Actor, v themes.Sheet) error {
	v.Title, v.URL, v.Action, v.CSV = call.Title, callPath(call.ID), sheetPath(call.ID), sheetPath(call.ID)+".csv"
	for _, one := range call.Submissions {
		if submissionCard(call, one, who).Mine == "review" {
			v.Open++
		}
	}
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return s.page(c, "sheet", themes.Frame{}, v)
}

// callSheetSend takes a score sheet that was filled in, all of it or none; or says what would be taken.
func (s *Server) callSheetSend(c *fiber.Ctx) error {
	b, call, who, err := s.sheetCall(c)
	if err != nil {
		return err
	}
	sheet, do, err := sheetForm(c)
	if err != nil {
		return err
	}
	reviews, problems := approval.ReadSheet(call, sheet)
	if len(problems) > 0 {
		return s.sheetRefused(c, call, who, problems...)
	}
	steps := func(now *approval.Call) (events []approval.Event, err error) {
		for _, one := range now.Submissions {
			if v, ok := reviews[one.Number]; ok {
				events = append(events, reviewEvents(one, who, &v)...)
			}
		}
		return events, nil
	}
	if do != "send" {
		return s.sheetCheck(c, call, who, reviews)
	}
	_, err = b.OnCall(c.UserContext(), call.ID, steps)
	if code := approval.Code(err); code != "" {
		return s.sheetRefused(c, call, who, approval.SheetProblem{Code: code, Text: innermost(err)})
	}
	if err != nil {
		return err
	}
	s.boardActed(c, "reviewed", call.Board, call.List)
	return redirect(c, callPath(call.ID)+"?notice=reviewed")
}

// sheetRefused shows the form again with what is wrong.
func (s *Server) sheetRefused(c *fiber.Ctx, call *approval.Call, who approval.Actor, problems ...approval.SheetProblem) error {
	v, lang := themes.Sheet{More: max(0, len(problems)-shownProblems)}, language(c)
	for _, p := range problems[:min(len(problems), shownProblems)] {
		one := themes.Problem{Message: p.Text}
		if said := s.o.Theme.Label(lang, "sheet.problem", p.Code); said != p.Code {
			one.Message = said
		} else if said := s.o.Theme.Label(lang, "refused", p.Code); said != p.Code {
			one.Message = said
		}
		if p.Value != "" {
			one.Message += " (" + p.Value + ")"
		}
		if p.Line > 0 {
			one.File = "sheet.csv:" + itoa(p.Line)
		}
		if p.Column != "" {
			one.File += " " + p.Column
		}
		v.Problems = append(v.Problems, one)
	}
	c.Status(fiber.StatusUnprocessableEntity)
	return s.sheetPage(c, call, who, v)
}

// sheetCheck shows what a sheet would say of each submission, and takes nothing.
func (s *Server) sheetCheck(c *fiber.Ctx, call *approval.Call, who approval.Actor, reviews map[int]approval.Review) error {
	v := themes.Sheet{Checked: true}
	state := call
	for _, one := range call.Submissions {
		r, ok := reviews[one.Number]
		if !ok {
			continue
		}
		for _, e := range reviewEvents(one, who, &r) {
			e.At = s.o.Now()
			next, err := state.Next(e)
			if code := approval.Code(err); code != "" {
				return s.sheetRefused(c, call, who, approval.SheetProblem{Code: code, Text: one.Work.Title + ": " + innermost(err)})
			}
			if err != nil {
				return err
			}
			state = next
		}
		row := themes.SheetRow{Number: one.Number, Title: one.Work.Title, Language: one.Work.Language, URL: submissionPath(call.ID, one.Number), Comment: clip(r.Comment, 120)}
		for _, k := range call.Rubric.Criteria {
			for _, m := range r.Marks {
				if m.Criterion == k.ID {
					row.Scores = append(row.Scores, m.Score.String())
				}
			}
		}
		v.Rows = append(v.Rows, row)
	}
	filled, err := approval.Filled(call, reviews)
	if err != nil {
		return err
	}
	if len(filled) <= carriedSheet {
		v.Carried = string(filled)
	}
	return s.sheetPage(c, call, who, v)
}

// sheetForm is a sheet as a form brings it, as a file or as a field, and what is to be done with it.
func sheetForm(c *fiber.Ctx) (sheet []byte, do string, err error) {
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != "multipart/form-data" {
		values, err := form(c)
		return []byte(values.Get("sheet")), values.Get("do"), err
	}
	all, err := body(c, approval.MaxSheet+formLimit)
	if err != nil {
		return nil, "", err
	}
	parts := multipart.NewReader(bytes.NewReader(all), params["boundary"])
	for range 10 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return sheet, do, nil
		}
		if err != nil {
			return nil, "", fiber.NewError(fiber.StatusBadRequest, "the form was cut off")
		}
		value, err := whole(part, approval.MaxSheet)
		if err != nil {
			return nil, "", err
		}
		switch part.FormName() {
		case "sheet":
			sheet = value
		case "do":
			do = strings.TrimSpace(string(value))
		}
	}
	return nil, "", fiber.NewError(fiber.StatusBadRequest, "the form has too many fields")
}
