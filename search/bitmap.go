package search

import (
	"encoding/binary"
	"math/bits"
)

// Lists of documents are written as roaring bitmaps (github.com/RoaringBitmap/RoaringFormatSpec): documents by their upper
// 16 bits in containers, which list the lower ones, or have a bit for each, or list runs of them. To make a bitmap only to
// get at its documents takes longer than to read these.
const (
	bitmapPlain  = 12346 // what one begins with, without runs
	bitmapRuns   = 12347 // and with runs, in the lower half
	bitmapArray  = 4096  // up to so many values a container lists them
	bitmapDense  = 8192  // bytes of a container with bits
	bitmapHeader = 4     // bytes of the key and the cardinality of a container
	fewRuns      = 4     // with fewer containers, some of them runs, there are no offsets
)

// container is a container of a bitmap in bytes.
type container struct {
	key  uint32 // the upper bits, where they belong
	n    int    // documents
	runs bool
	b    []byte // from its beginning to the end of the bitmap
}

// containers calls f for each container of a bitmap, in ascending order; f gives how many bytes it takes. The numbers of documents are right
// only if the containers are.
func containers(b []byte, f func(container) (int, error)) error {
	if len(b) < 8 {
		return errList
	}
	var runs []byte
	n, offsets := 0, true
	switch cookie := binary.LittleEndian.Uint32(b); {
	case cookie == bitmapPlain:
		n, b = int(binary.LittleEndian.Uint32(b[4:])), b[8:]
	case cookie&0xFFFF == bitmapRuns:
		n = int(cookie>>16) + 1
		size := (n + 7) / 8
		if len(b) < 4+size {
			return errList
		}
		runs, b, offsets = b[4:4+size], b[4+size:], n >= fewRuns
	default:
		return errList
	}
	if n > len(b)/bitmapHeader {
		return errList
	}
	heads := b[:n*bitmapHeader]
	b = b[len(heads):]
	if offsets {
		if len(b) < 4*n {
			return errList
		}
		b = b[4*n:]
	}
	last := -1
	for i := range n {
		key := int(binary.LittleEndian.Uint16(heads[i*bitmapHeader:]))
		if key <= last {
			return errList
		}
		last = key
		c := container{
			key: uint32(key) << 16,
			n:   int(binary.LittleEndian.Uint16(heads[i*bitmapHeader+2:])) + 1, runs: runs != nil && runs[i/8]&(1<<(i%8)) != 0, b: b,
		}
		size, err := f(c)
		if err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// appendListedDocs appends the documents of a bitmap, which must be less than most, and as many as it says.
func appendListedDocs(docs []uint32, b []byte, most uint64) ([]uint32, error) {
	err := containers(b, func(c container) (size int, err error) {
		before := len(docs)
		if c.runs {
			docs, size, err = c.appendRuns(docs)
		} else {
			docs, size, err = c.append(docs)
		}
		if err == nil && (len(docs) != before+c.n || uint64(docs[len(docs)-1]) >= most) {
			err = errList
		}
		return size, err
	})
	return docs, err
}

// append appends the documents of a container without runs, and gives how many bytes it takes. They ascend.
func (c *container) append(docs []uint32) ([]uint32, int, error) {
	if c.n <= bitmapArray {
		if len(c.b) < 2*c.n {
			return docs, 0, errList
		}
		last := int32(-1)
		for b := c.b[:2*c.n]; len(b) >= 2; b = b[2:] {
			v := int32(binary.LittleEndian.Uint16(b))
			if v <= last {
				return docs, 0, errList
			}
			last = v
			docs = append(docs, c.key|uint32(v))
		}
		return docs, 2 * c.n, nil
	}
	if len(c.b) < bitmapDense {
		return docs, 0, errList
	}
	for i := 0; i < bitmapDense; i += 8 {
		from := c.key | uint32(i*8)
		for w := binary.LittleEndian.Uint64(c.b[i:]); w != 0; w &= w - 1 {
			docs = append(docs, from|uint32(bits.TrailingZeros64(w)))
		}
	}
	return docs, bitmapDense, nil
}

// appendRuns appends the documents of a container with runs.
func (c *container) appendRuns(docs []uint32) ([]uint32, int, error) {
	if len(c.b) < 2 {
		return docs, 0, errList
	}
	n := int(binary.LittleEndian.Uint16(c.b))
	size := 2 + 4*n
	if len(c.b) < size {
		return docs, 0, errList
	}
	next := uint32(0)
	for b := c.b[2:size]; len(b) >= 4; b = b[4:] {
		from := uint32(binary.LittleEndian.Uint16(b))
		last := from + uint32(binary.LittleEndian.Uint16(b[2:]))
		if from < next || last >= 1<<16 {
			return docs, 0, errList
		}
		next = last + 1
		for d := from; d <= last; d++ {
			docs = append(docs, c.key|d)
		}
	}
	return docs, size, nil
}

// containersOf is how many containers ascending documents take, and how many bytes these have.
func containersOf(docs []uint32) (n, size int) {
	for len(docs) > 0 {
		m := sameContainer(docs)
		if m <= bitmapArray {
			size += 2 * m
		} else {
			size += bitmapDense
		}
		n, docs = n+1, docs[m:]
	}
	return n, size
}

// sameContainer is how many of ascending documents are in the container of the first.
func sameContainer(docs []uint32) int {
	n := len(docs)
	if docs[0]>>16 == docs[n-1]>>16 {
		return n
	}
	from, to := 1, n // the first of another is among docs[from:to]
	for from < to {
		if m := (from + to) / 2; docs[m]>>16 == docs[0]>>16 {
			from = m + 1
		} else {
			to = m
		}
	}
	return from
}

// appendBitmap appends ascending documents as a bitmap, with the number of its bytes before.
func appendBitmap(out []byte, docs []uint32) []byte {
	n, size := containersOf(docs)
	head := 8 + n*(bitmapHeader+4)
	out = binary.AppendUvarint(out, uint64(head+size))
	out = binary.LittleEndian.AppendUint32(out, bitmapPlain)
	out = binary.LittleEndian.AppendUint32(out, uint32(n))
	for d := docs; len(d) > 0; {
		m := sameContainer(d)
		out = binary.LittleEndian.AppendUint16(out, uint16(d[0]>>16))
		out = binary.LittleEndian.AppendUint16(out, uint16(m-1))
		d = d[m:]
	}
	at := head
	for d := docs; len(d) > 0; {
		m := sameContainer(d)
		out = binary.LittleEndian.AppendUint32(out, uint32(at))
		if m <= bitmapArray {
			at += 2 * m
		} else {
			at += bitmapDense
		}
		d = d[m:]
	}
	for d := docs; len(d) > 0; {
		m := sameContainer(d)
		if m <= bitmapArray {
			for _, v := range d[:m] {
				out = binary.LittleEndian.AppendUint16(out, uint16(v))
			}
		} else {
			var set [bitmapDense]byte
			for _, v := range d[:m] {
				set[uint16(v)/8] |= 1 << (v % 8)
			}
			out = append(out, set[:]...)
		}
		d = d[m:]
	}
	return out
}
