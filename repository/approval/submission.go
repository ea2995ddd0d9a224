package approval

import (
	"slices"
	"time"
)

// State says how far a submission has come.
type State string

// The states of a submission.
const (
	InReview    State = "review" // fewer reviews than the call asks for
	InVote      State = "vote"
	IsApproved  State = "approved"
	IsCondition State = "conditions" // approved with conditions
	IsDeclined  State = "declined"
	IsRetracted State = "retracted"
)

// Submission is one revision that was handed in, and all that was said of it.
type Submission struct {
	Number       int
	Work         Work
	By           Actor
	At           time.Time
	Authors      []string // accounts; none of them decides about it, nor does who handed it in
	Note         string
	Findings     []Finding
	Declarations []Declaration
	Reviews      []Review
	Votes        []Vote
	Outcome      *Outcome
	Retracted    time.Time
	needed       int // reviews before the vote
}

// State says how far it has come.
func (s *Submission) State() State {
	switch {
	case !s.Retracted.IsZero():
		return IsRetracted
	case s.Outcome != nil && s.Outcome.Result == Approve:
		return IsApproved
	case s.Outcome != nil && s.Outcome.Result == Conditions:
		return IsCondition
	case s.Outcome != nil:
		return IsDeclined
	case len(s.Reviews) >= s.needed:
		return InVote
	}
	return InReview
}

// Wrote reports whether an account is among the authors, or handed it in.
func (s *Submission) Wrote(account string) bool {
	return s.By.Name == account || slices.Contains(s.Authors, account)
}

// Declaration is what somebody said of their interest in it.
func (s *Submission) Declaration(account string) (Declaration, bool) {
	for _, d := range s.Declarations {
		if d.By == account {
			return d, true
		}
	}
	return Declaration{}, false
}

// Review is somebody's review.
func (s *Submission) Review(account string) (Review, bool) {
	for _, v := range s.Reviews {
		if v.By == account {
			return v, true
		}
	}
	return Review{}, false
}

// Shows are the reviews that an account may see: all once the board has decided or the account's own is in, as it is for
// a chair who does not review; before that none, for reviewers work alone.
func (s *Submission) Shows(a Actor) []Review {
	_, done := s.Review(a.Name)
	conflict, declared := s.Declaration(a.Name)
	switch {
	case s.Outcome != nil, done:
		return s.Reviews
	case a.Chair && declared && conflict.Conflict:
		return nil
	case a.reviews() && s.State() == InVote && declared && !conflict.Conflict:
		return s.Reviews
	}
	return nil
}
