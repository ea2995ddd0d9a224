package search

import (
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// titles gives titles of the documents, those in the language first, of those the ones that begin as what was typed, then
// the newest.
func (s *suggester) titles(sets []*roaring.Bitmap) ([]Suggestion, error) {
	best := make([]titled, 0, 3*s.limit+1)
	for i := range s.v.parts {
		p := &s.v.parts[i]
		set := sets[i]
		if set.IsEmpty() {
			continue
		}
		ours, err := s.ours(i)
		if err != nil {
			return nil, err
		}
		n := 0
		take := func(d uint32, language bool) {
			best = placeTitle(best, titled{p, d, language, p.modified.of(d)})
			n++
		}
		starting := roaring.New()
		if set.GetCardinality() > maxTitles { // else all of them are looked at
			if starting, err = s.starting(p); err != nil {
				return nil, err
			}
			for it := roaring.And(set, starting).Iterator(); it.HasNext() && n < maxTitles; {
				d := it.Next()
				take(d, ours.Contains(d))
			}
		}
		var others []uint32
		for it := set.Iterator(); it.HasNext() && n < maxTitles; {
			d := it.Next()
			switch {
			case starting.Contains(d):
			case ours.Contains(d):
				take(d, true)
			case len(others) < maxTitles:
				others = append(others, d)
			}
		}
		for _, d := range others[:min(len(others), maxTitles-n)] {
			take(d, false)
		}
	}
	key := titleKey(s.typed)
	var begin, have []Suggestion
	seen := map[string]bool{}
	for _, c := range best {
		title, err := c.p.shown(c.doc)
		if err != nil {
			return nil, err
		}
		k := titleKey(title)
		if seen[k] || title == "" {
			continue
		}
		seen[k] = true
		one := Suggestion{Kind: SuggestTitle, Text: title, ID: c.p.id(c.doc), Count: 1}
		if strings.HasPrefix(k, key) {
			begin = append(begin, one)
		} else {
			have = append(have, one)
		}
	}
	all := append(begin, have...)
	return all[:min(len(all), s.limit)], nil
}

// titled is a document whose title may be suggested.
type titled struct {
	p        *part
	doc      uint32
	language bool
	modified int64
}

func (a *titled) before(b *titled) bool {
	switch {
	case a.language != b.language:
		return a.language
	case a.modified != b.modified:
		return a.modified > b.modified
	case a.p.heads[a.doc] != b.p.heads[b.doc]:
		return a.p.heads[a.doc] < b.p.heads[b.doc]
	}
	return string(a.p.stored(a.doc)) < string(b.p.stored(b.doc))
}

// placeTitle puts a document into its place among the best, of which there are as many as there is room for but one.
func placeTitle(best []titled, t titled) []titled {
	if len(best) == cap(best)-1 && !t.before(&best[len(best)-1]) {
		return best
	}
	at := len(best)
	for at > 0 && t.before(&best[at-1]) {
		at--
	}
	best = slices.Insert(best, at, t)
	return best[:min(len(best), cap(best)-1)]
}

// starting gives some of the documents whose titles begin as what was typed.
func (s *suggester) starting(p *part) (*roaring.Bitmap, error) {
	out := roaring.New()
	key := titleKey(s.typed)
	left := s.limit
	err := p.eachListed(fieldTitleKey, []byte(key), after(key), func(docs []uint32) bool {
		out.AddMany(docs)
		left--
		return left > 0
	})
	return out, err
}

// shown gives a document's title as it was written.
func (p *part) shown(doc uint32) (title string, err error) {
	err = p.segment.VisitDocument(uint64(doc), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field == fieldShown {
			title = string(value)
			return false
		}
		return true
	})
	return title, err
}
