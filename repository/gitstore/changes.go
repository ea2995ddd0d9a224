package gitstore

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// Changes answers the files that differ from revision a to b, by path. An empty a is the empty tree. A file that became
// executable is modified; one that gave way to a folder is deleted.
func (r *Repository) Changes(ctx context.Context, a, b Hash) (all []Change, err error) {
	defer annotate(&err, "compare revisions of %s", r.location)
	var old treeEntry
	if a != "" {
		if old.id, err = r.treeOf(ctx, a); err != nil {
			return nil, err
		}
		old.mode = filemode.Dir
	}
	tree, err := r.treeOf(ctx, b)
	if err != nil {
		return nil, err
	}
	err = r.packs.diff(ctx, "", old, treeEntry{mode: filemode.Dir, id: tree}, &all)
	slices.SortFunc(all, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return all, err
}

func (r *Repository) treeOf(ctx context.Context, rev Hash) (oid, error) {
	_, data, err := r.revision(ctx, rev)
	if err != nil {
		return oid{}, err
	}
	c, err := parseCommit(data)
	return c.tree, err
}

// diff adds to all what differs between two entries of one path; a zero entry is nothing there. Subtrees with equal ids
// are not read.
func (ps *packs) diff(ctx context.Context, at string, a, b treeEntry, all *[]Change) error {
	if a.id == b.id && a.mode == b.mode {
		return nil
	}
	if strings.Count(at, "/") > 2*maxLevel {
		return errCorrupt
	}
	aFile, bFile := a.mode != 0 && a.mode != filemode.Dir, b.mode != 0 && b.mode != filemode.Dir
	switch {
	case aFile && bFile:
		*all = append(*all, Change{at, Modified})
	case aFile:
		*all = append(*all, Change{at, Deleted})
	case bFile:
		*all = append(*all, Change{at, Added})
	}
	old, err := ps.children(ctx, a)
	if err != nil {
		return err
	}
	now, err := ps.children(ctx, b)
	if err != nil {
		return err
	}
	for name, e := range now {
		if err := ps.diff(ctx, path.Join(at, name), old[name], e, all); err != nil {
			return err
		}
	}
	for name, e := range old {
		if _, still := now[name]; !still {
			if err := ps.diff(ctx, path.Join(at, name), e, treeEntry{}, all); err != nil {
				return err
			}
		}
	}
	return nil
}

// children are the entries of a folder, and none of anything else.
func (ps *packs) children(ctx context.Context, of treeEntry) (map[string]treeEntry, error) {
	if of.mode != filemode.Dir {
		return nil, nil
	}
	data, err := ps.readKind(ctx, of.id, plumbing.TreeObject)
	if err != nil {
		return nil, err
	}
	all := make(map[string]treeEntry)
	for e, err := range entries(data) {
		if err != nil {
			return nil, err
		}
		e.mode = plain(e.mode)
		all[e.name] = e
	}
	return all, nil
}

// plain reads the mode that old versions of git wrote for some files as the one it stands for.
func plain(m filemode.FileMode) filemode.FileMode {
	if m == filemode.Deprecated {
		return filemode.Regular
	}
	return m
}
