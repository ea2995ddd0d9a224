package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"

	"github.com/go-git/go-git/v5/plumbing"
)

// entryAt is the entry that begins at the offset, nil where none does.
func (u *unpacker) entryAt(offset int64) *unpackedEntry {
	all := u.got.all
	i := sort.Search(len(all), func(i int) bool { return all[i].offset >= offset })
	if i == len(all) || all[i].offset != offset {
		return nil
	}
	return all[i]
}

// resolveAll applies the deltas, from each whole object down, and then from those that are not in the pack.
func (u *unpacker) resolveAll() error {
	var roots []*unpackedEntry
	for _, e := range u.got.all {
		if !e.kind.IsDelta() && (e.firstDelta != nil || u.waiting[e.id] != nil) {
			roots = append(roots, e)
		}
	}
	err := inParallel(len(roots), func(i int) error {
		e := roots[i]
		data, err := u.content(e)
		if err == nil {
			err = u.resolve(newObjectHasher(), e.result, e.id, e.firstDelta, data, 1)
		}
		if err != nil {
			return fmt.Errorf("pack at %d: %w", e.offset, err)
		}
		return nil
	})
	if err != nil || u.base == nil {
		return err
	}
	hasher := newObjectHasher()
	for _, id := range slices.SortedFunc(maps.Keys(u.waiting), func(a, b oid) int { return bytes.Compare(a[:], b[:]) }) {
		if !slices.ContainsFunc(u.waiting[id], func(e *unpackedEntry) bool { return !e.claimed.Load() }) {
			continue
		}
		o, err := u.base(u.ctx, id)
		if errors.Is(err, errMissing) {
			continue // another delta may yet turn out to be it
		}
		if err != nil {
			return err
		}
		u.got.bases[id] = o.kind
		if err := u.resolve(hasher, o.kind, id, nil, o.data, 1); err != nil {
			return fmt.Errorf("deltas of %s: %w", id, err)
		}
	}
	return nil
}

// resolve applies the deltas of an object, and theirs.
func (u *unpacker) resolve(hasher *objectHasher, kind plumbing.ObjectType, id oid, first *unpackedEntry, data []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: a chain of more than %d deltas", errTooLarge, maxDepth)
	}
	if u.held.Add(int64(len(data))) > maxHeld {
		return fmt.Errorf("%w: chains of deltas of more than %d bytes", errTooLarge, maxHeld)
	}
	defer u.held.Add(-int64(len(data)))
	for e := first; e != nil; e = e.nextDelta {
		if err := u.apply(hasher, kind, e, data, depth); err != nil {
			return err
		}
	}
	for _, e := range u.waiting[id] {
		if err := u.apply(hasher, kind, e, data, depth); err != nil {
			return err
		}
	}
	return nil
}

// apply makes an object of a delta and its base, unless somebody else does.
func (u *unpacker) apply(hasher *objectHasher, kind plumbing.ObjectType, e *unpackedEntry, base []byte, depth int) error {
	if e.claimed.Swap(true) {
		return nil
	}
	if err := u.ctx.Err(); err != nil {
		return err
	}
	delta, err := u.content(e)
	if err != nil {
		return err
	}
	data, err := applyDelta(base, delta, u.limits.FileBytes)
	if err != nil {
		return err
	}
	if u.inflated.Add(int64(len(data))) > u.limits.Inflated {
		return fmt.Errorf("%w: more than %d bytes inflated", errTooLarge, u.limits.Inflated)
	}
	if e.data != nil {
		u.kept.Add(-e.size)
		e.data = nil
	}
	hasher.begin(kind, int64(len(data)))
	hasher.Write(data)
	if e.id, err = hasher.id(); err != nil {
		return err
	}
	e.result = kind
	if kind != plumbing.BlobObject && u.keep(int64(len(data))) {
		e.data, e.plain = data, true
	}
	if e.firstDelta == nil && u.waiting[e.id] == nil {
		return nil
	}
	return u.resolve(hasher, kind, e.id, e.firstDelta, data, depth+1)
}

// content is what an entry inflates to.
func (u *unpacker) content(e *unpackedEntry) ([]byte, error) {
	if e.data != nil {
		return e.data, nil
	}
	return u.zlib.inflate(io.NewSectionReader(u.at, e.offset+e.head, e.end-e.offset-e.head), e.size)
}

// received is what a fetch needs of a foreign pack.
type received struct {
	index []byte
	kinds map[oid]plumbing.ObjectType // of every object
}

// receivePack indexes a foreign pack that is not thin.
func (s *Store) receivePack(ctx context.Context, src io.ReaderAt, size int64) (*received, error) {
	got, err := s.unpack(ctx, io.NewSectionReader(src, 0, size), src, nil, nil)
	if err != nil {
		return nil, err
	}
	r := &received{index: got.index(), kinds: make(map[oid]plumbing.ObjectType, len(got.all))}
	for _, e := range got.all {
		r.kinds[e.id] = e.result
	}
	return r, nil
}
