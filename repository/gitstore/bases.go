package gitstore

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// maxAncestry bounds how many commits are read to find common ancestors.
const maxAncestry = 500_000

// Bases answers the best common ancestors of two revisions: those that no other common ancestor descends from. There is
// none for histories that have nothing in common, and more than one where they have merged each other (criss-cross).
// Their order is that of their hashes.
func (r *Repository) Bases(ctx context.Context, a, b Hash) ([]Hash, error) {
	return NewAncestry(r).Bases(ctx, []Hash{a}, b)
}

// Ancestry is the histories of several views read as one, such as those of a remix and of its source.
type Ancestry struct{ views []*Repository }

// NewAncestry reads the views together. What one of them does not lead to is looked for in the next.
func NewAncestry(views ...*Repository) *Ancestry { return &Ancestry{views} }

// Tree is the files of a revision that one of the views leads to, as Repository.Tree answers them.
func (y *Ancestry) Tree(ctx context.Context, rev Hash) (fs.FS, error) {
	for _, view := range y.views {
		if fsys, err := view.Tree(ctx, rev); !errors.Is(err, kind.ErrNotFound) {
			return fsys, err
		}
	}
	return nil, fmt.Errorf("revision %s: %w", rev, kind.ErrNotFound)
}

// Bases answers the best common ancestors of b and a commit whose parents would be all of a; for a single revision in a,
// those of the two. It answers kind.ErrNotFound where no view leads to a revision.
func (y *Ancestry) Bases(ctx context.Context, a []Hash, b Hash) (_ []Hash, err error) {
	defer annotate(&err, "find common ancestors of %s and %s", strings.Join(a, ", "), b)
	walk := ancestors{y: y, commits: make(map[oid]*ancestor)}
	for _, rev := range a {
		if err := walk.tip(ctx, rev, fromA); err != nil {
			return nil, err
		}
	}
	if err := walk.tip(ctx, b, fromB); err != nil {
		return nil, err
	}
	found, err := walk.common(ctx)
	if err == nil && len(found) > 1 {
		found, err = y.best(ctx, found)
	}
	if err != nil {
		return nil, err
	}
	list := make([]Hash, len(found))
	for i, id := range found {
		list[i] = id.String()
	}
	slices.Sort(list)
	return list, nil
}

// links reads what a walk needs of a commit.
func (y *Ancestry) links(ctx context.Context, id oid) (c commitLinks, err error) {
	err = errMissing
	for _, view := range y.views {
		if c, err = view.packs.commit(ctx, id); !errors.Is(err, errMissing) {
			break
		}
	}
	return c, err
}

// What is known of a commit while ancestors are walked.
const (
	fromA  = 1 << iota // a leads to it
	fromB              // b leads to it
	beyond             // a common ancestor leads to it
)

type ancestor struct {
	id     oid
	links  commitLinks
	marks  int
	queued bool
}

// ancestors walks both histories at once, newest first, until all that is left lies beyond a common ancestor.
type ancestors struct {
	y       *Ancestry
	commits map[oid]*ancestor
	queue   ancestorQueue
	open    int // commits in the queue that are not beyond
}

func (w *ancestors) tip(ctx context.Context, rev Hash, mark int) (err error) {
	for _, view := range w.y.views {
		var id oid
		if id, _, err = view.revision(ctx, rev); err == nil {
			return w.mark(ctx, id, mark)
		}
		if !errors.Is(err, kind.ErrNotFound) {
			return err
		}
	}
	return err
}

// mark adds to what is known of a commit, and puts it into the queue if that is news.
func (w *ancestors) mark(ctx context.Context, id oid, marks int) error {
	c := w.commits[id]
	if c == nil {
		if len(w.commits) >= maxAncestry {
			return fmt.Errorf("%w: a history of more than %d commits", kind.ErrInvalid, maxAncestry)
		}
		links, err := w.y.links(ctx, id)
		if err != nil {
			return err
		}
		c = &ancestor{id: id, links: links}
		w.commits[id] = c
	}
	if c.marks|marks == c.marks {
		return nil
	}
	wasOpen := c.queued && c.marks&beyond == 0
	c.marks |= marks
	isOpen := c.marks&beyond == 0
	if !c.queued {
		c.queued = true
		heap.Push(&w.queue, c)
	}
	if isOpen && !wasOpen {
		w.open++
	} else if wasOpen && !isOpen {
		w.open--
	}
	return nil
}

func (w *ancestors) common(ctx context.Context) (found []oid, err error) {
	var candidates []*ancestor
	for w.open > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := heap.Pop(&w.queue).(*ancestor)
		c.queued = false
		if c.marks&beyond == 0 {
			w.open--
		}
		marks := c.marks
		if marks&(fromA|fromB) == fromA|fromB {
			if marks&beyond == 0 {
				candidates = append(candidates, c)
			}
			marks |= beyond // for its parents
		}
		for _, parent := range c.links.parents {
			if err := w.mark(ctx, parent, marks); err != nil {
				return nil, err
			}
		}
	}
	seen := make(map[oid]bool)
	for _, c := range candidates {
		if c.marks&beyond == 0 && !seen[c.id] {
			seen[c.id] = true
			found = append(found, c.id)
		}
	}
	return found, nil
}

// best leaves out commits that others of the list descend from. Where clocks were wrong the walk may have come to an
// ancestor before it could know.
func (y *Ancestry) best(ctx context.Context, list []oid) ([]oid, error) {
	wanted, lesser, seen := make(map[oid]bool), make(map[oid]bool), make(map[oid]bool)
	var todo []oid
	for _, id := range list {
		wanted[id] = true
		c, err := y.links(ctx, id)
		if err != nil {
			return nil, err
		}
		todo = append(todo, c.parents...)
	}
	for len(todo) > 0 && len(lesser) < len(list)-1 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seen[id] = true
		if wanted[id] {
			lesser[id] = true
		}
		c, err := y.links(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(seen) > maxAncestry {
			return nil, fmt.Errorf("%w: a history of more than %d commits", kind.ErrInvalid, maxAncestry)
		}
		todo = append(todo, c.parents...)
	}
	return slices.DeleteFunc(list, func(id oid) bool { return lesser[id] }), nil
}

// ancestorQueue gives the newest first.
type ancestorQueue []*ancestor

func (q ancestorQueue) Len() int           { return len(q) }
func (q ancestorQueue) Less(i, j int) bool { return q[i].links.when > q[j].links.when }
func (q ancestorQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *ancestorQueue) Push(x any)        { *q = append(*q, x.(*ancestor)) }
func (q *ancestorQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
