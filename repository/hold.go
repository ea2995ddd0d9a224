package repository

import (
	"context"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Hold decides whether a publication is kept out of the catalog: what moderators took down, or what one of them has to see
// first. It is asked before each commit, and returns why, "" for most. A held revision is in the bucket, as one of a
// withdrawn resource; Reinstate shows it.
type Hold func(ctx context.Context, p Held) (reason string, err error)

// Held is what a Hold is asked about.
type Held struct {
	Address Address
	Actor   Actor
	New     bool // nothing was at the address, or what was had been withdrawn
}

// hold asks whether a publication is held, and writes the answer into its record.
func (s *Service) hold(ctx context.Context, next record, before record, actor Actor) (record, error) {
	if s.o.Hold == nil {
		return next, nil
	}
	reason, err := s.o.Hold(ctx, Held{
		Address: Address{Owner: next.Owner, Slug: next.Slug}, Actor: actor, New: len(before.Resources) == 0 || before.Withdrawn != "",
	})
	if err != nil || reason == "" {
		return next, err
	}
	return next.withdraw(reason), nil
}

// heldContents are the contents of a publication that was held, by their resources.
func heldContents(rec record, contents []content) map[ID]content {
	if rec.Withdrawn == "" {
		return nil
	}
	byPath := map[string]content{}
	for _, c := range contents {
		byPath[c.path] = c
	}
	found := map[ID]content{}
	for _, e := range rec.Resources {
		if c, ok := byPath[e.Path]; ok {
			found[e.ID] = c
		}
	}
	return found
}

// Reinstate brings a withdrawn repository back, as it last was: its resources keep their ids and take new datestamps, so
// that peers learn of it. One that is not withdrawn is left as it is.
func (s *Service) Reinstate(ctx context.Context, a Address) (err error) {
	defer annotate(&err, "reinstate", a)
	unlock := s.saving.lock(a.Root().String())
	defer unlock()
	at, view, rec, err := s.stored(ctx, a)
	if err != nil {
		return err
	}
	if rec.Withdrawn == "" {
		return nil
	}
	head := view.Manifest().Refs[mainRef]
	fsys, err := view.Tree(ctx, head)
	if err != nil {
		return err
	}
	contents, err := s.read(fsys)
	if err != nil {
		return err
	}
	if len(contents) == 0 {
		return fmt.Errorf("%w: nothing is left of it", kind.ErrNotFound)
	}
	contents[0].id = at.Repository
	next := rec.revised(contents, head, s.now())
	for i, e := range next.Resources { // a revision is when something changed, and nothing has
		for _, old := range rec.Resources {
			if old.ID == e.ID && old.Content == e.Content && old.Path == e.Path {
				next.Resources[i].Revision, next.Resources[i].Modified = old.Revision, old.Modified
			}
		}
	}
	view, err = s.o.Store.SetRecord(ctx, location(at), view.Tag(), next.encode(), nil)
	if err != nil {
		return err
	}
	_, err = s.show(ctx, at, view, next, contents)
	return err
}

// HeldSource is the text of a withdrawn or held resource, for who decides about it.
func (s *Service) HeldSource(ctx context.Context, a Address) (files map[string]string, err error) {
	defer annotate(&err, "read", a)
	_, view, _, err := s.stored(ctx, a)
	if err != nil {
		return nil, err
	}
	fsys, err := view.Tree(ctx, view.Manifest().Refs[mainRef])
	if err != nil {
		return nil, err
	}
	contents, err := s.read(fsys)
	if err != nil {
		return nil, err
	}
	files = map[string]string{}
	for _, c := range contents {
		b, err := readAt(ctx, view, view.Manifest().Refs[mainRef], c.node.File)
		if err != nil {
			return nil, err
		}
		files[c.node.File] = string(b)
	}
	return files, nil
}
