package gitstore

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	packHead = 12 // "PACK", version, number of objects
	packTail = 20 // checksum

	// maxDepth bounds a chain of deltas. git makes 50, and at most 4,095 when told to; aggressive repacks once made 250.
	maxDepth = 512
)

// pack is one opened pack. It does not change and needs no closing.
type pack struct {
	id    string
	data  io.ReaderAt // the pack; a file among them is closed by the garbage collector
	size  int64
	index packIndex
	zlib  *codecs

	layoutOnce sync.Once
	order      []int32 // positions in the index by offset
}

// entry is the header of an object in a pack.
type entry struct {
	offset int64
	kind   plumbing.ObjectType // may be a delta
	size   int64               // inflated; of the delta where it is one
	head   int64               // bytes of the header
	end    int64               // offset behind the entry
	base   int64               // offset of an OFS delta's base
	baseID oid                 // id of a REF delta's base
}

// bounds finds where the entry that begins at offset ends, and its position in the index.
func (p *pack) bounds(offset int64) (end int64, position int, err error) {
	p.layoutOnce.Do(func() {
		order := make([]int32, p.index.count)
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(p.index.offset(int(a)), p.index.offset(int(b))) })
		p.order = order
	})
	i := sort.Search(len(p.order), func(i int) bool { return p.index.offset(int(p.order[i])) >= offset })
	if i == len(p.order) || p.index.offset(int(p.order[i])) != offset {
		return 0, 0, fmt.Errorf("%w: pack %s has no object at %d", errCorrupt, p.id, offset)
	}
	end = p.size - packTail
	if i+1 < len(p.order) {
		end = p.index.offset(int(p.order[i+1]))
	}
	return end, int(p.order[i]), nil
}

// entry reads the header of the object at offset.
func (p *pack) entry(offset int64) (e entry, err error) {
	end, _, err := p.bounds(offset)
	if err != nil {
		return e, err
	}
	var buf [40]byte
	n, err := p.data.ReadAt(buf[:min(int64(len(buf)), end-offset)], offset)
	if err != nil && err != io.EOF {
		return e, fmt.Errorf("pack %s: %w", p.id, err)
	}
	e, err = parseEntry(buf[:n], offset)
	if err == nil && (offset+e.head >= end || e.size > 1100*(end-offset)+64) { // zlib shrinks to 1/1032 at best
		err = errCorrupt
	}
	if err != nil {
		return e, fmt.Errorf("pack %s at %d: %w", p.id, offset, err)
	}
	e.end = end
	return e, nil
}

// parseEntry reads an entry's header.
func parseEntry(b []byte, offset int64) (e entry, err error) {
	e.offset = offset
	i := 0
	next := func() byte {
		if i >= len(b) {
			err = fmt.Errorf("%w: entry's header", errCorrupt)
			return 0
		}
		i++
		return b[i-1]
	}
	c := next()
	e.kind = plumbing.ObjectType(c >> 4 & 7)
	e.size = int64(c & 15)
	for shift := 4; c&0x80 != 0; shift += 7 {
		if c = next(); shift > 50 {
			return e, fmt.Errorf("%w: entry's size", errCorrupt)
		}
		e.size |= int64(c&0x7f) << shift
	}
	switch e.kind {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	case plumbing.OFSDeltaObject:
		c = next()
		back := int64(c & 0x7f)
		for c&0x80 != 0 {
			if c = next(); back > 1<<50 {
				return e, fmt.Errorf("%w: delta's base", errCorrupt)
			}
			back = (back+1)<<7 | int64(c&0x7f)
		}
		e.base = offset - back
		if back <= 0 || e.base < packHead {
			return e, fmt.Errorf("%w: delta's base", errCorrupt)
		}
	case plumbing.REFDeltaObject:
		if i+len(e.baseID) > len(b) {
			return e, fmt.Errorf("%w: delta's base", errCorrupt)
		}
		i += copy(e.baseID[:], b[i:])
	default:
		return e, fmt.Errorf("%w: entry of kind %d", errCorrupt, e.kind)
	}
	e.head = int64(i)
	return e, err
}

// appendEntryHead encodes kind and size; a delta's base follows it.
func appendEntryHead(b []byte, kind plumbing.ObjectType, size int64) []byte {
	c := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b = append(b, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(b, c)
}

// appendBack encodes the distance to an OFS delta's base.
func appendBack(b []byte, back int64) []byte {
	var buf [10]byte
	i := len(buf) - 1
	buf[i] = byte(back & 0x7f)
	for back >>= 7; back > 0; back >>= 7 {
		back--
		i--
		buf[i] = 0x80 | byte(back&0x7f)
	}
	return append(b, buf[i:]...)
}

// compressed is the entry's content as stored.
func (p *pack) compressed(e entry) *io.SectionReader {
	return io.NewSectionReader(p.data, e.offset+e.head, e.end-e.offset-e.head)
}

// inflate reads an entry's content.
func (p *pack) inflate(e entry) ([]byte, error) {
	data, err := p.zlib.inflate(p.compressed(e), e.size)
	if err != nil {
		return nil, fmt.Errorf("pack %s at %d: %w", p.id, e.offset, err)
	}
	return data, nil
}

// resultSize is the size of the object that an entry stands for.
func (p *pack) resultSize(e entry) (int64, error) {
	if !e.kind.IsDelta() {
		return e.size, nil
	}
	head, err := p.zlib.inflateHead(p.compressed(e), min(e.size, 20))
	if err != nil {
		return 0, fmt.Errorf("pack %s at %d: %w", p.id, e.offset, err)
	}
	_, size, err := deltaSizes(head)
	return size, err
}

// deltaSizes reads the sizes of the base and the result that a delta begins with.
func deltaSizes(delta []byte) (base, result int64, err error) {
	b, n := binary.Uvarint(delta)
	if n <= 0 {
		return 0, 0, fmt.Errorf("%w: delta's header", errCorrupt)
	}
	r, m := binary.Uvarint(delta[n:])
	if m <= 0 || b > 1<<40 || r > 1<<40 {
		return 0, 0, fmt.Errorf("%w: delta's header", errCorrupt)
	}
	return int64(b), int64(r), nil
}
