package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"sync"

	index "github.com/blevesearch/bleve_index_api"
	"github.com/blevesearch/vellum"
	zap "github.com/blevesearch/zapx/v17"
	"github.com/golang/snappy"
)

// A builder writes its segment as zapx v17 does (zap.md there says how), so that bleve reads, keeps and merges it like any
// other. What can be told apart is that terms of one document are in the dictionary from the beginning, where zapx puts
// them when it merges.

// maxSegmentDocs is how many documents a builder takes at most: what one container of a bitmap has.
const maxSegmentDocs = 1 << 16

const (
	notUninverted  = math.MaxUint64
	oneDocument    = 1 << 63 // marks a document in place of an offset
	docsPerChunk   = 1024
	sectionsOfZap  = 2 // of each field: its terms and, not used, synonyms
	sectionTerms   = zap.SectionInvertedTextIndex
	sectionSynonym = zap.SectionSynonymIndex
)

// built is a finished segment.
type built struct {
	ids             []string
	mem             []byte
	stored, indexed uint64 // where the index of stored documents and that of fields begin
}

// build writes the segment of what was added. Reset the builder to use it again.
func (b *builder) build() (*built, error) {
	if len(b.docs) > maxSegmentDocs {
		return nil, errors.New("too many documents for a segment")
	}
	names := make([]string, 0, len(b.fields))
	size := 0
	for name, f := range b.fields {
		if len(f.lists) == 0 && f.options.IsIndexed() && name != fieldTitle && name != fieldText {
			continue // of a segment before
		}
		names = append(names, name)
		size += f.size()
	}
	slices.SortFunc(names, byField)
	w := segmentWriter{docs: len(b.docs), room: &b.room, out: make([]byte, 0, size+b.room.size()+300*len(b.docs))}
	out := &built{}
	out.stored = w.storedDocuments(b.docs, slices.Index(names, fieldShown), slices.Index(names, fieldSketch))
	fst, _ := dictionaries.Get().(*dictionary)
	if fst == nil {
		fst = &dictionary{}
	}
	defer dictionaries.Put(fst)
	starts := make([]uint64, len(names))
	for i, name := range names {
		var err error
		if starts[i], err = w.field(uint64(i), b.fields[name], fst); err != nil {
			return nil, err
		}
	}
	options := make([]index.FieldIndexingOptions, len(names))
	for i, name := range names {
		options[i] = b.fields[name].options
	}
	out.indexed = w.fields(names, options, starts)
	out.mem = w.out
	for i := range b.docs {
		out.ids = append(out.ids, b.docs[i].id)
	}
	return out, nil
}

// byField is the order of fields in a segment: the one of IDs is the first.
func byField(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == fieldID:
		return -1
	case b == fieldID:
		return 1
	}
	return cmp.Compare(a, b)
}

// size is about how many bytes the field will take, besides those of its lists in their room.
func (f *builtField) size() (n int) {
	if f.counting == once {
		return len(f.terms.text)
	}
	for i := range f.lists {
		n += 2*int(f.lists[i].n) + 32
	}
	return n
}

// segmentWriter writes the parts of a segment one after another.
type segmentWriter struct {
	out   []byte
	gone  uint64 // bytes that were written before those in out
	docs  int
	room  *lists   // of a builder
	list  []uint32 // the documents of a term
	tf    []byte   // what is kept of each
	ends  []uint64 // of the chunks in tf
	far   []byte   // the same of places that do not fit
	offs  []uint64
	size  uint64 // documents of a chunk
	limit uint64 // the first document that is not in the chunk at hand
	one   []byte
}

// at is where the next byte goes.
func (w *segmentWriter) at() uint64 { return w.gone + uint64(len(w.out)) }

func (w *segmentWriter) uvarint(values ...uint64) {
	for _, v := range values {
		w.out = binary.AppendUvarint(w.out, v)
	}
}

