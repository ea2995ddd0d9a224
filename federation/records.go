package federation

import (
	"context"
	"time"
)

// Records is what the provider reads: the durable list of records, one for each published resource and metadata format.
// internal/catalog implements it; federationtest.RunRecords is its contract as tests.
//
// Three promises make harvesting lossless, and the provider relies on them:
//
//   - Seq and Datestamp are given inside the one serialized transaction that makes the record visible. Seq is unique
//     within a prefix and grows with every change; Datestamp is UTC in whole seconds, never in the future, and never
//     smaller than that of a smaller Seq, even if the clock steps back.
//   - A changed record takes a new Seq and Datestamp in the same transaction, and its old place is gone: every identifier
//     is in a prefix's list exactly once.
//   - A deleted record stays for ever as a tombstone: Deleted, no Metadata, the Sets that it was in, its Datestamp the
//     time of deletion. So does the record of a format that its item is not available in any more.
//
// Reads see committed state only. Context errors are passed on.
type Records interface {
	// Window returns at most w.Limit records of the window in the order of Seq, the first of them with a Seq greater
	// than w.After. Fewer than w.Limit means that the list ends here. An unknown prefix or set is an empty list.
	Window(ctx context.Context, w Window) ([]Record, error)

	// Count returns how many records the window holds, w.After and w.Limit ignored. 0 says that it is not known: counting
	// must not take longer than reading a page.
	Count(ctx context.Context, w Window) (int, error)

	// Item returns all records of one identifier, one for each prefix, in the order of the prefixes.
	// It returns kind.ErrNotFound if the identifier was never published here; deleted ones are found.
	Item(ctx context.Context, identifier string) ([]Record, error)

	// Sets returns at most limit of the sets that any record is in, deleted ones included, in the byte order of their
	// specs, the first of them greater than after. Ancestors need not be listed: the provider adds them.
	Sets(ctx context.Context, after string, limit int) ([]Set, error)

	// Now is the time to answer a request with, UTC, whole seconds. It is asked before anything is read. Every change that
	// is not visible yet will carry this Datestamp or a later one, whatever the computer's clock does and however long a
	// transaction takes; and none that is visible carries a later one.
	Now(ctx context.Context) (time.Time, error)

	// Earliest returns the smallest datestamp of all records, or the zero time if there are none.
	Earliest(ctx context.Context) (time.Time, error)
}

// Window names a list of records by what OAI-PMH lets a harvester ask for.
type Window struct {
	Prefix      string    // metadata format, such as "oai_dc"; required
	From, Until time.Time // both inclusive, UTC, whole seconds; zero is unbounded
	Set         string    // the set and all below it: "grade" holds "grade:5"; "" is all records
	After       int64     // keyset cursor: the Seq of the last record seen, 0 at the start
	Limit       int
	Headers     bool // Metadata is not wanted and may be left nil
}

// Record is one resource in one metadata format, rendered when it was written.
type Record struct {
	Prefix     string
	Identifier string // oai:<repository identifier>:<uuid>
	Datestamp  time.Time
	Sets       []string // specs by SetsOf, without the ancestors of a set that is there
	Deleted    bool
	Metadata   []byte // one XML element that declares its own namespaces; nil if Deleted
	Rights     string // address of the license; empty where not cleared or Deleted
	About      []byte // where a harvested record came from, one XML element; nil for own ones
	Seq        int64
}

// Set is a part of the repository that can be harvested alone.
type Set struct {
	Spec string // colon-separated path, such as "grade:5"
	Name string // for people; empty: the provider makes one from the spec
}
