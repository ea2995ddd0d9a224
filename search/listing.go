package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum"
	zap "github.com/blevesearch/zapx/v17"
)

// To score a broad word is to read tens of thousands of numbers. zapx reads them one by one through interfaces, and all of
// each; here those of a list are read in one loop, from the file's own bytes, and most of each number is jumped over.

// listing is the documents that have a term in one part.
type listing struct {
	docs *roaring.Bitmap // without deleted ones; not to be changed; see set
	n    int             // how many

	// Of a stem: the lists whose times count, for documents that are within. They are those of words that are their own stem,
	// as far as they are marked, and the others. The rest is empty then.
	of                    []*listing
	within                dense
	words, marked, others *roaring.Bitmap

	zap segment.PostingsList // in a segment that is no file

	all     *roaring.Bitmap // with deleted ones; nil for a term that one document has once
	chunk   uint64          // documents of a chunk
	numbers chunks          // of each document
	far     chunks          // places that do not fit into numbers
	seen    *seen           // what was read before, if it was little
}

// chunks are bytes in parts, of which there are none or one for each chunk of documents.
type chunks struct {
	ends []byte // of the parts, as varints
	data []byte
	from uint64
}

func newListing(docs *roaring.Bitmap) *listing {
	return &listing{docs: docs, n: int(docs.GetCardinality())}
}

// file is what of a segment's file lists are read from.
type file interface {
	Data() []byte
	DictAddr(field string) (uint64, error)
	Version() uint32
	ChunkMode() uint32
}

var errList = errors.New("broken list of documents")

// fileOf gives the file of a segment, nil if it has none, or one that zapx had better read itself.
func fileOf(s segment.Segment) file {
	f, ok := s.(file)
	if !ok || f.Version() != zap.Version || f.ChunkMode() != zap.DefaultChunkMode {
		return nil
	}
	return f
}

// termsOf gives the terms of a field in a file, nil if there are none.
func termsOf(s segment.Segment, f file, field string) (*vellum.FST, error) {
	d, err := s.Dictionary(field)
	if err != nil || d == nil || d.Cardinality() == 0 {
		return nil, err
	}
	at, err := f.DictAddr(field)
	if err != nil {
		return nil, err
	}
	b, err := sized(f.Data(), at)
	if err != nil {
		return nil, err
	}
	return vellum.Load(b)
}

// terms are the dictionaries of a segment's file, each opened once. They must not be used without the segment.
type terms struct {
	mu sync.RWMutex
	by map[string]*vellum.FST
}

// of is termsOf.
func (t *terms) of(s segment.Segment, f file, field string) (*vellum.FST, error) {
	t.mu.RLock()
	fst, ok := t.by[field]
	t.mu.RUnlock()
	if ok {
		return fst, nil
	}
	fst, err := termsOf(s, f, field)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]*vellum.FST{}
	}
	if len(t.by) < maxDictionaries {
		t.by[field] = fst
	}
	return fst, nil
}

// maxDictionaries bounds the fields whose dictionaries are kept, also of such as no segment has.
const maxDictionaries = 200

// reader gives what finds the terms of a field in the file, nil if there are none. A view opens each once.
func (p *part) reader(f file, field string) (*vellum.Reader, error) {
	if r, ok := p.readers[field]; ok {
		return r, nil
	}
	fst, err := p.columns.terms.of(p.segment.Segment(), f, field)
	if err != nil {
		return nil, err
	}
	var r *vellum.Reader
	if fst != nil {
		if r, err = fst.Reader(); err != nil {
			return nil, err
		}
	}
	p.readers[field] = r
	return r, nil
}

// sized gives the bytes at an offset, before which a varint says how many they are.
func sized(mem []byte, at uint64) ([]byte, error) {
	if at >= uint64(len(mem)) {
		return nil, errList
	}
	n, k := binary.Uvarint(mem[at:])
	at += uint64(max(k, 0))
	if k <= 0 || n > uint64(len(mem))-at {
		return nil, errList
	}
	return mem[at : at+n : at+n], nil
}

