package search

import (
	"context"
	"errors"
	"fmt"
)

// Change says that a resource was published, changed or deleted.
type Change struct {
	Seq int64  // number of the change; grows
	ID  string // the resource's UUID
}

// Feed is where an index gets its documents from.
type Feed interface {
	// Changes lists at most limit changes after the number, in ascending order of their numbers. Fewer than the limit means
	// that there are no more.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)
	// Document gives the resource as it is now; false if it is gone and must leave the index.
	Document(ctx context.Context, id string) (Document, bool, error)
}

// Changes are read up to feedBatch at a time, and documents up to feedBytes of text.
const (
	feedBatch = 1200
	feedBytes = 32 << 20
)

// CatchUp applies the changes that the feed has when it is called; some that come meanwhile may be among them, but it does
// not wait for the last of those, of which there is none where others publish all the time. A resource that changed several
// times is read once a batch, as it is now. Where there are many changes, thousands are stored at once and can only be found
// then.
func (x *Index) CatchUp(ctx context.Context, feed Feed) error {
	f, err := x.fill()
	if err != nil {
		return err
	}
	defer f.end()
	var upserts []Document
	var deletes []string
	var size int
	seq := x.Seq()
	read := func() error {
		if len(upserts)+len(deletes) == 0 {
			return nil
		}
		err := f.add(ctx, upserts, deletes)
		upserts, deletes, size = nil, nil, 0
		return err
	}
	for {
		after := seq
		changes, err := feed.Changes(ctx, after, feedBatch)
		if err != nil {
			return fmt.Errorf("search changes after %d: %w", after, err)
		}
		seen := make(map[string]bool, len(changes)) // of these changes
		for _, c := range changes {
			if c.Seq <= seq {
				return fmt.Errorf("search changes after %d: number %d follows %d", after, c.Seq, seq)
			}
			if seen[c.ID] {
				seq = c.Seq
				continue
			}
			if f.has(c.ID) { // as it was before this change, perhaps
				if err := errors.Join(read(), f.store(ctx, seq)); err != nil {
					return err
				}
			}
			seq, seen[c.ID] = c.Seq, true
			d, ok, err := feed.Document(ctx, c.ID)
			switch {
			case err != nil:
				return fmt.Errorf("search document %s: %w", c.ID, err)
			case ok:
				d.ID = c.ID
				upserts = append(upserts, d)
				size += d.size()
			default:
				deletes = append(deletes, c.ID)
			}
			if size > feedBytes {
				if err := read(); err != nil {
					return err
				}
				if f.full() {
					if err := f.store(ctx, seq); err != nil {
						return err
					}
				}
			}
		}
		if err := read(); err != nil {
			return err
		}
		if seq > x.Seq() && (len(changes) < feedBatch || f.full()) {
			if err := f.store(ctx, seq); err != nil {
				return err
			}
		}
		if len(changes) < feedBatch { // these were all, at a moment after the call
			return nil
		}
	}
}
