package gitstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

const (
	deltaWindow = 10       // objects before it, by path and age, that an object may become a delta of
	deltaDepth  = 50       // as git makes them
	deltaSmall  = 50       // bytes: smaller objects are stored whole
	deltaLarge  = 2 << 20  // bytes: larger ones are stored as they are
	deltaKept   = 64 << 20 // bytes of new deltas of one pack
)

// plan decides what goes into the pack that replaces those from first on, and how it is stored.
func (r *Repository) plan(ctx context.Context, first int) (*composition, error) {
	c := newComposition(r.packs)
	all, err := r.packs.openAll(ctx)
	if err != nil {
		return nil, damagedSource(err)
	}
	for i := len(all) - 1; i >= first; i-- { // of an object that is there twice, the newest: it is the one that is read
		for n := range all[i].index.count {
			id := all[i].index.id(n)
			if c.byID[id] != nil || inAny(all[:first], id) {
				continue
			}
			if _, err := c.add(id, all[i], all[i].index.offset(n)); err != nil {
				return nil, err
			}
		}
	}
	reached, err := c.name(ctx, r.manifest.tips())
	if err != nil {
		return nil, err
	}
	if first == 0 && !r.manifest.Closed {
		c.keep(reached)
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	if err := c.kinds(ctx); err != nil {
		return nil, err
	}
	if err := c.compress(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.items, func(a, b *composed) int { // as git orders them: a client reads commits first
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.age, b.age))
	})
	return c, nil
}

func inAny(all []*pack, id oid) bool {
	return slices.ContainsFunc(all, func(p *pack) bool {
		_, found := p.index.find(id)
		return found
	})
}

// keep drops what was not reached.
func (c *composition) keep(reached map[oid]bool) {
	c.items = slices.DeleteFunc(c.items, func(item *composed) bool {
		if !reached[item.id] {
			delete(c.byID, item.id)
		}
		return !reached[item.id]
	})
}

// name gives the objects their names and ages, from the newest commit on, and answers which the tips lead to, as far as
// every object between is in the composition.
func (c *composition) name(ctx context.Context, tips []oid) (reached map[oid]bool, err error) {
	reached = make(map[oid]bool, len(c.items))
	age := 0
	see := func(id oid, at string) bool {
		item := c.byID[id]
		if item == nil || reached[id] {
			return false
		}
		reached[id] = true
		age++
		item.age, item.name = age, nameHash(at)
		return true
	}
	var walk func(id oid, at string, level int) error
	walk = func(id oid, at string, level int) error {
		if !see(id, at) {
			return nil
		}
		if level > 2*maxLevel {
			return fmt.Errorf("%w: folders too deep", errCorrupt)
		}
		data, err := c.packs.readKind(ctx, id, plumbing.TreeObject)
		if err != nil {
			return err
		}
		for e, err := range entries(data) {
			if err != nil {
				return fmt.Errorf("tree %s: %w", id, err)
			}
			switch e.mode {
			case filemode.Dir:
				if err := walk(e.id, path.Join(at, e.name), level+1); err != nil {
					return err
				}
			case filemode.Submodule:
			default:
				see(e.id, path.Join(at, e.name))
			}
		}
		return nil
	}
	queue := slices.Clone(tips)
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if !see(id, "") {
			continue
		}
		o, err := c.packs.read(ctx, id)
		if err != nil {
			return nil, err
		}
		switch o.kind {
		case plumbing.TagObject:
			target, err := parseTag(o.data)
			if err != nil {
				return nil, err
			}
			queue = append(queue, target)
		case plumbing.CommitObject:
			links, err := parseCommit(o.data)
			if err == nil {
				err = walk(links.tree, "", 0)
			}
			if err != nil {
				return nil, fmt.Errorf("commit %s: %w", id, err)
			}
			queue = append(queue, links.parents...)
		case plumbing.TreeObject:
			reached[id] = false
			if err := walk(id, "", 0); err != nil {
				return nil, err
			}
		}
	}
	for _, item := range c.items {
		if item.age == 0 {
			age++
			item.age = age
		}
	}
	return reached, nil
}

