package gitstore

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// eraser rewrites the histories of one family. What it has rewritten it remembers, so that repositories that share history
// share it afterwards.
type eraser struct {
	store   *Store
	family  string
	o       Erasure
	packs   *packs // all that the family's manifests list
	resumed bool
	done    Erased

	gone  map[oid]bool // contents to be erased
	texts map[oid]bool // contents that stand in their place, and are never erased

	tips      map[oid]oid    // commits and tags, and what else refs name, old and new; zero for what is gone
	revisions map[Hash]Hash  // those that changed
	trees     map[treeAt]oid // folders that hold something erased, by where they stand
	whole     map[oid]bool   // folders that do not
	keep      map[oid]bool   // objects that stay
	became    map[string]PackRef
	made      map[oid][]newObject // what replaces an object
	clean     map[string]bool     // packs that need not be rewritten, or were
	replaced  map[string]bool     // packs whose successor is known, though it may be nothing
	old       map[string]bool     // packs that are to be deleted, unless they are clean
	deleted   map[string]bool
	version   string           // of the list of what was erased
	listed    int              // contents in it of those that are gone
	held      map[string]*pack // packs that were replaced: a remix that is slow may build on them when they are deleted
}

type treeAt struct {
	id   oid
	path string
}

func newEraser(s *Store, family string, o Erasure) *eraser {
	if o.Text == nil {
		o.Text = func(string) []byte { return []byte("This file was erased.\n") }
	}
	return &eraser{
		store: s, family: family, o: o,
		gone: make(map[oid]bool), texts: make(map[oid]bool), tips: make(map[oid]oid), revisions: make(map[Hash]Hash),
		trees: make(map[treeAt]oid), whole: make(map[oid]bool), keep: make(map[oid]bool), became: make(map[string]PackRef),
		made: make(map[oid][]newObject), clean: make(map[string]bool), replaced: make(map[string]bool), deleted: make(map[string]bool),
		old: make(map[string]bool), held: make(map[string]*pack),
	}
}

func (x *eraser) erase(id oid) {
	if !x.texts[id] && id != plumbing.ComputeHash(plumbing.BlobObject, nil) { // which says nothing, and stands anywhere
		x.gone[id] = true
	}
}

// find adds what stood at the paths in any revision.
func (x *eraser) find(ctx context.Context, views []*Repository) error {
	if len(x.o.Paths) == 0 {
		return nil
	}
	for _, at := range x.o.Paths {
		x.texts[hashObject(plumbing.BlobObject, x.o.Text(at)).id] = true
	}
	var tips []oid
	for _, r := range views {
		for _, tip := range r.manifest.tips() {
			if _, done := x.tips[tip]; !done {
				tips = append(tips, tip)
			}
		}
	}
	before := len(x.gone)
	seen := make(map[oid]bool)
	err := x.packs.walkCommits(ctx, tips, func(id oid, c commitLinks) (bool, error) {
		if _, done := x.tips[id]; done {
			return false, nil
		}
		for _, at := range x.o.Paths {
			e, err := x.packs.lookup(ctx, c.tree, at)
			if err == nil && !seen[e.id] {
				seen[e.id] = true
				err = x.findIn(ctx, e, at)
			}
			if err != nil {
				return false, fmt.Errorf("commit %s: %w", id, err)
			}
		}
		return true, nil
	})
	if len(x.gone) > before && len(x.tips) > 0 { // what was whole may be so no more
		clear(x.tips)
		clear(x.trees)
		clear(x.whole)
		clear(x.keep)
		clear(x.made)
		clear(x.clean)
		clear(x.replaced)
		clear(x.became)
	}
	return err
}

func (x *eraser) findIn(ctx context.Context, e treeEntry, at string) error {
	switch {
	case e == treeEntry{}:
		return nil
	case e.mode != filemode.Dir:
		x.texts[hashObject(plumbing.BlobObject, x.o.Text(at)).id] = true
		x.erase(e.id)
		return nil
	}
	data, err := x.packs.readKind(ctx, e.id, plumbing.TreeObject)
	if err != nil {
		return err
	}
	for sub, err := range entries(data) {
		if err != nil {
			return err
		}
		if err := x.findIn(ctx, sub, path.Join(at, sub.name)); err != nil {
			return err
		}
	}
	return nil
}

