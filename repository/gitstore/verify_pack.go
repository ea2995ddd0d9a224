package gitstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// packCheck is what was found of one stored pack.
type packCheck struct {
	stored  int64
	objects int
	usable  bool          // it can be opened
	problem error         // of the pack as a whole
	damaged map[oid]error // its objects that cannot be trusted
	thin    map[oid]oid   // its objects that are deltas of what is in other packs
}

const (
	checkMemory = 32 << 20 // bytes of objects kept that others are deltas of
	checkStream = 1 << 20  // bytes: larger whole objects are hashed without being held
)

// checkPack reads a stored pack from the bucket and checks every byte of it. The sizes in ref count unless they are zero. What its
// deltas build on beyond it is read from other packs.
func (s *Store) checkPack(ctx context.Context, key string, ref PackRef, others *packs) (*packCheck, error) {
	file, size, done, err := s.fetchStored(ctx, key)
	if err != nil {
		return nil, err
	}
	defer done()
	c := &packCheck{stored: size, damaged: make(map[oid]error), thin: make(map[oid]oid)}
	p, err := c.open(file, ref)
	if err != nil {
		c.problem = err
		return c, keepUnread(err)
	}
	p.zlib = &s.codecs
	c.usable, c.objects = true, p.index.count
	if err := c.sums(ctx, p); err != nil {
		if err := keepUnread(err); err != nil {
			return nil, err
		}
		c.problem = errors.Join(c.problem, err)
	}
	return c, c.check(ctx, p, others)
}

// keepUnread keeps an error that is not about damage.
func keepUnread(err error) error {
	if errors.Is(err, errCorrupt) || errors.Is(err, errTooLarge) || errors.Is(err, errMissing) {
		return nil
	}
	return err
}

// fetchStored reads a stored blob past all caches: into memory, or by way of a file where it is large.
func (s *Store) fetchStored(ctx context.Context, key string) (data io.ReaderAt, size int64, done func(), err error) {
	if local, ok := s.blobs.(blob.Local); ok {
		file, err := os.Open(local.Path(key))
		if errors.Is(err, os.ErrNotExist) {
			err = blob.ErrNotFound
		}
		if err != nil {
			return nil, 0, nil, err
		}
		st, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, 0, nil, err
		}
		return file, st.Size(), func() { file.Close() }, nil
	}
	obj, err := s.blobs.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, 0, nil, err
	}
	defer obj.Body.Close()
	spool, err := s.newSpool(obj.Size)
	if err != nil {
		return nil, 0, nil, err
	}
	if size, err = io.Copy(spool, contextReader{ctx, obj.Body}); err != nil {
		spool.close()
		return nil, 0, nil, err
	}
	if spool.file == nil {
		return byteReader(spool.memory.Bytes()), size, func() {}, nil
	}
	return spool.file, size, spool.close, nil
}

// open checks what is needed to find the objects: sizes and the index.
func (c *packCheck) open(file io.ReaderAt, ref PackRef) (*pack, error) {
	var tail [storedTail]byte
	if c.stored < packHead+packTail+minIndex+storedTail {
		return nil, fmt.Errorf("%w: stored pack of %d bytes", errCorrupt, c.stored)
	}
	if _, err := file.ReadAt(tail[:], c.stored-storedTail); err != nil {
		return nil, err
	}
	size := int64(binary.BigEndian.Uint64(tail[:]))
	switch {
	case ref.Size != 0 && ref.stored() != c.stored:
		return nil, fmt.Errorf("%w: %d bytes where the manifest says %d", errCorrupt, c.stored, ref.stored())
	case ref.Size != 0 && ref.Size != size, size < packHead+packTail, size > c.stored-storedTail-minIndex:
		return nil, fmt.Errorf("%w: the size at its end", errCorrupt)
	}
	raw := make([]byte, c.stored-storedTail-size)
	if _, err := file.ReadAt(raw, size); err != nil {
		return nil, err
	}
	x, err := parseIndex(raw, size)
	if err != nil {
		return nil, err
	}
	if ref.Size != 0 && x.count != ref.Objects {
		return nil, fmt.Errorf("%w: %d objects where the manifest says %d", errCorrupt, x.count, ref.Objects)
	}
	return &pack{id: ref.ID, data: file, size: size, index: x}, nil
}

// sums checks the pack's head and its checksum, which stands in the index too.
func (c *packCheck) sums(ctx context.Context, p *pack) error {
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(p.index.count))
	got := make([]byte, packHead)
	if _, err := p.data.ReadAt(got, 0); err != nil {
		return err
	}
	h := sha1.New()
	if _, err := io.Copy(h, contextReader{ctx, io.NewSectionReader(p.data, 0, p.size-packTail)}); err != nil {
		return err
	}
	tail := make([]byte, packTail)
	if _, err := p.data.ReadAt(tail, p.size-packTail); err != nil {
		return err
	}
	x := p.index.raw
	switch {
	case !bytes.Equal(head, got):
		return fmt.Errorf("%w: pack's head", errCorrupt)
	case !bytes.Equal(h.Sum(nil), tail), !bytes.Equal(tail, x[len(x)-indexTail:][:packTail]):
		return fmt.Errorf("%w: pack's checksum", errCorrupt)
	}
	return nil
}

