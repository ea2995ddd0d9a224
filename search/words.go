package search

import (
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/mapping"
)

// analyzers turn text into the terms of the index.
type analyzers struct{ folded, english, spanish analysis.Analyzer }

func newAnalyzers(m *mapping.IndexMappingImpl) analyzers {
	return analyzers{m.AnalyzerNamed(analyzerFolded), m.AnalyzerNamed(analyzerEnglish), m.AnalyzerNamed(analyzerSpanish)}
}

// tokens are the folded words of a text.
func (a analyzers) tokens(s string) []string {
	stream := a.folded.Analyze([]byte(s))
	out := make([]string, 0, len(stream))
	for _, t := range stream {
		out = append(out, string(t.Term))
	}
	return out
}

// stems gives the stems of one word, "" where the language does without the word.
func (a analyzers) stems(word string) (english, spanish string) {
	if s := a.english.Analyze([]byte(word)); len(s) == 1 {
		english = string(s[0].Term)
	}
	if s := a.spanish.Analyze([]byte(word)); len(s) == 1 {
		spanish = string(s[0].Term)
	}
	return english, spanish
}

// stop reports whether the word carries no meaning of its own, in English or Spanish: "the", "de".
func (a analyzers) stop(token string) bool {
	english, spanish := a.stems(token)
	return english == "" || spanish == ""
}
