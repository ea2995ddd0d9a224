package search

import (
	"context"
	"fmt"
)

// Change says that a resource was published, changed or deleted.
type Change struct {
	Seq int64  // number of the change; grows
	ID  string // the resource's UUID
}

// Feed is where an index gets its documents from.
type Feed interface {
	// Changes lists at most limit changes after the number, in ascending order of their numbers. No change means that
	// the reader is up to date.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)
	// Document gives the resource as it is now; false if it is gone and must leave the index.
	Document(ctx context.Context, id string) (Document, bool, error)
}

// feedBatch is how many changes are applied at once: what [Index.Apply] takes best.
const feedBatch = segmentDocs * segmentsAtOnce

// CatchUp applies the changes of the feed until there are no more. A resource that changed several times is read once
// a batch, as it is now.
func (x *Index) CatchUp(ctx context.Context, feed Feed) error {
	for {
		after := x.Seq()
		changes, err := feed.Changes(ctx, after, feedBatch)
		if err != nil {
			return fmt.Errorf("search changes after %d: %w", after, err)
		}
		if len(changes) == 0 {
			return nil
		}
		seq := after
		seen := make(map[string]bool, len(changes))
		var upserts []Document
		var deletes []string
		for _, c := range changes {
			if c.Seq <= seq {
				return fmt.Errorf("search changes after %d: number %d follows %d", after, c.Seq, seq)
			}
			seq = c.Seq
			if seen[c.ID] {
				continue
			}
			seen[c.ID] = true
			d, ok, err := feed.Document(ctx, c.ID)
			switch {
			case err != nil:
				return fmt.Errorf("search document %s: %w", c.ID, err)
			case ok:
				d.ID = c.ID
				upserts = append(upserts, d)
			default:
				deletes = append(deletes, c.ID)
			}
		}
		if err := x.Apply(ctx, seq, upserts, deletes); err != nil {
			return err
		}
	}
}
