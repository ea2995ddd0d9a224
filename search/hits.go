package search

import (
	"encoding/binary"
	"math/bits"
	"slices"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// hits are documents of a list, and how often each has the term, or what is kept of where.
type hits struct {
	docs  []uint32
	times []float32
	kept  []kept

	wanted []uint32 // documents of the list that are in the set
	ranks  []uint32 // how many of the list are before each
	all    []uint32 // of a short list, all of its documents
	have   dense    // of another, the same
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
	h.choose(l, set)
	numbers, far := l.numbers, l.far
	var b, places []byte
	read := uint64(0) // chunks
	before := ranker{h: h}
	for at := 0; at < len(h.wanted); {
		n := uint64(h.wanted[at]) / l.chunk
		for ; read <= n; read++ {
			var err error
			if b, err = numbers.next(); err != nil {
				return err
			}
			if places, err = far.next(); err != nil {
				return err
			}
		}
		end := at + 1
		for end < len(h.wanted) && uint64(h.wanted[end]) < read*l.chunk {
			end++
		}
		if err := h.readChunk(b, places, h.wanted[at:end], h.ranks[at:end], before.of(n*l.chunk), where); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// shortList is how many words of a set take as long as a document of a list that is gone through.
const shortList = 16

// choose finds the documents of a list that are in a set.
func (h *hits) choose(l *listing, set dense) {
	h.wanted, h.ranks = h.wanted[:0], h.ranks[:0]
	h.all, h.have = h.all[:0], h.have[:0]
	if l.n*shortList < len(set) {
		h.all = appendDocs(h.all, l.all)
		for i, d := range h.all {
			if set.has(d) {
				h.wanted, h.ranks = append(h.wanted, d), append(h.ranks, uint32(i))
			}
		}
		return
	}
	h.have = denseOf(l.all, len(set), h.have)
	rank, want := 0, set[:len(h.have)]
	for i, w := range h.have {
		for both := w & want[i]; both != 0; both &= both - 1 {
			bit := bits.TrailingZeros64(both)
			h.wanted = append(h.wanted, uint32(i<<6+bit))
			h.ranks = append(h.ranks, uint32(rank+bits.OnesCount64(w&(1<<bit-1))))
		}
		rank += bits.OnesCount64(w)
	}
}

// ranker counts the documents of what h.choose was given that are before others, which ascend.
type ranker struct {
	h     *hits
	word  int
	count int // before the word
}

func (r *ranker) of(doc uint64) uint32 {
	if len(r.h.have) == 0 {
		n, _ := slices.BinarySearch(r.h.all, uint32(doc))
		return uint32(n)
	}
	for ; r.word < int(doc>>6); r.word++ {
		r.count += bits.OnesCount64(r.h.have[r.word])
	}
	return uint32(r.count + bits.OnesCount64(r.h.have[r.word]&(1<<(doc&63)-1)))
}

// readChunk reads documents of a chunk, of which it is known how many of the list are before each, and before the chunk. The
// others are jumped over without a look at where their numbers begin.
func (h *hits) readChunk(b, far []byte, docs, ranks []uint32, before uint32, where bool) error {
	if len(b) == 0 {
		return errList
	}
	each := 1 // numbers of a document
	if b[0] > 1 {
		each = 2 // a norm follows
	}
	places := placesOf{b: b, far: far, each: each}
	at := 0 // the document that b is at
	for k, d := range docs {
		i := int(ranks[k] - before)
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
