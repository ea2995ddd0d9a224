package gitstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// packs are the packs of one manifest, opened when first needed.
type packs struct {
	store  *Store
	family string
	refs   []PackRef
	opened []atomic.Pointer[pack]
}

func (s *Store) packs(family string, refs []PackRef) *packs {
	return &packs{store: s, family: family, refs: refs, opened: make([]atomic.Pointer[pack], len(refs))}
}

func (ps *packs) open(ctx context.Context, i int) (*pack, error) {
	if p := ps.opened[i].Load(); p != nil {
		return p, nil
	}
	p, err := ps.store.openPack(ctx, ps.family, ps.refs[i])
	if err != nil {
		return nil, err
	}
	ps.opened[i].Store(p)
	return p, nil
}

// openAll opens all packs, several at once.
func (ps *packs) openAll(ctx context.Context) ([]*pack, error) {
	all := make([]*pack, len(ps.refs))
	err := inParallel(len(all), func(i int) (err error) {
		all[i], err = ps.open(ctx, i)
		return err
	})
	return all, err
}

// find looks for an object in the newest pack first. It answers errMissing.
func (ps *packs) find(ctx context.Context, id oid) (*pack, int64, error) {
	for i := len(ps.refs) - 1; i >= 0; i-- {
		p, err := ps.open(ctx, i)
		if err != nil {
			return nil, 0, err
		}
		if offset, ok := p.index.find(id); ok {
			return p, offset, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: %s", errMissing, id)
}

func (ps *packs) has(ctx context.Context, id oid) (bool, error) {
	_, _, err := ps.find(ctx, id)
	if errors.Is(err, errMissing) {
		return false, nil
	}
	return err == nil, err
}

// objectKey names an object in the cache. A pack's bytes never change, so neither does what the key stands for.
type objectKey struct {
	pack   *pack
	offset int64
}

const (
	maxCached = 256 << 10 // bytes of one object in the cache, which is for commits and trees
	maxObject = 1 << 30   // bytes of one object that is read
)

// read answers an object. Its content is shared.
func (ps *packs) read(ctx context.Context, id oid) (rawObject, error) {
	p, offset, err := ps.find(ctx, id)
	if err != nil {
		return rawObject{}, err
	}
	o, err := ps.readAt(ctx, p, offset)
	if err != nil {
		return rawObject{}, fmt.Errorf("object %s: %w", id, err)
	}
	return o, nil
}

// readKind is read for callers that know what they must find.
func (ps *packs) readKind(ctx context.Context, id oid, kind plumbing.ObjectType) ([]byte, error) {
	o, err := ps.read(ctx, id)
	if err == nil && o.kind != kind {
		err = fmt.Errorf("%w: %s is a %s where a %s must be", errCorrupt, id, o.kind, kind)
	}
	return o.data, err
}

// readAt follows a chain of deltas down to a whole object, and applies it on the way back.
func (ps *packs) readAt(ctx context.Context, p *pack, offset int64) (o rawObject, err error) {
	key := objectKey{p, offset}
	if o, ok := ps.store.objects.get(key); ok {
		return o, nil
	}
	var deltas [][]byte
	for {
		if err := ctx.Err(); err != nil {
			return o, err
		}
		e, err := p.entry(offset)
		if err != nil {
			return o, err
		}
		if e.size > maxObject {
			return o, fmt.Errorf("%w: object of %d bytes", errTooLarge, e.size)
		}
		data, err := p.inflate(e)
		if err != nil {
			return o, err
		}
		if !e.kind.IsDelta() {
			o = rawObject{e.kind, data}
			break
		}
		if deltas = append(deltas, data); len(deltas) > maxDepth {
			return o, fmt.Errorf("%w: a chain of more than %d deltas", errCorrupt, maxDepth)
		}
		if p, offset, err = ps.base(ctx, p, e); err != nil {
			return o, err
		}
	}
	for i := len(deltas) - 1; i >= 0; i-- {
		if o.data, err = applyDelta(o.data, deltas[i], maxObject); err != nil {
			return o, err
		}
	}
	if o.kind != plumbing.BlobObject && len(o.data) <= maxCached {
		ps.store.objects.add(key, o, int64(len(o.data))+128)
	}
	return o, nil
}

// base is where a delta's base is: in the same pack if that has it, for then no chain can lead back to itself.
func (ps *packs) base(ctx context.Context, p *pack, e entry) (*pack, int64, error) {
	if e.kind == plumbing.OFSDeltaObject {
		return p, e.base, nil
	}
	if offset, ok := p.index.find(e.baseID); ok {
		return p, offset, nil
	}
	return ps.find(ctx, e.baseID)
}

var errTooLarge = errors.New("too large")

func applyDelta(base, delta []byte, limit int64) ([]byte, error) {
	_, size, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%w: object of %d bytes", errTooLarge, size)
	}
	data, err := packfile.PatchDelta(base, delta)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return data, nil
}

// size is the size of an object, without reading all of it.
func (ps *packs) size(ctx context.Context, id oid) (int64, error) {
	p, offset, err := ps.find(ctx, id)
	if err != nil {
		return 0, err
	}
	e, err := p.entry(offset)
	if err != nil {
		return 0, err
	}
	return p.resultSize(e)
}
