package search

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/mapping"
)

// analyzers turn text into the terms of the index.
type analyzers struct {
	folded analysis.Analyzer
	stems  map[string]analysis.Analyzer // by the keys of stemFilters
	stops  map[string]map[string]bool   // by the same: see stopSets
	known  *knownStems
}

// knownStems are the stems of words, which are asked for in every language of the index, and again for every text that is
// shown. Each has one place that it can be at, where the next one of that place takes its own: no search waits for another.
type knownStems struct {
	seed maphash.Seed
	at   [1 << 16]atomic.Pointer[knownStem]
}

type knownStem struct {
	spoken
	stem string
}

// spoken is a folded word in a language.
type spoken struct{ language, word string }

// maxKnownWord is how many bytes a word has at most whose stem is kept.
const maxKnownWord = 40

func (k *knownStems) place(s spoken) *atomic.Pointer[knownStem] {
	return &k.at[maphash.Comparable(k.seed, s)%uint64(len(k.at))]
}

func newAnalyzers(m *mapping.IndexMappingImpl) (analyzers, error) {
	stops, err := stopSets()
	if err != nil {
		return analyzers{}, err
	}
	a := analyzers{folded: m.AnalyzerNamed(analyzerFolded), stems: map[string]analysis.Analyzer{}, stops: stops, known: &knownStems{seed: maphash.MakeSeed()}}
	for language := range stemFilters {
		a.stems[language] = m.AnalyzerNamed(stemFieldOf(language))
	}
	return a, nil
}

// tokens are the folded words of a text.
func (a analyzers) tokens(s string) []string {
	stream := a.folded.Analyze([]byte(parted(s)))
	out := make([]string, 0, len(stream))
	for _, t := range stream {
		out = append(out, string(t.Term))
	}
	return out
}

// stem gives the stem of one word in a language of stemFilters, "" where the language does without the word, or is no
// such language.
func (a analyzers) stem(language, word string) string {
	analyzer := a.stems[language]
	if analyzer == nil {
		return ""
	}
	key := spoken{language, word}
	place := a.known.place(key)
	if known := place.Load(); known != nil && known.spoken == key {
		return known.stem
	}
	stem := ""
	if s := analyzer.Analyze([]byte(word)); len(s) == 1 {
		stem = string(s[0].Term)
	}
	if len(word) <= maxKnownWord {
		key.word = strings.Clone(word) // which may be a piece of a text
		place.Store(&knownStem{key, stem})
	}
	return stem
}

// stop reports whether the word carries no meaning of its own, in English or Spanish: "the", "de".
func (a analyzers) stop(token string) bool {
	return a.stopIn("en", token) || a.stopIn("es", token)
}

// stopIn is stop for one language of stemFilters.
func (a analyzers) stopIn(language, token string) bool {
	return a.stops[language][token] || a.stem(language, token) == ""
}

// ideograph reports whether a token is one character of a script that puts no blanks between words.
func ideograph(token string) bool {
	r, n := utf8.DecodeRuneInString(token)
	return n == len(token) && r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
