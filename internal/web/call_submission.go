package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// submitted is a submission that an address names.
func (s *Server) submitted(c *fiber.Ctx) (b Boards, call *approval.Call, one *approval.Submission, err error) {
	if b, err = s.boards(); err != nil {
		return b, nil, nil, err
	}
	if call, err = b.Call(c.UserContext(), c.Params("call")); err != nil {
		return b, nil, nil, err
	}
	number, err := c.ParamsInt("number")
	if err != nil {
		return b, call, nil, kind.ErrNotFound
	}
	one, err = call.Submission(number)
	return b, call, one, err
}

// submission shows one submission.
func (s *Server) submission(c *fiber.Ctx) error {
	b, call, one, err := s.submitted(c)
	if err != nil {
		return err
	}
	return s.submissionPage(c, b, call, one, nil, "")
}

// submissionPage shows a submission with all that its reader may see and do; typed is a review that was not taken, and
// problem says why.
func (s *Server) submissionPage(c *fiber.Ctx, b Boards, call *approval.Call, one *approval.Submission, typed *approval.Review, problem string) error {
	who, err := s.juror(c, call.Board)
	if err != nil {
		return err
	}
	lang := language(c)
	rubric := call.Rubric
	if rubric.ID == approval.AchieveID && rubric.Version == 1 {
		rubric = approval.Achieve(lang)
	}
	v := themes.Submission{
		SubmissionCard: submissionCard(call, one, who), CallTitle: call.Title, CallURL: callPath(call.ID), Note: one.Note, Findings: s.findings(one.Findings, lang),
		Action: submissionPath(call.ID, one.Number), Quorum: call.Quorum, Problem: problem,
		Entry: s.entryView(approval.FileItem{Item: approval.WorkOf(one.Work)}, lang),
	}
	v.Entry.License = licenseView(licensing.ID(one.Work.License), lang)
	title, err := s.workTitles(c, lang)
	if err != nil {
		return err
	}
	v.Title = title(one.Work)
	v.Entry.Title = v.Title
	left, err := b.Left(c.UserContext(), call.Board, one.Votes)
	if err != nil {
		return err
	}
	counted := *one
	counted.Votes = slices.DeleteFunc(slices.Clone(one.Votes), func(x approval.Vote) bool { return slices.Contains(left, x.By) })
	v.Left = len(left)
	s.judging(&v, call, &counted, who)
	shown := one.Shows(who)
	v.Hidden = len(one.Reviews) - len(shown)
	for _, r := range shown {
		v.Reviews = append(v.Reviews, reviewView(rubric, r, who.Name))
	}
	if len(shown) > 0 {
		v.Scores, v.Agreement = meanViews(approval.Means(rubric, shown)), agreementView(approval.Agree(rubric, shown))
	}
	if v.Review != nil {
		v.Review.Criteria = reviewFields(rubric, typed)
		if typed != nil {
			v.Review.Comment = typed.Comment
		}
	}
	if l, err := b.List(c.UserContext(), call.List); err == nil {
		if e, ok := l.Entry(one.Work.Identifier); ok && e.Revision != one.Work.Revision {
			v.Approved = &themes.NewerRevision{
				URL: web(e.URL) + "@" + e.Revision, Short: short(e.Revision), Compare: web(e.URL) + "/compare/" + e.Revision + ".." + one.Work.Revision,
			}
		}
	}
	if o := one.Outcome; o != nil {
		v.Outcome = &themes.Outcome{Result: string(o.Result), Name: o.Name, Conditions: o.Conditions, Note: o.Note, At: o.At, Expires: o.Expires, List: listPath(call.List)}
	}
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	var f themes.Frame
	if one.Outcome == nil {
		f.Canonical = s.o.BaseURL + callPath(call.ID) // which is to be found until there is something to tell of this one
	}
	return s.page(c, "submission", f, v)
}

// judging says what a member of the board may do about a submission now.
func (s *Server) judging(v *themes.Submission, call *approval.Call, one *approval.Submission, who approval.Actor) {
	settled := one.Outcome != nil || !one.Retracted.IsZero()
	v.MayRetract = !settled && who.Name != "" && one.By.Name == who.Name
	if settled || !who.Reviewer && !who.Chair {
		return
	}
	_, v.Declared = one.Declaration(who.Name)
	_, reviewed := one.Review(who.Name)
	switch code := approval.Code(one.Entitled(who)); code {
	case "", "undeclared":
		v.Entitled = true
	default:
		v.Why = code
		return
	}
	if !reviewed {
		v.Review = &themes.ReviewForm{}
	}
	if one.State() != approval.InVote || !v.Declared {
		return
	}
	v.MayVote, v.Choices = true, []string{string(approval.Approve), string(approval.Conditions), string(approval.Decline), string(approval.Abstain)}
	for _, x := range one.Votes {
		if x.By == who.Name {
			v.Voted, v.VoteNote = string(x.Choice), x.Note
		}
		if x.Choice == approval.Conditions && x.Note != "" && !slices.Contains(v.Conditions, x.Note) {
			v.Conditions = append(v.Conditions, x.Note)
		}
	}
	tally := approval.Count(one.Votes)
	v.Missing = max(0, call.Quorum-tally.Votes())
	if v.Voted != "" || who.Chair {
		for _, n := range []struct {
			choice approval.Choice
			count  int
		}{{approval.Approve, tally.Approve}, {approval.Conditions, tally.Conditions}, {approval.Decline, tally.Decline}, {approval.Abstain, tally.Abstain}} {
			v.Tally = append(v.Tally, themes.Count{Label: string(n.choice), Count: n.count})
		}
	}
	if v.MayDecide = who.Chair && v.Missing == 0; v.MayDecide {
		v.Result = string(tally.Result())
		if day := call.Expiry(s.o.Now()); !day.IsZero() {
			v.Expires = day.Format(time.DateOnly)
		}
	}
}

