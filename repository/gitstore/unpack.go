package gitstore

import (
	"context"
	"crypto"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/hash"
)

// unpacked is a foreign pack, read, inflated and hashed from end to end.
type unpacked struct {
	size  int64 // bytes of the pack
	sum   [sha1.Size]byte
	all   []*unpackedEntry // by offset
	byID  map[oid]*unpackedEntry
	bases map[oid]plumbing.ObjectType // objects beyond the pack that its deltas build on
}

type unpackedEntry struct {
	entry
	crc    uint32
	id     oid
	result plumbing.ObjectType // 0 while it is not known

	data  []byte // the entry inflated, or the object; nil where it was not kept
	plain bool   // data is the object

	claimed    atomic.Bool    // a delta that somebody applies
	firstDelta *unpackedEntry // that builds on this one by distance
	nextDelta  *unpackedEntry // that builds on the same one by distance
}

// unpacker reads a foreign pack while it arrives. It trusts nothing: counts, sizes, chains of deltas and the memory they take
// are bounded. One goroutine receives, one inflates, a few hash, and the deltas are applied when all is there.
type unpacker struct {
	ctx    context.Context
	at     io.ReaderAt // what was received so far
	limits Limits
	zlib   *codecs
	base   func(context.Context, oid) (rawObject, error) // finds the bases of a thin pack; nil where it may not be thin

	got      *unpacked
	waiting  map[oid][]*unpackedEntry // deltas by the id of their base
	slab     []unpackedEntry
	inflated atomic.Int64 // bytes of all objects so far
	held     atomic.Int64 // bytes of the objects that deltas are being applied to
	kept     atomic.Int64 // bytes of data in entries
	buffers  sync.Pool    // of *[hashChunk]byte
}

const (
	maxHeld    = 512 << 20 // bounds the memory for objects that deltas are being applied to
	maxKept    = 8 << 20   // bounds the memory for small objects that are kept for deltas and checks
	maxKeptOne = 64 << 10
	hashChunk  = 128 << 10 // larger objects are hashed in pieces
)

// errCollision says that an object was made to have the hash of another.
var errCollision = fmt.Errorf("%w: a SHA-1 collision", errCorrupt)

// unpack indexes the pack that in gives, to its end. What has been received can be read at at; where file is not nil it is
// written there first.
func (s *Store) unpack(ctx context.Context, in io.Reader, at io.ReaderAt, file io.WriterAt,
	base func(context.Context, oid) (rawObject, error),
) (*unpacked, error) {
	u := &unpacker{
		ctx: ctx, at: at, limits: s.o.Limits, zlib: &s.codecs, base: base,
		got: &unpacked{bases: make(map[oid]plumbing.ObjectType)}, waiting: make(map[oid][]*unpackedEntry),
	}
	u.buffers.New = func() any { return new([hashChunk]byte) }
	from := newPackSource(in, file, u.limits.PackBytes)
	err := u.scan(from.input())
	from.stop()
	switch {
	case from.err != nil && (err == nil || errors.Is(err, errCut)):
		return nil, from.err
	case err != nil:
		return nil, err
	case from.tail != from.sum:
		return nil, fmt.Errorf("%w: the pack's checksum", errCorrupt)
	}
	u.got.size, u.got.sum = from.size, from.sum
	if err := u.resolveAll(); err != nil {
		return nil, err
	}
	u.got.byID = make(map[oid]*unpackedEntry, len(u.got.all))
	for _, e := range u.got.all {
		if e.result == 0 {
			return nil, fmt.Errorf("%w: a delta without its base", errCorrupt)
		}
		if u.got.byID[e.id] != nil {
			return nil, fmt.Errorf("%w: object %s twice", errCorrupt, e.id)
		}
		u.got.byID[e.id] = e
	}
	for id := range u.got.bases { // else a chain of deltas could lead back to itself
		if u.got.byID[id] != nil {
			return nil, fmt.Errorf("%w: object %s is a delta of itself", errCorrupt, id)
		}
	}
	return u.got, nil
}

// index is the pack's index.
func (g *unpacked) index() []byte {
	all := make([]indexed, len(g.all))
	for i, e := range g.all {
		all[i] = indexed{e.id, e.offset, e.crc}
	}
	return writeIndex(all, g.sum)
}

// scan reads all entries, and has those hashed that are whole.
func (u *unpacker) scan(in *packInput) (err error) {
	head, err := in.peek(packHead)
	if err != nil {
		return err
	}
	if len(head) < packHead || string(head[:8]) != "PACK\x00\x00\x00\x02" {
		return fmt.Errorf("%w: not a pack of version 2", errCorrupt)
	}
	n := int64(binary.BigEndian.Uint32(head[8:]))
	if n > int64(u.limits.Objects) {
		return fmt.Errorf("%w: pack of %d objects", errTooLarge, n)
	}
	in.pos += packHead
	hash := newHashPool(u)
	defer func() {
		if hashErr := hash.wait(); err == nil {
			err = hashErr
		}
	}()
	for range n {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		if err := u.scanEntry(in, hash); err != nil {
			return fmt.Errorf("pack at %d: %w", in.offset(), err)
		}
	}
	if rest, err := in.peek(packTail + 1); err != nil {
		return err
	} else if len(rest) != packTail {
		return fmt.Errorf("%w: %d bytes after the last object, want a checksum", errCorrupt, len(rest))
	}
	return nil
}

