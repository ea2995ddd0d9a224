package gitstore

import (
	"bytes"
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
	told   []string     // lines that tell the client what changes for it
}

// deepen computes the commits at which a clone of the depth ends.
func (r *Repository) deepen(ctx context.Context, req *request) (g grafts, err error) {
	g = grafts{client: req.shallow, after: req.shallow}
	if !req.deepens() {
		return g, nil
	}
	var within map[oid]bool
	var edge []oid
	switch {
	case req.since > 0 || len(req.not) > 0:
		within, edge, err = r.cut(ctx, req)
	case req.relative:
		var ends []oid
		if ends, err = r.ends(ctx, req); err == nil {
			within, edge, err = r.packs.depth(ctx, ends, min(req.depth, unshallow-1)+1)
		}
	default:
		within, edge, err = r.packs.depth(ctx, req.wants, req.depth)
	}
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
			g.told = append(g.told, "shallow "+id.String())
		}
		g.after[id] = true
	}
	for _, id := range g.deeper {
		g.told = append(g.told, "unshallow "+id.String())
	}
	return g, nil
}

// ends are those commits at the end of the client's history that the wants lead to.
func (r *Repository) ends(ctx context.Context, req *request) (ends []oid, err error) {
	err = r.packs.walkCommits(ctx, req.wants, func(id oid, _ commitLinks) (bool, error) {
		if req.shallow[id] {
			ends = append(ends, id)
		}
		return true, nil
	})
	return ends, err
}

// cut is depth by date, and without what some refs lead to.
func (r *Repository) cut(ctx context.Context, req *request) (within map[oid]bool, edge []oid, err error) {
	var not []oid
	for _, name := range req.not {
		h := cmp.Or(r.manifest.Refs[name], r.manifest.Refs["refs/tags/"+name], r.manifest.Refs["refs/heads/"+name])
		if h == "" {
			return nil, nil, refusal(fmt.Sprintf("deepen-not: there is no ref %.80q", name))
		}
		not = append(not, plumbing.NewHash(h))
	}
	out := make(map[oid]bool)
	err = r.packs.walkCommits(ctx, not, func(id oid, _ commitLinks) (bool, error) {
		out[id] = true
		return true, nil
	})
	if err != nil {
		return nil, nil, err
	}
	in := make(map[oid]commitLinks)
	err = r.packs.walkCommits(ctx, req.wants, func(id oid, c commitLinks) (bool, error) {
		if out[id] || c.when < req.since {
			return false, nil
		}
		in[id] = c
		return true, nil
	})
	if err != nil {
		return nil, nil, err
	}
	if len(in) == 0 {
		return nil, nil, refusal("no commits are within the asked part of the history")
	}
	within = make(map[oid]bool)
	for id, c := range in {
		beyond := func(parent oid) bool { _, has := in[parent]; return !has }
		if slices.ContainsFunc(c.parents, beyond) {
			edge = append(edge, id)
		} else {
			within[id] = true
		}
	}
	slices.SortFunc(edge, func(a, b oid) int { return bytes.Compare(a[:], b[:]) })
	return within, edge, nil
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
			if is, err := ps.kindOf(ctx, id); err != nil {
				return nil, nil, err
			} else if is != plumbing.CommitObject {
				continue
			}
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
