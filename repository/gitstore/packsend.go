package gitstore

import (
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// packStream writes a pack and sums it up.
type packStream struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func newPackStream(w io.Writer, objects int) (*packStream, error) {
	s := &packStream{w: w, sum: sha1.New()}
	_, err := s.Write(binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(objects)))
	return s, err
}

func (s *packStream) Write(p []byte) (int, error) {
	s.sum.Write(p)
	n, err := s.w.Write(p)
	s.n += int64(n)
	return n, err
}

func (s *packStream) end() error {
	_, err := s.w.Write(s.sum.Sum(nil))
	return err
}

// sendAll sends packs as they are: one verbatim, several as one, for deltas name their bases by distance. It answers false,
// and sends nothing, where an object is in two of them, which a pack must not have.
func (ps *packs) sendAll(ctx context.Context, w io.Writer, all []*pack) (bool, error) {
	if len(all) == 1 {
		_, err := io.Copy(w, contextReader{ctx, io.NewSectionReader(all[0].data, 0, all[0].size)})
		return true, err
	}
	objects := 0
	for _, p := range all {
		objects += p.index.count
	}
	seen := make(map[oid]struct{}, objects)
	for _, p := range all {
		for i := range p.index.count {
			seen[p.index.id(i)] = struct{}{}
		}
	}
	if len(seen) < objects {
		return false, nil
	}
	out, err := newPackStream(w, objects)
	if err != nil {
		return true, err
	}
	bodies := make([]io.Reader, len(all))
	for i, p := range all {
		bodies[i] = io.NewSectionReader(p.data, packHead, p.size-packHead-packTail)
	}
	body := contextReader{ctx, io.MultiReader(bodies...)}
	key := ps.family
	for _, ref := range ps.refs {
		key += "/" + ref.ID
	}
	if sum, known := ps.store.sums.get(key); known { // packs never change
		if _, err := io.CopyBuffer(struct{ io.Writer }{w}, body, make([]byte, 64<<10)); err != nil {
			return true, err
		}
		_, err := w.Write(sum[:])
		return true, err
	}
	if err := out.copy(body); err != nil {
		return true, err
	}
	ps.store.sums.add(key, [packTail]byte(out.sum.Sum(nil)), 1)
	return true, out.end()
}

// copy writes all that r gives, and sums it up meanwhile on another goroutine, which takes longer than the rest.
func (s *packStream) copy(r io.Reader) error {
	const buffers, size = 4, 64 << 10
	free, written := make(chan []byte, buffers), make(chan []byte, buffers)
	for range buffers {
		free <- make([]byte, size)
	}
	var summing sync.WaitGroup
	summing.Go(func() {
		for b := range written {
			s.sum.Write(b)
			free <- b[:size]
		}
	})
	defer summing.Wait()
	defer close(written)
	for {
		b := <-free
		n, err := io.ReadFull(r, b)
		if _, failed := s.w.Write(b[:n]); failed != nil {
			return failed
		}
		s.n += int64(n)
		written <- b[:n]
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// sending is a list of objects being sent as a pack. Entries are copied as they are stored, compressed.
type sending struct {
	ctx   context.Context
	packs *packs
	out   *packStream
	items []sendItem
	sent  map[objectKey]int64 // where in the new pack what is stored there begins; -1 before it is sent
	ids   map[oid]bool        // all that is sent
	has   map[oid]bool        // what the client has, if it takes deltas against that
	near  map[oid]oid         // what the client has in the place of an object
	spent int64               // bytes of what was made a delta of what is near
	ofs   bool                // the client takes deltas by distance
	buf   []byte
}

type sendItem struct {
	pack   *pack
	number int // of the pack
	offset int64
	id     oid
}

// send sends the objects of a list.
func (ps *packs) send(ctx context.Context, w io.Writer, list []oid, has map[oid]bool, near map[oid]oid, ofs bool) error {
	all, err := ps.openAll(ctx)
	if err != nil {
		return err
	}
	number := make(map[*pack]int, len(all))
	for i, p := range all {
		number[p] = i
	}
	s := &sending{ctx: ctx, packs: ps, has: has, near: near, ofs: ofs, buf: make([]byte, 32<<10),
		sent: make(map[objectKey]int64, len(list)), ids: make(map[oid]bool, len(list))}
	for _, id := range list {
		p, offset, err := ps.find(ctx, id)
		if err != nil {
			return err
		}
		s.items = append(s.items, sendItem{p, number[p], offset, id})
		s.sent[objectKey{p, offset}] = -1
		s.ids[id] = true
	}
	slices.SortFunc(s.items, func(a, b sendItem) int { // so that a base by distance comes before its delta
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.offset, b.offset))
	})
	if s.out, err = newPackStream(w, len(list)); err != nil {
		return err
	}
	for _, item := range s.items {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.item(item); err != nil {
			return err
		}
	}
	return s.out.end()
}

func (s *sending) item(item sendItem) error {
	e, err := item.pack.entry(item.offset)
	if err != nil {
		return err
	}
	at := s.out.n
	head := appendEntryHead(make([]byte, 0, 40), e.kind, e.size)
	if e.kind.IsDelta() {
		if head, err = s.delta(item.pack, e, at); err != nil {
			return err
		}
	}
	if size := e.size; head == nil || !e.kind.IsDelta() {
		if head == nil {
			if size, err = item.pack.resultSize(e); err != nil {
				return err
			}
		}
		near, err := s.nearDelta(item, size, max(e.end-e.offset, size/4))
		if err != nil {
			return err
		}
		if near != nil {
			s.sent[objectKey{item.pack, item.offset}] = at
			_, err := s.out.Write(near)
			return err
		}
		if head == nil {
			return s.whole(item)
		}
	}
	s.sent[objectKey{item.pack, item.offset}] = at
	if _, err := s.out.Write(head); err != nil {
		return err
	}
	_, err = io.CopyBuffer(s.out, struct{ io.Reader }{item.pack.compressed(e)}, s.buf)
	return err
}

// delta is the header under which a delta can be sent as it is, nil where the client would not find its base.
func (s *sending) delta(p *pack, e entry, at int64) ([]byte, error) {
	id, offset, inPack := e.baseID, e.base, true
	if e.kind == plumbing.OFSDeltaObject {
		_, position, err := p.bounds(offset)
		if err != nil {
			return nil, err
		}
		id = p.index.id(position)
	} else {
		offset, inPack = p.index.find(id)
	}
	to, sent := s.sent[objectKey{p, offset}]
	switch {
	case inPack && sent && to >= 0 && s.ofs:
		return appendBack(appendEntryHead(nil, plumbing.OFSDeltaObject, e.size), at-to), nil
	case inPack && sent, s.has[id] && !s.ids[id]: // from another pack the base might itself build on this object
		return append(appendEntryHead(nil, plumbing.REFDeltaObject, e.size), id[:]...), nil
	}
	return nil, nil
}

// whole sends an object without its base.
func (s *sending) whole(item sendItem) error {
	o, err := s.packs.readAt(s.ctx, item.pack, item.offset)
	if err != nil {
		return err
	}
	s.sent[objectKey{item.pack, item.offset}] = s.out.n
	if _, err := s.out.Write(appendEntryHead(nil, o.kind, int64(len(o.data)))); err != nil {
		return err
	}
	return s.packs.store.codecs.deflate(s.out, o.data)
}

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
