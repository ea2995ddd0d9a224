package approval

import (
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Refusal says why a step is not taken. It is of the kind that it names, and has a code by which pages find its words.
type Refusal struct {
	Code string // stable, such as "author"
	Text string // a sentence in English
	Kind error  // kind.ErrDenied, kind.ErrConflict, kind.ErrInvalid or kind.ErrNotFound
}

func (r *Refusal) Error() string { return r.Text }

// Unwrap returns the kind.
func (r *Refusal) Unwrap() error { return r.Kind }

// denied is what this person may never do, as long as they are who they are.
func denied(code, text string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(text, args...), Kind: kind.ErrDenied}
}

// outOfOrder is what cannot be done in this state.
func outOfOrder(code, text string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(text, args...), Kind: kind.ErrConflict}
}

// malformed is what could be done, if it were asked for properly.
func malformed(code, text string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(text, args...), Kind: kind.ErrInvalid}
}

func missing(code, text string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(text, args...), Kind: kind.ErrNotFound}
}

// Code is the code of the refusal in an error; "" where it is none.
func Code(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

// day names a day in refusals.
func day(t time.Time) string {
	if t.IsZero() {
		return "…"
	}
	return t.UTC().Format(time.DateOnly)
}