// rewrite rewrites all that the refs lead to, and then the packs that held it.
func (x *eraser) rewrite(ctx context.Context, views []*Repository) error {
	for _, r := range views {
		for _, tip := range r.manifest.tips() {
			if err := x.history(ctx, tip); err != nil {
				return fmt.Errorf("%s: %w", r.location, err)
			}
		}
	}
	for i, ref := range x.packs.refs {
		if x.clean[ref.ID] || x.replaced[ref.ID] {
			continue
		}
		p, err := x.packs.open(ctx, i)
		if err != nil {
			return err
		}
		if err := x.repack(ctx, ref, p); err != nil {
			return fmt.Errorf("pack %s: %w", ref.ID, err)
		}
	}
	return nil
}

// history rewrites a commit or tag after everything before it.
func (x *eraser) history(ctx context.Context, tip oid) error {
	todo := []oid{tip}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		if _, done := x.tips[id]; done {
			todo = todo[:len(todo)-1]
			continue
		}
		o, err := x.packs.read(ctx, id)
		if err != nil {
			return err
		}
		var before []oid
		switch o.kind {
		case plumbing.CommitObject:
			c, err := parseCommit(o.data)
			if err != nil {
				return fmt.Errorf("commit %s: %w", id, err)
			}
			before = c.parents
		case plumbing.TagObject:
			target, err := parseTag(o.data)
			if err != nil {
				return err
			}
			before = []oid{target}
		}
		ready := true
		for _, b := range before {
			if _, done := x.tips[b]; !done {
				todo = append(todo, b)
				ready = false
			}
		}
		if !ready {
			continue
		}
		todo = todo[:len(todo)-1]
		if x.tips[id], err = x.object(ctx, id, o, before); err != nil {
			return err
		}
	}
	return nil
}

// object rewrites what refs, tags and commits name.
func (x *eraser) object(ctx context.Context, id oid, o rawObject, before []oid) (oid, error) {
	switch o.kind {
	case plumbing.CommitObject:
		return x.commit(ctx, id, o.data, before)
	case plumbing.TagObject:
		target := x.tips[before[0]]
		if target.IsZero() {
			return target, nil
		}
		if target == before[0] {
			x.keep[id] = true
			return id, nil
		}
		data := slices.Concat([]byte("object "+target.String()), o.data[len("object ")+2*len(target):])
		if i := bytes.Index(data, []byte("-----BEGIN ")); i >= 0 {
			data = data[:i]
		}
		return x.instead(id, plumbing.TagObject, data), nil
	case plumbing.TreeObject:
		return x.tree(ctx, id, "", 0)
	}
	if x.gone[id] {
		return oid{}, nil
	}
	x.keep[id] = true
	return id, nil
}

// instead keeps what replaces an object.
func (x *eraser) instead(old oid, kind plumbing.ObjectType, data []byte) oid {
	o := hashObject(kind, data)
	if !slices.ContainsFunc(x.made[old], func(other newObject) bool { return other.id == o.id }) {
		x.made[old] = append(x.made[old], o)
	}
	return o.id
}

// commitSignature is a header of a commit that signs what will be another.
var commitSignature = regexp.MustCompile(`(?m)^(gpgsig|gpgsig-sha256|mergetag) .*\n( .*\n)*`)

func (x *eraser) commit(ctx context.Context, id oid, data []byte, parents []oid) (oid, error) {
	c, err := parseCommit(data)
	if err != nil {
		return oid{}, err
	}
	tree, err := x.tree(ctx, c.tree, "", 0)
	if err != nil {
		return oid{}, fmt.Errorf("commit %s: %w", id, err)
	}
	same := tree == c.tree
	head := []byte("tree " + tree.String() + "\n")
	skip := len(head)
	for _, p := range parents {
		now := x.tips[p]
		same = same && now == p
		head = append(head, "parent "+now.String()+"\n"...)
		skip = len(head)
	}
	if same {
		x.keep[id] = true
		return id, nil
	}
	rest := data[skip:]
	if i := bytes.Index(rest, []byte("\n\n")); i >= 0 {
		rest = slices.Concat(commitSignature.ReplaceAll(rest[:i+1], nil), rest[i+1:])
	}
	now := x.instead(id, plumbing.CommitObject, append(head, rest...))
	x.revisions[id.String()] = now.String()
	return now, nil
}