// listed reads the list of a term, or nil if the part does not have it.
func (p *part) listed(field, term string) (*listing, error) {
	f := fileOf(p.segment.Segment())
	if f == nil {
		l, err := p.zapped(field, term)
		if err != nil || l == nil {
			return nil, err
		}
		out := newListing(bitmapOf(l))
		out.zap = l
		return out, nil
	}
	r, err := p.reader(f, field)
	if err != nil || r == nil {
		return nil, err
	}
	at, found, err := r.Get([]byte(term))
	if err != nil || !found {
		return nil, err
	}
	l, err := readListing(f.Data(), at, uint64(p.docs), p.segment.Deleted())
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", field, term, err)
	}
	if l.n == 0 {
		return nil, nil
	}
	return l, nil
}

// header is what stands before the documents of a list: where its numbers and places are, and the bytes of the bitmap.
func header(mem []byte, at uint64) (numbers, far uint64, bitmap []byte, err error) {
	for _, v := range []*uint64{&numbers, &far} {
		if at >= uint64(len(mem)) {
			return 0, 0, nil, errList
		}
		n, k := binary.Uvarint(mem[at:])
		if k <= 0 {
			return 0, 0, nil, errList
		}
		*v, at = n, at+uint64(k)
	}
	bitmap, err = sized(mem, at)
	return numbers, far, bitmap, err
}

// oneListed gives the document of a term that one has once.
func oneListed(at, docs uint64) (doc uint32, ok bool, err error) {
	if at&zap.FSTValEncodingMask != zap.FSTValEncoding1Hit {
		return 0, false, nil
	}
	d, _ := zap.FSTValDecode1Hit(at)
	if d >= docs {
		return 0, true, errList
	}
	return uint32(d), true, nil
}

// readListing reads a list by what its dictionary says.
func readListing(mem []byte, at, docs uint64, deleted *roaring.Bitmap) (*listing, error) {
	if d, ok, err := oneListed(at, docs); ok || err != nil {
		b := roaring.New()
		if err == nil && (deleted == nil || !deleted.Contains(d)) {
			b.Add(d)
		}
		return newListing(b), err
	}
	numbers, far, b, err := header(mem, at)
	if err != nil {
		return nil, err
	}
	all := roaring.New()
	if _, err := all.FromBuffer(b); err != nil {
		return nil, err
	}
	n := all.GetCardinality()
	if n > 0 && uint64(all.Maximum()) >= docs {
		return nil, errList
	}
	l := &listing{docs: all, n: int(n), all: all, chunk: max(docs/(n/docsPerChunk+1), 1)}
	if deleted != nil && !deleted.IsEmpty() {
		l.docs = roaring.AndNot(all, deleted)
		l.n = int(l.docs.GetCardinality())
	}
	if l.numbers, err = readChunks(mem, numbers, docs); err != nil {
		return nil, err
	}
	l.far, err = readChunks(mem, far, docs)
	return l, err
}

// readChunks finds chunks, of which there are at most so many; none at 0 and where zapx says so.
func readChunks(mem []byte, at, most uint64) (chunks, error) {
	if at == 0 || at == math.MaxUint64 {
		return chunks{}, nil
	}
	if at >= uint64(len(mem)) {
		return chunks{}, errList
	}
	n, k := binary.Uvarint(mem[at:])
	if k <= 0 || n > most {
		return chunks{}, errList
	}
	at += uint64(k)
	start := at
	for range n {
		_, k := binary.Uvarint(mem[at:])
		if k <= 0 {
			return chunks{}, errList
		}
		at += uint64(k)
	}
	return chunks{ends: mem[start:at], data: mem[at:]}, nil
}

// next gives the next chunk, nothing if there are none at all.
func (c *chunks) next() ([]byte, error) {
	if c.data == nil {
		return nil, nil
	}
	end, k := binary.Uvarint(c.ends)
	if k <= 0 || end < c.from || end > uint64(len(c.data)) {
		return nil, errList
	}
	b := c.data[c.from:end]
	c.ends, c.from = c.ends[k:], end
	return b, nil
}
