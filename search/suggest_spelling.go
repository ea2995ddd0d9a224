package search

import (
	"strings"
	"unicode/utf8"
)

// spelling completes the last word in another spelling.
func (s *suggester) spelling() ([]Suggestion, error) {
	out := []Suggestion{}
	tokens := s.x.words.tokens(s.typed)
	if len(tokens) == 0 || !correctable(tokens[len(tokens)-1]) {
		return out, nil
	}
	last := tokens[len(tokens)-1]
	_, first := utf8.DecodeRuneInString(last)
	d, _, err := s.v.snapshot.FieldDictFuzzyAutomaton(fieldTitle, last, 1, last[:first])
	if err != nil {
		return nil, err
	}
	var list []counted
	for range maxScan {
		e, err := d.Next()
		if err != nil {
			_ = d.Close()
			return nil, err
		}
		if e == nil {
			break
		}
		list = append(list, counted{term: e.Term, n: int(e.Count)})
	}
	head := strings.TrimRightFunc(s.typed, func(r rune) bool { return !isSpace(r) })
	for _, c := range mostFrequent(list) {
		n, err := s.v.frequency(s.ctx, fieldTitle, c.term)
		if err != nil {
			_ = d.Close()
			return nil, err
		}
		if n > 0 && len(out) < min(s.limit, 3) {
			out = append(out, Suggestion{Kind: SuggestSpelling, Text: head + c.term, Count: n})
		}
	}
	return out, d.Close()
}
