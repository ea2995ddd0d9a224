package search

import (
	"slices"
	"sync"
	"unicode/utf8"
)

// suggested is a question for suggestions.
type suggested struct {
	prefix, language string
	limit            int
}

// suggestions keeps the answers to short prefixes, which nearly everybody types on the way to what is meant and which
// cost most, until something is applied.
type suggestions struct {
	mu      sync.Mutex
	version int64
	by      map[suggested][]Suggestion
}

// maxSuggested bounds the answers that are kept.
const maxSuggested = 2000

func (s *suggestions) of(key suggested, version int64) ([]Suggestion, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.by[key]
	return slices.Clone(list), ok && s.version == version
}

func (s *suggestions) keep(key suggested, version int64, list []Suggestion) {
	if utf8.RuneCountInString(key.prefix) > shortPrefix || len(key.language) > maxLanguage {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if version < s.version {
		return
	}
	if s.by == nil || version > s.version || len(s.by) >= maxSuggested {
		s.by, s.version = map[suggested][]Suggestion{}, version
	}
	s.by[key] = slices.Clone(list)
}
