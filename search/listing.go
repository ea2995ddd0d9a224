package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
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

// dense is a set of documents as bits, which is quick to ask.
type dense []uint64

func (s dense) has(d uint32) bool { return s[d>>6]&(1<<(d&63)) != 0 }

// among reports whether one of the documents from a up to but not including b may be in the set.
func (s dense) among(a, b uint64) bool {
	for _, w := range s[min(a>>6, uint64(len(s))):min((b+63)>>6, uint64(len(s)))] {
		if w != 0 {
			return true
		}
	}
	return false
}

// common is how many documents two sets have in common; s must not be longer.
func (s dense) common(t dense) (n int) {
	t = t[:len(s)]
	for i, w := range s {
		n += bits.OnesCount64(w & t[i])
	}
	return n
}

// newDense gives the set as bits, with room for all documents of a segment of so many; it takes the room where it is enough.
func newDense(set *roaring.Bitmap, docs int, room dense) dense {
	n := (docs>>16 + 1) << 10
	if cap(room) < n {
		room = make(dense, n)
	}
	room = room[:n]
	clear(room)
	set.WriteDenseTo(room)
	return room
}

// hits are documents of a list, and how often each has the term, or what is kept of where.
type hits struct {
	docs  []uint32
	times []float32
	kept  []kept
	all   []uint32 // room
}

// seen is what was kept of few documents, among which all later ones are most often.
type seen struct {
	among, docs []uint32 // in ascending order
	kept        []kept
}

// fewSeen is up to how many documents seen is worth it.
const fewSeen = 256

// has reports whether all documents of a set were looked at.
func (s *seen) has(set dense) bool {
	if s == nil {
		return false
	}
	among := s.among
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			d := uint32(i<<6 + bits.TrailingZeros64(w))
			at, found := slices.BinarySearch(among, d)
			if !found {
				return false
			}
			among = among[at+1:]
		}
	}
	return true
}

// look reads how often documents have the term, and remembers where.
func (h *hits) look(l *listing, set dense, among []uint32) error {
	if err := h.read(l, set, true); err != nil {
		return err
	}
	for _, k := range h.kept {
		h.times = append(h.times, float32(times(k.number)))
	}
	l.seen = &seen{among, slices.Clone(h.docs), slices.Clone(h.kept)}
	return nil
}

// kept is what is kept of where a document has a word: a number as pack makes them, or bytes as zapx has locations.
type kept struct {
	number uint64
	far    []byte
	zap    []uint64 // the places, read by zapx
}

// read reads the documents of a list, which must not be that of a stem, that are in the set: how often they have the
// term, or what is kept of where.
func (h *hits) read(l *listing, set dense, where bool) error {
	h.docs, h.times, h.kept = h.docs[:0], h.times[:0], h.kept[:0]
	if where && l.seen.has(set) {
		for i, d := range l.seen.docs {
			if set.has(d) {
				h.put(d, l.seen.kept[i], true)
			}
		}
		return nil
	}
	if l.zap != nil {
		return h.readZap(l.zap, set, where)
	}
	if l.numbers.data == nil { // each has it once
		h.all = appendDocs(h.all[:0], l.docs)
		for _, d := range h.all {
			if set.has(d) {
				h.put(d, kept{number: 1}, where)
			}
		}
		return nil
	}
	h.all = appendDocs(h.all[:0], l.all)
	numbers, far := l.numbers, l.far
	limit := uint64(0)
	for all := h.all; len(all) > 0; {
		b, err := numbers.next()
		if err != nil {
			return err
		}
		places, err := far.next()
		if err != nil {
			return err
		}
		if limit += l.chunk; uint64(all[0]) >= limit {
			continue
		}
		n := len(all)
		if uint64(all[n-1]) >= limit {
			n, _ = slices.BinarySearch(all, uint32(limit))
		}
		if set.among(limit-l.chunk, limit) {
			if err := h.readChunk(b, places, all[:n], set, where); err != nil {
				return err
			}
		}
		all = all[n:]
	}
	return nil
}

