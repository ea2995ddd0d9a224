package search

import (
	"context"
	"errors"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// ErrCorrupt says that an index cannot be read or has another format. Remove its folder, open it again, and follow the
// feed from the beginning.
var ErrCorrupt = errors.New("corrupt index")

// ErrLocked says that another process holds the index.
var ErrLocked = errors.New("index is in use by another process")

// Index is a search index. It is safe for use by many goroutines; writers wait for each other.
type Index struct{}

// Open opens the index in the folder dir, and creates it if there is none. An empty dir is an index in memory.
func Open(dir string, o Options) (*Index, error) { return &Index{}, nil }

// Options are what an index may be given.
type Options struct {
	Library *standards.Library // nil knows codes by their grammar only
}

// SetLibrary changes the standards that queries, and documents indexed from now on, are understood with.
func (x *Index) SetLibrary(l *standards.Library) {}

// Apply adds or replaces the upserts, removes the deletes and stores seq, all in one batch: after a crash either all of
// it is there or nothing.
func (x *Index) Apply(ctx context.Context, seq int64, upserts []Document, deletes []string) error {
	return nil
}

// Seq is the number given with the last batch applied; 0 for a new index.
func (x *Index) Seq() int64 { return 0 }

// Count is how many documents the index holds.
func (x *Index) Count() (int, error) { return 0, nil }

// Close closes the index. It must not be used afterwards.
func (x *Index) Close() error { return nil }
