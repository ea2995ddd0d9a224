package merge

import (
	"context"
	"strings"
)

// History is what Virtual needs to know of commits.
type History interface {
	// Bases answers the best common ancestors of b and a commit whose parents would be all of a; where a is one commit,
	// of the two. Their order must not change.
	Bases(ctx context.Context, a []string, b string) ([]string, error)
	// Tree reads the files of a commit.
	Tree(ctx context.Context, rev string) (Tree, error)
}

// The bounds of a virtual base. Beyond them some bases are left out.
const (
	maxBases  = 16
	maxDepth  = 16
	maxMerges = 64
)

// Virtual answers the base for a merge of two commits: the tree of their best common ancestor or, where they have several
// because their histories merged each other, the merge of these, whose own base is found in the same way. It is git's
// recursive strategy. What is a conflict between ancestors was decided later on, perhaps differently on both sides; the
// base then holds there what is equal to no side, so that equal decisions merge and different ones are a conflict again.
//
// Commits that have nothing in common have an empty base.
func Virtual(ctx context.Context, h History, a, b string) (Tree, error) {
	v := &virtual{h: h, known: map[string]Tree{}}
	return v.base(ctx, []string{a}, b, 0)
}

type virtual struct {
	h      History
	known  map[string]Tree
	merges int
}

func (v *virtual) base(ctx context.Context, a []string, b string, depth int) (Tree, error) {
	key := strings.Join(a, " ") + "|" + b
	if t, ok := v.known[key]; ok {
		return t, nil
	}
	bases, err := v.h.Bases(ctx, a, b)
	if err != nil {
		return nil, err
	}
	if len(bases) == 0 {
		return Tree{}, nil
	}
	tree, err := v.h.Tree(ctx, bases[0])
	if err != nil {
		return nil, err
	}
	for i := 1; i < min(len(bases), maxBases) && depth < maxDepth && v.merges < maxMerges; i++ {
		v.merges++
		inner, err := v.base(ctx, bases[:i:i], bases[i], depth+1)
		if err != nil {
			return nil, err
		}
		next, err := v.h.Tree(ctx, bases[i])
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if tree, err = Trees(inner, tree, next, Options{}).unsettled(); err != nil {
			return nil, err
		}
	}
	v.known[key] = tree
	return tree, nil
}

// unsettled is the merged tree with text in the place of each conflict that is equal to neither side.
func (r Result) unsettled() (Tree, error) {
	choices := map[string]Choice{}
	for _, c := range r.Conflicts {
		choices[c.ID] = Choice{Take: unsettled}
	}
	if len(choices) == 0 {
		return r.Files, nil
	}
	out, err := r.Resolve(choices)
	return out.Files, err
}
