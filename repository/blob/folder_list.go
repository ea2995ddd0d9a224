package blob

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// List implements Store. It reads one folder at a time.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		folder := "" // the deepest folder that the prefix names
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
			folder = prefix[:i]
			if CheckKey(folder) != nil {
				return // no key begins like that
			}
		}
		f.list(ctx, folder, prefix, yield)
	}
}

// list yields what is under folder and reports whether to go on.
func (f *Folder) list(ctx context.Context, folder, prefix string, yield func(Info, error) bool) bool {
	entries, err := os.ReadDir(filepath.Join(f.root, filepath.FromSlash(folder)))
	if errors.Is(err, fs.ErrNotExist) || isNotFolder(err) {
		return true // deleted meanwhile
	}
	if err != nil {
		yield(Info{}, translate("list", prefix, err))
		return false
	}
	for i, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 && len(folder) < maxKey { // Get follows it, too
			if st, err := os.Stat(filepath.Join(f.root, filepath.FromSlash(folder), e.Name())); err == nil {
				entries[i] = followed{fs.FileInfoToDirEntry(st), e.Name()}
			}
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			yield(Info{}, err)
			return false
		}
		key := e.Name()
		if folder != "" {
			key = folder + "/" + key
		}
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			inside := key + "/"
			if strings.HasPrefix(inside, prefix) || strings.HasPrefix(prefix, inside) {
				if !f.list(ctx, key, prefix, yield) {
					return false
				}
			}
		case e.Type().IsRegular() && strings.HasPrefix(key, prefix):
			st, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				yield(Info{}, translate("list", key, err))
				return false
			}
			if !yield(Info{Key: key, Size: st.Size(), Tag: tagOf(st)}, nil) {
				return false
			}
		}
	}
	return true
}

// followed is what a symbolic link leads to, by the name of the link.
type followed struct {
	fs.DirEntry
	name string
}

func (f followed) Name() string { return f.name }

// sortName orders a folder among files as the keys within it are ordered among theirs.
func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}
