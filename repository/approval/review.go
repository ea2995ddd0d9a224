package approval

import (
	"strings"
	"time"
)

// Review is what one reviewer says of one submission.
type Review struct {
	By      string    `json:"by,omitempty"` // account; set from the event
	Name    string    `json:"name,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Marks   []Mark    `json:"marks"`
	Comment string    `json:"comment,omitempty"`
}

// Mark is the score of one criterion.
type Mark struct {
	Criterion string `json:"criterion"`
	Score     Score  `json:"score"`
	Comment   string `json:"comment,omitempty"`
}

func (v Review) mark(criterion string) (Mark, bool) {
	for _, m := range v.Marks {
		if m.Criterion == criterion {
			return m, true
		}
	}
	return Mark{}, false
}

// Check says what is wrong with a review by the rubric: each criterion has one score, a needed one is not NA.
func (v Review) Check(r Rubric) error {
	if err := checkText("the comment", v.Comment, maxText); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, m := range v.Marks {
		c, ok := r.criterion(m.Criterion)
		switch {
		case !ok:
			return malformed("criterion", "the rubric has no criterion %.80q", m.Criterion)
		case seen[m.Criterion]:
			return malformed("criterion-twice", "%s is scored twice", c.Title)
		case m.Score < NotApplicable || m.Score > MaxScore:
			return malformed("score", "the score of %s is not 0, 1, 2, 3 or NA", c.Title)
		case m.Score == NotApplicable && c.Needed:
			return malformed("score-needed", "%s always applies: give it 0, 1, 2 or 3", c.Title)
		}
		if err := checkText("the comment on "+c.Title, m.Comment, maxText); err != nil {
			return err
		}
		seen[m.Criterion] = true
	}
	var open []string
	for _, c := range r.Criteria {
		if !seen[c.ID] {
			open = append(open, c.Title)
		}
	}
	if len(open) > 0 {
		return malformed("score-missing", "no score yet for: %s", strings.Join(open, "; "))
	}
	return nil
}

// Declaration is what a reviewer says of their interest in a submission, before they review it.
type Declaration struct {
	By       string    `json:"by,omitempty"` // account; set from the event
	Name     string    `json:"name,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Conflict bool      `json:"conflict"`
	Text     string    `json:"text,omitempty"` // which interest it is
}

// Choice is a vote.
type Choice string

// The votes.
const (
	Approve    Choice = "approve"
	Conditions Choice = "conditions" // approve with conditions
	Decline    Choice = "decline"
	Abstain    Choice = "abstain" // counts for the quorum, and for nothing else
)

// Vote is one vote. A later one of the same person replaces it until the decision.
type Vote struct {
	By     string    `json:"by"`
	Name   string    `json:"name,omitempty"`
	At     time.Time `json:"at"`
	Choice Choice    `json:"choice"`
	Note   string    `json:"note,omitempty"`
}

// Outcome is what the board decided about a submission.
type Outcome struct {
	Result     Choice    `json:"result"`               // Approve, Conditions or Decline
	Conditions string    `json:"conditions,omitempty"` // of Conditions: what has to happen
	Expires    time.Time `json:"expires,omitzero"`     // the last day; zero: without end
	Note       string    `json:"note,omitempty"`
	By         string    `json:"by,omitempty"` // set from the event
	Name       string    `json:"name,omitempty"`
	At         time.Time `json:"at,omitzero"`
}

// Tally counts votes.
type Tally struct {
	Approve, Conditions, Decline, Abstain int
}

// Count counts votes.
func Count(votes []Vote) (t Tally) {
	for _, v := range votes {
		switch v.Choice {
		case Approve:
			t.Approve++
		case Conditions:
			t.Conditions++
		case Decline:
			t.Decline++
		case Abstain:
			t.Abstain++
		}
	}
	return t
}

// Votes is how many voted.
func (t Tally) Votes() int { return t.Approve + t.Conditions + t.Decline + t.Abstain }

// Result is what the votes say: what more than half of those who did not abstain voted for, where a vote to approve with
// conditions is one to approve for everybody who wants it approved at all. A tie is declined.
func (t Tally) Result() Choice {
	cast := t.Approve + t.Conditions + t.Decline
	switch {
	case 2*t.Approve > cast:
		return Approve
	case 2*(t.Approve+t.Conditions) > cast:
		return Conditions
	}
	return Decline
}
