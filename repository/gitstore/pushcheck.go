package gitstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// pushCheck walks what pushed refs lead to, as far as it came with the push, and checks every object on the way. What the
// repository has already was checked when it came.
type pushCheck struct {
	ctx     context.Context
	got     *unpacked // nil where no pack came
	packs   *packs    // the repository's, and what was received
	maxTree int       // files in one tree
	names   checkedNames

	reached map[oid]bool                // of what was received
	outside map[oid]plumbing.ObjectType // what the repository must have, and as what
	trees   map[oid]extent
}

func newPushCheck(ctx context.Context, got *unpacked, ps *packs, limits Limits) *pushCheck {
	return &pushCheck{
		ctx: ctx, got: got, packs: ps, maxTree: limits.Files, names: make(checkedNames),
		reached: make(map[oid]bool), outside: make(map[oid]plumbing.ObjectType), trees: make(map[oid]extent),
	}
}

// entry finds an object among what was received.
func (c *pushCheck) entry(id oid) *unpackedEntry {
	if c.got == nil {
		return nil
	}
	return c.got.byID[id]
}

// is checks that an object is there and of the kind. It tells whether it was received and is to be looked into.
func (c *pushCheck) is(id oid, want plumbing.ObjectType) (e *unpackedEntry, look bool, err error) {
	if id.IsZero() {
		return nil, false, fmt.Errorf("%w: a link to the object 0000000", errCorrupt)
	}
	if e = c.entry(id); e != nil {
		if e.result != want {
			return nil, false, fmt.Errorf("%w: %s is a %s where a %s must be", errCorrupt, id, e.result, want)
		}
		look = !c.reached[id]
		c.reached[id] = true
		return e, look, nil
	}
	if other, asked := c.outside[id]; asked && other != want {
		return nil, false, fmt.Errorf("%w: %s is used as a %s and as a %s", errCorrupt, id, want, other)
	}
	c.outside[id] = want
	return nil, false, nil
}

// data is the content of a commit, tree or tag.
func (c *pushCheck) data(id oid, e *unpackedEntry, want plumbing.ObjectType) ([]byte, error) {
	if e != nil && e.plain {
		return e.data, nil
	}
	if e != nil && e.size > maxCheckedObject {
		return nil, fmt.Errorf("%w: a %s of %d bytes", errTooLarge, want, e.size)
	}
	return c.packs.readKind(c.ctx, id, want)
}

// maxCheckedObject bounds a commit, tree or tag.
const maxCheckedObject = 32 << 20

// tip checks what a ref is to name, and all that this leads to.
func (c *pushCheck) tip(ref string, id oid, branch bool) error {
	is := plumbing.CommitObject
	if e := c.entry(id); e != nil {
		is = e.result
	} else if o, err := c.packs.kindOf(c.ctx, id); err != nil {
		return err
	} else {
		is = o
	}
	for range 10 {
		if is != plumbing.TagObject || branch {
			break
		}
		e, look, err := c.is(id, is)
		if err != nil {
			return err
		}
		if e == nil || !look {
			return nil
		}
		data, err := c.data(id, e, is)
		if err != nil {
			return err
		}
		if id, is, err = checkTag(data); err != nil {
			return fmt.Errorf("tag %s: %w", ref, err)
		}
	}
	if is != plumbing.CommitObject {
		return fmt.Errorf("%w: %s is of a %s, want a commit", kind.ErrInvalid, ref, is)
	}
	return c.commits(id)
}

func (c *pushCheck) commits(tip oid) error {
	todo := []oid{tip}
	for len(todo) > 0 {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		e, look, err := c.is(id, plumbing.CommitObject)
		if err != nil {
			return err
		}
		if !look {
			continue
		}
		data, err := c.data(id, e, plumbing.CommitObject)
		if err != nil {
			return err
		}
		if err := checkCommit(data); err != nil {
			return fmt.Errorf("commit %.10s: %w", id.String(), err)
		}
		links, err := parseCommit(data)
		if err != nil {
			return fmt.Errorf("commit %.10s: %w", id.String(), err)
		}
		if _, err := c.tree(links.tree, 1); err != nil {
			return fmt.Errorf("commit %.10s: %w", id.String(), atPath(err))
		}
		todo = append(todo, links.parents...)
	}
	return nil
}

// tree checks a tree, and what is in it. Those that the repository has are read too, for they may now lie deeper.
func (c *pushCheck) tree(id oid, level int) (extent, error) {
	if x, done := c.trees[id]; done {
		if level+x.levels-1 > maxLevel {
			return x, tooDeep()
		}
		return x, nil
	}
	if level > maxLevel {
		return extent{}, tooDeep()
	}
	e, _, err := c.is(id, plumbing.TreeObject)
	if err != nil {
		return extent{}, err
	}
	data, err := c.data(id, e, plumbing.TreeObject)
	if err != nil {
		return extent{}, err
	}
	if e != nil {
		if err := c.names.checkTree(data); err != nil {
			return extent{}, err
		}
	}
	x := extent{levels: 1}
	for child, err := range entries(data) {
		if err != nil {
			return x, err
		}
		length := len(child.name)
		if child.mode == filemode.Dir {
			sub, err := c.tree(child.id, level+1)
			if err != nil {
				return x, &pathError{child.name, err}
			}
			x.levels = max(x.levels, 1+sub.levels)
			x.files += sub.files
			length += 1 + sub.path
		} else {
			x.files++
			if e != nil {
				if _, _, err := c.is(child.id, plumbing.BlobObject); err != nil {
					return x, &pathError{child.name, err}
				}
			}
		}
		x.path = max(x.path, length)
		if x.files > c.maxTree {
			return x, fmt.Errorf("%w: more than %d files", kind.ErrInvalid, c.maxTree)
		}
	}
	if x.path > maxPath {
		return x, fmt.Errorf("%w: a path of more than %d bytes", kind.ErrInvalid, maxPath)
	}
	c.trees[id] = x
	return x, nil
}

