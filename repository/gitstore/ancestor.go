package gitstore

import (
	"container/heap"
	"context"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Ancestor reports whether a commit is the tip or one that the tip descends from. Suggestions are not, even where they were
// accepted, nor are branches and tags beside it. The newest commits are looked at first.
func (r *Repository) Ancestor(ctx context.Context, rev, tip Hash) (found bool, err error) {
	defer annotate(&err, "look for %s in the history of %s", rev, tip)
	wanted, err := parseHash(rev)
	if err != nil {
		return false, err
	}
	first, _, err := r.revision(ctx, tip)
	if err != nil {
		return false, err
	}
	var queue ancestorQueue
	seen := make(map[oid]bool)
	for todo := []oid{first}; ; {
		for _, id := range todo {
			switch {
			case id == wanted:
				return true, nil
			case seen[id]:
				continue
			case len(seen) >= maxAncestry:
				return false, fmt.Errorf("%w: a history of more than %d commits", kind.ErrInvalid, maxAncestry)
			}
			seen[id] = true
			links, err := r.packs.commit(ctx, id)
			if err != nil {
				return false, err
			}
			heap.Push(&queue, &ancestor{id: id, links: links})
		}
		if err := ctx.Err(); err != nil || len(queue) == 0 {
			return false, err
		}
		todo = heap.Pop(&queue).(*ancestor).links.published()
	}
}
