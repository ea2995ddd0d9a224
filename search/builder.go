package search

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"

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
	words  numbering // of texts and stems
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
	of       map[string]uint32 // which list a term has; nil where terms are words
	at       []uint32          // one more than the list of a word, by its number; 0 for none
	terms    []string
	lists    []list
	far      map[occurrence][]int32 // places that do not fit into a number
	stem     []uint32               // noStem, or that and the number of the stem, by the number of a word; 0 if not looked up
	stems    map[uint32][]uint32    // of words that have several
}

const (
	noStem      = 1
	severalStem = math.MaxUint32
)

type occurrence struct {
	list uint32
	doc  uint32
}

// numbering numbers words from 0.
type numbering struct {
	numbers map[string]uint32
	words   []string
}

func (n *numbering) of(word string) uint32 {
	if got, ok := n.numbers[word]; ok {
		return got
	}
	word = strings.Clone(word)
	got := uint32(len(n.words))
	n.numbers[word], n.words = got, append(n.words, word)
	return got
}

func newBuilder(w *writer) *builder {
	return &builder{writer: w, fields: map[string]*builtField{}, words: numbering{numbers: map[string]uint32{}}}
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
		f = &builtField{options: o, of: map[string]uint32{}}
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
	f.counting, f.of = numbered, nil
	return f
}

// term adds a document to the list of a value.
func (b *builder) term(f *builtField, doc uint32, term string) {
	n, ok := f.of[term]
	if !ok {
		n = uint32(len(f.lists))
		term = strings.Clone(term)
		f.of[term], f.terms, f.lists = n, append(f.terms, term), append(f.lists, list{})
	}
	b.room.add(&f.lists[n], doc, f.counting == numbered, 0)
}

// word adds a document to the list of a word.
func (b *builder) word(f *builtField, doc, word uint32, number uint64) (which uint32) {
	if int(word) >= len(f.at) {
		f.at = append(f.at, make([]uint32, len(b.words.words)-len(f.at))...)
	}
	if f.at[word] == 0 {
		f.terms, f.lists = append(f.terms, b.words.words[word]), append(f.lists, list{})
		f.at[word] = uint32(len(f.lists))
	}
	which = f.at[word] - 1
	b.room.add(&f.lists[which], doc, true, number)
	return which
}

// text adds the words of a text with their places.
func (b *builder) text(name string, doc uint32, text string) {
	f := b.wordField(name)
	b.divided = divide(b.divided[:0], text, b.writer.analyzer(name))
	b.which, b.here = b.which[:0], b.here[:0]
	for _, s := range b.divided {
		b.which = append(b.which, b.words.of(s))
	}
	b.ends = extended(b.ends, len(b.words.words))
	b.sums = extended(b.sums, len(b.words.words))
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
			b.word(f, doc, w, uint64(number)<<1)
			continue
		}
		which := b.word(f, doc, w, uint64(number)<<1|1)
		if f.far == nil {
			f.far = map[occurrence][]int32{}
		}
		f.far[occurrence{which, doc}] = slices.Clone(at)
	}
}

// stems adds the stems of those words of the document that are not their own, and marks the document.
func (b *builder) stems(name, analyzer string, doc uint32) {
	f := b.wordField(name)
	b.word(f, doc, b.words.of(stemMark), uint64(packTimes(1))<<1)
	b.here = b.here[:0]
	if n := len(b.words.words); n > len(f.stem) {
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
	b.sums = extended(b.sums, len(b.words.words))
	for _, s := range b.here {
		b.word(f, doc, s, uint64(packTimes(int(b.ends[s])))<<1)
		b.ends[s] = 0
	}
}

// lookUp finds the stems of a word.
func (b *builder) lookUp(f *builtField, analyzer string, word uint32) uint32 {
	var found []uint32
	for _, s := range b.writer.stem(analyzer, b.words.words[word]) {
		if s != b.words.words[word] {
			found = append(found, b.words.of(s))
		}
	}
	b.ends = extended(b.ends, len(b.words.words))
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

// list has the documents of one term in ascending order: for each, the distance from the one before, from 1, and in
// fields of words the number that bleve has for the frequency, both as varints.
type list struct {
	bytes []byte
	last  uint32 // one more than the last document
	n     uint32
}

// lists is the room that lists take their bytes from.
type lists struct {
	pages [][]byte
	used  int                   // of the pages
	page  []byte                // what is left of the last one
	free  [pageLog + 1][][]byte // by the logarithm of their size
}

const (
	leastRoom = 3 // 8 bytes
	pageLog   = 18
)

// reset takes the room back from all lists.
func (r *lists) reset() {
	r.used, r.page = 0, nil
	for i := range r.free {
		clear(r.free[i])
		r.free[i] = r.free[i][:0]
	}
}

// add adds a document, unless it is the last one already.
func (r *lists) add(l *list, doc uint32, number bool, n uint64) {
	if l.last == doc+1 {
		return
	}
	var room [2 * binary.MaxVarintLen64]byte
	b := binary.AppendUvarint(room[:0], uint64(doc+1-l.last))
	if number {
		b = binary.AppendUvarint(b, n)
	}
	if len(l.bytes)+len(b) > cap(l.bytes) {
		r.grow(l, len(l.bytes)+len(b))
	}
	l.bytes = append(l.bytes, b...)
	l.last, l.n = doc+1, l.n+1
}

// grow gives a list twice the room, and its old one to others.
func (r *lists) grow(l *list, need int) {
	size := max(leastRoom, bits.Len(uint(need-1)))
	old := l.bytes
	l.bytes = append(r.take(size), old...)
	if n := cap(old); n > 0 && n <= 1<<pageLog {
		at := bits.Len(uint(n)) - 1
		r.free[at] = append(r.free[at], old[:0])
	}
}

func (r *lists) take(size int) []byte {
	if size > pageLog {
		return make([]byte, 0, 1<<size)
	}
	if free := r.free[size]; len(free) > 0 {
		r.free[size] = free[:len(free)-1]
		return free[len(free)-1]
	}
	if len(r.page) < 1<<size {
		if r.used == len(r.pages) {
			r.pages = append(r.pages, make([]byte, 1<<pageLog))
		}
		r.page = r.pages[r.used]
		r.used++
	}
	room := r.page[: 0 : 1<<size]
	r.page = r.page[1<<size:]
	return room
}

// maxWords is how many words a builder remembers from one segment to the next.
const maxWords = 300_000

// reset forgets the documents, and what is not worth to be kept.
func (b *builder) reset() {
	b.docs = nil
	b.room.reset()
	if len(b.words.words) > maxWords {
		*b = *newBuilder(b.writer)
		return
	}
	for name, f := range b.fields {
		if len(f.lists) == 0 && f.options.IsIndexed() { // none of the last segment's documents had it
			delete(b.fields, name)
			continue
		}
		clear(f.of)
		clear(f.at)
		clear(f.lists)
		clear(f.terms)
		f.terms, f.lists, f.far = f.terms[:0], f.lists[:0], nil
	}
}