// readChunk reads what is in the set of the documents of a chunk. Most of the others are jumped over without a look at where
// their numbers begin.
func (h *hits) readChunk(b, far []byte, docs []uint32, set dense, where bool) error {
	if len(b) == 0 {
		return errList
	}
	each := 1 // numbers of a document
	if b[0] > 1 {
		each = 2 // a norm follows
	}
	places := placesOf{b: b, far: far, each: each}
	at := 0 // the document that b is at
	for i, d := range docs {
		if !set.has(d) {
			continue
		}
		if b, at = skipNumbers(b, each*(i-at)), i; len(b) == 0 {
			return errList
		}
		if n := b[0] >> 1 & (1<<countBits - 1); n != 0 && !where {
			h.docs, h.times = append(h.docs, d), append(h.times, float32(n))
			continue
		}
		number, k := binary.Uvarint(b)
		if k <= 0 {
			return errList
		}
		kept := kept{number: number >> 1}
		if where && number&1 != 0 {
			var err error
			if kept.far, err = places.of(i); err != nil {
				return err
			}
		}
		h.put(d, kept, where)
	}
	return nil
}

// skipNumbers gives what is behind so many varints, nothing if there are not as many.
func skipNumbers(b []byte, n int) []byte {
	for n > 0 && len(b) >= 8 {
		ends := ^binary.LittleEndian.Uint64(b) & 0x8080808080808080
		if got := bits.OnesCount64(ends); got < n {
			n, b = n-got, b[8:]
			continue
		}
		for range n - 1 {
			ends &= ends - 1
		}
		return b[bits.TrailingZeros64(ends)>>3+1:]
	}
	i := 0
	for ; n > 0 && i < len(b); i++ {
		if b[i] < 0x80 {
			n--
		}
	}
	if n > 0 {
		return nil
	}
	return b[i:]
}

// placesOf finds the places of documents of a chunk that are not in their numbers, one document after the other.
type placesOf struct {
	b, far []byte
	each   int
	at     int // the document that both are at
}

func (p *placesOf) of(doc int) ([]byte, error) {
	for ; ; p.at++ {
		var found []byte
		if len(p.b) == 0 {
			return nil, errList
		}
		if p.b[0]&1 != 0 {
			n, k := binary.Uvarint(p.far)
			if k <= 0 || n > uint64(len(p.far)-k) {
				return nil, errList
			}
			found, p.far = p.far[k:k+int(n)], p.far[k+int(n):]
		}
		p.b = skipNumbers(p.b, p.each)
		if p.at == doc {
			p.at++
			return found, nil
		}
	}
}

func (h *hits) put(d uint32, k kept, where bool) {
	h.docs = append(h.docs, d)
	if where {
		h.kept = append(h.kept, k)
	} else {
		h.times = append(h.times, float32(times(k.number)))
	}
}

// readZap is read by zapx.
func (h *hits) readZap(l segment.PostingsList, set dense, where bool) error {
	it := l.Iterator(true, false, where, nil)
	for {
		p, err := it.Next()
		if err != nil || p == nil {
			return err
		}
		if d := uint32(p.Number()); set.has(d) {
			k := kept{number: p.Frequency()}
			if where && len(p.Locations()) > 0 {
				k.zap = places(nil, p)
			}
			h.put(d, k, where)
		}
	}
}

// places appends where the word is, in ascending order.
func (k *kept) places(room []uint64) ([]uint64, error) {
	if k.zap != nil {
		return append(room, k.zap...), nil
	}
	if k.far == nil {
		return packed(room, k.number), nil
	}
	for b := k.far; len(b) > 0; { // see pack
		at := uint64(0)
		more := uint64(1)
		for i := uint64(0); i < 5+more-1; i++ {
			n, size := binary.Uvarint(b)
			if size <= 0 {
				return room, errList
			}
			b = b[size:]
			switch {
			case i == 0: // the field
			case i == 4:
				if n > uint64(len(b)) {
					return room, errList
				}
				more = n + 1
			case i == 1 || n > 0:
				at += n
				room = append(room, at)
			}
		}
	}
	return room, nil
}