// tree rewrites a folder that stands at a path.
func (x *eraser) tree(ctx context.Context, id oid, at string, level int) (oid, error) {
	if x.whole[id] {
		return id, nil
	}
	key := treeAt{id, at}
	if now, done := x.trees[key]; done {
		return now, nil
	}
	if level > 2*maxLevel {
		return oid{}, fmt.Errorf("%w: folders too deep", errCorrupt)
	}
	data, err := x.packs.readKind(ctx, id, plumbing.TreeObject)
	if err != nil {
		return oid{}, err
	}
	next := make([]byte, 0, len(data))
	var blobs []oid
	same := true
	for len(data) > 0 {
		e, mode, rest, err := cutEntry(data)
		if err != nil {
			return oid{}, fmt.Errorf("tree %s: %w", id, err)
		}
		now, name := e.id, path.Join(at, e.name)
		switch {
		case e.mode == filemode.Dir:
			if now, err = x.tree(ctx, e.id, name, level+1); err != nil {
				return oid{}, err
			}
		case e.mode == filemode.Submodule:
		case x.gone[e.id]:
			text := x.o.Text(name)
			now = x.instead(e.id, plumbing.BlobObject, text)
			if err := x.media(ctx, e.id); err != nil {
				return oid{}, err
			}
		default:
			blobs = append(blobs, e.id)
		}
		same = same && now == e.id
		next = append(next, mode...)
		next = append(append(append(append(next, ' '), e.name...), 0), now[:]...)
		data = rest
	}
	for _, b := range blobs {
		x.keep[b] = true
	}
	if same {
		x.whole[id], x.keep[id] = true, true
		return id, nil
	}
	x.trees[key] = x.instead(id, plumbing.TreeObject, next)
	return x.trees[key], nil
}

// lfsPointer is how a large file stands in a tree.
var lfsPointer = regexp.MustCompile(`\Aversion https://git-lfs[^\n]*\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\n`)

// media notes the large file that an erased pointer is of.
func (x *eraser) media(ctx context.Context, id oid) error {
	size, err := x.packs.size(ctx, id)
	if err != nil || size > 1024 {
		return err
	}
	o, err := x.packs.read(ctx, id)
	if err != nil {
		return err
	}
	if m := lfsPointer.FindSubmatch(o.data); m != nil && !slices.Contains(x.done.Media, string(m[1])) {
		x.done.Media = append(x.done.Media, string(m[1]))
	}
	return nil
}

// repack writes a pack again with what becomes of its objects, unless they all stay.
func (x *eraser) repack(ctx context.Context, ref PackRef, p *pack) error {
	if p.index.count > 0 {
		if _, _, err := p.bounds(p.index.offset(0)); err != nil {
			return err
		}
	}
	c, same := newComposition(x.packs), true
	for _, position := range p.order {
		id := p.index.id(int(position))
		if x.keep[id] && !x.gone[id] {
			if c.byID[id] != nil {
				continue
			}
			if _, err := c.add(id, p, p.index.offset(int(position))); err != nil {
				return err
			}
		} else {
			same = false
		}
		for _, o := range x.made[id] {
			same = same && c.byID[o.id] != nil
			c.addNew(o)
		}
	}
	if same {
		bases, err := p.outside()
		if err != nil {
			return err
		}
		same = !slices.ContainsFunc(bases, func(id oid) bool { return !x.keep[id] || x.gone[id] })
	}
	if same {
		x.clean[ref.ID] = true
		return nil
	}
	x.replaced[ref.ID], x.old[ref.ID], x.held[ref.ID] = true, true, p
	if len(c.items) == 0 {
		return nil
	}
	if err := c.settle(); err != nil {
		return err
	}
	now, err := x.store.putComposed(ctx, x.family, c)
	if err != nil {
		return err
	}
	x.became[ref.ID] = now
	x.clean[now.ID], x.old[now.ID] = true, true
	return nil
}
