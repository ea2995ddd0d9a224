package search

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// keyLibrary has the mark of the library that all documents were indexed with; empty while they differ.
var keyLibrary = []byte("commonplace/library")

// fit says which library all documents of an index were indexed with, if that is known.
type fit struct {
	known   bool
	library *standards.Library
}

// refreshBatch is how many documents Refresh indexes at once: few, since whoever publishes waits for it.
const refreshBatch = 50

// Refresh indexes those documents again whose alignments mean something else in the library of now than in the one
// that they were indexed with. Searches and writers go on meanwhile. Where nothing is to be done it returns at once. It
// may be stopped at any time: the next call, also of another process, does the rest.
func (l *Live) Refresh(ctx context.Context, feed Feed) error {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	library := l.latest().library.Load()
	l.write.Lock()
	before := l.fits
	l.write.Unlock()
	if before.known && before.library == library {
		return nil
	}
	ids, err := use(l, func(x *Index) ([]string, error) { return x.ids(ctx) }) // it stays the one in use: see rebuild
	if err != nil {
		return fmt.Errorf("refresh search index: %w", err)
	}
	var due []string
	flush := func() error {
		err := l.again(ctx, feed, due)
		due = due[:0]
		return err
	}
	for _, id := range ids {
		d, ok, err := feed.Document(ctx, id)
		if err != nil {
			return fmt.Errorf("search document %s: %w", id, err)
		}
		if !ok || !d.moves(before, library) {
			continue
		}
		if due = append(due, id); len(due) == refreshBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return l.apply(func(x *Index) error {
		if x.library.Load() != library {
			return nil // another one came; its refresh is due
		}
		if err := x.bleve.SetInternal(keyLibrary, []byte(libraryMark(library))); err != nil {
			return fmt.Errorf("refresh search index: %w: %w", errWrite, err)
		}
		l.fits = fit{known: true, library: library}
		return nil
	})
}

// again applies documents as they are now, without moving on in the feed.
func (l *Live) again(ctx context.Context, feed Feed, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return l.apply(func(x *Index) error {
		var upserts []Document
		for _, id := range ids {
			d, ok, err := feed.Document(ctx, id)
			if err != nil {
				return fmt.Errorf("search document %s: %w", id, err)
			}
			if ok { // else its deletion is in the feed
				d.ID = id
				upserts = append(upserts, d)
			}
		}
		return x.Apply(ctx, x.Seq(), upserts, nil)
	})
}

// mix notes that documents are about to be indexed with a library that others were not indexed with. The caller holds
// write.
func (l *Live) mix(x *Index) error {
	if !l.fits.known || l.fits.library == x.library.Load() {
		return nil
	}
	mark, err := x.bleve.GetInternal(keyLibrary)
	if err != nil || len(mark) == 0 {
		return err
	}
	return x.bleve.SetInternal(keyLibrary, nil)
}

// moves reports whether the document's alignments are indexed otherwise in the library than before.
func (d *Document) moves(before fit, library *standards.Library) bool {
	aligned := [][]string{d.Teaches, d.Assesses, d.Requires}
	if !before.known {
		return slices.ContainsFunc(aligned, func(a []string) bool { return len(a) > 0 })
	}
	return slices.ContainsFunc(aligned, func(a []string) bool {
		was, is := alignmentKeys(before.library, a), alignmentKeys(library, a)
		return !slices.Equal(was.main, is.main) || !slices.Equal(was.direct, is.direct) || !slices.Equal(was.all, is.all) ||
			!slices.Equal(suggestTerms(before.library, was.main, nil), suggestTerms(library, is.main, nil))
	})
}

// ids lists the documents that the index holds.
func (x *Index) ids(ctx context.Context) (ids []string, err error) {
	v, err := x.view()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := v.close(); err == nil {
			err = e
		}
	}()
	for i := range v.parts {
		p := &v.parts[i]
		for it := p.live.Iterator(); it.HasNext(); {
			ids = append(ids, p.id(it.Next()))
		}
	}
	return ids, ctx.Err()
}

// libraryMark tells libraries apart by what documents get from them.
func libraryMark(l *standards.Library) string {
	h := sha256.New()
	for _, newest := range l.Frameworks() {
		for _, f := range l.Editions(newest.Name) {
			write(h, f.Name, f.Title, f.Version)
			for i := range f.Statements {
				s := &f.Statements[i]
				write(h, s.Key, s.Framework, s.Code, s.URI, s.Parent)
			}
			for i := range f.Associations {
				a := &f.Associations[i]
				write(h, a.Type, a.Origin, a.Target)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func write(h hash.Hash, fields ...string) {
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	_, _ = h.Write([]byte{'\n'})
}
