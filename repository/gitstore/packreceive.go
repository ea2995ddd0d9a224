package gitstore

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sort"

	"github.com/go-git/go-git/v5/plumbing"
)

// received is a foreign pack, read, inflated and hashed from end to end.
type received struct {
	index []byte
	kinds map[oid]plumbing.ObjectType // of every object
}

// receiver indexes a foreign pack. It trusts nothing: counts, sizes, chains of deltas and the memory they take are bounded.
type receiver struct {
	ctx    context.Context
	src    io.ReaderAt
	size   int64
	limits Limits
	zlib   *codecs

	all      []receivedEntry // by offset
	inflated int64           // bytes of all objects so far
	held     int64           // bytes of the objects that deltas are being applied to
	children map[int][]int   // entries by the entry that they are deltas of
	waiting  map[oid][]int   // entries by the id that they are deltas of
}

type receivedEntry struct {
	entry
	crc    uint32
	id     oid
	result plumbing.ObjectType // 0 while it is not known
}

// maxHeld bounds the memory for objects that deltas are being applied to.
const maxHeld = 512 << 20

func (s *Store) receivePack(ctx context.Context, src io.ReaderAt, size int64) (*received, error) {
	r := &receiver{
		ctx: ctx, src: src, size: size, limits: s.o.Limits, zlib: &s.codecs,
		children: make(map[int][]int), waiting: make(map[oid][]int),
	}
	sum, err := r.scan()
	if err != nil {
		return nil, err
	}
	if err := r.resolveAll(); err != nil {
		return nil, err
	}
	got := &received{kinds: make(map[oid]plumbing.ObjectType, len(r.all))}
	index := make([]indexed, len(r.all))
	for i, e := range r.all {
		if e.result == 0 {
			return nil, fmt.Errorf("%w: a delta without its base", errCorrupt)
		}
		if _, twice := got.kinds[e.id]; twice {
			return nil, fmt.Errorf("%w: object %s twice", errCorrupt, e.id)
		}
		got.kinds[e.id] = e.result
		index[i] = indexed{e.id, e.offset, e.crc}
	}
	got.index = writeIndex(index, sum)
	return got, nil
}

// scan reads all entries, hashes those that are whole, and checks the pack's sum.
func (r *receiver) scan() (sum [sha1.Size]byte, err error) {
	var head [packHead]byte
	if r.size < packHead+packTail {
		return sum, fmt.Errorf("%w: pack of %d bytes", errCorrupt, r.size)
	}
	if _, err := r.src.ReadAt(head[:], 0); err != nil {
		return sum, err
	}
	n := int(binary.BigEndian.Uint32(head[8:]))
	if string(head[:8]) != "PACK\x00\x00\x00\x02" {
		return sum, fmt.Errorf("%w: not a pack of version 2", errCorrupt)
	}
	if n > r.limits.Objects || int64(n) > r.size/9 { // the smallest entry has 9 bytes
		return sum, fmt.Errorf("%w: pack of %d objects", errTooLarge, n)
	}
	end := r.size - packTail
	in := &countingReader{r: bufio.NewReaderSize(io.NewSectionReader(r.src, packHead, end-packHead), 64<<10), n: packHead}
	for range n {
		if err := r.ctx.Err(); err != nil {
			return sum, err
		}
		if err := r.scanEntry(in); err != nil {
			return sum, fmt.Errorf("pack at %d: %w", in.n, err)
		}
	}
	if in.n != end {
		return sum, fmt.Errorf("%w: %d bytes after the last object", errCorrupt, end-in.n)
	}
	h := sha1.New()
	if _, err := io.Copy(h, io.NewSectionReader(r.src, 0, end)); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	var tail [packTail]byte
	if _, err := r.src.ReadAt(tail[:], end); err != nil && err != io.EOF {
		return sum, err
	}
	if tail != sum {
		return sum, fmt.Errorf("%w: the pack's checksum", errCorrupt)
	}
	return sum, nil
}

