package approval

import (
	"slices"
	"strings"
)

// Next is the call after a step, or a *Refusal: why the step cannot be taken.
func (c *Call) Next(e Event) (*Call, error) {
	if err := e.By.check(); err != nil {
		return nil, err
	}
	if err := checkText("the note", e.Note, maxText); err != nil {
		return nil, err
	}
	next := *c
	next.Steps++
	if e.Kind == Opened {
		return next.open(e)
	}
	if c.Steps == 0 {
		return nil, missing("no-call", "there is no such call")
	}
	var err error
	switch e.Kind {
	case Extended:
		err = next.extend(e)
	case Submitted:
		err = next.submit(e)
	case Declared, Reviewed, Voted, Left, Decided, Retracted:
		err = next.onSubmission(e)
	default:
		err = malformed("event", "a call knows no %q", e.Kind)
	}
	if err != nil {
		return nil, err
	}
	return &next, nil
}

func (c *Call) open(e Event) (*Call, error) {
	switch {
	case c.Steps > 1:
		return nil, outOfOrder("call-exists", "there is a call %s already", c.ID)
	case !e.By.Chair:
		return nil, denied("chair", "only who chairs the board opens a call")
	case e.Terms == nil:
		return nil, malformed("terms", "the call has no terms")
	}
	if err := e.Terms.Check(); err != nil {
		return nil, err
	}
	c.Terms, c.Opened, c.OpenedBy = *e.Terms, e.At, e.By
	return c, nil
}

func (c *Call) extend(e Event) error {
	switch {
	case !e.By.Chair:
		return denied("chair", "only who chairs the board changes the last day")
	case !e.Closes.IsZero() && e.Closes.Before(c.Opens):
		return malformed("dates", "the last day is before the first")
	}
	c.Closes = e.Closes
	return nil
}

func (c *Call) submit(e Event) error {
	switch {
	case !c.Open(e.At):
		return outOfOrder("closed", "the call takes submissions from %s to %s", day(c.Opens), day(c.Closes))
	case e.Work == nil:
		return malformed("work", "nothing is handed in")
	case len(c.Submissions) >= maxSubmissions:
		return outOfOrder("full", "the call has %d submissions, and takes no more", maxSubmissions)
	}
	for _, err := range []error{e.Work.check(), checkFindings(e.Findings), checkTexts("authors", e.Authors)} {
		if err != nil {
			return err
		}
	}
	switch {
	case e.Work.License == "":
		return malformed("license-not-cleared", "the license of %s is not cleared", e.Work.Title)
	case len(c.Licenses) > 0 && !slices.Contains(c.Licenses, e.Work.License):
		return malformed("license", "the call takes %s, and %s is under %s", strings.Join(c.Licenses, ", "), e.Work.Title, e.Work.License)
	}
	for _, s := range c.Submissions {
		if s.Work.ID == e.Work.ID && s.Work.Revision == e.Work.Revision && s.Retracted.IsZero() {
			return outOfOrder("submitted", "this very revision was handed in already, as number %d", s.Number)
		}
	}
	c.Submissions = append(slices.Clip(c.Submissions), &Submission{
		Number: len(c.Submissions) + 1, Work: *e.Work, By: e.By, At: e.At, Authors: e.Authors, Note: e.Note, Findings: e.Findings,
		needed: c.Reviews,
	})
	return nil
}

// onSubmission takes a step that is about one submission.
func (c *Call) onSubmission(e Event) error {
	old, err := c.Submission(e.Submission)
	if err != nil {
		return err
	}
	switch old.State() {
	case IsRetracted:
		return outOfOrder("retracted", "submission %d was retracted on %s", old.Number, day(old.Retracted))
	case IsApproved, IsCondition, IsDeclined:
		return outOfOrder("decided", "submission %d was decided on %s", old.Number, day(old.Outcome.At))
	}
	s := *old
	switch e.Kind {
	case Declared:
		err = s.declare(e)
	case Reviewed:
		err = s.review(e, c.Rubric)
	case Voted:
		err = s.vote(e)
	case Left:
		err = s.leave(e)
	case Decided:
		err = s.decide(e, c.Quorum)
	case Retracted:
		err = s.retract(e)
	}
	if err != nil {
		return err
	}
	c.Submissions = slices.Clone(c.Submissions)
	c.Submissions[s.Number-1] = &s
	return nil
}

// Entitled says why somebody may not judge a submission: who is not of the board, wrote it, handed it in, or has an
// interest in it. Without a declaration nobody judges.
func (s *Submission) Entitled(a Actor) error {
	switch d, declared := s.Declaration(a.Name); {
	case !a.reviews():
		return denied("reviewer", "only reviewers of the board do this")
	case s.Wrote(a.Name):
		return denied("author", "who wrote or handed in the material does not judge it")
	case declared && d.Conflict:
		return denied("conflict", "you declared an interest in this submission on %s", day(d.At))
	case !declared:
		return outOfOrder("undeclared", "say first whether you have an interest in this submission")
	}
	return nil
}