func (u *unpacker) scanEntry(in *packInput, hash *hashPool) error {
	in.begin()
	peeked, err := in.peek(40)
	if err != nil {
		return err
	}
	head, err := parseEntry(peeked, in.offset())
	if err != nil {
		return err
	}
	in.pos += int(head.head)
	if head.size > u.limits.FileBytes {
		return fmt.Errorf("%w: object of %d bytes", errTooLarge, head.size)
	}
	if u.inflated.Add(head.size) > u.limits.Inflated {
		return fmt.Errorf("%w: more than %d bytes inflated", errTooLarge, u.limits.Inflated)
	}
	if len(u.slab) == 0 {
		u.slab = make([]unpackedEntry, 256)
	}
	e := &u.slab[0]
	u.slab = u.slab[1:]
	e.entry = head
	if err := u.inflateEntry(in, e, hash); err != nil {
		return err
	}
	e.end, e.crc = in.offset(), in.checksum()
	u.got.all = append(u.got.all, e)
	switch e.kind {
	case plumbing.OFSDeltaObject:
		base := u.entryAt(e.base)
		if base == nil {
			return fmt.Errorf("%w: delta of something between objects", errCorrupt)
		}
		e.nextDelta, base.firstDelta = base.firstDelta, e
	case plumbing.REFDeltaObject:
		u.waiting[e.baseID] = append(u.waiting[e.baseID], e)
	}
	return nil
}

// inflateEntry reads an entry's content, and keeps or hashes it.
func (u *unpacker) inflateEntry(in *packInput, e *unpackedEntry, hash *hashPool) error {
	z, err := u.zlib.reader(in)
	if err != nil {
		return err
	}
	defer u.zlib.readers.Put(z)
	if u.keep(e.size) {
		e.data, e.plain = make([]byte, e.size), !e.kind.IsDelta()
		if _, err := io.ReadFull(z, e.data); err != nil {
			return damaged(err)
		}
		if err := ended(z); err != nil {
			return err
		}
		if e.plain {
			e.result = e.kind
			hash.send(hashJob{entry: e, data: e.data, last: true})
		}
		return nil
	}
	to := hash.worker()
	for left := e.size; left > 0; {
		buf := u.buffers.Get().(*[hashChunk]byte)
		n := min(left, hashChunk)
		if _, err := io.ReadFull(z, buf[:n]); err != nil {
			return damaged(err)
		}
		left -= n
		if e.kind.IsDelta() {
			u.buffers.Put(buf)
			continue
		}
		to <- hashJob{entry: e, data: buf[:n], pooled: buf, last: left == 0}
	}
	if !e.kind.IsDelta() {
		if e.size == 0 {
			to <- hashJob{entry: e, last: true}
		}
		e.result = e.kind
	}
	return ended(z)
}

// keep tells whether so many bytes may be kept, and counts them.
func (u *unpacker) keep(size int64) bool {
	if size > maxKeptOne {
		return false
	}
	if u.kept.Add(size) > maxKept {
		u.kept.Add(-size)
		return false
	}
	return true
}

// hashPool hashes objects on a few goroutines. The pieces of one object go to one of them.
type hashPool struct {
	u       *unpacker
	workers []chan hashJob
	next    int
	all     sync.WaitGroup
	failed  atomic.Pointer[error]
}

type hashJob struct {
	entry  *unpackedEntry
	data   []byte
	pooled *[hashChunk]byte // where data is to be given back
	last   bool
}

func newHashPool(u *unpacker) *hashPool {
	h := &hashPool{u: u}
	for range min(3, max(1, runtime.GOMAXPROCS(0)-1)) {
		jobs := make(chan hashJob, 6)
		h.workers = append(h.workers, jobs)
		h.all.Go(func() { h.work(jobs) })
	}
	return h
}

func (h *hashPool) worker() chan<- hashJob {
	h.next++
	return h.workers[h.next%len(h.workers)]
}

// send gives a job to whoever is free, or waits for the next in turn.
func (h *hashPool) send(job hashJob) {
	for range h.workers {
		select {
		case h.worker() <- job:
			return
		default:
		}
	}
	h.worker() <- job
}

func (h *hashPool) work(jobs <-chan hashJob) {
	hasher := newObjectHasher()
	begun := false
	for job := range jobs {
		if !begun {
			hasher.begin(job.entry.kind, job.entry.size)
			begun = true
		}
		hasher.Write(job.data)
		if job.pooled != nil {
			h.u.buffers.Put(job.pooled)
		}
		if job.last {
			begun = false
			id, err := hasher.id()
			job.entry.id = id
			if err != nil {
				h.failed.Store(&err)
			}
		}
	}
}

func (h *hashPool) wait() error {
	for _, jobs := range h.workers {
		close(jobs)
	}
	h.all.Wait()
	if err := h.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// objectHasher hashes one object after the other, and notices attempts at collisions.
type objectHasher struct {
	hash.Hash
	head []byte
}

func newObjectHasher() *objectHasher { return &objectHasher{Hash: hash.New(crypto.SHA1)} }

func (h *objectHasher) begin(kind plumbing.ObjectType, size int64) {
	h.Reset()
	h.head = append(h.head[:0], kind.Bytes()...)
	h.head = append(strconv.AppendInt(append(h.head, ' '), size, 10), 0)
	h.Write(h.head)
}

func (h *objectHasher) id() (id oid, err error) {
	if careful, ok := h.Hash.(interface {
		CollisionResistantSum([]byte) ([]byte, bool)
	}); ok {
		sum, attacked := careful.CollisionResistantSum(nil)
		if attacked {
			return id, errCollision
		}
		return oid(sum), nil
	}
	return oid(h.Sum(nil)), nil
}
