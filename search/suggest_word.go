package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// text completes the last word from the titles, and finds titles that have the words.
func (s *suggester) text() (words, titles []Suggestion, err error) {
	tokens := s.x.words.tokens(s.typed)
	if len(tokens) == 0 {
		return nil, nil, nil
	}
	last := tokens[len(tokens)-1]
	if r, _ := utf8.DecodeLastRuneInString(s.typed); isSpace(r) {
		last = "" // complete
	} else {
		tokens = tokens[:len(tokens)-1]
	}
	bases := make([]*roaring.Bitmap, len(s.v.parts)) // resources with the words before the last in their titles
	for i := range s.v.parts {
		p := &s.v.parts[i]
		bases[i] = p.live
		for _, t := range tokens {
			b, err := p.documents(fieldTitle, t)
			if err != nil {
				return nil, nil, err
			}
			bases[i] = roaring.And(bases[i], b)
		}
	}
	if last == "" {
		titles, err = s.titles(bases)
		return nil, titles, err
	}
	candidates, err := s.candidates(last)
	if err != nil {
		return nil, nil, err
	}
	if err := s.ctx.Err(); err != nil {
		return nil, nil, err
	}
	head := strings.TrimRightFunc(s.typed, func(r rune) bool { return !isSpace(r) })
	found := make([]*roaring.Bitmap, len(s.v.parts))
	weights := map[string]int{}
	for i := range s.v.parts {
		p := &s.v.parts[i]
		ours, err := s.ours(i)
		if err != nil {
			return nil, nil, err
		}
		found[i] = roaring.New()
		for j := range candidates {
			c := &candidates[j]
			if !c.in.has(i) {
				continue
			}
			b, err := p.documents(fieldTitle, c.term)
			if err != nil {
				return nil, nil, err
			}
			if len(tokens) > 0 {
				b = roaring.And(b, bases[i])
			}
			found[i].Or(b)
			c.n += int(b.GetCardinality())
			weights[c.term] += int(b.AndCardinality(ours))
		}
	}
	for _, c := range candidates {
		if c.n > 0 {
			words = append(words, Suggestion{Kind: SuggestWord, Text: head + c.term, Count: c.n})
		}
	}
	slices.SortStableFunc(words, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(weights[b.Text[len(head):]], weights[a.Text[len(head):]]), bySize(a, b))
	})
	titles, err = s.titles(found)
	return words, titles, err
}

// candidates are the most frequent words of titles that begin so, without their counts.
func (s *suggester) candidates(prefix string) ([]counted, error) {
	sums := tally{}
	for i := range s.v.parts {
		p := &s.v.parts[i]
		if utf8.RuneCountInString(prefix) > shortPrefix {
			if err := p.eachFrom(fieldTitle, prefix, func(term string, n int) { sums.add(i, term, n) }); err != nil {
				return nil, err
			}
			continue
		}
		frequent, err := p.frequentOf(p.segment.Segment())
		if err != nil {
			return nil, err
		}
		for _, c := range frequent[prefix] {
			sums.add(i, c.term, c.n)
		}
	}
	list := sums.mostFrequent()
	for i := range list {
		list[i].n = 0
		if utf8.RuneCountInString(prefix) <= shortPrefix {
			list[i].in = ^segmentSet(0) // where it is not frequent it may be, too
		}
	}
	return list, nil
}

// counted is a term and how many documents have it.
type counted struct {
	term string
	n    int
	in   segmentSet // the segments that may have it
}

// segmentSet is a set of the numbers of segments: of those from 63 on, all or none.
type segmentSet uint64

func (s segmentSet) has(i int) bool { return s&(1<<min(i, 63)) != 0 }

// tally adds up terms over segments, and notes which segments have each: most have few of them, and to look for one
// where it is not costs as much as where it is.
type tally map[string]counted

func (t tally) add(segment int, term string, n int) {
	c := t[term]
	t[term] = counted{term, c.n + n, c.in | 1<<min(segment, 63)}
}

func (t tally) mostFrequent() []counted {
	list := make([]counted, 0, len(t))
	for _, c := range t {
		list = append(list, c)
	}
	return mostFrequent(list)
}

func mostFrequent(list []counted) []counted {
	slices.SortFunc(list, func(a, b counted) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.term, b.term)) })
	return list[:min(len(list), maxCandidates)]
}

// frequent has, for the beginnings of up to shortPrefix characters, the most frequent words of a segment's titles: there
// are too many that begin with a letter to read them each time.
type frequent struct {
	once sync.Once
	by   map[string][]counted
	err  error
}

func (c *columns) frequentOf(s segment.Segment) (map[string][]counted, error) {
	f := &c.frequent
	f.once.Do(func() {
		f.by = map[string][]counted{}
		f.err = eachCounted(s, fieldTitle, nil, nil, nil, func(term string, count int) bool {
			n := 0
			for i := range term {
				if n > 0 && n <= shortPrefix {
					f.add(term[:i], term, count)
				}
				n++
			}
			if n <= shortPrefix {
				f.add(term, term, count)
			}
			return true
		})
		for prefix, list := range f.by {
			f.by[prefix] = slices.Clip(slices.Clone(mostFrequent(list)))
		}
	})
	return f.by, f.err
}

func (f *frequent) add(prefix, term string, n int) {
	list := append(f.by[prefix], counted{term: term, n: n})
	if len(list) >= 8*maxCandidates {
		list = mostFrequent(list)
	}
	f.by[prefix] = list
}
