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
	dir      string // "" in memory
	bleve    bleve.Index
	library  atomic.Pointer[standards.Library]
	seq      atomic.Int64
	applied  atomic.Int64
	write    sync.Mutex
	columns  columnCache
	replaced atomic.Pointer[outdated]
	meanings meanings
	words    analyzers
	writer   writer
	shared   shared

	suggestions suggestions
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
	m, err := newMapping()
	if err != nil {
		return nil, err
	}
	config := map[string]any{"bolt_timeout": lockTimeout}
	x = &Index{dir: dir}
	x.library.Store(o.Library)
	x.words = newAnalyzers(m)
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
	}
	if feed, err := x.bleve.GetInternal(keyFeed); err != nil {
		return err
	} else if o.Feed != "" && string(feed) != o.Feed && !o.outdated {
		return fmt.Errorf("%w: it is of another catalog", ErrOutdated)
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

// Apply adds or replaces the upserts, removes the deletes and stores seq, all in one batch: after a crash either all of
// it is there or nothing. A batch of about 500 documents is best; all of it is in memory twice.
func (x *Index) Apply(ctx context.Context, seq int64, upserts []Document, deletes []string) error {
	x.write.Lock()
	defer x.write.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	l := x.library.Load()
	v, err := x.view()
	if err != nil {
		return fmt.Errorf("apply to search index: %w", err)
	}
	batch, err := groups(v, upserts, deletes)
	if err == nil {
		err = x.shared.learnBatch(v, batch)
	}
	if err := errors.Join(err, v.close()); err != nil {
		return fmt.Errorf("apply to search index: %w", err)
	}
	b := x.bleve.NewBatch()
	for i := range upserts {
		d := &upserts[i]
		if d.ID == "" {
			return errors.New("apply to search index: a document has no ID")
		}
		fields := d.fields(l)
		if g := batch[i]; g != nil {
			fields[fieldGroup], fields[fieldBand] = groupTerm(g.group), g.bands
			if g.origin != "" {
				fields[fieldOrigin] = originTerm(g.origin)
			}
			if g.sketch != nil {
				fields[fieldSketch] = g.sketch
			}
		}
		if err := b.IndexAdvanced(x.writer.document(d.ID, fields)); err != nil {
			return fmt.Errorf("index %s: %w", d.ID, err)
		}
	}
	for _, id := range deletes {
		b.Delete(id)
	}
	b.SetInternal(keySeq, strconv.AppendInt(nil, seq, 10))
	if err := x.bleve.Batch(b); err != nil {
		return fmt.Errorf("apply to search index: %w: %w", errWrite, err)
	}
	x.seq.Store(seq)
	x.applied.Add(1)
	return nil
}

// Compact merges the segments into one, which makes searches faster and the files smaller. It takes as long as indexing
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
	if err := s.ForceMerge(ctx, nil); err != nil {
		return fmt.Errorf("compact search index: %w", err)
	}
	return nil
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

// Close closes the index. It must not be used afterwards.
func (x *Index) Close() error { return x.bleve.Close() }
