package approval

import (
	"strings"
	"time"
)

// Entry is one pinned revision on a list, with the decision that put it there.
type Entry struct {
	Work
	Result     Choice    `json:"result"` // Approve or Conditions
	Conditions string    `json:"conditions,omitempty"`
	Decided    time.Time `json:"decided"`
	DecidedBy  string    `json:"decidedBy,omitempty"` // as the person is called
	Expires    time.Time `json:"expires,omitzero"`    // the last day; zero: without end
	Note       string    `json:"note,omitempty"`      // a reason, or where a decision that was made elsewhere is recorded
	Call       string    `json:"call,omitempty"`
	Submission int       `json:"submission,omitempty"`
	Scores     []Mean    `json:"scores,omitempty"`
	Agreement  Agreement `json:"agreement,omitzero"`
	Findings   []Finding `json:"findings,omitempty"`

	Authors    []string  `json:"authors,omitempty"`    // accounts; not published
	Withdrawn  time.Time `json:"withdrawn,omitzero"`   // the approval ended before its time
	Reason     string    `json:"reason,omitempty"`     // why it did
	Superseded string    `json:"superseded,omitempty"` // the revision that took its place
	Held       *Hold     `json:"held,omitempty"`       // the newest revision that was looked at and not taken
}

// Hold says that a newer revision was looked at, and the approved one stays.
type Hold struct {
	Revision string    `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"`
	Note     string    `json:"note,omitempty"`
}

// Standing says what an entry is worth at a moment.
type Standing string

// The standings of an entry.
const (
	Stands      Standing = "approved"
	Conditional Standing = "conditions"
	Expired     Standing = "expired"
	Superseded  Standing = "superseded"
	Ended       Standing = "withdrawn"
)

// Standing says what the entry is worth at a moment.
func (e *Entry) Standing(now time.Time) Standing {
	switch {
	case !e.Withdrawn.IsZero():
		return Ended
	case e.Superseded != "":
		return Superseded
	case !e.Expires.IsZero() && !now.Before(endOf(e.Expires)):
		return Expired
	case e.Result == Conditions:
		return Conditional
	}
	return Stands
}

// InForce reports whether the standing is an approval.
func (s Standing) InForce() bool { return s == Stands || s == Conditional }

// check says what is wrong with a new entry.
func (e *Entry) check() error {
	if err := e.Work.check(); err != nil {
		return err
	}
	switch {
	case e.Result != Approve && e.Result != Conditions:
		return malformed("outcome", "an entry of a list is approved, with or without conditions")
	case e.Result == Conditions && strings.TrimSpace(e.Conditions) == "":
		return malformed("conditions", "say which conditions")
	case e.License == "":
		return malformed("license-not-cleared", "the license of %s is not cleared", e.Title)
	case !e.Withdrawn.IsZero() || e.Superseded != "" || e.Held != nil || e.Reason != "":
		return malformed("entry", "a new entry has no past")
	case e.Call == "" && strings.TrimSpace(e.Note) == "":
		return malformed("entry-note", "say where the decision is recorded, for it is of no call")
	case len(e.Scores) > maxCriteria:
		return malformed("too-long", "%d scores, and %d are allowed", len(e.Scores), maxCriteria)
	}
	for _, err := range []error{
		checkText("the conditions", e.Conditions, maxText), checkText("the note", e.Note, maxText),
		checkText("the name", e.DecidedBy, maxName), checkFindings(e.Findings), checkTexts("authors", e.Authors),
	} {
		if err != nil {
			return err
		}
	}
	for _, m := range e.Scores {
		if err := checkText("a criterion", m.Title, maxTitle); err != nil {
			return err
		}
	}
	return nil
}

// EntryOf is the entry that an approved submission becomes.
func EntryOf(c *Call, s *Submission) Entry {
	e := Entry{
		Work: s.Work, Call: c.ID, Submission: s.Number, Findings: s.Findings,
		Scores: Means(c.Rubric, s.Reviews), Agreement: Agree(c.Rubric, s.Reviews),
	}
	if o := s.Outcome; o != nil {
		e.Result, e.Conditions, e.Expires, e.Note, e.Decided, e.DecidedBy = o.Result, o.Conditions, o.Expires, o.Note, o.At, o.Name
	}
	return e
}
