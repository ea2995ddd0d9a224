package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	maxListed    = 8 // packs of one repository, as far as Compact can help it
	keptPacks    = 4 // packs that Compact leaves at most beside the new one, so that there is room for saves
	sharedPacks  = 6 // so many of those that a remix shares may stay
	compactRatio = 8 // a pack stays that is so many times as large as all newer ones together
)

// Compaction is what Compact did.
type Compaction struct {
	Before, After int   // packs that the manifest lists
	Read, Written int64 // bytes of the packs that were replaced, and of the new one
}

// Compactable tells whether the repository is worth a Compact: it has as many packs as it should ever have, or they hold
// what no ref leads to any more. Ask after each save; it costs nothing.
func (m Manifest) Compactable() bool {
	return len(m.Packs) >= maxListed || !m.Closed && len(m.Packs) > 0 && m.Shared == 0
}

// Compact replaces the newest packs of a repository by one, so that few are left, and stores what is alike as deltas. Packs
// much larger than all newer ones stay as they are, and those that a remix shares with its source stay shared while they are
// the larger part. Where all are replaced, what no ref leads to is left out.
//
// It may run while others save: it replaces only the packs that it read, and begins again where it must. The packs that it
// replaced stay in the bucket, for other manifests may list them, until Sweep deletes them. It answers kind.ErrConflict
// where others were faster again and again.
func (s *Store) Compact(ctx context.Context, at Location) (c Compaction, err error) {
	defer annotate(&err, "compact %s", at)
	for range 5 {
		if c, err = s.compact(ctx, at); !errors.Is(err, errRepacked) {
			return c, err
		}
	}
	return c, err
}

func (s *Store) compact(ctx context.Context, at Location) (c Compaction, err error) {
	view, err := s.Open(ctx, at)
	if err != nil {
		return c, err
	}
	ctx, cancel := s.bounded(ctx, *view.asOf.Load())
	defer cancel()
	old := view.manifest.Packs
	c = Compaction{Before: len(old), After: len(old)}
	first := view.manifest.split()
	if first >= len(old)-1 && !(first == 0 && len(old) == 1 && !view.manifest.Closed) {
		return c, nil
	}
	made, written, err := view.repack(ctx, first)
	if err != nil {
		return c, err
	}
	for _, p := range old[first:] {
		c.Read += p.stored()
	}
	c.Written = written
	now, err := s.swap(ctx, view, first, made)
	if err != nil {
		return c, err
	}
	c.After = len(now.manifest.Packs)
	s.o.Logger.Debug("repository compacted", "resource", at, "packs", c.Before, "left", c.After, "bytes", c.Written)
	return c, nil
}

// swap lists made in place of the packs of the view from first on, and keeps those that were added since.
func (s *Store) swap(ctx context.Context, view *Repository, first int, made []PackRef) (*Repository, error) {
	ctx, cancel := s.brief(ctx)
	defer cancel()
	at, old := view.location, view.manifest.Packs
	if err := s.forgive(ctx, at.Family, old[first:]); err != nil {
		return nil, err
	}
	dropping := first == 0 && !view.manifest.Closed
	txn := newID(s.o.Now())
	return s.replace(ctx, at, view, true, txn, func(m Manifest, _ bool) (Manifest, error) {
		if len(m.Packs) < len(old) || !slices.Equal(m.Packs[:len(old)], old) || dropping && !maps.Equal(m.Refs, view.manifest.Refs) {
			return m, errRepacked
		}
		next := m.next(txn)
		next.Packs = slices.Concat(old[:first], made, m.Packs[len(old):])
		next.Shared = min(m.Shared, first)
		next.Closed = m.Closed || dropping && len(m.Packs) == len(old)
		return next, nil
	})
}

// split answers the first of the packs that Compact makes one of; all newer ones go with it.
func (m Manifest) split() int {
	var shared, own int64
	for i, p := range m.Packs {
		if i < m.Shared {
			shared += p.Size
		} else {
			own += p.Size
		}
	}
	if !m.Closed && m.Shared == 0 {
		return 0
	}
	first, newer := len(m.Packs), int64(0)
	for i, p := range slices.Backward(m.Packs) {
		keep := i < keptPacks && p.Size >= compactRatio*newer
		if i < m.Shared && own < shared {
			keep = i < sharedPacks
		}
		if !keep {
			first = i
		}
		newer += p.Size
	}
	return first
}

// repack stores one pack of what the packs from first on hold. It answers none where that is nothing.
func (r *Repository) repack(ctx context.Context, first int) (made []PackRef, written int64, err error) {
	plan, err := r.plan(ctx, first)
	if err != nil || len(plan.items) == 0 {
		return nil, 0, err
	}
	ref, err := r.store.putComposed(ctx, r.location.Family, plan)
	return []PackRef{ref}, ref.stored(), err
}

// putComposed writes a planned pack and stores it.
func (s *Store) putComposed(ctx context.Context, family string, plan *composition) (ref PackRef, err error) {
	spool, err := s.newSpool(plan.estimate())
	if err != nil {
		return ref, err
	}
	defer spool.close()
	if ref, err = plan.write(ctx, spool); err != nil {
		return ref, err
	}
	body, err := spool.reader()
	if err != nil {
		return ref, err
	}
	ref.ID = newID(s.o.Now())
	if _, err = s.blobs.Put(ctx, packKey(family, ref.ID), body, blob.IfAbsent()); err != nil {
		return ref, err
	}
	return ref, s.adoptSpool(family, ref, spool)
}

// damagedSource gives what a repack cannot read its kind.
func damagedSource(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", errCorrupt, err)
	}
	if errors.Is(err, kind.ErrNotFound) || errors.Is(err, blob.ErrNotFound) {
		return errRepacked
	}
	return err
}
