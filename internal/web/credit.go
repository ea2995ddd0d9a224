package web

import (
	"context"
	"errors"
	"slices"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// leaver is somebody who has left and wants another name; the zero Leaver for everybody else.
func (s *Server) leaver(ctx context.Context, account string) (accounts.Leaver, error) {
	if accounts.CheckName(account) != nil {
		return accounts.Leaver{}, nil
	}
	l, err := s.o.Accounts.Leaver(ctx, account)
	if errors.Is(err, kind.ErrNotFound) || err == nil && l.Pseudonym == "" {
		return accounts.Leaver{}, nil
	}
	return l, err
}

// renamed is a name as whoever had it wants it.
func renamed(name string, l accounts.Leaver) string {
	if l.Pseudonym != "" && name == l.Display {
		return l.Pseudonym
	}
	return name
}

// credited is a resource of somebody who has left, at any revision, with the pseudonym in the place of the name. What is stored
// stays as it was published: files, downloads and git show the name until administrators erase it from the history.
func (s *Server) credited(ctx context.Context, r repository.Resource) (repository.Resource, error) {
	if !r.Own() {
		return r, nil
	}
	l, err := s.leaver(ctx, r.Address.Owner)
	if err != nil || l.Pseudonym == "" || !slices.ContainsFunc(r.Metadata.Creators, func(a metadata.Agent) bool { return a.Name == l.Display }) {
		return r, err
	}
	r.Metadata.Creators, _ = replaceAgent(r.Metadata.Creators, l.Display, l.Pseudonym)
	return r, nil
}
