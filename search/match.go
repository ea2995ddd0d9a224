package search

import (
	"math"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/commonplace-oer/commonplace/licensing"
)

// anyOf gives the documents with one of the terms.
func (p *part) anyOf(field string, terms []string) (*roaring.Bitmap, error) {
	sets := make([]*roaring.Bitmap, 0, len(terms))
	for _, t := range terms {
		b, err := p.documents(field, t)
		if err != nil {
			return nil, err
		}
		sets = append(sets, b)
	}
	return anyOf(sets), nil
}

// anyOf gives the documents of any of the sets: of a single one the set itself, so that what it gives is not to be changed.
func anyOf(sets []*roaring.Bitmap) *roaring.Bitmap {
	if len(sets) == 1 {
		return sets[0]
	}
	return roaring.FastOr(sets...)
}

// union gives the documents of one of the matchers.
func union(p *part, ms ...matcher) (*roaring.Bitmap, error) {
	sets := make([]*roaring.Bitmap, len(ms))
	for i, m := range ms {
		b, err := m(p)
		if err != nil {
			return nil, err
		}
		sets[i] = b
	}
	return anyOf(sets), nil
}

// fieldMatcher finds the documents that have one of the values in the field, in any case and with or without accents.
func fieldMatcher(f Field, values []string) matcher {
	switch f {
	case License:
		var keys []string
		for _, v := range values {
			keys = append(keys, licenseKeys(v)...)
		}
		return func(p *part) (*roaring.Bitmap, error) { return p.anyOf(fieldLicense, keys) }
	case Grade:
		return func(p *part) (*roaring.Bitmap, error) { return p.anyOf(string(Grade), mapped(values, gradeName)) }
	}
	key := func(value string) string { return valueKey(f, value) }
	folded := mapped(values, key)
	return func(p *part) (*roaring.Bitmap, error) {
		var names []string
		if c := p.values[f]; c != nil {
			for _, name := range c.names {
				if sameValue(f, key(name), folded) {
					names = append(names, name)
				}
			}
		}
		return p.anyOf(string(f), names)
	}
}

// sameValue compares folded values; the language "en" includes "en-US".
func sameValue(f Field, name string, values []string) bool {
	for _, v := range values {
		if name == v || f == Language && strings.HasPrefix(name, v+"-") {
			return true
		}
	}
	return false
}

// licenseKeys are the keys that a value of license: finds: itself, and the license that it names in other words.
func licenseKeys(value string) []string {
	keys := []string{strings.ToLower(strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '-' }), "-"))}
	if r := licensing.Normalize(value); r.Cleared() {
		keys = append(keys, strings.ToLower(string(r.ID)))
	}
	return unique(keys)
}

// phrase gives the documents with the words next to each other in the title or in the text.
func (p *part) phrase(tokens []string) (*roaring.Bitmap, error) {
	return p.phraseUpTo(tokens, math.MaxInt)
}

// phraseUpTo is phrase, but gives up on a field in which more than most documents have all of the words.
func (p *part) phraseUpTo(tokens []string, most int) (*roaring.Bitmap, error) {
	out := roaring.New()
	for _, field := range []string{fieldTitle, fieldText} {
		b, err := p.phraseIn(field, tokens, most)
		if err != nil {
			return nil, err
		}
		out.Or(b)
	}
	return out, nil
}

func (p *part) phraseIn(field string, tokens []string, most int) (*roaring.Bitmap, error) {
	out := roaring.New()
	if len(tokens) == 0 {
		return out, nil
	}
	lists := make([]*listing, len(tokens))
	var all *roaring.Bitmap
	for i, t := range tokens {
		l, err := p.postings(field, t)
		if err != nil || l == nil {
			return out, err
		}
		if lists[i] = l; all == nil {
			all = l.docs
		} else {
			all = roaring.And(all, l.docs)
		}
	}
	if len(tokens) == 1 || all.IsEmpty() || p.placeless {
		return all.Clone(), nil
	}
	if all.GetCardinality() > uint64(most) {
		return out, nil
	}
	found := make([]hits, len(lists)) // each has all of them
	set := newDense(all, p.docs, nil)
	for i, l := range lists {
		if err := found[i].read(l, set, true); err != nil {
			return nil, err
		}
	}
	var here, starts []uint64 // where a phrase can start, for what was read of it
	for at, doc := range found[0].docs {
		starts = starts[:0]
		for i := range tokens {
			var err error
			if here, err = found[i].kept[at].places(here[:0]); err != nil {
				return nil, err
			}
			if i == 0 {
				starts = append(starts, here...)
				continue
			}
			starts = slices.DeleteFunc(starts, func(start uint64) bool {
				_, ok := slices.BinarySearch(here, start+uint64(i))
				return !ok
			})
		}
		if len(starts) > 0 {
			out.Add(doc)
		}
	}
	return out, nil
}
