package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/index/scorch/mergeplan"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// ErrCorrupt says that an index cannot be read or has another format. Remove its folder, open it again, and follow the
// feed from the beginning.
var ErrCorrupt = errors.New("corrupt index")

// ErrLocked says that another process, or another Index of this one, holds the index.
var ErrLocked = errors.New("index is in use by another process")

// errWrite says that a batch could not be written. What is in memory is not what is on the disk then.
var errWrite = errors.New("cannot be written")

// lockTimeout is how long Open waits for another holder to let go.
const lockTimeout = "2s"

// Keys of the values stored beside the documents.
var (
	keyFormat = []byte("commonplace/format")
	keySeq    = []byte("commonplace/seq")
)

// Options are what an index may be given.
type Options struct {
	Library *standards.Library // nil knows codes by their grammar only
	Feed    string             // names the feed whose numbers the index has; "" takes an index of any

	outdated bool // do not mind what ErrOutdated is for
}

// Index is a search index. It is safe for use by many goroutines; writers wait for each other.
type Index struct {
	dir       string // "" in memory
	bleve     bleve.Index
	library   atomic.Pointer[standards.Library]
	seq       atomic.Int64
	applied   atomic.Int64
	write     sync.Mutex
	closed    bool // guarded by write
	opened    atomic.Bool
	columns   columnCache
	replaced  atomic.Pointer[outdated]
	meanings  meanings
	words     analyzers
	writer    writer
	shared    shared
	placeless bool // of a format that keeps places of words otherwise

	suggestions suggestions
	drills      atomic.Pointer[drills]
	rooms       sync.Pool // of searches that ended
}

