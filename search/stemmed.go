package search

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A field of stems has only those of words that are not their own stem: the others are in the fields of words already.
// What has a stem is therefore in up to three lists, which are read as one. Words are in texts of any language, so that
// those of other languages are left out of the lists of words by the term that marks the documents of one.

// stemMark is a term that all documents with a field of stems have in it. No word is like it.
const stemMark = "*"

// stemmed gives the documents with a word that has the stem, nil if there are none.
func (p *part) stemmed(field, stem string) (*listing, error) {
	others, err := p.listed(field, stem)
	if err != nil || stem == stemMark || !p.writer.itself(field, stem) {
		return others, err
	}
	marked, err := p.postings(field, stemMark)
	if err != nil || marked == nil {
		return others, err
	}
	words, of, err := p.wordLists(stem)
	if err != nil || words == nil {
		return others, err
	}
	out := &listing{of: of, n: int(words.AndCardinality(marked.docs)), words: words, marked: marked.docs}
	if others != nil {
		out.others, out.of = others.docs, append(out.of[:len(of):len(of)], others)
		out.n += others.n - int(words.AndCardinality(others.docs)) // all of these are marked
	}
	if out.n == 0 {
		return nil, nil
	}
	if out.within, err = p.stemMarks.of(p.segment.Segment(), field); err != nil {
		return nil, err
	}
	return out, nil
}

// wordLists gives the lists of a word in title and text, and the documents of both, nil if there are none. A view reads
// them once for all languages.
func (p *part) wordLists(word string) (*roaring.Bitmap, []*listing, error) {
	if got, ok := p.inTexts[word]; ok {
		return got.docs, got.of, nil
	}
	var got listing
	var sets []*roaring.Bitmap
	for _, field := range textFields {
		l, err := p.postings(field, word)
		if err != nil {
			return nil, nil, err
		}
		if l != nil {
			sets, got.of = append(sets, l.docs), append(got.of, l)
		}
	}
	switch len(sets) {
	case 0:
	case 1:
		got.docs = sets[0]
	default:
		got.docs = roaring.Or(sets[0], sets[1])
	}
	p.inTexts[word] = &got
	return got.docs, got.of, nil
}

// set gives the documents of a list. Those of a stem are only put together where somebody asks.
func (l *listing) set() *roaring.Bitmap {
	if l.docs == nil {
		l.docs = roaring.And(l.words, l.marked)
		if l.others != nil {
			l.docs.Or(l.others)
		}
	}
	return l.docs
}

// beyond gives the documents that have a stem, some of those left out that have the token itself as a word.
func (p *part) beyond(field, stem, token string) (*roaring.Bitmap, error) {
	l, err := p.postings(field, stem)
	switch {
	case err != nil || l == nil:
		return roaring.New(), err
	case l.words == nil || stem != token:
		return l.set(), nil
	case l.others == nil:
		return roaring.New(), nil
	}
	return l.others, nil
}

// stemMarks are the documents of a segment that have a field of stems, deleted ones included, by field.
type stemMarks struct {
	mu sync.Mutex
	by map[string]dense
}

func (m *stemMarks) of(s segment.Segment, field string) (dense, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if set, ok := m.by[field]; ok {
		return set, nil
	}
	d, err := s.Dictionary(field)
	if err != nil {
		return nil, err
	}
	l, err := d.PostingsList([]byte(stemMark), nil, nil)
	if err != nil {
		return nil, err
	}
	if m.by == nil {
		m.by = map[string]dense{}
	}
	set := newDense(bitmapOf(l), int(s.Count()), nil)
	m.by[field] = set
	return set, nil
}
