package search

import (
	"math"

	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	index "github.com/blevesearch/bleve_index_api"
)

// builder gathers documents and makes one segment of them. bleve's own way makes maps of the terms of each document and
// puts them together afterwards; here each term is numbered once, and a document only adds a few bytes to the lists of its
// terms. That takes a fifth of the time, and so little memory that a segment can have many documents: the fewer segments
// there are, the less there is to merge.
//
// A builder is for one goroutine.
type builder struct {
	writer *writer
	docs   []storedDocument
	fields map[string]*builtField
	words  *numbering // of texts and stems
	room   lists

	// For the document at hand, by the numbers of words.
	divided []string
	which   []uint32 // each word of a text
	here    []uint32 // the words of a text, each once
	all     []uint32 // the words of all texts, each once
	ends    []int32  // how often a word is in a text, then where its places end
	sums    []int32  // how often a word is in all texts, or a stem in the document
	places  []int32
}

// storedDocument is what can be read back of a document.
type storedDocument struct {
	id     string
	shown  *string
	sketch *sketch
}

// How a field counts its terms.
type counting int

const (
	bare     counting = iota // not at all
	once                     // each is there once: bleve stores the document of a term that has one within the dictionary
	numbered                 // as a number for each document
)

// builtField has the terms of one field.
type builtField struct {
	options  index.FieldIndexingOptions
	counting counting
	terms    *numbering // those of this field, whose lists have the same numbers; or the words of all
	words    []uint32   // in a field of words, the word of each list
	at       []uint32   // one more than the list of a word, by its number; 0 for none
	lists    []list
	far      []int32             // places that do not fit into a number, after how many they are
	stem     []uint32            // noStem, or that and the number of the stem, by the number of a word; 0 if not looked up
	stems    map[uint32][]uint32 // of words that have several
}

// term is that of a list.
func (f *builtField) term(list uint32) []byte {
	if f.counting == numbered {
		list = f.words[list]
	}
	return f.terms.term(list)
}

const (
	noStem      = 1
	severalStem = math.MaxUint32
)

func newBuilder(w *writer) *builder {
	return &builder{writer: w, fields: map[string]*builtField{}, words: &numbering{}}
}

// single are the fields of which most terms are in one document.
var single = map[string]bool{
	fieldID: true, fieldGroup: true, fieldBand: true, fieldOrigin: true, fieldModified: true, fieldTitleKey: true,
}

// add adds a document by its fields, as [Document.fields] names them. No two may have one ID.
func (b *builder) add(id string, fields map[string]any) {
	doc := uint32(len(b.docs))
	stored := storedDocument{id: id}
	b.term(b.field(fieldID, index.IndexField|index.StoreField), doc, id)
	b.all = b.all[:0]
	for _, name := range textFields {
		s, _ := fields[name].(string)
		b.text(name, doc, s)
	}
	for name, value := range fields {
		switch analyzer := b.writer.mapping.AnalyzerNameForPath(name); {
		case name == fieldTitle || name == fieldText:
		case name == fieldShown:
			s, _ := value.(string)
			stored.shown = &s
			b.field(name, index.StoreField)
		case name == fieldSketch:
			stored.sketch, _ = value.(*sketch)
			b.field(name, index.StoreField)
		case analyzer == keyword.Name:
			f := b.field(name, index.IndexField)
			switch v := value.(type) {
			case string:
				b.term(f, doc, v)
			case []string:
				for _, s := range v {
					b.term(f, doc, s)
				}
			}
		default:
			b.stems(name, analyzer, doc)
		}
	}
	for _, w := range b.all {
		b.sums[w] = 0
	}
	b.docs = append(b.docs, stored)
}

func (b *builder) field(name string, o index.FieldIndexingOptions) *builtField {
	f := b.fields[name]
	if f == nil {
		f = &builtField{options: o, terms: &numbering{}}
		if single[name] {
			f.counting = once
		}
		b.fields[name] = f
	}
	return f
}

// wordField is a field of words.
func (b *builder) wordField(name string) *builtField {
	f := b.field(name, index.IndexField)
	f.counting, f.terms = numbered, b.words
	return f
}

// term adds a document to the list of a value.
func (b *builder) term(f *builtField, doc uint32, term string) {
	n := f.terms.of(term)
	if int(n) == len(f.lists) {
		f.lists = append(f.lists, list{})
	}
	b.room.add(&f.lists[n], doc, false, 0, 0)
}

