package search

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

const (
	// fillDocs is how many documents are gathered before they are stored. With 400 different words each they take some
	// 150 MB meanwhile, much of it for 300,000 words and stems.
	fillDocs = 6 * feedBatch
	// fillBytes is how many bytes of text are gathered at most, beside what one feedBytes adds.
	fillBytes = 64 << 20
	// segmentsAtOnce is how many segments are made at the same time, of segmentDocs documents each at least.
	segmentsAtOnce = 3
	segmentDocs    = 300
)

// fill gathers documents and stores them together. Nobody else writes to the index until it ends.
type fill struct {
	x        *Index
	library  *standards.Library
	view     *view
	groups   grouping
	grouped  map[uint64]bool // the groups of documents that were added
	builders []*builder
	docs     int
	bytes    int             // of text
	ids      map[string]bool // of what was added or is to be deleted
	deletes  []string
}

// fill begins one; end it.
func (x *Index) fill() (*fill, error) {
	x.write.Lock()
	if x.closed {
		x.write.Unlock()
		return nil, fmt.Errorf("apply to search index: %w", ErrClosed)
	}
	return &fill{x: x}, nil
}

// end lets others write. What was not stored is forgotten.
func (f *fill) end() {
	if f.view != nil {
		_ = f.view.close()
	}
	f.x.write.Unlock()
}

// begin looks at the index as it is now, unless that is done.
func (f *fill) begin() error {
	if f.view != nil {
		return nil
	}
	v, err := f.x.view()
	if err != nil {
		return err
	}
	*f = fill{
		x: f.x, builders: f.builders, library: f.x.library.Load(), view: v, groups: newGrouping(v), grouped: map[uint64]bool{}, ids: map[string]bool{},
	}
	return nil
}

// has reports whether the document was added, or is to be deleted. Then it can only be added once all is stored.
func (f *fill) has(id string) bool { return f.ids[id] }

// full reports whether it is time to store, before as much as a feed gives at once is added.
func (f *fill) full() bool { return f.docs > fillDocs-feedBatch || f.bytes > fillBytes }

// add adds documents, and what is to be deleted, of which none may be there twice.
func (f *fill) add(ctx context.Context, upserts []Document, deletes []string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("apply to search index: %w", err)
		}
	}()
	if err := errors.Join(ctx.Err(), f.begin()); err != nil {
		return err
	}
	for i := range upserts {
		if upserts[i].ID == "" {
			return errors.New("a document has no ID")
		}
		f.ids[upserts[i].ID] = true
		f.bytes += upserts[i].size()
	}
	for _, id := range deletes {
		f.ids[id] = true
	}
	known, err := f.groups.add(upserts, deletes)
	if err == nil {
		err = f.x.shared.learnBatch(f.view, known, f.grouped)
	}
	if err != nil {
		return err
	}
	f.docs += len(upserts)
	f.deletes = append(f.deletes, deletes...)
	n := max(1, min(segmentsAtOnce, runtime.GOMAXPROCS(0), len(upserts)/segmentDocs))
	for len(f.builders) < n {
		f.builders = append(f.builders, newBuilder(&f.x.writer))
	}
	return atOnce(n, func(i int) error {
		for at := len(upserts) * i / n; at < len(upserts)*(i+1)/n; at++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			d := &upserts[at]
			f.builders[i].add(d.ID, known[at].in(d.fields(f.library)))
		}
		return nil
	})
}

// store makes all that was added durable, and seq with the last of it.
func (f *fill) store(ctx context.Context, seq int64) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("apply to search index: %w", err)
		}
	}()
	made := make([]*built, len(f.builders))
	err = atOnce(len(made), func(i int) (err error) {
		if len(f.builders[i].docs) > 0 {
			made[i], err = f.builders[i].build()
			f.builders[i].reset()
		}
		return err
	})
	if err := errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	last := index.NewBatch()
	for i, s := range made { // one by one, since bleve merges what it is given at the same time
		switch {
		case s == nil:
			continue
		case len(last.IndexOps) > 0:
			if err := f.x.put(last); err != nil {
				return err
			}
		}
		last, made[i] = s.batch(), nil
	}
	for _, id := range f.deletes {
		last.Delete(id)
	}
	last.SetInternal(keySeq, strconv.AppendInt(nil, seq, 10))
	if err := f.x.put(last); err != nil {
		return err
	}
	f.x.applied.Add(1)
	f.x.seq.Store(seq) // afterwards: who sees the number finds no answer of before
	if f.view != nil {
		err = f.view.close()
	}
	if v, e := f.x.view(); e == nil { // so that no search has to read the new segments first
		err = errors.Join(err, v.close())
	}
	*f = fill{x: f.x, builders: f.builders}
	return err
}

// atOnce calls f for the numbers up to n at the same time.
func atOnce(n int, f func(int) error) error {
	if n == 1 {
		return f(0)
	}
	var running sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		running.Go(func() { errs[i] = f(i) })
	}
	running.Wait()
	return errors.Join(errs...)
}
