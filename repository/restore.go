package repository

import (
	"bytes"
	"context"
	"io/fs"
	"path"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Restoration takes back what one revision did to the index.md of one resource, however many came after it.
type Restoration struct {
	Address Address
	After   Revision // the revision that is taken back
	Before  Revision // the one whose index.md comes back
	Actor   Actor
	Message string // of the commit
}

// Restore publishes the index.md of a resource as it was at Before, byte for byte, if it still is what it was at After.
// Where somebody has edited it since, nothing is written and the error is a *ConflictError; where it is restored already,
// nothing is written and the outcome is Unchanged.
func (s *Service) Restore(ctx context.Context, x Restoration) (o Outcome, err error) {
	defer annotate(&err, "restore", x.Address)
	at, view, rec, err := s.stored(ctx, x.Address)
	if err != nil {
		return Outcome{}, err
	}
	r, found := rec.find(x.Address.Part)
	if !found || r.Deleted {
		return Outcome{}, kind.ErrNotFound
	}
	head := view.Manifest().Refs[mainRef]
	name := path.Join(x.Address.Part, "index.md")
	var texts [3][]byte
	for i, rev := range []Revision{head, x.After, x.Before} {
		if texts[i], err = readAt(ctx, view, rev, name); err != nil {
			return Outcome{}, err
		}
	}
	now, after, before := texts[0], texts[1], texts[2]
	if bytes.Equal(now, before) {
		r, err := s.o.Catalog.Resource(ctx, x.Address)
		return Outcome{Resource: r, Unchanged: true}, err
	}
	if !bytes.Equal(now, after) {
		return Outcome{}, s.conflict(ctx, at, rec, x.Address)
	}
	fsys, err := view.Tree(ctx, head)
	if err != nil {
		return Outcome{}, err
	}
	files, err := copyFiles(fsys, ".")
	if err != nil {
		return Outcome{}, err
	}
	files[name] = &fstest.MapFile{Data: before, Mode: 0o644}
	o, err = s.Publish(ctx, Publication{
		Owner: x.Address.Owner, Slug: x.Address.Slug, Files: files, Actor: x.Actor, Message: x.Message, Base: head,
	})
	if err != nil || x.Address.Part == "" {
		return o, err
	}
	o.Resource, err = s.o.Catalog.Resource(ctx, x.Address)
	return o, err
}

// readAt reads a file of a published revision.
func readAt(ctx context.Context, view *gitstore.Repository, rev Revision, name string) ([]byte, error) {
	if err := published(ctx, view, rev); err != nil {
		return nil, err
	}
	fsys, err := view.Tree(ctx, rev)
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(fsys, name)
}
