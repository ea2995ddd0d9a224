package gitstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// Tree is the files of a revision. It implements fs.ReadFileFS, fs.ReadDirFS and fs.StatFS and reads from the packs what is
// asked for, when it is asked for; reading ends with an error when ctx does. Times are the commit's. Symbolic links and
// submodules are listed as what they are but never followed or opened.
func (r *Repository) Tree(ctx context.Context, rev Hash) (_ fs.FS, err error) {
	defer annotate(&err, "read tree of %s", r.location)
	id, data, err := r.revision(ctx, rev)
	if err != nil {
		return nil, err
	}
	c, err := parseCommit(data)
	if err != nil {
		return nil, err
	}
	commit, err := decodeCommit(id, data)
	if err != nil {
		return nil, err
	}
	return &treeFS{ctx: ctx, packs: r.packs, root: c.tree, when: commit.When}, nil
}

type treeFS struct {
	ctx   context.Context // io/fs has no place for it
	packs *packs
	root  oid
	when  time.Time

	mu     sync.Mutex
	listed map[string]map[string]treeEntry // folders that were listed: whoever walks a tree then asks for each file
	count  int                             // of the entries in listed
}

// maxRemembered bounds the entries that a tree remembers.
const maxRemembered = 50_000

func (t *treeFS) remember(folder string, children map[string]treeEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count += len(children); t.listed == nil || t.count > maxRemembered {
		t.listed, t.count = make(map[string]map[string]treeEntry), len(children)
	}
	t.listed[folder] = children
}

// remembered finds a path in a folder that was listed. Without it, reading all files of a folder takes time in the square of
// their number.
func (t *treeFS) remembered(name string) (e treeEntry, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	children, known := t.listed[path.Dir(name)]
	return children[path.Base(name)], known && name != "."
}

func (t *treeFS) find(op, name string) (treeEntry, error) {
	if !fs.ValidPath(name) {
		return treeEntry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	e, known := t.remembered(name)
	var err error
	if !known {
		e, err = t.packs.lookup(t.ctx, t.root, name)
	}
	if err == nil && e == (treeEntry{}) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return e, &fs.PathError{Op: op, Path: name, Err: err}
	}
	e.name = path.Base(name)
	return e, nil
}

// Open implements fs.FS.
func (t *treeFS) Open(name string) (fs.File, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.mode == filemode.Dir {
		all, err := t.readDir(name, e)
		return &openFolder{info: t.info(e), name: name, rest: all}, err
	}
	data, err := t.readFile("open", name, e)
	if err != nil {
		return nil, err
	}
	info := t.info(e)
	info.size = int64(len(data))
	return &openFile{Reader: bytes.NewReader(data), info: info}, nil
}

// ReadFile implements fs.ReadFileFS. The caller may change what it answers.
func (t *treeFS) ReadFile(name string) ([]byte, error) {
	e, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	return t.readFile("read", name, e)
}

func (t *treeFS) readFile(op, name string, e treeEntry) ([]byte, error) {
	err := errors.New("is a directory")
	if e.mode.IsRegular() || e.mode == filemode.Executable || e.mode == filemode.Deprecated {
		var data []byte
		if data, err = t.packs.readKind(t.ctx, e.id, plumbing.BlobObject); err == nil {
			return data, nil // blobs are not in the cache of objects: this is the only copy
		}
	} else if e.mode != filemode.Dir {
		err = errors.New("not a regular file")
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: err}
}

// ReadDir implements fs.ReadDirFS.
func (t *treeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	return t.readDir(name, e)
}

func (t *treeFS) readDir(name string, of treeEntry) ([]fs.DirEntry, error) {
	if of.mode != filemode.Dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	children, err := t.packs.children(t.ctx, of)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	t.remember(name, children)
	all := make([]fs.DirEntry, 0, len(children))
	for _, e := range children {
		all = append(all, &dirEntry{t: t, e: e})
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// Stat implements fs.StatFS.
func (t *treeFS) Stat(name string) (fs.FileInfo, error) {
	e, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return t.sized(e)
}

func (t *treeFS) info(e treeEntry) *fileInfo {
	return &fileInfo{name: e.name, mode: modeOf(e.mode), when: t.when}
}

func (t *treeFS) sized(e treeEntry) (*fileInfo, error) {
	info := t.info(e)
	if info.mode.IsRegular() {
		size, err := t.packs.size(t.ctx, e.id)
		if err != nil {
			return nil, &fs.PathError{Op: "stat", Path: e.name, Err: err}
		}
		info.size = size
	}
	return info, nil
}

func modeOf(m filemode.FileMode) fs.FileMode {
	switch m {
	case filemode.Dir:
		return fs.ModeDir | 0o555
	case filemode.Executable:
		return 0o555
	case filemode.Regular, filemode.Deprecated:
		return 0o444
	case filemode.Symlink:
		return fs.ModeSymlink | 0o444
	}
	return fs.ModeIrregular
}

type fileInfo struct {
	name string
	mode fs.FileMode
	when time.Time
	size int64
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.size }
func (i *fileInfo) Mode() fs.FileMode  { return i.mode }
func (i *fileInfo) ModTime() time.Time { return i.when }
func (i *fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i *fileInfo) Sys() any           { return nil }

type dirEntry struct {
	t *treeFS
	e treeEntry
}

func (d *dirEntry) Name() string               { return d.e.name }
func (d *dirEntry) IsDir() bool                { return d.e.mode == filemode.Dir }
func (d *dirEntry) Type() fs.FileMode          { return modeOf(d.e.mode).Type() }
func (d *dirEntry) Info() (fs.FileInfo, error) { return d.t.sized(d.e) }
func (d *dirEntry) String() string             { return fs.FormatDirEntry(d) }

type openFile struct {
	*bytes.Reader // also Seek, ReadAt and WriteTo
	info          *fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	info *fileInfo
	name string
	rest []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }

func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.rest) {
		if n > 0 && len(f.rest) == 0 {
			return nil, io.EOF
		}
		n = len(f.rest)
	}
	all := f.rest[:n:n]
	f.rest = f.rest[n:]
	return all, nil
}
