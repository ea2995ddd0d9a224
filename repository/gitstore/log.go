package gitstore

import (
	"container/heap"
	"context"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// Commit answers one revision. It answers kind.ErrNotFound where no ref of the repository leads to it.
func (r *Repository) Commit(ctx context.Context, rev Hash) (c Commit, err error) {
	defer annotate(&err, "read commit of %s", r.location)
	id, data, err := r.revision(ctx, rev)
	if err != nil {
		return c, err
	}
	return decodeCommit(id, data)
}

// Log answers rev and what came before it, newest first by the committers' clocks, at most limit commits. No commit stands
// before one that it is a parent of, unless clocks were wrong. Suggestions that were accepted are left out, as Ancestor does.
func (r *Repository) Log(ctx context.Context, rev Hash, limit int) (all []Commit, err error) {
	defer annotate(&err, "read log of %s", r.location)
	err = r.walkLog(ctx, rev, func(id oid, data []byte, _ commitLinks) (bool, error) {
		if len(all) >= limit {
			return false, nil
		}
		c, err := decodeCommit(id, data)
		all = append(all, c)
		return err == nil, err
	})
	return all, err
}

// History is the part of Log that changed what is at path, a file or a folder: commits in which it differs from every
// parent.
func (r *Repository) History(ctx context.Context, rev Hash, path string, limit int) (all []Commit, err error) {
	defer annotate(&err, "read history of %s", r.location)
	path = strings.Trim(path, "/")
	err = r.walkLog(ctx, rev, func(id oid, data []byte, c commitLinks) (bool, error) {
		if len(all) >= limit {
			return false, nil
		}
		own, err := r.packs.lookup(ctx, c.tree, path)
		if err != nil {
			return false, err
		}
		changed := len(c.parents) > 0 || own != (treeEntry{})
		for _, parent := range c.parents {
			p, err := r.packs.commit(ctx, parent)
			if err != nil {
				return false, err
			}
			before, err := r.packs.lookup(ctx, p.tree, path)
			if err != nil {
				return false, err
			}
			changed = changed && (before.id != own.id || before.mode != own.mode)
		}
		if changed {
			commit, err := decodeCommit(id, data)
			if err != nil {
				return false, err
			}
			all = append(all, commit)
		}
		return true, nil
	})
	return all, err
}

// walkLog visits rev and what came before it, newest first, until visit says no.
func (r *Repository) walkLog(ctx context.Context, rev Hash, visit func(oid, []byte, commitLinks) (bool, error)) error {
	id, data, err := r.revision(ctx, rev)
	if err != nil {
		return err
	}
	var queue logQueue
	seen := map[oid]bool{id: true}
	push := func(id oid, data []byte) error {
		c, err := parseCommit(data)
		if err != nil {
			return fmt.Errorf("commit %s: %w", id, err)
		}
		heap.Push(&queue, logItem{id, data, c, len(seen)})
		return nil
	}
	if err := push(id, data); err != nil {
		return err
	}
	for len(queue) > 0 {
		item := heap.Pop(&queue).(logItem)
		if on, err := visit(item.id, item.data, item.commit); err != nil || !on {
			return err
		}
		for _, parent := range item.commit.published() {
			if seen[parent] {
				continue
			}
			seen[parent] = true
			data, err := r.packs.readKind(ctx, parent, plumbing.CommitObject)
			if err != nil {
				return err
			}
			if err := push(parent, data); err != nil {
				return err
			}
		}
	}
	return nil
}

type logItem struct {
	id     oid
	data   []byte
	commit commitLinks
	found  int // in which order
}

// logQueue gives the newest first, and of one second what was found first.
type logQueue []logItem

func (q logQueue) Len() int      { return len(q) }
func (q logQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *logQueue) Push(x any)   { *q = append(*q, x.(logItem)) }
func (q logQueue) Less(i, j int) bool {
	if q[i].commit.when != q[j].commit.when {
		return q[i].commit.when > q[j].commit.when
	}
	return q[i].found < q[j].found
}
func (q *logQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// commit reads what a walk needs of a commit.
func (ps *packs) commit(ctx context.Context, id oid) (commitLinks, error) {
	data, err := ps.readKind(ctx, id, plumbing.CommitObject)
	if err != nil {
		return commitLinks{}, err
	}
	return parseCommit(data)
}

// lookup finds what is at a path in a tree. Nothing there is no error but a zero entry; "" is the tree itself.
func (ps *packs) lookup(ctx context.Context, tree oid, path string) (treeEntry, error) {
	at := treeEntry{mode: filemode.Dir, id: tree}
	if path == "" || path == "." {
		return at, nil
	}
	for name := range strings.SplitSeq(path, "/") {
		if at.mode != filemode.Dir {
			return treeEntry{}, nil
		}
		data, err := ps.readKind(ctx, at.id, plumbing.TreeObject)
		if err != nil {
			return treeEntry{}, err
		}
		at = treeEntry{}
		for e, err := range entries(data) {
			if err != nil {
				return treeEntry{}, err
			}
			if e.name == name {
				at = e
				break
			}
		}
	}
	return at, nil
}
