package repository

import (
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// InvalidError refuses a publication and carries everything that is wrong with it. It is kind.ErrInvalid.
type InvalidError struct{ Problems metadata.Problems }

func (e *InvalidError) Error() string {
	return fmt.Sprintf("not published, %d problems:\n%s", len(e.Problems), e.Problems)
}

// Is reports that the error is kind.ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == kind.ErrInvalid }

// ConflictError says that somebody else published first. It is kind.ErrConflict.
type ConflictError struct{ Current Resource }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s has changed meanwhile: its newest revision is %s; take its changes in and try again",
		e.Current.Address, e.Current.Revision)
}

// Is reports that the error is kind.ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == kind.ErrConflict }

// LicenseError refuses a remix that the licenses of its sources forbid, and names those that would do. It is
// kind.ErrInvalid.
type LicenseError struct {
	Wanted  licensing.ID
	Verdict licensing.Verdict
	Reasons []licensing.Reason
	Allowed []licensing.ID // best first; empty: no remix is possible
}

func (e *LicenseError) Error() string {
	var b strings.Builder
	if e.Wanted == "" {
		b.WriteString("this may not be remixed")
	} else {
		fmt.Fprintf(&b, "a remix of this may not be licensed %s", e.Wanted)
	}
	for _, r := range e.Reasons {
		b.WriteString(": " + r.Text)
	}
	if len(e.Allowed) > 0 {
		names := make([]string, len(e.Allowed))
		for i, id := range e.Allowed {
			names[i] = string(id)
		}
		b.WriteString("; allowed are " + strings.Join(names, ", "))
	}
	return b.String()
}

// Is reports that the error is kind.ErrInvalid.
func (e *LicenseError) Is(target error) bool { return target == kind.ErrInvalid }

// annotate says at which operation on what an error arose.
func annotate(err *error, operation string, subject any) {
	if *err != nil {
		*err = fmt.Errorf("%s %v: %w", operation, subject, *err)
	}
}