// storedDocuments writes what can be read back, and gives where the index of it is.
func (w *segmentWriter) storedDocuments(docs []storedDocument, shown, kept int) uint64 {
	var meta, data, packed []byte
	at := make([]uint64, len(docs))
	for i := range docs {
		d := &docs[i]
		meta, data = binary.AppendUvarint(meta[:0], uint64(len(d.id))), data[:0]
		value := func(field int, v []byte) {
			for _, n := range [...]uint64{uint64(field), 't', uint64(len(data)), uint64(len(v)), 0} {
				meta = binary.AppendUvarint(meta, n)
			}
			data = append(data, v...)
		}
		show := func() {
			if d.shown != nil {
				value(shown, []byte(*d.shown))
			}
		}
		if shown < kept {
			show()
		}
		if d.sketch != nil {
			value(kept, d.sketch[:])
		}
		if shown > kept {
			show()
		}
		packed = snappy.Encode(packed[:cap(packed)], data)
		at[i] = w.at()
		w.uvarint(uint64(len(meta)), uint64(len(d.id)+len(packed)))
		w.out = append(w.out, meta...)
		w.out = append(append(w.out, d.id...), packed...)
	}
	return w.storedAt(at)
}

// storedAt writes where the stored documents are, and gives where that is.
func (w *segmentWriter) storedAt(at []uint64) uint64 {
	start := w.at()
	for _, n := range at {
		w.out = binary.BigEndian.AppendUint64(w.out, n)
	}
	w.uvarint(0) // documents within documents
	return start
}

// dictionary builds the automaton of a field's terms.
type dictionary struct {
	builder *vellum.Builder
	bytes   bytes.Buffer
}

// dictionaries are kept for their memory. They look for equal ends of terms among fewer than zapx's do, which takes half
// of the time; what zapx merges is as small as ever.
var dictionaries sync.Pool

func (d *dictionary) start() (err error) {
	d.bytes.Reset()
	if d.builder == nil {
		o := vellum.BuilderOpts{Encoder: 1, RegistryTableSize: 512, RegistryMRUSize: 2}
		d.builder, err = vellum.New(&d.bytes, &o)
		return err
	}
	return d.builder.Reset(&d.bytes)
}

// field writes the lists and the dictionary of a field, and gives where the section begins.
func (w *segmentWriter) field(number uint64, f *builtField, fst *dictionary) (uint64, error) {
	type entry struct {
		head uint64
		list uint32
	}
	order := make([]entry, len(f.lists))
	for i := range order {
		order[i] = entry{headOf(f.term(uint32(i))), uint32(i)}
	}
	slices.SortFunc(order, func(a, b entry) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return bytes.Compare(f.term(a.list), f.term(b.list))
	})
	if err := fst.start(); err != nil {
		return 0, err
	}
	for _, e := range order {
		if err := fst.builder.Insert(f.term(e.list), w.postings(number, f, e.list)); err != nil {
			return 0, err
		}
	}
	return w.section(fst)
}

// section writes the dictionary of a field, the lists of which are written, and gives where the section begins.
func (w *segmentWriter) section(fst *dictionary) (uint64, error) {
	if err := fst.builder.Close(); err != nil {
		return 0, err
	}
	at := w.at()
	w.uvarint(uint64(fst.bytes.Len()))
	w.out = append(w.out, fst.bytes.Bytes()...)
	start := w.at()
	w.uvarint(notUninverted, notUninverted, at)
	return start, nil
}