// Open opens the index in the folder dir, and creates it if there is none. An empty dir is an index in memory.
func Open(dir string, o Options) (x *Index, err error) {
	defer func() {
		if r := recover(); r != nil { // bleve panics on some broken files
			x, err = nil, fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
		if err != nil {
			err = fmt.Errorf("open search index: %w", err)
		}
	}()
	register()
	m, err := newMapping()
	if err != nil {
		return nil, err
	}
	x = &Index{dir: dir}
	tell := &opener{func(s segment.Segment, path string) {
		if x.opened.Load() {
			x.ahead(s, path)
		}
	}}
	config := map[string]any{"bolt_timeout": lockTimeout, "segmentConfig": map[string]any{keyOpener: tell}}
	x.library.Store(o.Library)
	if x.words, err = newAnalyzers(m); err != nil {
		return nil, err
	}
	x.writer.mapping = m
	if exists(dir) {
		x.bleve, err = bleve.OpenUsing(dir, config)
	} else {
		x.bleve, err = bleve.NewUsing(dir, m, scorch.Name, bleve.Config.DefaultKVStore, config)
		if err == nil {
			err = errors.Join(x.bleve.SetInternal(keyFormat, []byte(format)), x.bleve.SetInternal(keyFeed, []byte(o.Feed)))
		}
	}
	switch {
	case err != nil && err.Error() == "timeout": // bbolt's, which no package exports under one name
		return nil, ErrLocked
	case err != nil && exists(dir):
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	case err != nil:
		return nil, err
	}
	if err := x.check(o); err != nil {
		_ = x.bleve.Close()
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	x.opened.Store(true)
	return x, nil
}

// exists reports whether the folder holds anything.
func exists(dir string) bool {
	if dir == "" {
		return false
	}
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0 || err != nil && !os.IsNotExist(err)
}

// check reads the format, the sequence number and the columns of an index that was just opened.
func (x *Index) check(o Options) error {
	got, err := x.bleve.GetInternal(keyFormat)
	if err != nil {
		return err
	}
	if string(got) != format {
		if err := outdatedFormat(got); !o.outdated || !errors.Is(err, ErrOutdated) {
			return err
		}
		x.placeless = true
	}
	if feed, err := x.bleve.GetInternal(keyFeed); err != nil {
		return err
	} else if o.Feed != "" && string(feed) != o.Feed && !o.outdated {
		return errFeed
	}
	seq, err := x.bleve.GetInternal(keySeq)
	if err != nil {
		return err
	}
	if seq != nil {
		n, err := strconv.ParseInt(string(seq), 10, 64)
		if err != nil {
			return err
		}
		x.seq.Store(n)
	}
	v, err := x.view()
	if err != nil {
		return err
	}
	x.shared.learn(v)
	return v.close()
}

// SetLibrary changes the standards that queries, and documents indexed from now on, are understood with. It may be
// called while searches run. Documents that are already there keep their keys: those of codes that the package
// standards knows by grammar stay findable; for others apply them again.
func (x *Index) SetLibrary(l *standards.Library) {
	x.library.Store(l)
	x.applied.Add(1) // what is kept may read otherwise
}

// Apply adds or replaces the upserts, removes the deletes, also those that are among the upserts, and stores seq. All of
// it is durable when Apply returns. After a crash, seq is there only if all of the rest is; fewer than 600 documents of
// less than 64 MB of text are there all or none, and of more there may be some, so that to follow the feed from the number that is stored makes up for
// them. Many documents at once take less time than the same in parts, since there is less to merge.
func (x *Index) Apply(ctx context.Context, seq int64, upserts []Document, deletes []string) error {
	f, err := x.fill()
	if err != nil {
		return err
	}
	defer f.end()
	last := make(map[string]int, len(upserts))
	for i := range upserts {
		last[upserts[i].ID] = i
	}
	for _, id := range deletes {
		delete(last, id)
	}
	if len(last) < len(upserts) { // of one that is there twice, the later counts
		var kept []Document
		for i := range upserts {
			if at, ok := last[upserts[i].ID]; ok && at == i {
				kept = append(kept, upserts[i])
			}
		}
		upserts = kept
	}
	for n := atOnceOf(upserts); n < len(upserts); n = atOnceOf(upserts) {
		if err := f.add(ctx, upserts[:n], nil); err != nil {
			return err
		}
		if err := f.store(ctx, x.Seq()); err != nil {
			return err
		}
		upserts = upserts[n:]
	}
	if err := f.add(ctx, upserts, deletes); err != nil {
		return err
	}
	return f.store(ctx, seq)
}

// atOnceOf is how many of the documents, from the first on, are stored together.
func atOnceOf(upserts []Document) int {
	n, size := 0, 0
	for n < min(len(upserts), fillDocs) && size < fillBytes {
		size += upserts[n].indexed()
		n++
	}
	return n
}

// put stores a batch.
func (x *Index) put(b *index.Batch) error {
	advanced, err := x.bleve.Advanced()
	if err == nil {
		err = advanced.Batch(b)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errWrite, err)
	}
	return nil
}

// Compact merges the segments into one where there are several, which makes searches faster and the files smaller. It takes as long as indexing
// half of it; searches and writers go on meanwhile. It is worth it after much was indexed at once.
func (x *Index) Compact(ctx context.Context) error {
	if x.dir == "" {
		return nil // segments in memory are merged by whoever writes, and ForceMerge would wait for ever
	}
	advanced, err := x.bleve.Advanced()
	if err != nil {
		return err
	}
	s, ok := advanced.(*scorch.Scorch)
	if !ok {
		return fmt.Errorf("index of another kind: %T", advanced)
	}
	if whole, err := x.whole(); whole || err != nil {
		return err
	}
	all := mergeplan.SingleSegmentMergePlanOptions
	all.SegmentsPerMergeTask = 1000 // in one pass
	if err := s.ForceMerge(ctx, &all); err != nil {
		return fmt.Errorf("compact search index: %w", err)
	}
	return nil
}

// whole reports whether there is one segment at most, with nothing to leave out.
func (x *Index) whole() (bool, error) {
	v, err := x.view()
	if err != nil {
		return false, err
	}
	whole := len(v.parts) == 0 || len(v.parts) == 1 && v.count == v.parts[0].docs
	return whole, v.close()
}

// Seq is the number given with the last batch applied; 0 for a new index.
func (x *Index) Seq() int64 { return x.seq.Load() }

// Version changes whenever something was applied. It says nothing in another process.
func (x *Index) Version() int64 { return x.applied.Load() }

// Count is how many documents the index holds.
func (x *Index) Count() (int, error) {
	n, err := x.bleve.DocCount()
	return int(n), err
}

// Close waits for who writes and closes the index. It must not be used afterwards.
func (x *Index) Close() error {
	x.write.Lock()
	defer x.write.Unlock()
	x.closed = true
	return x.bleve.Close()
}
