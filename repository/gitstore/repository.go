package gitstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Repository is one consistent view of a repository: a manifest and the packs that it lists. It does not change, needs no
// closing and may be used by many goroutines; whoever wants to see later changes opens it again.
//
// It shows what its refs lead to and nothing else, though its packs may hold more: those of a family are shared.
type Repository struct {
	store    *Store
	location Location
	manifest Manifest
	tag      string
	packs    *packs
	asOf     atomic.Pointer[time.Time] // since when its packs may be listed no more

	reachMu sync.Mutex
	reach   map[oid]bool // all commits that the refs lead to, once somebody needed them
}

// Location is where the repository is kept. Its Repository is empty for a view that Fetch answered.
func (r *Repository) Location() Location { return r.location }

// Manifest is the state that the view is of. It is shared: do not change it.
func (r *Repository) Manifest() Manifest { return r.manifest }

// Tag names the state of the manifest, for SetRecord.
func (r *Repository) Tag() string { return r.tag }

// Head is the commit that HEAD stands for, or "" where there is none.
func (r *Repository) Head() Hash { return r.manifest.Refs[r.manifest.Head] }

// revision reads a commit that the refs lead to. It answers kind.ErrNotFound for any other.
func (r *Repository) revision(ctx context.Context, rev Hash) (id oid, data []byte, err error) {
	if id, err = parseHash(rev); err != nil {
		return id, nil, err
	}
	if err := r.reachable(ctx, id); err != nil {
		return id, nil, err
	}
	o, err := r.packs.read(ctx, id)
	switch {
	case errors.Is(err, errMissing):
		return id, nil, fmt.Errorf("revision %s: %w", rev, kind.ErrNotFound)
	case err != nil:
		return id, nil, err
	case o.kind != plumbing.CommitObject:
		return id, nil, fmt.Errorf("revision %s: %w: it is a %s", rev, kind.ErrNotFound, o.kind)
	}
	return id, o.data, nil
}

// reachable answers kind.ErrNotFound unless the refs lead to the commit. In closed packs every object is reachable.
func (r *Repository) reachable(ctx context.Context, id oid) error {
	if r.manifest.Closed || slices.Contains(r.manifest.tips(), id) {
		return nil
	}
	r.reachMu.Lock()
	defer r.reachMu.Unlock()
	if r.reach == nil {
		reach := make(map[oid]bool)
		err := r.packs.walkCommits(ctx, r.manifest.tips(), func(id oid, _ commitLinks) (bool, error) {
			reach[id] = true
			return true, nil
		})
		if err != nil {
			return err
		}
		r.reach = reach
	}
	if !r.reach[id] {
		return fmt.Errorf("revision %s: %w", id, kind.ErrNotFound)
	}
	return nil
}

// walkCommits visits every commit that the tips lead to, once, through tags; visit says whether to go on to its parents.
func (ps *packs) walkCommits(ctx context.Context, tips []oid, visit func(oid, commitLinks) (bool, error)) error {
	seen := make(map[oid]bool)
	todo := slices.Clone(tips)
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		o, err := ps.read(ctx, id)
		if err != nil {
			return err
		}
		switch o.kind {
		case plumbing.TagObject:
			target, err := parseTag(o.data)
			if err != nil {
				return err
			}
			todo = append(todo, target)
		case plumbing.CommitObject:
			c, err := parseCommit(o.data)
			if err != nil {
				return fmt.Errorf("commit %s: %w", id, err)
			}
			on, err := visit(id, c)
			if err != nil {
				return err
			}
			if on {
				todo = append(todo, c.parents...)
			}
		}
	}
	return nil
}
