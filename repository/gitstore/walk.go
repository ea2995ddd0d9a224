package gitstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// walker lists the objects that a client wants and lacks.
type walker struct {
	ctx   context.Context
	packs *packs
	had   map[oid]bool // commits that the client has
	seen  map[oid]bool // objects in the list, or that the client has
	list  []oid        // commits and tags, then trees and files
	trees []oid        // of the commits in the list
}

// maxBoundary bounds how many of the client's commits have their trees read, to leave out what is in them.
const maxBoundary = 64

// missing lists what wants lead to and common do not. The client has every object that seen tells beyond the list.
func (ps *packs) missing(ctx context.Context, wants, common []oid, g grafts) (list []oid, seen map[oid]bool, err error) {
	w := &walker{ctx: ctx, packs: ps, had: make(map[oid]bool), seen: make(map[oid]bool)}
	err = ps.walkCommits(ctx, slices.Concat(common, g.deeper), func(id oid, _ commitLinks) (bool, error) {
		w.had[id] = true
		return !g.client[id], nil
	})
	if err != nil {
		return nil, nil, err
	}
	wants = slices.Clone(wants)
	for _, id := range g.deeper {
		c, err := ps.commit(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		wants = append(wants, c.parents...)
	}
	boundary, err := w.commits(wants, g.after)
	if err != nil {
		return nil, nil, err
	}
	boundary = append(boundary, common...)
	for _, id := range boundary[:min(len(boundary), maxBoundary)] {
		c, err := ps.commit(ctx, id)
		if err == nil {
			err = w.tree(c.tree, false, 0)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for _, tree := range w.trees {
		if err := w.tree(tree, true, 0); err != nil {
			return nil, nil, err
		}
	}
	return w.list, w.seen, nil
}

// commits lists commits and tags, and answers those of the client's commits that it came upon.
func (w *walker) commits(todo []oid, shallow map[oid]bool) (boundary []oid, err error) {
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.seen[id] {
			continue
		}
		w.seen[id] = true
		if w.had[id] {
			boundary = append(boundary, id)
			continue
		}
		o, err := w.packs.read(w.ctx, id)
		if err != nil {
			return nil, err
		}
		w.list = append(w.list, id)
		switch o.kind {
		case plumbing.CommitObject:
			c, err := parseCommit(o.data)
			if err != nil {
				return nil, fmt.Errorf("commit %s: %w", id, err)
			}
			w.trees = append(w.trees, c.tree)
			if !shallow[id] {
				todo = append(todo, c.parents...)
			}
		case plumbing.TagObject:
			target, err := parseTag(o.data)
			if err != nil {
				return nil, err
			}
			todo = append(todo, target)
		case plumbing.TreeObject: // listed with what is in it
			delete(w.seen, id)
			w.list = w.list[:len(w.list)-1]
			w.trees = append(w.trees, id)
		}
	}
	return boundary, nil
}

// tree marks everything in a tree as seen, and lists it if it is wanted.
func (w *walker) tree(id oid, wanted bool, level int) error {
	if w.seen[id] {
		return nil
	}
	if level > 2*maxLevel {
		return fmt.Errorf("%w: folders too deep", errCorrupt)
	}
	w.seen[id] = true
	if wanted {
		w.list = append(w.list, id)
	}
	data, err := w.packs.readKind(w.ctx, id, plumbing.TreeObject)
	if err != nil {
		return err
	}
	for e, err := range entries(data) {
		switch {
		case err != nil:
			return fmt.Errorf("tree %s: %w", id, err)
		case e.mode == filemode.Dir:
			if err := w.tree(e.id, wanted, level+1); err != nil {
				return err
			}
		case e.mode == filemode.Submodule, w.seen[e.id]:
		default:
			w.seen[e.id] = true
			if wanted {
				w.list = append(w.list, e.id)
			}
		}
	}
	return nil
}
