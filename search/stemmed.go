package search

import "github.com/RoaringBitmap/roaring/v2"

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
	var sets []*roaring.Bitmap
	var of []*listing
	for _, words := range textFields {
		l, err := p.postings(words, stem)
		if err != nil {
			return nil, err
		}
		if l != nil {
			sets, of = append(sets, roaring.And(l.docs, marked.docs)), append(of, l)
		}
	}
	if others != nil {
		sets, of = append(sets, others.docs), append(of, others)
	}
	out := newListing(roaring.FastOr(sets...))
	if out.n == 0 {
		return nil, nil
	}
	out.of = of
	return out, nil
}
