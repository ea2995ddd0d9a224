package repository

import (
	"context"
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Undo takes back the newest revision of a repository, if that is still rev: the one before it is published again, as a
// revision of its own, because what was published stays published. Where there is none before it, the repository is
// withdrawn. If somebody else has published meanwhile, nothing is written and the error is a *ConflictError.
func (s *Service) Undo(ctx context.Context, a Address, rev Revision, actor Actor) (withdrawn bool, err error) {
	defer annotate(&err, "undo", a)
	a = a.Root()
	r, err := s.o.Catalog.Resource(ctx, a)
	if err != nil {
		return false, err
	}
	_, view, rec, err := s.live(ctx, a)
	if err != nil {
		return false, err
	}
	head := view.Manifest().Refs[mainRef]
	if head != rev {
		return false, &ConflictError{Current: r}
	}
	commit, err := view.Commit(ctx, head)
	if err != nil {
		return false, err
	}
	if rec.Generation == 1 || len(commit.Parents) == 0 {
		return true, s.Withdraw(ctx, a, "published by mistake")
	}
	before, err := view.Commit(ctx, commit.Parents[0])
	if err != nil {
		return false, err
	}
	if before.When.Before(r.Published) { // a remix's first revision comes after one of its source
		return false, fmt.Errorf("%w: the revision before this one is not of this resource; withdraw it instead", kind.ErrInvalid)
	}
	fsys, err := view.Tree(ctx, before.Hash)
	if err != nil {
		return false, err
	}
	files, err := copyFiles(fsys, ".")
	if err != nil {
		return false, err
	}
	title, _, _ := strings.Cut(commit.Message, "\n")
	_, err = s.Publish(ctx, Publication{
		Owner: a.Owner, Slug: a.Slug, Files: files, Actor: actor, Base: head, Message: "Undo: " + title,
	})
	return false, err
}
