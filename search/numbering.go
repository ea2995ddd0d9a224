package search

import "hash/maphash"

// numbering numbers terms from 0, in the order in which they come. There are hundreds of thousands of them: they are kept
// without a pointer for each, which the garbage collector would follow every time, and a word of up to 8 bytes, as most are,
// is found without a look at its text.
type numbering struct {
	seed  maphash.Seed
	slots []slot // a power of two of them, less than half of which are taken
	ends  []uint32
	text  []byte // of all terms
}

type slot struct {
	head uint64 // the first bytes of the term
	size uint32
	n    uint32 // one more than its number, 0 if there is none
}

const (
	headBytes  = 8
	fewestSlot = 64
)

// len is how many terms there are.
func (n *numbering) len() int { return len(n.ends) }

// term gives the term of a number. It is not to be changed.
func (n *numbering) term(i uint32) []byte {
	from := uint32(0)
	if i > 0 {
		from = n.ends[i-1]
	}
	return n.text[from:n.ends[i]:n.ends[i]]
}

// of gives the number of a term, a new one if it has none.
func (n *numbering) of(term string) uint32 {
	if 2*len(n.ends) >= len(n.slots) {
		n.grow()
	}
	head := headOf(term)
	mask := uint64(len(n.slots) - 1)
	for i := maphash.String(n.seed, term) & mask; ; i = (i + 1) & mask {
		s := &n.slots[i]
		if s.n == 0 {
			n.text = append(n.text, term...)
			n.ends = append(n.ends, uint32(len(n.text)))
			*s = slot{head, uint32(len(term)), uint32(len(n.ends))}
			return s.n - 1
		}
		if s.head == head && int(s.size) == len(term) && (len(term) <= headBytes || string(n.term(s.n-1)) == term) {
			return s.n - 1
		}
	}
}

// grow gives room for twice as many.
func (n *numbering) grow() {
	if n.slots == nil {
		n.seed = maphash.MakeSeed()
	}
	old := n.slots
	n.slots = make([]slot, max(2*len(old), fewestSlot))
	mask := uint64(len(n.slots) - 1)
	for _, s := range old {
		if s.n == 0 {
			continue
		}
		i := maphash.Bytes(n.seed, n.term(s.n-1)) & mask
		for n.slots[i].n != 0 {
			i = (i + 1) & mask
		}
		n.slots[i] = s
	}
}

// reset forgets the terms and keeps their room.
func (n *numbering) reset() {
	clear(n.slots)
	n.ends, n.text = n.ends[:0], n.text[:0]
}

// headOf gives the first 8 bytes of a term, those that are not there as 0.
func headOf[T string | []byte](term T) (head uint64) {
	if len(term) >= headBytes {
		return uint64(term[0])<<56 | uint64(term[1])<<48 | uint64(term[2])<<40 | uint64(term[3])<<32 |
			uint64(term[4])<<24 | uint64(term[5])<<16 | uint64(term[6])<<8 | uint64(term[7])
	}
	for i := range len(term) {
		head |= uint64(term[i]) << (56 - 8*i)
	}
	return head
}
