package search

import (
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/mapping"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Documents are written as bleve's mapping says, but the text is divided into words only once for all of its fields,
// stems are looked up by the word, and the places of a word in a document are one location instead of one each: that
// takes a third of the time and of the bytes. The first place is the location's position, the second and third are
// distances from the one before in its start and end, the others likewise in its array positions. [places] reads them.

// writer turns documents into what bleve stores.
type writer struct {
	mapping *mapping.IndexMappingImpl
	mu      sync.RWMutex
	stems   map[stemKey][]string
}

type stemKey struct{ analyzer, word string }

// maxStems bounds the words whose stems are remembered.
const maxStems = 200_000

// document gives a document by its fields, as [Document.fields] names them.
func (w *writer) document(id string, fields map[string]any) *document.Document {
	d := document.NewDocument(id)
	var texts []*textField
	for _, name := range [...]string{fieldTitle, fieldText} {
		s, _ := fields[name].(string)
		f := &textField{name: name, text: s, analyzer: w.mapping.AnalyzerNamed(w.mapping.AnalyzerNameForPath(name))}
		texts = append(texts, f)
		d.AddField(f)
	}
	for name, value := range fields {
		analyzer := w.mapping.AnalyzerNameForPath(name)
		switch {
		case name == fieldTitle || name == fieldText:
		case name == fieldShown:
			s, _ := value.(string)
			d.AddField(document.NewTextFieldWithIndexingOptions(name, nil, []byte(s), index.StoreField))
		case analyzer == keyword.Name:
			f := &termField{name: name}
			switch v := value.(type) {
			case string:
				f.terms = []string{v}
			case []string:
				f.terms = v
			}
			d.AddField(f)
		case name == fieldSketch:
			if s, ok := value.(*sketch); ok {
				d.AddField(&storedField{name: name, value: s[:]})
			}
		default:
			d.AddField(&stemField{name: name, of: texts, analyzer: analyzer, writer: w})
		}
	}
	return d
}

// storedField has bytes that are kept as they are.
type storedField struct {
	bareField
	name  string
	value []byte
}

func (f *storedField) Name() string                                     { return f.name }
func (f *storedField) Value() []byte                                    { return f.value }
func (f *storedField) Options() index.FieldIndexingOptions              { return index.StoreField }
func (f *storedField) Analyze()                                         {}
func (f *storedField) AnalyzedTokenFrequencies() index.TokenFrequencies { return nil }

// stem gives the terms that a word is in an analyzer: most often one, its stem, or none.
func (w *writer) stem(analyzer, word string) []string {
	key := stemKey{analyzer, word}
	w.mu.RLock()
	got, ok := w.stems[key]
	w.mu.RUnlock()
	if ok {
		return got
	}
	for _, t := range w.mapping.AnalyzerNamed(analyzer).Analyze([]byte(word)) {
		got = append(got, string(t.Term))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stems == nil || len(w.stems) >= maxStems {
		w.stems = map[stemKey][]string{}
	}
	w.stems[key] = got
	return got
}

// itself reports whether a word is its own stem in a field of stems.
func (w *writer) itself(field, word string) bool {
	return slices.Contains(w.stem(w.mapping.AnalyzerNameForPath(field), word), word)
}

// bareField has what bleve asks of every field and these have not.
type bareField struct{}

func (bareField) Value() []byte                       { return nil }
func (bareField) ArrayPositions() []uint64            { return nil }
func (bareField) EncodedFieldType() byte              { return 't' }
func (bareField) Options() index.FieldIndexingOptions { return index.IndexField }
func (bareField) AnalyzedLength() int                 { return 1 } // the length has a field of its own
func (bareField) NumPlainTextBytes() uint64           { return 0 }
func (bareField) Size() int                           { return 0 }

// termField has values that are found whole.
type termField struct {
	bareField
	name  string
	terms []string
	found index.TokenFrequencies
}

func (f *termField) Name() string                                     { return f.name }
func (f *termField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.found }

func (f *termField) Analyze() {
	f.found = make(index.TokenFrequencies, len(f.terms))
	room := make([]index.TokenFreq, len(f.terms))
	for i, t := range f.terms {
		room[i].Term = []byte(t) // with no frequency, none is stored
		f.found[t] = &room[i]
	}
}

// textField has words, with their places.
type textField struct {
	bareField
	name, text string
	analyzer   analysis.Analyzer
	once       sync.Once
	found      index.TokenFrequencies
}

func (f *textField) Name() string                                     { return f.name }
func (f *textField) Analyze()                                         { f.once.Do(f.analyze) }
func (f *textField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.found }

// occurrences are those of one word.
type occurrences struct {
	freq  index.TokenFreq
	place index.TokenLocation
	where [1]*index.TokenLocation
	last  int
}

func (f *textField) analyze() {
	words := divide(f.text, f.analyzer)
	numbers, _ := numberings.Get().(map[string]int32)
	which := make([]int32, len(words)) // the number of each word
	bytes := 0
	for i, word := range words {
		n, ok := numbers[word]
		if !ok {
			n = int32(len(numbers))
			numbers[word] = n
			bytes += len(word)
		}
		which[i] = n
	}
	f.found = make(index.TokenFrequencies, len(numbers))
	room, terms := make([]occurrences, len(numbers)), make([]byte, 0, bytes)
	for word, n := range numbers {
		o := &room[n]
		from := len(terms)
		terms = append(terms, word...)
		o.freq.Term, o.where[0] = terms[from:len(terms):len(terms)], &o.place
		o.freq.Locations = o.where[:]
		f.found[word] = &o.freq
	}
	if len(numbers) < 10_000 { // a large map takes long to clear
		clear(numbers)
		numberings.Put(numbers)
	}
	for i, n := range which {
		room[n].add(i + 1)
	}
}

// numberings are maps to number the words of a document with.
var numberings = sync.Pool{New: func() any { return map[string]int32{} }}

// add adds a place behind those that are there.
func (o *occurrences) add(place int) {
	n := o.freq.Frequency()
	switch gap := place - o.last; n {
	case 0:
		o.place.Position = place
	case 1:
		o.place.Start = gap
	case 2:
		o.place.End = gap
	default:
		o.place.ArrayPositions = append(o.place.ArrayPositions, uint64(gap))
	}
	o.last = place
	o.freq.SetFrequency(n + 1)
}

// stemField has the stems of the words of others, and marks its document. Words that are their own stem are left out.
type stemField struct {
	bareField
	name     string
	of       []*textField
	analyzer string
	writer   *writer
	found    index.TokenFrequencies
}

func (f *stemField) Name() string                                     { return f.name }
func (f *stemField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.found }

func (f *stemField) Analyze() {
	mark := &index.TokenFreq{Term: []byte(stemMark)}
	mark.SetFrequency(1)
	f.found = index.TokenFrequencies{stemMark: mark}
	for _, text := range f.of {
		text.Analyze()
		for word, freq := range text.found {
			for _, s := range f.writer.stem(f.analyzer, word) {
				if s == word {
					continue
				}
				at := f.found[s]
				if at == nil {
					at = &index.TokenFreq{Term: []byte(s)}
					f.found[s] = at
				}
				at.SetFrequency(at.Frequency() + freq.Frequency())
			}
		}
	}
}

// places appends the places of a posting's word in the document, in ascending order. The posting must be of a field with
// words, read with its locations.
func places(room []uint64, p segment.Posting) []uint64 {
	for _, l := range p.Locations() {
		at := l.Pos()
		room = append(room, at)
		for _, gap := range [...]uint64{l.Start(), l.End()} {
			if gap > 0 {
				at += gap
				room = append(room, at)
			}
		}
		for _, gap := range l.ArrayPositions() {
			at += gap
			room = append(room, at)
		}
	}
	return room
}
