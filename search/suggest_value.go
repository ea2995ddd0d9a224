package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// suggestTerms are what a document's codes and subjects are suggested by: a letter, the folded text, and what it is.
func suggestTerms(l *standards.Library, keys, subjects []string) []string {
	var out []string
	for _, key := range keys {
		code := foldCode(codeOf(l, key))
		if code == "" {
			continue
		}
		out = append(out, "c"+code+"\x00"+key)
		for _, p := range codePrefixes {
			if short, ok := strings.CutPrefix(code, p); ok {
				out = append(out, "c"+short+"\x00"+key)
			}
		}
	}
	for _, s := range mapped(subjects, strings.TrimSpace) {
		if len(s) <= maxValue {
			out = append(out, "s"+fold(s)+"\x00"+s)
		}
	}
	return out
}

func foldCode(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func codeOf(l *standards.Library, key string) string {
	if s, ok := l.Statement(key); ok && s.Code != "" {
		return s.Code
	}
	return key
}

// values gives the codes or subjects that begin so, the most frequent first.
func (s *suggester) values(kind byte, prefix string) ([]Suggestion, error) {
	prefix = string(kind) + prefix
	sums := tally{}
	for i := range s.v.parts {
		p := &s.v.parts[i]
		if some, err := p.begunIn(p.segment.Segment(), prefix); err != nil {
			return nil, err
		} else if !some {
			continue
		}
		err := p.eachFrom(fieldSuggest, prefix, func(term string, n int) { sums.add(i, term, n) })
		if err != nil {
			return nil, err
		}
	}
	l := s.x.library.Load()
	var out []Suggestion
	for _, c := range sums.mostFrequent() {
		n := 0
		for i := range s.v.parts {
			if !c.in.has(i) {
				continue
			}
			list, err := s.v.parts[i].postings(fieldSuggest, c.term)
			if err != nil {
				return nil, err
			}
			if list != nil {
				n += list.n
			}
		}
		_, value, ok := strings.Cut(c.term, "\x00")
		switch {
		case !ok || n == 0: // only what was deleted has it
		case kind == 's':
			out = append(out, Suggestion{Kind: SuggestSubject, Text: value, Count: n})
		default:
			out = append(out, Suggestion{Kind: SuggestStandard, Text: codeOf(l, value), ID: value, Count: n})
		}
	}
	slices.SortFunc(out, bySize)
	return out[:min(len(out), s.limit)], nil
}

// codes gives the codes that begin so; what all codes of a framework begin with may be there or not.
func (s *suggester) codes() ([]Suggestion, error) {
	typed := foldCode(s.typed)
	out, err := s.values('c', typed)
	for _, p := range codePrefixes {
		if short, ok := strings.CutPrefix(typed, p); ok && short != "" && len(out) == 0 && err == nil {
			out, err = s.values('c', short)
		}
	}
	return out, err
}

// codePrefixes are what people leave out of codes.
var codePrefixes = []string{"ccss.math.content.", "ccss.math.practice.", "ccss.ela-literacy."}

func bySize(a, b Suggestion) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
}

// eachFrom calls f for the terms of the field that begin with the prefix, at most maxScan, with how many documents have
// each, deleted ones included.
func (p *part) eachFrom(field, prefix string, f func(term string, n int)) error {
	left := maxScan
	return eachCounted(p.segment.Segment(), field, nil, []byte(prefix), after(prefix), func(term string, n int) bool {
		f(term, n)
		left--
		return left > 0
	})
}

// after is the first text that is behind all that begin with the prefix.
func after(prefix string) []byte {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// begun are the first bytes of what a segment's documents are suggested by. Most of what is typed begins no code and no
// subject, and looking that up in the segment costs far more.
type begun struct {
	once sync.Once
	by   map[string]bool
	err  error
}

const begunBytes = 4

// begunIn reports whether the segment may have a code or subject that begins so.
func (c *columns) begunIn(s segment.Segment, prefix string) (bool, error) {
	b := &c.begun
	b.once.Do(func() {
		b.by = map[string]bool{}
		b.err = eachCounted(s, fieldSuggest, nil, nil, nil, func(term string, _ int) bool {
			for n := 1; n <= min(begunBytes, len(term)); n++ {
				if !b.by[term[:n]] {
					b.by[strings.Clone(term[:n])] = true
				}
			}
			return true
		})
	})
	return b.by[prefix[:min(len(prefix), begunBytes)]], b.err
}
