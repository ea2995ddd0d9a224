package search

import (
	"math/bits"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// How often and where a document has a word is kept in one number, which stands where bleve keeps the frequency. That
// takes half of the bytes of bleve's locations, which have six numbers each. From the lowest bits:
//
//   - 4 bits: how many places there are, of up to 15
//   - 4 bits: one less than the bits that each place takes, none of which is 0
//   - the places, from 1: the first, and of each of the others the distance from the one before
//
// Where they do not fit into 62 bits, the lowest 4 are 0, the others how many there are, and bleve's location has them:
// the first place is its position, the second and third are distances in its start and end, and the others likewise in
// its array positions. Stems have a number without places. [places] and [times] read all of these.
const (
	countBits = 4
	widthBits = 4
	fitBits   = 62 // of bleve's 63
)

// pack gives the number for ascending places, and whether they are in it.
func pack(places []int32) (number int, all bool) {
	most, last := int32(0), int32(0)
	for _, p := range places {
		most, last = max(most, p-last), p
	}
	width := max(bits.Len32(uint32(most)), 1)
	if len(places) >= 1<<countBits || width > 1<<widthBits || countBits+widthBits+width*len(places) > fitBits {
		return len(places) << countBits, false
	}
	number, last = len(places)|(width-1)<<countBits, 0
	for i, p := range places {
		number |= int(p-last) << (countBits + widthBits + i*width)
		last = p
	}
	return number, true
}

// packTimes gives the number of a word, or stem, whose places are not in it.
func packTimes(n int) int {
	if n < 1<<countBits {
		return n // a single one is the 1 that bleve stores in no bytes
	}
	return n << countBits
}

// times is how often a posting's document has the word.
func times(number uint64) uint64 {
	if n := number & (1<<countBits - 1); n != 0 {
		return n
	}
	return number >> countBits
}

// places appends the places of a posting's word in the document, in ascending order. The posting must be of a field with
// words, read with its locations.
func places(room []uint64, p segment.Posting) []uint64 {
	if number := p.Frequency(); number&(1<<countBits-1) != 0 {
		return packed(room, number)
	}
	for _, l := range p.Locations() {
		at := l.Pos()
		room = append(room, at)
		for _, gap := range [...]uint64{l.Start(), l.End()} {
			if gap > 0 {
				at += gap
				room = append(room, at)
			}
		}
		for _, gap := range l.ArrayPositions() {
			at += gap
			room = append(room, at)
		}
	}
	return room
}

// packed appends the places that are in a number.
func packed(room []uint64, number uint64) []uint64 {
	n, width := number&(1<<countBits-1), number>>countBits&(1<<widthBits-1)+1
	number >>= countBits + widthBits
	at := uint64(0)
	for range n {
		at += number & (1<<width - 1)
		number >>= width
		room = append(room, at)
	}
	return room
}
