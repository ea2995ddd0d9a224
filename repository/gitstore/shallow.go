package gitstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// grafts say which commits have no parents for a walk.
type grafts struct {
	client map[oid]bool // as the client has it before
	after  map[oid]bool // as it will have it
	deeper []oid        // commits whose parents it lacked and will get
}

// deepen computes the commits at which a clone of the depth ends, and tells the client what changes for it.
func (r *Repository) deepen(ctx context.Context, req *request, out *pktWriter) (g grafts, err error) {
	g = grafts{client: req.shallow, after: req.shallow}
	if req.depth == 0 {
		return g, nil
	}
	within, edge, err := r.packs.depth(ctx, req.wants, req.depth)
	if err != nil {
		return g, err
	}
	g.after = make(map[oid]bool)
	for id := range req.shallow {
		if within[id] {
			g.deeper = append(g.deeper, id)
		} else {
			g.after[id] = true
		}
	}
	slices.SortFunc(g.deeper, func(a, b oid) int { return cmp.Compare(a.String(), b.String()) })
	for _, id := range edge {
		if !req.shallow[id] {
			out.line("shallow %s", id)
		}
		g.after[id] = true
	}
	for _, id := range g.deeper {
		out.line("unshallow %s", id)
	}
	out.flush()
	return g, out.err
}

// depth walks from the wants, which are at depth 1. Within are the commits whose parents belong to a clone of the depth,
// edge those at its end that do have parents.
func (ps *packs) depth(ctx context.Context, wants []oid, depth int) (within map[oid]bool, edge []oid, err error) {
	within = make(map[oid]bool)
	seen := make(map[oid]bool)
	level := wants
	for at := 1; len(level) > 0; at++ {
		var next []oid
		for _, id := range level {
			id, err := ps.peel(ctx, id)
			if err != nil {
				return nil, nil, err
			}
			if seen[id] {
				continue
			}
			seen[id] = true
			c, err := ps.commit(ctx, id)
			if err != nil {
				return nil, nil, err
			}
			if at >= depth && depth < unshallow && len(c.parents) > 0 {
				edge = append(edge, id)
				continue
			}
			within[id] = true
			next = append(next, c.parents...)
		}
		level = next
	}
	return within, edge, nil
}

// peel follows annotated tags to a commit.
func (ps *packs) peel(ctx context.Context, id oid) (oid, error) {
	for range 10 {
		o, err := ps.read(ctx, id)
		if err != nil || o.kind != plumbing.TagObject {
			return id, err
		}
		if id, err = parseTag(o.data); err != nil {
			return id, err
		}
	}
	return id, fmt.Errorf("%w: tag of a tag of a tag", errCorrupt)
}
