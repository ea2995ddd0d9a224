package gitstore

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// treeBuilder makes the trees of a save, from nothing or from those of a parent, reading only the folders that change.
type treeBuilder struct {
	packs *packs // where unread folders and known objects are; nil for a new family
	root  *folder
	made  []newObject // what is in no pack yet
	seen  map[oid]bool
}

// folder is a tree being built.
type folder struct {
	unread  oid // its tree, where the children are not read yet
	folders map[string]*folder
	files   map[string]treeEntry
}

func newFolder() *folder {
	return &folder{folders: map[string]*folder{}, files: map[string]treeEntry{}}
}

func (b *treeBuilder) read(ctx context.Context, f *folder) error {
	if f.unread.IsZero() {
		return nil
	}
	all, err := b.packs.children(ctx, treeEntry{mode: filemode.Dir, id: f.unread})
	if err != nil {
		return err
	}
	f.unread = oid{}
	f.folders, f.files = map[string]*folder{}, map[string]treeEntry{}
	for name, e := range all {
		if e.mode == filemode.Dir {
			f.folders[name] = &folder{unread: e.id}
		} else {
			f.files[name] = e
		}
	}
	return nil
}

// put sets the file at a checked path.
func (b *treeBuilder) put(ctx context.Context, path string, id oid, executable bool) error {
	at, names := b.root, strings.Split(path, "/")
	for _, name := range names[:len(names)-1] {
		if err := b.read(ctx, at); err != nil {
			return err
		}
		if _, clash := at.files[name]; clash {
			return fmt.Errorf("%w: path %q leads through a file", kind.ErrInvalid, path)
		}
		if at.folders[name] == nil {
			at.folders[name] = newFolder()
		}
		at = at.folders[name]
	}
	if err := b.read(ctx, at); err != nil {
		return err
	}
	name := names[len(names)-1]
	if _, clash := at.folders[name]; clash {
		return fmt.Errorf("%w: path %q is a folder", kind.ErrInvalid, path)
	}
	mode := filemode.Regular
	if executable {
		mode = filemode.Executable
	}
	at.files[name] = treeEntry{mode, name, id}
	return nil
}

// drop deletes the file at a path; where there is none nothing happens.
func (b *treeBuilder) drop(ctx context.Context, path string) error {
	_, err := b.dropIn(ctx, b.root, path)
	return err
}

func (b *treeBuilder) dropIn(ctx context.Context, at *folder, path string) (empty bool, err error) {
	if err := b.read(ctx, at); err != nil {
		return false, err
	}
	name, rest, deeper := strings.Cut(path, "/")
	if !deeper {
		delete(at.files, name)
	} else if sub := at.folders[name]; sub != nil {
		if empty, err = b.dropIn(ctx, sub, rest); err != nil {
			return false, err
		}
		if empty {
			delete(at.folders, name)
		}
	}
	return len(at.files)+len(at.folders) == 0, nil
}

// write encodes a folder and those within that changed, and answers its tree.
func (b *treeBuilder) write(ctx context.Context, at string, f *folder) (oid, error) {
	if !f.unread.IsZero() {
		return f.unread, nil
	}
	byFold := make(map[string]string, len(f.files)+len(f.folders))
	tree := new(object.Tree)
	add := func(name string, mode filemode.FileMode, id oid) error {
		if other, clash := byFold[folded(name)]; clash {
			return fmt.Errorf("%w: %q and %q are one name where upper and lower case are the same",
				kind.ErrInvalid, at+other, at+name)
		}
		byFold[folded(name)] = name
		tree.Entries = append(tree.Entries, object.TreeEntry{Name: name, Mode: mode, Hash: id})
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(f.folders)) {
		id, err := b.write(ctx, at+name+"/", f.folders[name])
		if err != nil {
			return id, err
		}
		if err := add(name, filemode.Dir, id); err != nil {
			return id, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		e := f.files[name]
		if err := add(name, e.mode, e.id); err != nil {
			return e.id, err
		}
	}
	sort.Sort(object.TreeEntrySorter(tree.Entries))
	data, err := encode(tree, plumbing.TreeObject)
	if err != nil {
		return oid{}, fmt.Errorf("%w: folder %q: %w", kind.ErrInvalid, at, err)
	}
	o := hashObject(plumbing.TreeObject, data)
	return o.id, b.add(ctx, o)
}

// add keeps an object unless it is known.
func (b *treeBuilder) add(ctx context.Context, o newObject) error {
	if b.seen[o.id] {
		return nil
	}
	b.seen[o.id] = true
	if b.packs != nil {
		known, err := b.packs.has(ctx, o.id)
		if err != nil || known {
			return err
		}
	}
	b.made = append(b.made, o)
	return nil
}

// encode is the content of an object as git writes it.
func encode(o interface {
	Encode(plumbing.EncodedObject) error
}, kind plumbing.ObjectType) ([]byte, error) {
	m := new(plumbing.MemoryObject)
	m.SetType(kind)
	if err := o.Encode(m); err != nil {
		return nil, err
	}
	r, err := m.Reader()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
