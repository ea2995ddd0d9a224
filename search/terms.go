package search

import (
	"errors"
	"fmt"
	"slices"

	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum"
)

// eachTerm calls f for each term of a field with the documents that have it, deleted ones included. f must not keep the
// documents.
func eachTerm(s segment.Segment, field string, f func(term string, docs []uint32) error) error {
	file := fileOf(s)
	if file == nil {
		return eachZapped(s, field, f)
	}
	var docs []uint32
	err := eachEntry(s, file, field, nil, nil, nil, func(term []byte, at uint64) (err error) {
		if docs, err = appendListed(docs[:0], file.Data(), at, s.Count()); err != nil {
			return err
		}
		return f(string(term), docs)
	})
	if err != nil {
		return fmt.Errorf("field %s: %w", field, err)
	}
	return nil
}

// errEnough ends an eachEntry early.
var errEnough = errors.New("enough")

// eachEntry calls f for each term of a field of a file that the automaton accepts, all if it is nil, from one up to but not
// including another, with what the dictionary says of where its list is. f must not keep the term.
func eachEntry(s segment.Segment, file file, field string, a segment.Automaton, from, to []byte, f func(term []byte, at uint64) error) error {
	fst, err := termsOf(s, file, field)
	if err != nil || fst == nil {
		return err
	}
	it, err := fst.Search(a, from, to)
	for ; err == nil; err = it.Next() {
		term, at := it.Current()
		if err := f(term, at); err != nil {
			if errors.Is(err, errEnough) {
				return nil
			}
			return err
		}
	}
	if errors.Is(err, vellum.ErrIteratorDone) {
		return nil
	}
	return err
}

// eachCounted calls f for terms as eachEntry does, with how many documents have each, deleted ones included, until f says
// that it has enough. zapx's own iterator makes a bitmap of the documents of each term.
func eachCounted(s segment.Segment, field string, a segment.Automaton, from, to []byte, f func(term string, n int) (more bool)) error {
	if file := fileOf(s); file != nil {
		return eachEntry(s, file, field, a, from, to, func(term []byte, at uint64) error {
			n, err := listedCount(file.Data(), at)
			if err == nil && !f(string(term), n) {
				err = errEnough
			}
			return err
		})
	}
	d, err := s.Dictionary(field)
	if err != nil || d == nil {
		return err
	}
	var l segment.PostingsList // the iterator's own count is wrong behind terms of one document
	it := d.AutomatonIterator(a, from, to)
	for {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		if l, err = d.PostingsList([]byte(e.Term), nil, l); err != nil || !f(e.Term, int(l.Count())) {
			return err
		}
	}
}

// eachListed calls f with the documents of each term from one up to but not including another, until f says that it has
// enough. f must not keep the documents.
func (p *part) eachListed(field string, from, to []byte, f func(docs []uint32) (more bool)) error {
	s := p.segment.Segment()
	if file := fileOf(s); file != nil {
		var docs []uint32
		return eachEntry(s, file, field, nil, from, to, func(_ []byte, at uint64) (err error) {
			if docs, err = appendListed(docs[:0], file.Data(), at, s.Count()); err != nil {
				return err
			}
			docs = slices.DeleteFunc(docs, func(d uint32) bool { return !p.live.Contains(d) })
			if len(docs) > 0 && !f(docs) {
				return errEnough
			}
			return nil
		})
	}
	d, err := p.dictionary(field)
	if err != nil || d == nil {
		return err
	}
	it := d.AutomatonIterator(nil, from, to)
	for {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		b, err := p.documents(field, e.Term)
		if err != nil {
			return err
		}
		if !b.IsEmpty() && !f(b.ToArray()) {
			return nil
		}
	}
}

// appendListed appends the documents of a list, deleted ones included.
func appendListed(docs []uint32, mem []byte, at, most uint64) ([]uint32, error) {
	if d, ok, err := oneListed(at, most); ok || err != nil {
		return append(docs, d), err
	}
	_, _, b, err := header(mem, at)
	if err != nil {
		return docs, err
	}
	return appendListedDocs(docs, b, most)
}

// listedCount is how many documents a list has, deleted ones included.
func listedCount(mem []byte, at uint64) (n int, err error) {
	if _, ok, _ := oneListed(at, 1<<31); ok {
		return 1, nil
	}
	_, _, b, err := header(mem, at)
	if err != nil {
		return 0, err
	}
	err = containers(b, func(c container) (int, error) {
		n += c.n
		return 0, nil
	})
	return n, err
}

// eachZapped is eachTerm as zapx reads it.
func eachZapped(s segment.Segment, field string, f func(term string, docs []uint32) error) error {
	d, err := s.Dictionary(field)
	if err != nil || d == nil {
		return err
	}
	var l segment.PostingsList // both are used again for the next term
	var postings segment.PostingsIterator
	var docs []uint32
	it := d.AutomatonIterator(nil, nil, nil)
	for {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		if l, err = d.PostingsList([]byte(e.Term), nil, l); err != nil {
			return err
		}
		postings = l.Iterator(false, false, false, postings)
		docs = docs[:0]
		if o, ok := postings.(segment.OptimizablePostingsIterator); ok {
			if n, ok := o.DocNum1Hit(); ok {
				docs = append(docs, uint32(n))
			} else if b := o.ActualBitmap(); b != nil {
				docs = appendDocs(docs, b)
			}
		}
		if len(docs) > 0 && uint64(docs[len(docs)-1]) >= s.Count() {
			return fmt.Errorf("field %s: document %d of %d", field, docs[len(docs)-1], s.Count())
		}
		if err := f(e.Term, docs); err != nil {
			return fmt.Errorf("field %s: %w", field, err)
		}
	}
}
