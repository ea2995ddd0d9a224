package search

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

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