func (s *Submission) declare(e Event) error {
	switch old, declared := s.Declaration(e.By.Name); {
	case !e.By.reviews():
		return denied("reviewer", "only reviewers of the board do this")
	case e.Declaration == nil:
		return malformed("declaration", "nothing is declared")
	case declared && old.Conflict:
		return outOfOrder("conflict", "you declared an interest in this submission on %s", day(old.At))
	case declared && !e.Declaration.Conflict:
		return outOfOrder("declared", "you declared on %s that you have no interest in this submission", day(old.At))
	case e.Declaration.Conflict && strings.TrimSpace(e.Declaration.Text) == "":
		return malformed("declaration-text", "say which interest it is")
	}
	if err := checkText("the declaration", e.Declaration.Text, maxText); err != nil {
		return err
	}
	d := Declaration{By: e.By.Name, Name: e.By.Display, At: e.At, Conflict: e.Declaration.Conflict, Text: e.Declaration.Text}
	s.Declarations = append(slices.DeleteFunc(slices.Clone(s.Declarations), func(d Declaration) bool { return d.By == e.By.Name }), d)
	if d.Conflict { // what they said before the interest was known counts no more
		s.Reviews = slices.DeleteFunc(slices.Clone(s.Reviews), func(v Review) bool { return v.By == e.By.Name })
		s.Votes = slices.DeleteFunc(slices.Clone(s.Votes), func(v Vote) bool { return v.By == e.By.Name })
	}
	return nil
}

func (s *Submission) review(e Event, r Rubric) error {
	if err := s.Entitled(e.By); err != nil {
		return err
	}
	if old, done := s.Review(e.By.Name); done {
		return outOfOrder("reviewed", "your review is in since %s, and you have seen the others'", day(old.At))
	}
	if e.Review == nil {
		return malformed("review", "there is no review")
	}
	if err := e.Review.Check(r); err != nil {
		return err
	}
	v := *e.Review
	v.By, v.Name, v.At = e.By.Name, e.By.Display, e.At
	s.Reviews = append(slices.Clip(s.Reviews), v)
	return nil
}

func (s *Submission) vote(e Event) error {
	if err := s.Entitled(e.By); err != nil {
		return err
	}
	if s.State() != InVote {
		return outOfOrder("vote-early", "the vote begins with %d reviews, and there are %d", s.needed, len(s.Reviews))
	}
	switch e.Vote {
	case Approve, Conditions, Decline, Abstain:
	default:
		return malformed("vote", "a vote is approve, conditions, decline or abstain")
	}
	if e.Vote == Conditions && strings.TrimSpace(e.Note) == "" {
		return malformed("vote-note", "say which conditions")
	}
	v := Vote{By: e.By.Name, Name: e.By.Display, At: e.At, Choice: e.Vote, Note: e.Note}
	s.Votes = append(slices.DeleteFunc(slices.Clone(s.Votes), func(v Vote) bool { return v.By == e.By.Name }), v)
	return nil
}

// leave takes back the vote of somebody who is not of the board any more. That they are not is for the caller to know.
func (s *Submission) leave(e Event) error {
	theirs := func(v Vote) bool { return v.By == e.Account }
	switch {
	case !e.By.Chair:
		return denied("chair", "only who chairs the board records whose vote does not count")
	case e.Account == e.By.Name:
		return malformed("left", "who chairs the board is of it")
	case !slices.ContainsFunc(s.Votes, theirs):
		return outOfOrder("left", "%.80q has not voted", e.Account)
	}
	s.Votes = slices.DeleteFunc(slices.Clone(s.Votes), theirs)
	return nil
}

func (s *Submission) decide(e Event, quorum int) error {
	if !e.By.Chair {
		return denied("chair", "only who chairs the board records its decision")
	}
	if err := s.Entitled(e.By); err != nil {
		return err
	}
	if s.State() != InVote {
		return outOfOrder("vote-early", "the vote begins with %d reviews, and there are %d", s.needed, len(s.Reviews))
	}
	t := Count(s.Votes)
	if t.Votes() < quorum {
		return outOfOrder("quorum", "a decision needs %d votes, and there are %d", quorum, t.Votes())
	}
	o := e.Outcome
	switch {
	case o == nil:
		return malformed("outcome", "nothing is decided")
	case o.Result != t.Result():
		return outOfOrder("tally", "the votes say %s, and a decision says what the votes say", t.Result())
	case o.Result == Conditions && strings.TrimSpace(o.Conditions) == "":
		return malformed("conditions", "say which conditions")
	case o.Result != Conditions && o.Conditions != "":
		return malformed("conditions-none", "only an approval with conditions has conditions")
	case !o.Expires.IsZero() && !e.At.Before(endOf(o.Expires)):
		return malformed("expires", "the last day of the approval is over already")
	}
	for _, err := range []error{checkText("the conditions", o.Conditions, maxText), checkText("the note", o.Note, maxText)} {
		if err != nil {
			return err
		}
	}
	decided := *o
	decided.By, decided.Name, decided.At = e.By.Name, e.By.Display, e.At
	s.Outcome = &decided
	return nil
}

func (s *Submission) retract(e Event) error {
	if e.By.Name != s.By.Name {
		return denied("submitter", "only who handed it in takes it back")
	}
	s.Retracted = e.At
	return nil
}

// maxSubmissions bounds one call.
const maxSubmissions = 5000
