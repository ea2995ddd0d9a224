package gitstore

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
)

// composition is a pack to be made of objects that are in other packs, or new.
type composition struct {
	packs *packs // reads what a delta is of
	items []*composed
	byID  map[oid]*composed
}

// composed is one object of a composition.
type composed struct {
	newObject           // data only of what is in no pack
	size      int64     // bytes of the object
	from      *pack     // where it is stored; nil for what is new
	entry     entry     // there
	base      *composed // what it will be stored as a delta of; nil for a whole object
	delta     []byte    // a new delta, deflated; nil where the stored one is of base too
	deltaSize int64     // bytes of the new delta, inflated
	height    int       // longest chain of deltas that ends at it
	name      uint32    // of the path where it was last
	age       int       // grows from the newest to the oldest
	at        int64     // where it begins in the new pack; 0 before it is written
}

func newComposition(ps *packs) *composition {
	return &composition{packs: ps, byID: make(map[oid]*composed)}
}

// add takes a stored object.
func (c *composition) add(id oid, p *pack, offset int64) (*composed, error) {
	e, err := p.entry(offset)
	if err != nil {
		return nil, err
	}
	item := &composed{newObject: newObject{id: id}, from: p, entry: e}
	if item.size, err = p.resultSize(e); err != nil {
		return nil, err
	}
	item.kind = e.kind
	c.items = append(c.items, item)
	c.byID[id] = item
	return item, nil
}

// addNew takes an object that is in no pack, unless it was taken before.
func (c *composition) addNew(o newObject) {
	if c.byID[o.id] == nil {
		item := &composed{newObject: o, size: int64(len(o.data))}
		c.items = append(c.items, item)
		c.byID[o.id] = item
	}
}

// settle decides which stored deltas stay: those whose base is in the composition too. It finds the kinds of all objects.
func (c *composition) settle() error {
	for _, item := range c.items {
		if item.from == nil || !item.entry.kind.IsDelta() {
			continue
		}
		id := item.entry.baseID
		if item.entry.kind == plumbing.OFSDeltaObject {
			_, position, err := item.from.bounds(item.entry.base)
			if err != nil {
				return err
			}
			id = item.from.index.id(position)
		}
		// A base that is taken from another pack might there be a delta of this object.
		if base := c.byID[id]; base != nil && !base.leadsTo(item) {
			item.base = base
		}
	}
	for _, item := range c.items {
		item.raise()
	}
	return nil
}

// raise tells what an object is stored as a delta of how long the chain to it has become.
func (item *composed) raise() {
	for above := item.height; item.base != nil; item = item.base {
		above++
		if item.base.height >= above {
			return
		}
		item.base.height = above
	}
}

// leadsTo tells whether an object is stored, over any number of deltas, as a delta of another.
func (item *composed) leadsTo(other *composed) bool {
	for ; item != nil; item = item.base {
		if item == other {
			return true
		}
	}
	return false
}

// depth is the number of deltas from a whole object.
func (item *composed) depth() (n int) {
	for item = item.base; item != nil; item = item.base {
		n++
	}
	return n
}

// read answers an object's content.
func (c *composition) read(ctx context.Context, item *composed) (rawObject, error) {
	if item.from == nil {
		return item.rawObject, nil
	}
	return c.packs.readAt(ctx, item.from, item.entry.offset)
}

func (c *composition) estimate() (n int64) {
	for _, item := range c.items {
		if n += int64(len(item.data) + indexEntry); item.from != nil {
			n += item.entry.end - item.entry.offset
		}
	}
	return n
}

// write writes the pack, its index and its size. Each object follows the one that it is a delta of.
func (c *composition) write(ctx context.Context, to io.Writer) (ref PackRef, err error) {
	w := bufio.NewWriterSize(to, 64<<10)
	out, err := newPackStream(w, len(c.items))
	if err != nil {
		return ref, err
	}
	index := make([]indexed, 0, len(c.items))
	var chain []*composed
	for _, item := range c.items {
		for chain = chain[:0]; item != nil && item.at == 0; item = item.base {
			chain = append(chain, item)
		}
		for i := len(chain) - 1; i >= 0; i-- {
			if err := ctx.Err(); err != nil {
				return ref, err
			}
			crc := &crcWriter{w: out}
			chain[i].at = out.n
			if err := c.writeItem(ctx, crc, chain[i]); err != nil {
				return ref, fmt.Errorf("object %s: %w", chain[i].id, damagedSource(err))
			}
			index = append(index, indexed{chain[i].id, chain[i].at, crc.sum})
		}
	}
	if err := out.end(); err != nil {
		return ref, err
	}
	ref = PackRef{Size: out.n + packTail, Objects: len(index)}
	x := writeIndex(index, [packTail]byte(out.sum.Sum(nil)))
	ref.Index = int64(len(x))
	if _, err := w.Write(binary.BigEndian.AppendUint64(x, uint64(ref.Size))); err != nil {
		return ref, err
	}
	return ref, w.Flush()
}

func (c *composition) writeItem(ctx context.Context, w io.Writer, item *composed) error {
	head := make([]byte, 0, 40)
	switch {
	case item.delta != nil:
		head = appendBack(appendEntryHead(head, plumbing.OFSDeltaObject, item.deltaSize), item.at-item.base.at)
		if _, err := w.Write(head); err != nil {
			return err
		}
		_, err := w.Write(item.delta)
		return err
	case item.base != nil:
		head = appendBack(appendEntryHead(head, plumbing.OFSDeltaObject, item.entry.size), item.at-item.base.at)
		return copyEntry(w, head, item)
	case item.from != nil && !item.entry.kind.IsDelta():
		return copyEntry(w, appendEntryHead(head, item.entry.kind, item.entry.size), item)
	}
	o, err := c.read(ctx, item)
	if err != nil {
		return err
	}
	if _, err := w.Write(appendEntryHead(head, o.kind, int64(len(o.data)))); err != nil {
		return err
	}
	return c.packs.store.codecs.deflate(w, o.data)
}

// copyEntry copies an entry's content as it is stored under another header. The checksum in the index of its pack must be
// right: damage is not spread.
func copyEntry(w io.Writer, head []byte, item *composed) error {
	if _, err := w.Write(head); err != nil {
		return err
	}
	p, e := item.from, item.entry
	_, position, err := p.bounds(e.offset)
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.NewSectionReader(p.data, e.offset, e.head)); err != nil {
		return err
	}
	if n, err := io.Copy(io.MultiWriter(w, sum), p.compressed(e)); err != nil || n != e.end-e.offset-e.head {
		return fmt.Errorf("pack %s: %w", p.id, err)
	}
	if sum.Sum32() != p.index.crc(position) {
		return fmt.Errorf("%w: pack %s at %d: checksum", errCorrupt, p.id, e.offset)
	}
	return nil
}

// crc is the checksum of object i as stored.
func (x packIndex) crc(i int) uint32 {
	return binary.BigEndian.Uint32(x.raw[indexHead+x.count*len(oid{})+4*i:])
}

type crcWriter struct {
	w   io.Writer
	sum uint32
}

func (c *crcWriter) Write(p []byte) (int, error) {
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p)
	return c.w.Write(p)
}
