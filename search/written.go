package search

import (
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/mapping"
)

// writer knows how text is written to the index, and remembers the stems of words.
type writer struct {
	mapping *mapping.IndexMappingImpl
	mu      sync.RWMutex
	stems   map[stemKey][]string
}

type stemKey struct{ analyzer, word string }

// maxStems bounds the words whose stems are remembered.
const maxStems = 200_000

// analyzer is what divides the text of a field into words.
func (w *writer) analyzer(field string) analysis.Analyzer {
	return w.mapping.AnalyzerNamed(w.mapping.AnalyzerNameForPath(field))
}

// stem gives the terms that a word is in an analyzer: most often one, its stem, or none.
func (w *writer) stem(analyzer, word string) []string {
	key := stemKey{analyzer, word}
	w.mu.RLock()
	got, ok := w.stems[key]
	w.mu.RUnlock()
	if ok {
		return got
	}
	got = w.stemOf(analyzer, word)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stems == nil || len(w.stems) >= maxStems {
		w.stems = map[stemKey][]string{}
	}
	w.stems[key] = got
	return got
}

// stemOf is stem for who remembers them.
func (w *writer) stemOf(analyzer, word string) (terms []string) {
	for _, t := range w.stream(analyzer, word) {
		terms = append(terms, string(t.Term))
	}
	return terms
}

// stream gives a folded word as an analyzer does. One of letters of English is a word to all of them, that only their
// filters have to look at.
func (w *writer) stream(name, word string) analysis.TokenStream {
	analyzer := w.mapping.AnalyzerNamed(name)
	a, ok := analyzer.(*analysis.DefaultAnalyzer)
	for i := 0; i < len(word) && ok; i++ {
		ok = word[i] >= 'a' && word[i] <= 'z'
	}
	if !ok {
		return analyzer.Analyze([]byte(word))
	}
	stream := analysis.TokenStream{{Term: []byte(word), End: len(word), Position: 1, Type: analysis.AlphaNumeric}}
	for _, f := range a.TokenFilters {
		stream = f.Filter(stream)
	}
	return stream
}

// itself reports whether a word is its own stem in a field of stems.
func (w *writer) itself(field, word string) bool {
	return slices.Contains(w.stem(w.mapping.AnalyzerNameForPath(field), word), word)
}