// postings writes the list of a term, and gives what its dictionary says.
func (w *segmentWriter) postings(number uint64, f *builtField, n uint32) uint64 {
	l := &f.lists[n]
	if f.counting == once && l.n == 1 {
		return oneDocument | 1<<31 | uint64(l.last-1) // 1 is the norm, see below
	}
	w.begin(int(l.n))
	doc := uint64(math.MaxUint64)
	b := w.room.from(l.first)
	for range l.n {
		b = w.room.linked(b)
		step, k := binary.Uvarint(b)
		b = b[k:]
		doc += step
		w.reach(doc)
		w.list = append(w.list, uint32(doc))
		switch f.counting {
		case bare:
			w.tf = append(w.tf, 0)
		case once:
			w.tf = append(w.tf, 1<<1, 1)
		case numbered:
			k = 1
			for b[k-1] >= 0x80 {
				k++
			}
			w.tf = append(append(w.tf, b[:k]...), 1) // a norm of 1: lengths have a field of their own
			far := b[0]&1 != 0
			b = b[k:]
			if far {
				at, k := binary.Uvarint(b)
				b = b[k:]
				w.far = w.appendFar(w.far, number, f.far[at+1:at+1+uint64(f.far[at])])
			}
		}
	}
	return w.listed()
}

// begin begins a list of so many documents.
func (w *segmentWriter) begin(n int) {
	w.size = uint64(w.docs) / (uint64(n)/docsPerChunk + 1)
	w.limit = w.size
	w.list, w.tf, w.ends = w.list[:0], w.tf[:0], w.ends[:0]
	w.far, w.offs = w.far[:0], w.offs[:0]
}

// reach ends the chunks before that of a document.
func (w *segmentWriter) reach(doc uint64) {
	for doc >= w.limit {
		w.ends, w.offs = append(w.ends, uint64(len(w.tf))), append(w.offs, uint64(len(w.far)))
		w.limit += w.size
	}
}

// listed writes the list that was gathered since begin, and gives what its dictionary says.
func (w *segmentWriter) listed() uint64 {
	for uint64(len(w.ends)) < uint64(w.docs-1)/w.size+1 {
		w.ends, w.offs = append(w.ends, uint64(len(w.tf))), append(w.offs, uint64(len(w.far)))
	}
	counts, places := w.chunks(w.ends, w.tf), w.chunks(w.offs, w.far)
	at := w.at()
	w.uvarint(counts, places)
	w.out = appendBitmap(w.out, w.list)
	return at
}

// chunks writes bytes with the ends of their chunks, and gives where; 0 if there are none.
func (w *segmentWriter) chunks(ends []uint64, b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	at := w.at()
	w.uvarint(uint64(len(ends)))
	w.uvarint(ends...)
	w.out = append(w.out, b...)
	return at
}

// appendFar appends the location that has the places of a word, see pack: the gaps between them as its numbers.
func (w *segmentWriter) appendFar(b []byte, field uint64, places []int32) []byte {
	one := binary.AppendUvarint(w.one[:0], field)
	last := int32(0)
	for i, p := range places {
		if i == 3 { // the rest are array positions
			one = binary.AppendUvarint(one, uint64(len(places)-3))
		}
		one = binary.AppendUvarint(one, uint64(p-last))
		last = p
	}
	for range 4 - len(places) { // what is not there
		one = append(one, 0)
	}
	w.one = one
	return append(binary.AppendUvarint(b, uint64(len(one))), one...)
}

// fields writes where the fields are, and gives where that is.
func (w *segmentWriter) fields(names []string, options []index.FieldIndexingOptions, starts []uint64) uint64 {
	at := make([]uint64, len(names))
	for i, name := range names {
		at[i] = w.at()
		w.uvarint(uint64(len(name)))
		w.out = append(w.out, name...)
		w.uvarint(uint64(options[i]), sectionsOfZap)
		w.out = binary.BigEndian.AppendUint16(w.out, sectionTerms)
		w.out = binary.BigEndian.AppendUint64(w.out, starts[i])
		w.out = binary.BigEndian.AppendUint16(w.out, sectionSynonym)
		w.out = binary.BigEndian.AppendUint64(w.out, 0)
	}
	start := w.at()
	w.uvarint(uint64(len(names)))
	for _, n := range at {
		w.out = binary.BigEndian.AppendUint64(w.out, n)
	}
	return start
}
