package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// The first pack of a remix is thin: its objects are stored as deltas of those that stand in their place in the source, which
// are in packs that the manifest lists before it. So what a remix takes is what it changes. Whatever drops an object from a
// pack must look for such deltas first: Compact replaces the newest packs and leaves none that builds on them; Sweep deletes
// packs that no manifest lists; Erase rewrites a pack whose deltas build on what goes.

// thinDepth bounds the chain of deltas below an object of which another becomes a delta in a thin pack.
const thinDepth = deltaDepth + 10

// replacing pairs new objects with those that stand in their place in an older tree.
type replacing struct {
	ctx   context.Context
	packs *packs
	made  map[oid]rawObject
	old   map[oid]oid
}

// A thinner answers the entry of a thin pack for an object, nil where it would not be smaller than a whole one of so many bytes. A
// nil one makes no pack thin.
type thinner func(o newObject, whole int) ([]byte, error)

// thinPack makes deltas of the objects of a save against what its first parent has in their place.
func thinPack(ctx context.Context, save Save, commit oid, made []newObject) (thinner, error) {
	if len(save.Parents) == 0 {
		return nil, nil
	}
	r := &replacing{ctx: ctx, packs: save.Base.packs, made: make(map[oid]rawObject, len(made)), old: make(map[oid]oid)}
	for _, o := range made {
		r.made[o.id] = o.rawObject
	}
	o, isNew := r.made[commit]
	if !isNew {
		return nil, nil
	}
	now, err := parseCommit(o.data)
	if err != nil {
		return nil, err
	}
	before, err := r.packs.commit(ctx, plumbing.NewHash(save.Parents[0]))
	if err != nil {
		return nil, err
	}
	if err := r.tree(now.tree, before.tree); err != nil {
		return nil, err
	}
	return func(o newObject, whole int) ([]byte, error) {
		base, known := r.old[o.id]
		if !known {
			return nil, nil
		}
		return r.packs.thinEntry(ctx, o, base, whole)
	}, nil
}

func (r *replacing) tree(id, old oid) error {
	o, isNew := r.made[id]
	if _, known := r.old[id]; !isNew || known {
		return nil
	}
	r.old[id] = old
	was, err := r.packs.children(r.ctx, treeEntry{mode: filemode.Dir, id: old})
	if err != nil {
		return err
	}
	for e, err := range entries(o.data) {
		if err != nil {
			return err
		}
		before, there := was[e.name]
		if !there || (before.mode == filemode.Dir) != (e.mode == filemode.Dir) {
			continue
		}
		if e.mode == filemode.Dir {
			if err := r.tree(e.id, before.id); err != nil {
				return err
			}
		} else if _, isNew := r.made[e.id]; isNew {
			r.old[e.id] = before.id
		}
	}
	return nil
}

// thinEntry makes a new object a delta of a stored one.
func (ps *packs) thinEntry(ctx context.Context, o newObject, base oid, whole int) ([]byte, error) {
	if len(o.data) > thinObject {
		return nil, nil
	}
	if size, err := ps.size(ctx, base); err != nil || size > thinObject {
		return nil, err
	}
	if depth, err := ps.depthOf(ctx, base); err != nil || depth >= thinDepth {
		return nil, err
	}
	of, err := ps.read(ctx, base)
	if err != nil || of.kind != o.kind {
		return nil, err
	}
	delta := newDeltaIndex(of.data).delta(o.data, len(o.data))
	if delta == nil {
		return nil, nil
	}
	if made, err := applyDelta(of.data, delta, maxObject); err != nil || !bytes.Equal(made, o.data) {
		return nil, fmt.Errorf("%w: delta of %s", errCorrupt, base)
	}
	var b bytes.Buffer
	b.Write(appendEntryHead(nil, plumbing.REFDeltaObject, int64(len(delta))))
	b.Write(base[:])
	if err := ps.store.codecs.deflate(&b, delta); err != nil || b.Len() >= whole {
		return nil, err
	}
	return b.Bytes(), nil
}

// depthOf counts the deltas from an object to a whole one.
func (ps *packs) depthOf(ctx context.Context, id oid) (n int, err error) {
	p, offset, err := ps.find(ctx, id)
	for err == nil && n <= maxDepth {
		e, failed := p.entry(offset)
		if failed != nil || !e.kind.IsDelta() {
			return n, failed
		}
		n++
		p, offset, err = ps.base(ctx, p, e)
	}
	return n, err
}

// outside are the objects beyond the pack that its deltas build on.
func (p *pack) outside() (bases []oid, err error) {
	for i := range p.index.count {
		e, err := p.entry(p.index.offset(i))
		if err != nil {
			return nil, err
		}
		if e.kind != plumbing.REFDeltaObject {
			continue
		}
		if _, inPack := p.index.find(e.baseID); !inPack {
			bases = append(bases, e.baseID)
		}
	}
	return bases, nil
}

// usable are those of the packs that can be opened, past those that are damaged or gone.
func (ps *packs) usable(ctx context.Context) (*packs, error) {
	var refs []PackRef
	var opened []*pack
	for i, ref := range ps.refs {
		p, err := ps.open(ctx, i)
		switch {
		case err == nil:
			refs, opened = append(refs, ref), append(opened, p)
		case keepUnread(err) != nil && !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	all := ps.store.packs(ps.family, refs)
	for i, p := range opened {
		all.opened[i].Store(p)
	}
	return all, nil
}
