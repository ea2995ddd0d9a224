package search

import (
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
}

func newAnalyzers(m *mapping.IndexMappingImpl) (analyzers, error) {
	stops, err := stopSets()
	if err != nil {
		return analyzers{}, err
	}
	a := analyzers{folded: m.AnalyzerNamed(analyzerFolded), stems: map[string]analysis.Analyzer{}, stops: stops}
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
	if s := analyzer.Analyze([]byte(word)); len(s) == 1 {
		return string(s[0].Term)
	}
	return ""
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