func tooDeep() error {
	return fmt.Errorf("%w: more than %d folders within each other", kind.ErrInvalid, maxLevel)
}

// pathError says where in a tree an error is.
type pathError struct {
	path string
	err  error
}

func (e *pathError) Error() string { return e.path + ": " + e.err.Error() }
func (e *pathError) Unwrap() error { return e.err }

// atPath joins the names that lead to an error.
func atPath(err error) error {
	var path string
	for {
		e, ok := err.(*pathError)
		if !ok {
			break
		}
		if path != "" {
			path += "/"
		}
		path, err = path+e.path, e.err
	}
	if path == "" {
		return err
	}
	return &pathError{path, err}
}

// connected checks that the repository has, and its refs lead to, what the push builds on. A view that is nil has nothing.
func (c *pushCheck) connected(view *Repository) error {
	want := make(map[oid]plumbing.ObjectType, len(c.outside))
	for id, is := range c.outside {
		want[id] = is
	}
	if c.got != nil {
		for id, is := range c.got.bases {
			want[id] = is
		}
	}
	if len(want) == 0 {
		return nil
	}
	if view == nil {
		for id, is := range want {
			return fmt.Errorf("%w: %s %s", errMissing, is, id)
		}
	}
	if view.manifest.Closed {
		for id, is := range want {
			found, err := view.packs.kindOf(c.ctx, id)
			if err != nil {
				return err
			}
			if found != is {
				return fmt.Errorf("%w: %s is a %s where a %s must be", errCorrupt, id, found, is)
			}
		}
		return nil
	}
	return view.packs.leadTo(c.ctx, view.manifest.tips(), want)
}

// kindOf tells what an object is, by the heads of its chain of deltas.
func (ps *packs) kindOf(ctx context.Context, id oid) (plumbing.ObjectType, error) {
	p, offset, err := ps.find(ctx, id)
	if err != nil {
		return 0, err
	}
	for range maxDepth {
		e, err := p.entry(offset)
		if err != nil || !e.kind.IsDelta() {
			return e.kind, err
		}
		if p, offset, err = ps.base(ctx, p, e); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%w: a chain of more than %d deltas", errCorrupt, maxDepth)
}

// errFound ends a walk.
var errFound = errors.New("found")

// leadTo answers errMissing unless the tips lead to all objects that are wanted, each of its kind. It takes those that it
// finds out of want, and looks no further than needed: what a push builds on is mostly near the tips.
func (ps *packs) leadTo(ctx context.Context, tips []oid, want map[oid]plumbing.ObjectType) error {
	seen, deep := make(map[oid]bool), false
	for _, is := range want {
		deep = deep || is == plumbing.TreeObject || is == plumbing.BlobObject
	}
	found := func(id oid, is plumbing.ObjectType) error {
		if w, wanted := want[id]; wanted {
			if w != is {
				return fmt.Errorf("%w: %s is a %s where a %s must be", errCorrupt, id, is, w)
			}
			if delete(want, id); len(want) == 0 {
				return errFound
			}
		}
		return nil
	}
	var tree func(id oid) error
	tree = func(id oid) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		if err := found(id, plumbing.TreeObject); err != nil {
			return err
		}
		data, err := ps.readKind(ctx, id, plumbing.TreeObject)
		if err != nil {
			return err
		}
		for e, err := range entries(data) {
			switch {
			case err != nil:
				return err
			case e.mode == filemode.Dir:
				err = tree(e.id)
			case e.mode != filemode.Submodule:
				err = found(e.id, plumbing.BlobObject)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, id := range tips {
		is, err := ps.kindOf(ctx, id)
		for err == nil && is == plumbing.TagObject {
			var o rawObject
			if err = found(id, is); err == nil {
				o, err = ps.read(ctx, id)
			}
			if err == nil {
				id, err = parseTag(o.data)
			}
			if err == nil {
				is, err = ps.kindOf(ctx, id)
			}
		}
		if errors.Is(err, errFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if len(want) == 0 {
		return nil
	}
	err := ps.walkCommits(ctx, tips, func(id oid, c commitLinks) (bool, error) {
		if err := found(id, plumbing.CommitObject); err != nil {
			return false, err
		}
		if !deep {
			return true, nil
		}
		return true, tree(c.tree)
	})
	if errors.Is(err, errFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for id, is := range want {
		return fmt.Errorf("%w: %s %s", errMissing, is, id)
	}
	return nil
}