func nameHash(at string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(at))
	return h.Sum32()
}

// kinds finds what the stored deltas stand for.
func (c *composition) kinds(ctx context.Context) error {
	for _, item := range c.items {
		if item.from == nil || !item.entry.kind.IsDelta() {
			continue
		}
		kind, err := c.packs.kindAt(ctx, item.from, item.entry)
		if err != nil {
			return err
		}
		item.kind = kind
	}
	return nil
}

// kindAt follows a chain of deltas to its end.
func (ps *packs) kindAt(ctx context.Context, p *pack, e entry) (kind plumbing.ObjectType, err error) {
	for range maxDepth + 1 {
		if !e.kind.IsDelta() {
			return e.kind, nil
		}
		var offset int64
		if p, offset, err = ps.base(ctx, p, e); err != nil {
			return kind, err
		}
		if e, err = p.entry(offset); err != nil {
			return kind, err
		}
	}
	return kind, fmt.Errorf("%w: a chain of more than %d deltas", errCorrupt, maxDepth)
}

// compress makes deltas of what is still stored whole, against what is like it: of the same kind and path and older.
func (c *composition) compress(ctx context.Context) error {
	order := slices.Clone(c.items)
	slices.SortFunc(order, func(a, b *composed) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name), cmp.Compare(b.age, a.age))
	})
	kept := 0
	window := make(map[*composed]*deltaIndex, deltaWindow+1)
	for i, item := range order {
		if i > deltaWindow {
			delete(window, order[i-deltaWindow-1])
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if item.base != nil || item.size < deltaSmall || item.size > deltaLarge || kept > deltaKept {
			continue
		}
		if err := c.bestDelta(ctx, item, order[max(0, i-deltaWindow):i], window); err != nil {
			return fmt.Errorf("object %s: %w", item.id, damagedSource(err))
		}
		kept += len(item.delta)
	}
	return nil
}

// bestDelta stores an object as the smallest delta of a few others, if that is smaller than the object.
func (c *composition) bestDelta(ctx context.Context, item *composed, others []*composed, window map[*composed]*deltaIndex) error {
	whole := int(item.entry.end - item.entry.offset) // compressed
	solid := int64(whole) > item.size-item.size/16   // a picture: like nothing but its own versions
	var target []byte
	var best []byte
	for _, base := range slices.Backward(others) {
		if base.kind != item.kind || base.size < deltaSmall || base.size > deltaLarge || base.size/32 > item.size || item.size/32 > base.size {
			continue
		}
		if solid && base.name != item.name || base.leadsTo(item) {
			continue
		}
		depth := base.depth() + 1
		if depth+item.height > deltaDepth {
			continue
		}
		limit := int(item.size/2) - 20
		if best != nil {
			limit = min(limit, len(best)*(deltaDepth+20-depth)/(deltaDepth+20-item.depth()))
		}
		if limit <= 0 {
			continue
		}
		if target == nil {
			o, err := c.read(ctx, item)
			if err != nil {
				return err
			}
			target = o.data
		}
		x := window[base]
		if x == nil {
			o, err := c.read(ctx, base)
			if err != nil {
				return err
			}
			x = newDeltaIndex(o.data)
			window[base] = x
		}
		delta := x.delta(target, limit)
		if delta == nil {
			continue
		}
		best = delta
		item.base = base
	}
	if best == nil {
		return nil
	}
	made, err := applyDelta(window[item.base].base, best, maxObject)
	if err != nil || !bytes.Equal(made, target) {
		return fmt.Errorf("%w: delta of %s", errCorrupt, item.base.id)
	}
	var b bytes.Buffer
	if err := c.packs.store.codecs.deflate(&b, best); err != nil {
		return err
	}
	if b.Len() >= whole {
		item.base = nil
		return nil
	}
	item.delta, item.deltaSize = b.Bytes(), int64(len(best))
	item.raise()
	return nil
}