// check hashes every object, in the order in which they are stored, so that what deltas are of was just read.
func (c *packCheck) check(ctx context.Context, p *pack, others *packs) error {
	if p.index.count == 0 {
		return nil
	}
	if _, _, err := p.bounds(p.index.offset(0)); err != nil {
		return err
	}
	r := &packReader{ctx: ctx, p: p, others: others, kept: newLRU[int64, rawObject](checkMemory, nil)}
	next := int64(packHead)
	for _, position := range p.order {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, offset := p.index.id(int(position)), p.index.offset(int(position))
		if offset != next {
			c.problem = errors.Join(c.problem, fmt.Errorf("%w: %d bytes between objects", errCorrupt, offset-next))
		}
		end, _, err := p.bounds(offset)
		if err == nil {
			err = r.verify(id, offset, end, p.index.crc(int(position)))
		}
		if e, failed := p.entry(offset); failed == nil && e.kind == plumbing.REFDeltaObject {
			if _, inPack := p.index.find(e.baseID); !inPack {
				c.thin[id] = e.baseID
			}
		}
		next = end
		if err == nil || errors.Is(err, errOutside) {
			continue
		}
		if unread := keepUnread(err); unread != nil {
			return unread
		}
		c.damaged[id] = err
	}
	return nil
}

// packReader reads the objects of one pack, and of others only what a thin pack builds on.
type packReader struct {
	ctx    context.Context
	p      *pack
	others *packs
	usable *packs // those of the others, once they are needed
	kept   *lru[int64, rawObject]
}

func (r *packReader) verify(id oid, offset, end int64, sum uint32) error {
	crc := crc32.NewIEEE()
	if _, err := io.Copy(crc, io.NewSectionReader(r.p.data, offset, end-offset)); err != nil {
		return err
	}
	if crc.Sum32() != sum {
		return fmt.Errorf("%w: checksum of the stored bytes", errCorrupt)
	}
	e, err := r.p.entry(offset)
	if err != nil {
		return err
	}
	if !e.kind.IsDelta() && e.size > checkStream {
		return r.stream(id, e)
	}
	o, err := r.read(offset, 0)
	if err != nil {
		return err
	}
	if got := plumbing.ComputeHash(o.kind, o.data); got != id {
		return fmt.Errorf("%w: its content has the id %s", errCorrupt, got)
	}
	return nil
}

// errOutside says that an object cannot be checked for damage of other packs, which is found there.
var errOutside = errors.New("other packs are damaged or gone")

// outside reads what a thin pack builds on. It answers errOutside where that is damaged, or gone with the last that listed it.
func (r *packReader) outside(id oid) (o rawObject, err error) {
	if r.usable == nil {
		if r.usable, err = r.others.usable(r.ctx); err != nil {
			return o, err
		}
	}
	if o, err = r.usable.read(r.ctx, id); err != nil && keepUnread(err) == nil {
		err = errOutside
	}
	return o, err
}

// stream hashes a whole object without holding it.
func (r *packReader) stream(id oid, e entry) error {
	z, err := r.p.zlib.reader(r.p.compressed(e))
	if err != nil {
		return err
	}
	defer r.p.zlib.readers.Put(z)
	h := plumbing.NewHasher(e.kind, e.size)
	n, err := io.Copy(h, io.LimitReader(z, e.size))
	switch {
	case err != nil:
		return damaged(err)
	case n != e.size:
		return fmt.Errorf("%w: fewer bytes than announced", errCorrupt)
	}
	if err := ended(z); err != nil {
		return err
	}
	if got := h.Sum(); got != id {
		return fmt.Errorf("%w: its content has the id %s", errCorrupt, got)
	}
	return nil
}

func (r *packReader) read(offset int64, depth int) (o rawObject, err error) {
	if o, ok := r.kept.get(offset); ok {
		return o, nil
	}
	e, err := r.p.entry(offset)
	switch {
	case err != nil:
		return o, err
	case depth > maxDepth:
		return o, fmt.Errorf("%w: a chain of more than %d deltas", errCorrupt, maxDepth)
	case e.size > maxObject:
		return o, fmt.Errorf("%w: object of %d bytes", errTooLarge, e.size)
	}
	data, err := r.p.inflate(e)
	if err != nil {
		return o, err
	}
	if o = (rawObject{e.kind, data}); e.kind.IsDelta() {
		base, found := e.base, true
		if e.kind == plumbing.REFDeltaObject {
			base, found = r.p.index.find(e.baseID)
		}
		var of rawObject
		if found {
			of, err = r.read(base, depth+1)
		} else {
			of, err = r.outside(e.baseID)
		}
		if err != nil {
			return o, err
		}
		o.kind = of.kind
		if o.data, err = applyDelta(of.data, data, maxObject); err != nil {
			return o, err
		}
	}
	r.kept.add(offset, o, int64(len(o.data))+128)
	return o, nil
}