func reviewFields(r approval.Rubric, typed *approval.Review) []themes.ReviewField {
	list := make([]themes.ReviewField, len(r.Criteria))
	for i, k := range r.Criteria {
		list[i] = themes.ReviewField{Criterion: criterionView(i+1, k)}
		if typed == nil {
			continue
		}
		for _, m := range typed.Marks {
			if m.Criterion == k.ID {
				list[i].Score, list[i].Comment = m.Score.String(), m.Comment
			}
		}
	}
	return list
}

func criterionView(n int, k approval.Criterion) themes.Criterion {
	return themes.Criterion{Number: n, ID: k.ID, Title: k.Title, Help: k.Help, Anchors: k.Anchors, Needed: k.Needed}
}

func reviewView(r approval.Rubric, review approval.Review, me string) themes.ReviewView {
	v := themes.ReviewView{Name: review.Name, At: review.At, Comment: review.Comment, Own: review.By == me}
	for _, k := range r.Criteria {
		for _, m := range review.Marks {
			if m.Criterion == k.ID {
				v.Marks = append(v.Marks, themes.MarkView{Title: k.Title, Score: m.Score.String(), Comment: m.Comment})
			}
		}
	}
	return v
}

// submissionSend takes a reviewer's, a chair's or the submitter's step.
func (s *Server) submissionSend(c *fiber.Ctx) error {
	b, call, one, err := s.submitted(c)
	if err != nil {
		return err
	}
	_, values, err := formBy(c, s.author)
	if err != nil {
		return err
	}
	who, err := s.juror(c, call.Board)
	if err != nil {
		return err
	}
	at, do := submissionPath(call.ID, one.Number), values.Get("do")
	if do == "decide" {
		o := approval.Outcome{Result: approval.Choice(values.Get("result")), Conditions: strings.TrimSpace(values.Get("conditions")), Note: strings.TrimSpace(values.Get("note"))}
		o.Expires, _ = time.Parse(time.DateOnly, values.Get("expires"))
		if _, err := b.Decide(c.UserContext(), call.ID, one.Number, who, o); err != nil {
			return s.notTaken(c, b, call, one, nil, err)
		}
		s.boardActed(c, "decided", call.Board, call.List)
		return redirect(c, at+"?notice=decided")
	}
	var typed *approval.Review
	events, typed, err := submissionEvents(do, values, one, who)
	if err != nil {
		return err
	}
	if _, err = b.OnCall(c.UserContext(), call.ID, func(*approval.Call) ([]approval.Event, error) { return events, nil }); err != nil {
		return s.notTaken(c, b, call, one, typed, err)
	}
	s.boardActed(c, do, call.Board, call.List)
	return redirect(c, at+"?notice=board-"+do)
}

// notTaken shows the form again with what was typed, where it can be mended.
func (s *Server) notTaken(c *fiber.Ctx, b Boards, call *approval.Call, one *approval.Submission, typed *approval.Review, err error) error {
	f := classify(err)
	if approval.Code(err) == "" || f.status == fiber.StatusForbidden {
		return err
	}
	c.Status(f.status)
	return s.submissionPage(c, b, call, one, typed, s.boardRefusal(c, err))
}

// submissionEvents are the steps that a form asks for.
func submissionEvents(do string, values url.Values, one *approval.Submission, who approval.Actor) ([]approval.Event, *approval.Review, error) {
	note := strings.TrimSpace(values.Get("note"))
	e := approval.Event{By: who, Submission: one.Number, Note: note}
	switch do {
	case "interest":
		e.Kind, e.Note, e.Declaration = approval.Declared, "", &approval.Declaration{Conflict: true, Text: note}
	case "vote":
		e.Kind, e.Vote = approval.Voted, approval.Choice(values.Get("vote"))
	case "retract":
		e.Kind = approval.Retracted
	case "review":
		v := &approval.Review{Comment: strings.TrimSpace(values.Get("comment"))}
		for name := range values {
			criterion, ok := strings.CutPrefix(name, "score-")
			if !ok {
				continue
			}
			if score, ok := approval.ParseScore(values.Get(name)); ok {
				v.Marks = append(v.Marks, approval.Mark{Criterion: criterion, Score: score, Comment: strings.TrimSpace(values.Get("comment-" + criterion))})
			}
		}
		slices.SortFunc(v.Marks, func(a, b approval.Mark) int { return strings.Compare(a.Criterion, b.Criterion) })
		if values.Get("none") == "" {
			if _, declared := one.Declaration(who.Name); !declared { // the review waits for it, and is not lost
				return []approval.Event{{Kind: approval.Reviewed, By: who, Submission: one.Number, Review: v}}, v, nil
			}
		}
		return reviewEvents(one, who, v), v, nil
	default:
		return nil, nil, kind.ErrInvalid
	}
	return []approval.Event{e}, nil, nil
}
