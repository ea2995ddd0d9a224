package approval

import (
	"strings"
	"time"
)

// Terms are what a board asks for in a call.
type Terms struct {
	ID          string    `json:"id"`
	Board       string    `json:"board"` // team
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Subjects    []string  `json:"subjects,omitempty"`
	Grades      []string  `json:"grades,omitempty"`
	Framework   string    `json:"framework,omitempty"`
	Rubric      Rubric    `json:"rubric"`             // whole, so that the log explains itself
	Opens       time.Time `json:"opens"`              // first day
	Closes      time.Time `json:"closes,omitzero"`    // last day of submissions; zero: until it is said
	Licenses    []string  `json:"licenses,omitempty"` // normalized; none: any that is cleared
	Reviews     int       `json:"reviews"`            // that a submission needs before the vote
	Quorum      int       `json:"quorum"`             // votes that a decision needs
	List        string    `json:"list"`               // slug of the list that approvals go to
	Months      int       `json:"months,omitempty"`   // that an approval lasts; 0: without end
}

// Check says what is wrong with terms.
func (t Terms) Check() error {
	if err := CheckID(t.ID); err != nil {
		return err
	}
	switch {
	case t.Board == "":
		return malformed("board", "the call is of no board")
	case strings.TrimSpace(t.Title) == "":
		return malformed("title", "the call has no title")
	case t.Opens.IsZero():
		return malformed("dates", "the call has no first day")
	case !t.Closes.IsZero() && t.Closes.Before(t.Opens):
		return malformed("dates", "the last day is before the first")
	case t.Quorum < 1 || t.Quorum > 1000:
		return malformed("quorum", "the quorum is 1 vote or more")
	case t.Reviews < 0 || t.Reviews > 1000:
		return malformed("reviews", "a submission needs 0 reviews or more")
	case t.Months < 0 || t.Months > 1200:
		return malformed("months", "an approval lasts 1 month or more; 0 is without end")
	}
	if err := CheckID(t.List); err != nil {
		return err
	}
	for _, err := range []error{
		t.Rubric.Check(), checkText("the title", t.Title, maxTitle), checkText("the description", t.Description, maxText),
		checkTexts("subjects", t.Subjects), checkTexts("grades", t.Grades), checkTexts("licenses", t.Licenses),
		checkText("the framework", t.Framework, maxName), checkText("the board", t.Board, maxName),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Expiry is the last day of an approval that is given at a time; zero where it has no end.
func (t Terms) Expiry(at time.Time) time.Time {
	if t.Months == 0 {
		return time.Time{}
	}
	return at.AddDate(0, t.Months, 0)
}
