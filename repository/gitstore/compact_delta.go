package gitstore

import (
	"encoding/binary"
	"math/bits"
)

// deltaIndex finds in a base what a target has too.
type deltaIndex struct {
	base  []byte
	shift int     // of hashes, down to the bits that head is indexed by
	step  int     // from one indexed place to the next
	head  []int32 // number of the last block with a hash, from 1
	prev  []int32 // the number before it
}

const (
	deltaBlock  = 16       // bytes that a match has at least
	deltaChain  = 24       // places that are tried for one block
	deltaCopy   = 0xffff   // bytes of one copy instruction
	deltaInsert = 127      // bytes of one insert instruction
	denseIndex  = 64 << 10 // bytes up to which every place of a base is indexed
)

func newDeltaIndex(base []byte) *deltaIndex {
	x := &deltaIndex{base: base, step: 1}
	if len(base) > denseIndex {
		x.step = deltaBlock
	}
	n := 0
	if len(base) >= deltaBlock {
		n = (len(base)-deltaBlock)/x.step + 1
	}
	width := max(bits.Len(uint(n)), 1)
	x.shift = 64 - width
	x.head, x.prev = make([]int32, 1<<width), make([]int32, n+1)
	for i := 1; i <= n; i++ {
		h := x.hash(base[(i-1)*x.step:])
		x.prev[i], x.head[h] = x.head[h], int32(i)
	}
	return x
}

func (x *deltaIndex) hash(b []byte) uint64 {
	lo, hi := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:deltaBlock])
	return ((lo * 0x9e3779b97f4a7c15) ^ bits.RotateLeft64(hi, 31)) * 0xff51afd7ed558ccd >> x.shift
}

// delta makes target from the base, or answers nil where that would take limit bytes or more.
func (x *deltaIndex) delta(target []byte, limit int) []byte {
	out := binary.AppendUvarint(nil, uint64(len(x.base)))
	out = binary.AppendUvarint(out, uint64(len(target)))
	literal, i := 0, 0 // target[literal:i] is still to be inserted
	for i+deltaBlock <= len(target) {
		from, to, length := x.match(target, literal, i)
		if length == 0 {
			i++
			if len(out)+i-literal >= limit {
				return nil
			}
			continue
		}
		out = appendInsert(out, target[literal:to])
		out = appendCopy(out, from, length)
		if len(out) >= limit {
			return nil
		}
		i = to + length
		literal = i
	}
	if out = appendInsert(out, target[literal:]); len(out) >= limit {
		return nil
	}
	return out
}

// match is the longest part of the base that is found at i of the target; it may begin before i, but not before literal.
func (x *deltaIndex) match(target []byte, literal, i int) (from, to, length int) {
	n := x.head[x.hash(target[i:])]
	for tries := 0; n > 0 && tries < deltaChain; tries++ {
		at := int(n-1) * x.step
		forward := common(x.base[at:], target[i:])
		if forward >= deltaBlock {
			back := 0
			for back < at && i-back > literal && x.base[at-back-1] == target[i-back-1] {
				back++
			}
			if forward+back > length {
				from, to, length = at-back, i-back, forward+back
			}
		}
		n = x.prev[n]
	}
	return from, to, length
}

// common is the length of what both begin with.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if d := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); d != 0 {
			return i + bits.TrailingZeros64(d)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func appendInsert(out, text []byte) []byte {
	for len(text) > 0 {
		n := min(len(text), deltaInsert)
		out = append(append(out, byte(n)), text[:n]...)
		text = text[n:]
	}
	return out
}

func appendCopy(out []byte, from, length int) []byte {
	for length > 0 {
		n := min(length, deltaCopy)
		op := len(out)
		out = append(out, 0x80)
		for i, v := 0, from; i < 4; i, v = i+1, v>>8 {
			if v&0xff != 0 {
				out = append(out, byte(v))
				out[op] |= 1 << i
			}
		}
		for i, v := 0, n; i < 2; i, v = i+1, v>>8 {
			if v&0xff != 0 {
				out = append(out, byte(v))
				out[op] |= 0x10 << i
			}
		}
		from, length = from+n, length-n
	}
	return out
}
