package search

import (
	"encoding/binary"
	"math/bits"
)

// list has the documents of one term in ascending order: for each, the distance from the one before, from 1, and in
// fields of words the number that bleve has for the frequency, and where the places are if they are not in that, all as
// varints. They stand in blocks, at the end of which a 0 and an address lead to the next.
type list struct {
	first uint32 // where it begins
	at    uint32 // where the next document goes
	end   uint32 // up to where there is room, besides a link
	last  uint32 // one more than the last document
	n     uint32
}

// lists is the room that lists have their blocks in. An address is the number of a page and where in it.
type lists struct {
	pages [][]byte
	used  int    // of the pages
	next  uint32 // of the last page
}

const (
	pageLog   = 18
	pageMask  = 1<<pageLog - 1
	linkSize  = 5
	leastRoom = 8
	mostRoom  = 1 << 12
)

// reset takes the room back from all lists.
func (r *lists) reset() { r.used, r.next = 0, 0 }

// size is how many bytes are taken.
func (r *lists) size() int { return r.used << pageLog }

// add adds a document, unless it is the last one already. Only a number with its lowest bit set has places.
func (r *lists) add(l *list, doc uint32, numbered bool, number, places uint64) {
	if l.last == doc+1 {
		return
	}
	step := uint64(doc + 1 - l.last)
	need := varintSize(step)
	if numbered {
		need += varintSize(number)
		if number&1 != 0 {
			need += varintSize(places)
		}
	}
	if l.at+need > l.end {
		r.extend(l, need)
	}
	b := r.from(l.at)
	k := binary.PutUvarint(b, step)
	if numbered {
		k += binary.PutUvarint(b[k:], number)
		if number&1 != 0 {
			binary.PutUvarint(b[k:], places)
		}
	}
	l.at, l.last, l.n = l.at+need, doc+1, l.n+1
}

func varintSize(v uint64) uint32 { return uint32(bits.Len64(v|1)+6) / 7 }

// from gives the bytes of an address up to the end of the page.
func (r *lists) from(at uint32) []byte { return r.pages[at>>pageLog][at&pageMask:] }

// extend gives a list another block, as large as all before, if that is not too much.
func (r *lists) extend(l *list, need uint32) {
	size := max(need+linkSize, min(uint32(1)<<bits.Len32(2*l.n), mostRoom), leastRoom)
	if r.used == 0 || r.next+size > 1<<pageLog {
		if r.used == len(r.pages) {
			r.pages = append(r.pages, make([]byte, 1<<pageLog))
		}
		r.used, r.next = r.used+1, 0
	}
	at := uint32(r.used-1)<<pageLog | r.next
	r.next += size
	if l.n == 0 {
		l.first = at
	} else {
		b := r.from(l.at)
		b[0] = 0
		binary.LittleEndian.PutUint32(b[1:], at)
	}
	l.at, l.end = at, at+size-linkSize
}

// linked gives where a list goes on: here, or in another block.
func (r *lists) linked(b []byte) []byte {
	if b[0] != 0 {
		return b
	}
	return r.from(binary.LittleEndian.Uint32(b[1:]))
}