// word adds a document to the list of a word.
func (b *builder) word(f *builtField, doc, word uint32, number, places uint64) {
	if int(word) >= len(f.at) {
		f.at = append(f.at, make([]uint32, b.words.len()-len(f.at))...)
	}
	if f.at[word] == 0 {
		f.words, f.lists = append(f.words, word), append(f.lists, list{})
		f.at[word] = uint32(len(f.lists))
	}
	b.room.add(&f.lists[f.at[word]-1], doc, true, number, places)
}

// text adds the words of a text with their places.
func (b *builder) text(name string, doc uint32, text string) {
	f := b.wordField(name)
	b.divided = divide(b.divided[:0], text, b.writer.analyzer(name))
	b.which, b.here = b.which[:0], b.here[:0]
	for _, s := range b.divided {
		b.which = append(b.which, b.words.of(s))
	}
	b.ends = extended(b.ends, b.words.len())
	b.sums = extended(b.sums, b.words.len())
	for _, w := range b.which {
		if b.ends[w] == 0 {
			b.here = append(b.here, w)
		}
		b.ends[w]++
	}
	b.places = extended(b.places, len(b.which))
	end := int32(0)
	for _, w := range b.here {
		n := b.ends[w]
		if b.sums[w] == 0 {
			b.all = append(b.all, w)
		}
		b.sums[w] += n
		b.ends[w] = end // for now, where the next place goes
		end += n
	}
	for i, w := range b.which {
		b.places[b.ends[w]] = int32(i + 1)
		b.ends[w]++
	}
	from := int32(0)
	for _, w := range b.here {
		at := b.places[from:b.ends[w]]
		from, b.ends[w] = b.ends[w], 0
		number, all := pack(at)
		if all {
			b.word(f, doc, w, uint64(number)<<1, 0)
			continue
		}
		b.word(f, doc, w, uint64(number)<<1|1, uint64(len(f.far)))
		f.far = append(append(f.far, int32(len(at))), at...)
	}
}

// stems adds the stems of those words of the document that are not their own, and marks the document.
func (b *builder) stems(name, analyzer string, doc uint32) {
	f := b.wordField(name)
	b.word(f, doc, b.words.of(stemMark), uint64(packTimes(1))<<1, 0)
	b.here = b.here[:0]
	if n := b.words.len(); n > len(f.stem) {
		f.stem = append(f.stem, make([]uint32, n-len(f.stem))...)
	}
	for _, w := range b.all {
		n := f.stem[w]
		if n == 0 {
			n = b.lookUp(f, analyzer, w)
		}
		switch n {
		case noStem:
		case severalStem:
			for _, s := range f.stems[w] {
				b.stem(s, b.sums[w])
			}
		default:
			b.stem(n-noStem-1, b.sums[w])
		}
	}
	b.sums = extended(b.sums, b.words.len())
	for _, s := range b.here {
		b.word(f, doc, s, uint64(packTimes(int(b.ends[s])))<<1, 0)
		b.ends[s] = 0
	}
}

// lookUp finds the stems of a word.
func (b *builder) lookUp(f *builtField, analyzer string, word uint32) uint32 {
	var found []uint32
	own := string(b.words.term(word))
	for _, s := range b.writer.stemOf(analyzer, own) {
		if s != own {
			found = append(found, b.words.of(s))
		}
	}
	b.ends = extended(b.ends, b.words.len())
	switch len(found) {
	case 0:
		f.stem[word] = noStem
	case 1:
		f.stem[word] = found[0] + noStem + 1
	default:
		if f.stems == nil {
			f.stems = map[uint32][]uint32{}
		}
		f.stem[word], f.stems[word] = severalStem, found
	}
	return f.stem[word]
}

// stem counts a stem of the document at hand.
func (b *builder) stem(s uint32, times int32) {
	if b.ends[s] == 0 {
		b.here = append(b.here, s)
	}
	b.ends[s] += times
}

// extended gives a slice of that length or longer, the new values 0.
func extended(s []int32, n int) []int32 {
	if n > len(s) {
		s = append(s, make([]int32, max(n-len(s), len(s)/4))...)
	}
	return s
}

// maxWords is how many words a builder remembers from one segment to the next, with their stems: some 60 MB.
const maxWords = 500_000

// reset forgets the documents, and what is not worth to be kept.
func (b *builder) reset() {
	b.docs = nil
	b.room.reset()
	if b.words.len() > maxWords {
		*b = *newBuilder(b.writer)
		return
	}
	for name, f := range b.fields {
		if len(f.lists) == 0 && f.options.IsIndexed() { // none of the last segment's documents had it
			delete(b.fields, name)
			continue
		}
		clear(f.at)
		f.words, f.lists, f.far = f.words[:0], f.lists[:0], f.far[:0]
		if f.counting != numbered {
			f.terms.reset()
		}
	}
}