func (r *receiver) scanEntry(in *countingReader) error {
	peeked, err := in.r.Peek(40)
	if err != nil && err != io.EOF {
		return err
	}
	e, err := parseEntry(peeked, in.n)
	if err != nil {
		return err
	}
	in.skip(int(e.head))
	if e.size > r.limits.FileBytes {
		return fmt.Errorf("%w: object of %d bytes", errTooLarge, e.size)
	}
	if r.inflated += e.size; r.inflated > r.limits.Inflated {
		return fmt.Errorf("%w: more than %d bytes inflated", errTooLarge, r.limits.Inflated)
	}
	z, err := r.zlib.reader(in)
	if err != nil {
		return err
	}
	defer r.zlib.readers.Put(z)
	me := receivedEntry{entry: e}
	var into io.Writer = io.Discard
	hasher := plumbing.NewHasher(e.kind, e.size)
	if !e.kind.IsDelta() {
		into = hasher
	}
	n, err := io.Copy(into, io.LimitReader(z, e.size))
	if err != nil {
		return damaged(err)
	}
	if n != e.size {
		return fmt.Errorf("%w: fewer bytes than announced", errCorrupt)
	}
	if err := ended(z); err != nil {
		return err
	}
	switch i := len(r.all); {
	case !e.kind.IsDelta():
		me.id, me.result = hasher.Sum(), e.kind
	case e.kind == plumbing.OFSDeltaObject:
		base := sort.Search(i, func(j int) bool { return r.all[j].offset >= e.base })
		if base == i || r.all[base].offset != e.base {
			return fmt.Errorf("%w: delta of something between objects", errCorrupt)
		}
		r.children[base] = append(r.children[base], i)
	default:
		r.waiting[e.baseID] = append(r.waiting[e.baseID], i)
	}
	me.end = in.n
	if me.crc, err = r.checksum(me.offset, me.end); err != nil {
		return err
	}
	r.all = append(r.all, me)
	return nil
}

func (r *receiver) checksum(from, to int64) (uint32, error) {
	h := crc32.NewIEEE()
	_, err := io.Copy(h, io.NewSectionReader(r.src, from, to-from))
	return h.Sum32(), err
}

// resolveAll applies the deltas, from each whole object down.
func (r *receiver) resolveAll() error {
	for i := range r.all {
		e := &r.all[i]
		if e.kind.IsDelta() || len(r.children[i])+len(r.waiting[e.id]) == 0 {
			continue
		}
		data, err := r.inflate(e)
		if err == nil {
			err = r.resolve(i, data, 1)
		}
		if err != nil {
			return fmt.Errorf("pack at %d: %w", e.offset, err)
		}
	}
	return nil
}

// resolve applies the deltas of an object, and theirs.
func (r *receiver) resolve(base int, data []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: a chain of more than %d deltas", errTooLarge, maxDepth)
	}
	if r.held += int64(len(data)); r.held > maxHeld {
		return fmt.Errorf("%w: a chain of deltas of more than %d bytes", errTooLarge, maxHeld)
	}
	defer func() { r.held -= int64(len(data)) }()
	next := append(r.children[base], r.waiting[r.all[base].id]...)
	delete(r.children, base)
	delete(r.waiting, r.all[base].id)
	for _, i := range next {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		e := &r.all[i]
		delta, err := r.inflate(e)
		if err != nil {
			return err
		}
		result, err := applyDelta(data, delta, r.limits.FileBytes)
		if err != nil {
			return err
		}
		if r.inflated += int64(len(result)); r.inflated > r.limits.Inflated {
			return fmt.Errorf("%w: more than %d bytes inflated", errTooLarge, r.limits.Inflated)
		}
		e.result = r.all[base].result
		e.id = plumbing.ComputeHash(e.result, result)
		if len(r.children[i])+len(r.waiting[e.id]) > 0 {
			if err := r.resolve(i, result, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *receiver) inflate(e *receivedEntry) ([]byte, error) {
	return r.zlib.inflate(io.NewSectionReader(r.src, e.offset+e.head, e.end-e.offset-e.head), e.size)
}

// countingReader knows how far it has read. Being an io.ByteReader, it is read by zlib to the end of an object and no
// further.
type countingReader struct {
	r *bufio.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *countingReader) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

func (c *countingReader) skip(n int) {
	n, _ = c.r.Discard(n)
	c.n += int64(n)
}
