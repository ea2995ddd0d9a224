package search

import (
	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A field of stems has only those of words that are not their own stem: the others are in the fields of words already.
// What has a stem is therefore in up to three lists, which are read as one. Words are in texts of any language, so that
// those of other languages are left out of the lists of words by the term that marks the documents of one.

// stemMark is a term that all documents with a field of stems have in it. No word is like it.
const stemMark = "*"

// stemLists are the lists of one stem.
type stemLists struct {
	segment.PostingsList
	docs  *roaring.Bitmap
	lists []segment.PostingsList
}

// stemmed gives the documents with a word that has the stem, nil if there are none.
func (p *part) stemmed(field, stem string) (segment.PostingsList, error) {
	others, err := p.listed(field, stem)
	if err != nil || stem == stemMark || !p.writer.itself(field, stem) {
		return others, err
	}
	marked, err := p.listed(field, stemMark)
	if err != nil || marked == nil {
		return others, err
	}
	out := stemLists{docs: roaring.New()}
	for _, words := range textFields {
		l, err := p.postings(words, stem)
		if err != nil {
			return nil, err
		}
		if l != nil {
			out.docs.Or(bitmapOf(l))
			out.lists, out.PostingsList = append(out.lists, l), l
		}
	}
	out.docs.And(bitmapOf(marked))
	if others != nil {
		out.docs.Or(bitmapOf(others))
		out.lists, out.PostingsList = append(out.lists, others), others
	}
	if out.docs.IsEmpty() {
		return nil, nil
	}
	return &out, nil
}

func (l *stemLists) Count() uint64 { return l.docs.GetCardinality() }

// Iterator has the frequencies of all words together; it has no locations and no norms.
func (l *stemLists) Iterator(_, _, _ bool, _ segment.PostingsIterator) segment.PostingsIterator {
	return &stemIterator{of: l, docs: l.docs}
}

// stemIterator reads several lists as one.
type stemIterator struct {
	segment.PostingsIterator
	of      *stemLists
	docs    *roaring.Bitmap
	started bool
	lists   []segment.PostingsIterator
	next    []segment.Posting
	current stemPosting
}

func (i *stemIterator) ActualBitmap() *roaring.Bitmap      { return i.docs }
func (i *stemIterator) ReplaceActual(docs *roaring.Bitmap) { i.docs = docs }
func (*stemIterator) DocNum1Hit() (uint64, bool)           { return 0, false }

// Next gives the next document, nil after the last.
func (i *stemIterator) Next() (segment.Posting, error) {
	if !i.started {
		i.started = true
		for _, l := range i.of.lists {
			it := within(l, i.docs, false)
			if o, ok := it.(segment.OptimizablePostingsIterator); ok {
				if d, ok := o.DocNum1Hit(); ok && !i.docs.Contains(uint32(d)) {
					continue // it would give its only document whatever is asked for
				}
			}
			p, err := it.Next()
			if err != nil {
				return nil, err
			}
			i.lists, i.next = append(i.lists, it), append(i.next, p)
		}
	}
	first := -1 // of the lists that have documents left, the one with the lowest
	for n, p := range i.next {
		if p != nil && (first < 0 || p.Number() < i.next[first].Number()) {
			first = n
		}
	}
	if first < 0 {
		return nil, nil
	}
	i.current = stemPosting{doc: i.next[first].Number()}
	for n := first; n < len(i.next); n++ {
		p := i.next[n]
		if p == nil || p.Number() != i.current.doc {
			continue
		}
		i.current.times += times(p.Frequency())
		var err error
		if i.next[n], err = i.lists[n].Next(); err != nil {
			return nil, err
		}
	}
	return &i.current, nil
}

// stemPosting is one document of several lists.
type stemPosting struct {
	segment.Posting
	doc, times uint64
}

func (p *stemPosting) Number() uint64    { return p.doc }
func (p *stemPosting) Frequency() uint64 { return uint64(packTimes(int(p.times))) }
