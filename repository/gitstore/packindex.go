package gitstore

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
)

// packIndex is a version 2 pack index: the ids of a pack's objects in order, and where each begins.
type packIndex struct {
	raw    []byte
	stored []byte // as it is kept beside the pack
	count  int
}

var indexMagic = []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}

const (
	indexHead  = 8 + 256*4
	indexEntry = len(oid{}) + 4 + 4 // id, checksum, offset
	indexTail  = 2 * sha1.Size
)

// A small index is one of fewer than smallIndex objects, stored without the table of 256 numbers that says how many ids begin
// with which byte at most: of a pack with one revision that would be the larger part. After another magic number come, as in
// version 2, the ids, the checksums, the offsets, and the pack's and the index's own checksum.
const smallIndex = 256

var smallMagic = []byte{0xff, 'c', 'p', 'i'}

// minIndex is how few bytes an index has at least.
const minIndex = 4 + indexTail

// widen makes an index of version 2 of a small one.
func widen(small []byte) ([]byte, error) {
	n := (len(small) - minIndex) / indexEntry
	if len(small) < minIndex || len(small) != minIndex+n*indexEntry || n >= smallIndex {
		return nil, fmt.Errorf("%w: small pack index's length", errCorrupt)
	}
	if sum := sha1.Sum(small[:len(small)-sha1.Size]); !bytes.Equal(sum[:], small[len(small)-sha1.Size:]) {
		return nil, fmt.Errorf("%w: pack index's checksum", errCorrupt)
	}
	body := small[len(smallMagic) : len(small)-sha1.Size]
	raw := append(make([]byte, 0, indexHead+n*indexEntry+indexTail), indexMagic...)
	raw = appendFan(raw, n, func(i int) byte { return body[i*len(oid{})] })
	raw = append(raw, body...)
	sum := sha1.Sum(raw)
	return append(raw, sum[:]...), nil
}

// appendFan counts of n ids in order how many begin with each byte or a lower one.
func appendFan(raw []byte, n int, first func(i int) byte) []byte {
	seen := 0
	for b := range 256 {
		for seen < n && int(first(seen)) <= b {
			seen++
		}
		raw = binary.BigEndian.AppendUint32(raw, uint32(seen))
	}
	return raw
}

// parseIndex checks an index, as it is stored, against the size of its pack.
func parseIndex(stored []byte, packSize int64) (x packIndex, err error) {
	raw := stored
	if bytes.HasPrefix(stored, smallMagic) {
		if raw, err = widen(stored); err != nil {
			return x, err
		}
	}
	if len(raw) < indexHead+indexTail || !bytes.HasPrefix(raw, indexMagic) {
		return x, fmt.Errorf("%w: pack index's header", errCorrupt)
	}
	sum := sha1.Sum(raw[:len(raw)-sha1.Size])
	if !bytes.Equal(sum[:], raw[len(raw)-sha1.Size:]) {
		return x, fmt.Errorf("%w: pack index's checksum", errCorrupt)
	}
	x = packIndex{raw: raw, stored: stored}
	last := uint32(0)
	for b := range 256 {
		n := x.fan(b)
		if n < last {
			return x, fmt.Errorf("%w: pack index's fan-out", errCorrupt)
		}
		last = n
	}
	x.count = int(last)
	long := (len(raw) - indexHead - indexTail) - x.count*indexEntry // bytes of the table of large offsets
	if long < 0 || long%8 != 0 {
		return x, fmt.Errorf("%w: pack index's length", errCorrupt)
	}
	for i := range x.count {
		if at := binary.BigEndian.Uint32(x.raw[x.offsets()+4*i:]); at&(1<<31) != 0 && int(at&^(1<<31)) >= long/8 {
			return x, fmt.Errorf("%w: pack index's large offset", errCorrupt)
		}
		if at := x.offset(i); at < packHead || at >= packSize-sha1.Size {
			return x, fmt.Errorf("%w: pack index points outside its pack", errCorrupt)
		}
		if first := int(x.id(i)[0]); uint32(i) >= x.fan(first) || i > 0 && bytes.Compare(x.idBytes(i-1), x.idBytes(i)) >= 0 {
			return x, fmt.Errorf("%w: pack index's order", errCorrupt)
		}
	}
	return x, nil
}

func (x packIndex) fan(b int) uint32 { return binary.BigEndian.Uint32(x.raw[8+4*b:]) }

func (x packIndex) idBytes(i int) []byte {
	return x.raw[indexHead+len(oid{})*i:][:len(oid{})]
}

func (x packIndex) id(i int) oid { return oid(x.idBytes(i)) }

func (x packIndex) offsets() int { return indexHead + x.count*(len(oid{})+4) }

// offset is where object i begins in the pack.
func (x packIndex) offset(i int) int64 {
	at := binary.BigEndian.Uint32(x.raw[x.offsets()+4*i:])
	if at&(1<<31) == 0 {
		return int64(at)
	}
	return int64(binary.BigEndian.Uint64(x.raw[x.offsets()+4*x.count+8*int(at&^(1<<31)):]) &^ (1 << 63))
}

// find is where the object begins.
func (x packIndex) find(id oid) (offset int64, found bool) {
	low := 0
	if id[0] > 0 {
		low = int(x.fan(int(id[0]) - 1))
	}
	n := int(x.fan(int(id[0]))) - low
	i := low + sort.Search(n, func(i int) bool { return bytes.Compare(x.idBytes(low+i), id[:]) >= 0 })
	if i == low+n || x.id(i) != id {
		return 0, false
	}
	return x.offset(i), true
}

// indexed is one object of a pack being indexed.
type indexed struct {
	id     oid
	offset int64
	crc    uint32 // of the entry as stored
}

// writeIndex encodes the index of a pack as it is stored. It sorts all.
func writeIndex(all []indexed, packSum [sha1.Size]byte) []byte {
	slices.SortFunc(all, func(a, b indexed) int { return bytes.Compare(a.id[:], b.id[:]) })
	raw := make([]byte, 0, indexHead+len(all)*indexEntry+indexTail)
	if len(all) < smallIndex && !slices.ContainsFunc(all, func(o indexed) bool { return o.offset >= 1<<31 }) {
		raw = append(raw, smallMagic...)
	} else {
		raw = appendFan(append(raw, indexMagic...), len(all), func(i int) byte { return all[i].id[0] })
	}
	for _, o := range all {
		raw = append(raw, o.id[:]...)
	}
	for _, o := range all {
		raw = binary.BigEndian.AppendUint32(raw, o.crc)
	}
	var long []byte
	for _, o := range all {
		if o.offset < 1<<31 {
			raw = binary.BigEndian.AppendUint32(raw, uint32(o.offset))
			continue
		}
		raw = binary.BigEndian.AppendUint32(raw, 1<<31|uint32(len(long)/8))
		long = binary.BigEndian.AppendUint64(long, uint64(o.offset))
	}
	raw = append(raw, long...)
	raw = append(raw, packSum[:]...)
	sum := sha1.Sum(raw)
	return append(raw, sum[:]...)
}
