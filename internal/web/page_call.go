package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

func callPath(id string) string { return "/calls/" + id }

func submissionPath(call string, number int) string { return callPath(call) + "/" + itoa(number) }

func (s *Server) callCard(c *fiber.Ctx, call *approval.Call) themes.CallCard {
	return themes.CallCard{
		Title: call.Title, URL: callPath(call.ID), Board: call.Board, Opens: call.Opens, Closes: call.Closes, Open: call.Open(s.o.Now()),
		Submissions: len(call.Submissions), Subjects: s.subjects(language(c), call.Subjects), Grades: call.Grades,
	}
}

func submissionCard(call *approval.Call, one *approval.Submission, who approval.Actor) themes.SubmissionCard {
	v := themes.SubmissionCard{
		Title: one.Work.Title, Language: one.Work.Language, URL: submissionPath(call.ID, one.Number), State: string(one.State()), Number: one.Number,
		Reviews: len(one.Reviews), Votes: len(one.Votes), By: one.By.Display, At: one.At, Call: call.Title,
	}
	conflict, declared := one.Declaration(who.Name)
	settled := one.Outcome != nil || !one.Retracted.IsZero()
	if !who.Reviewer && !who.Chair || settled || one.Wrote(who.Name) || declared && conflict.Conflict {
		return v
	}
	_, reviewed := one.Review(who.Name)
	voted := slices.ContainsFunc(one.Votes, func(x approval.Vote) bool { return x.By == who.Name })
	switch {
	case who.Chair && one.State() == approval.InVote && len(one.Votes) >= call.Quorum:
		v.Mine = "decide"
	case !reviewed:
		v.Mine = "review"
	case !voted && one.State() == approval.InVote:
		v.Mine = "vote"
	}
	return v
}

// callPage shows a call.
func (s *Server) callPage(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	call, err := b.Call(ctx, c.Params("call"))
	if err != nil {
		return err
	}
	who, err := s.juror(c, call.Board)
	if err != nil {
		return err
	}
	v := themes.Call{
		CallCard: s.callCard(c, call), Description: call.Description, Framework: call.Framework, Quorum: call.Quorum, Reviews: call.Terms.Reviews,
		Months: call.Months, Rubric: themes.Link{Label: call.Rubric.Title, URL: rubricPath(call.Board, call.Rubric.ID), Language: call.Rubric.Language},
		Action: callPath(call.ID), Reviewer: who.Reviewer || who.Chair, Chair: who.Chair, Sheet: sheetPath(call.ID), BoardURL: "/boards/" + call.Board,
		List: themes.Link{Label: call.List, URL: listPath(call.List)}, Log: callPath(call.ID) + "/log",
	}
	if l, err := b.List(ctx, call.List); err == nil {
		v.List.Label = l.Title
	}
	if o, err := s.o.Accounts.Owner(ctx, call.Board); err == nil {
		v.Board = o.Title
	}
	if !call.Closes.IsZero() {
		v.Last = call.Closes.Format(time.DateOnly)
	}
	for _, id := range call.Licenses {
		v.Licenses = append(v.Licenses, licenseView(licensing.ID(id), language(c)))
	}
	title, err := s.workTitles(c, language(c))
	if err != nil {
		return err
	}
	for _, one := range call.Submissions {
		card := submissionCard(call, one, who)
		card.Title = title(one.Work)
		v.Submissions = append(v.Submissions, card)
	}
	if v.Open {
		if v.Mine, err = s.mine(c); err != nil {
			return err
		}
		if s.visitor(c).Name == "" {
			v.SignIn = "/sign-in?next=" + escapeQuery(callPath(call.ID))
		}
	}
	return s.page(c, "call", themes.Frame{}, v)
}

// mine are the resources that the visitor may hand in.
func (s *Server) mine(c *fiber.Ctx) ([]themes.Choice, error) {
	a := s.visitor(c)
	if a.Name == "" {
		return nil, nil
	}
	owners, err := s.owners(c, a)
	if err != nil {
		return nil, err
	}
	const most = 100
	var list []themes.Choice
	for _, owner := range owners {
		all, err := s.o.Catalog.OfOwner(c.UserContext(), owner, most)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if r.Metadata.Type != metadata.List && len(list) < most {
				list = append(list, themes.Choice{Value: r.Address.String(), Label: r.Metadata.Title + " (" + r.Address.String() + ")"})
			}
		}
	}
	return list, nil
}

// callLog is everything that happened in a call that its reader may know: reviews and votes of what is not decided are for
// those who have given theirs, so that they stand as numbers only.
func (s *Server) callLog(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	call, err := b.Call(c.UserContext(), c.Params("call"))
	if err != nil {
		return err
	}
	n, err := b.CallLength(c.UserContext(), call.ID)
	if err != nil {
		return err
	}
	first, last, pager := paged(c, callPath(call.ID)+"/log", n, stepsPerPage)
	steps, err := b.CallSteps(c.UserContext(), call.ID, n-last+1, n-first)
	if err != nil {
		return err
	}
	for _, step := range steps {
		for i, e := range step.Events {
			if one, err := call.Submission(e.Submission); e.Submission == 0 || err == nil && one.Outcome != nil {
				continue
			}
			step.Events[i].Note, step.Events[i].By = "", approval.Actor{}
		}
	}
	return s.logPage(c, themes.Log{Title: call.Title, URL: callPath(call.ID), Pager: pager}, steps)
}
