package gitstore

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Ancestor reports whether a commit is the tip or one that the tip descends from. Suggestions are not, even where they were
// merged, nor are branches and tags beside it. The newest commits are looked at first.
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
	seen, offered := make(map[oid]bool), r.offered()
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
		todo = offered.without(heap.Pop(&queue).(*ancestor).links.parents)
	}
}

// suggested are the tips of the suggestions to a repository.
type suggested map[oid]bool

func (r *Repository) offered() suggested {
	tips := make(suggested)
	for name, h := range r.manifest.Refs {
		if strings.HasPrefix(name, suggestionsIn) && strings.HasSuffix(name, "/head") { // others keep numbers
			tips[plumbing.NewHash(h)] = true
		}
	}
	return tips
}

// without are those parents of a commit that it goes on from. A suggestion that was merged is none of them: only what the
// merge made of it was published, not what its author had in it before, or what was left out. One that was fast-forwarded to
// is the first parent of what follows.
func (s suggested) without(parents []oid) []oid {
	if len(s) == 0 || len(parents) < 2 {
		return parents
	}
	return slices.DeleteFunc(slices.Clone(parents), func(id oid) bool { return id != parents[0] && s[id] })
}
