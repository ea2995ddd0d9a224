package search

import (
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Frameworks is the [Request.StandardUnder] that has the frameworks themselves counted, by their short names.
const Frameworks = "*"

// Bounds of the statements that are counted: right below one, and in a whole tree.
const (
	maxChildren = 500
	maxTree     = 20_000
)

// branch is one of the statements below the one that a reader looks at.
type branch struct {
	key   string
	match matcher
	count int
}

// branches are the statements right below the node: a key, code or URI of a statement, or the short name of a framework.
// Whole, they are all that are below it, each once.
func branches(l *standards.Library, node string, whole bool) []branch {
	if node == "" {
		return nil
	}
	keys := l.Roots(node)
	if len(keys) == 0 {
		key := l.Resolve(node).Key()
		if s, ok := l.Statement(node); ok {
			key = s.Key
		}
		keys = l.Children(key)
	}
	most := maxChildren
	if whole {
		most = maxTree
	}
	keys = keys[:min(len(keys), most)]
	if whole {
		keys = slices.Clone(keys)
		seen := make(map[string]bool, len(keys))
		for _, key := range keys {
			seen[key] = true
		}
		for i := 0; i < len(keys); i++ {
			for _, key := range l.Children(keys[i]) {
				if !seen[key] && len(keys) < most {
					seen[key] = true
					keys = append(keys, key)
				}
			}
		}
	}
	out := make([]branch, 0, len(keys))
	for _, key := range keys {
		out = append(out, branch{key: key, match: alignedAt(Standard, true, l.Keys(key))})
	}
	return out
}

// frameworks are the imported frameworks as branches, each with all of its statements. Nearly every search counts them, so
// what is aligned to each is kept with a segment.
func frameworks(l *standards.Library) (out []branch) {
	for _, f := range l.Frameworks() {
		var keys []string
		for _, root := range l.Roots(f.Name) {
			keys = append(keys, l.Keys(root)...)
		}
		if keys = unique(keys); len(keys) > 0 {
			out = append(out, branch{key: f.Name, match: func(p *part) (*roaring.Bitmap, error) { return p.frameworks.of(p, l, f.Name, keys) }})
		}
	}
	return out
}

// frameworkSets are the documents of a segment that are aligned to each framework, deleted ones included.
type frameworkSets struct {
	mu      sync.Mutex
	library *standards.Library // that the keys are of
	by      map[string]*roaring.Bitmap
}

func (k *frameworkSets) of(p *part, l *standards.Library, framework string, keys []string) (*roaring.Bitmap, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.library != l {
		k.library, k.by = l, map[string]*roaring.Bitmap{}
	}
	if set, ok := k.by[framework]; ok {
		return set, nil
	}
	set := roaring.New()
	for _, a := range alignmentFields {
		if a.field == Requires {
			continue
		}
		for _, key := range keys {
			b, err := p.documentsDeletedToo(a.all, key)
			if err != nil {
				return nil, err
			}
			set.AddMany(b.ToArray()) // a union may share what lies in the segment's file
		}
	}
	k.by[framework] = set
	return set, nil
}

// drills keeps the frameworks of a library as branches.
type drills struct {
	library    *standards.Library
	frameworks []branch
}

// branches are those of a request.
func (x *Index) branches(l *standards.Library, r Request) []branch {
	if r.StandardUnder != Frameworks {
		return branches(l, r.StandardUnder, r.WholeTree)
	}
	kept := x.drills.Load()
	if kept == nil || kept.library != l {
		kept = &drills{l, frameworks(l)}
		x.drills.Store(kept)
	}
	return slices.Clone(kept.frameworks) // with counts of their own
}

// countBranches adds up how many documents of the set are aligned to each branch, or to what is below it.
func (p *part) countBranches(list []branch, set *roaring.Bitmap) error {
	for i := range list {
		b, err := list[i].match(p)
		if err != nil {
			return err
		}
		list[i].count += int(set.AndCardinality(b))
	}
	return nil
}

// listBranches gives the branches that something is aligned to, and the chosen ones, in their order.
func listBranches(l *standards.Library, list []branch, chosen []string) []Facet {
	var keys []string
	for _, c := range chosen {
		c = strings.TrimLeft(c, string(Alone+Crosswalk))
		keys = append(keys, meant(l, l.ResolveAll(c)).statements...)
		if s, ok := l.Statement(c); ok {
			keys = append(keys, s.Key)
		}
	}
	out := []Facet{}
	for _, b := range list {
		if selected := slices.Contains(keys, b.key); selected || b.count > 0 {
			out = append(out, Facet{Value: b.key, Count: b.count, Selected: selected})
		}
	}
	return out
}
