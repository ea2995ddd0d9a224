package search

import (
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// How documents are written in the way that bleve means, which the segments of builder are compared with.

// document gives a document by its fields, as [Document.fields] names them.
func written(w *writer, id string, fields map[string]any) *document.Document {
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
		if single[f.name] {
			room[i].SetFrequency(1)
		}
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

func (f *textField) analyze() {
	words := divide(nil, f.text, f.analyzer)
	numbers, _ := numberings.Get().(map[string]int32)
	which := make([]int32, len(words)) // the number of each word
	var counts []int32
	bytes := 0
	for i, word := range words {
		n, ok := numbers[word]
		if !ok {
			n = int32(len(counts))
			numbers[word] = n
			counts = append(counts, 0)
			bytes += len(word)
		}
		which[i] = n
		counts[n]++
	}
	ends := make([]int32, len(counts)) // of the places of each word; where they start until all are there
	for n := 1; n < len(counts); n++ {
		ends[n] = ends[n-1] + counts[n-1]
	}
	places := make([]int32, len(words))
	for i, n := range which {
		places[ends[n]] = int32(i + 1)
		ends[n]++
	}
	f.found = make(index.TokenFrequencies, len(numbers))
	room, terms := make([]index.TokenFreq, len(numbers)), make([]byte, 0, bytes)
	for word, n := range numbers {
		from, freq, at := len(terms), &room[n], places[ends[n]-counts[n]:ends[n]]
		terms = append(terms, word...)
		freq.Term = terms[from:len(terms):len(terms)]
		number, all := pack(at)
		freq.SetFrequency(number)
		if !all {
			freq.Locations = []*index.TokenLocation{location(at)}
		}
		f.found[word] = freq
	}
	if len(numbers) < 10_000 { // a large map takes long to clear
		clear(numbers)
		numberings.Put(numbers)
	}
}

// numberings are maps to number the words of a document with.
var numberings = sync.Pool{New: func() any { return map[string]int32{} }}

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
				at.SetFrequency(at.Frequency() + int(times(uint64(freq.Frequency()))))
			}
		}
	}
	for _, at := range f.found {
		at.SetFrequency(packTimes(at.Frequency()))
	}
}

// location has the places that do not fit into a number.
func location(places []int32) *index.TokenLocation {
	l, last := &index.TokenLocation{}, 0
	for i, p := range places {
		switch gap := int(p) - last; i {
		case 0:
			l.Position = gap
		case 1:
			l.Start = gap
		case 2:
			l.End = gap
		default:
			l.ArrayPositions = append(l.ArrayPositions, uint64(gap))
		}
		last = int(p)
	}
	return l
}
