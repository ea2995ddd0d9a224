package search

import "context"

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

// CatchUp applies the changes of the feed until there are no more.
func (x *Index) CatchUp(ctx context.Context, feed Feed) error { return nil }
