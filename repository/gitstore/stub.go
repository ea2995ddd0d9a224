package gitstore

import (
	"context"
	"errors"
)

var errSoon = errors.New("not yet")

// Fetch brings a revision and its history from a remote into the family, checked, as a view that no manifest lists yet:
// the Base of a Save. An empty want is the remote's HEAD.
func (s *Store) Fetch(ctx context.Context, family string, src Remote, want Hash) (*Repository, error) {
	return nil, errSoon
}

// Import is Fetch into a new repository whose refs/heads/main is want.
func (s *Store) Import(ctx context.Context, at Location, src Remote, want Hash) (*Repository, error) {
	return nil, errSoon
}
