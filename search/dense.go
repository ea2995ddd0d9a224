package search

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// dense is a set of documents as bits, which is quick to ask.
type dense []uint64

func (s dense) has(d uint32) bool { return s[d>>6]&(1<<(d&63)) != 0 }

// common is how many documents two sets have in common; s must not be longer.
func (s dense) common(t dense) (n int) {
	t = t[:len(s)]
	for i, w := range s {
		n += bits.OnesCount64(w & t[i])
	}
	return n
}

// appendCommon appends the documents that are in both of two sets; s must not be longer.
func (s dense) appendCommon(docs []uint32, t dense) []uint32 {
	t = t[:len(s)]
	for i, w := range s {
		for w &= t[i]; w != 0; w &= w - 1 {
			docs = append(docs, uint32(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return docs
}

// newDense gives the set as bits, with room for all documents of a segment of so many; it takes the room where it is enough.
func newDense(set *roaring.Bitmap, docs int, room dense) dense {
	return denseOf(set, (docs>>16+1)<<10, room)
}

// denseOf is newDense by how many words it takes.
func denseOf(set *roaring.Bitmap, n int, room dense) dense {
	if cap(room) < n {
		room = make(dense, n)
	}
	room = room[:n]
	clear(room)
	set.WriteDenseTo(room)
	return room
}
