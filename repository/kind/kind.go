// Package kind names the few kinds of error that callers tell apart.
//
// An error of a kind wraps one of these values; errors.Is finds it. Pages, exit codes and HTTP statuses follow from the
// kind alone.
package kind

import "errors"

var (
	// ErrNotFound says that the thing named does not exist, or not any more.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that somebody else changed the thing first; read it again and retry.
	ErrConflict = errors.New("conflict")
	// ErrInvalid says that the input cannot be accepted as it is; the message names the place and the remedy.
	ErrInvalid = errors.New("invalid")
	// ErrDenied says that the actor may not do this.
	ErrDenied = errors.New("denied")
	// ErrUnavailable says that another server, which is needed for this, cannot be reached or does not do its part.
	ErrUnavailable = errors.New("unavailable")
)
