package approval

import "time"

// Call is a call for submissions as its log says: what a board asks for, and what came of it. The zero Call is one that
// has not been opened. A Call is never changed; Next answers another.
type Call struct {
	Terms
	Opened      time.Time
	OpenedBy    Actor
	Submissions []*Submission // by number, from 1
	Steps       int           // events so far
}

// fold takes many steps, all or none.
func (c *Call) fold(events []Event) (*Call, error) {
	for _, e := range events {
		var err error
		if c, err = c.Next(e); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Submission finds one by its number.
func (c *Call) Submission(number int) (*Submission, error) {
	if number < 1 || number > len(c.Submissions) {
		return nil, missing("submission", "the call has no submission %d", number)
	}
	return c.Submissions[number-1], nil
}

// Open reports whether revisions may be handed in at a time.
func (c *Call) Open(now time.Time) bool {
	return !now.Before(c.Opens) && (c.Closes.IsZero() || now.Before(endOf(c.Closes)))
}
