package repository

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// gathered is a folder with other files at its top, from elsewhere or from memory. Nothing is read before it is asked for.
type gathered struct {
	base  fs.FS // nil: there is nothing else
	files map[string]gatheredFile
}

type gatheredFile struct {
	data []byte // of one in memory
	from fs.FS  // nil: it is in memory
	path string
	size int64
}

var _ fs.ReadDirFS = gathered{}

// Open implements fs.FS.
func (g gathered) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if f, ok := g.files[name]; ok {
		if f.from != nil {
			return f.from.Open(f.path)
		}
		return &memoryFile{Reader: bytes.NewReader(f.data), info: gatheredInfo{name: name, size: f.size}}, nil
	}
	if name == "." {
		entries, err := g.ReadDir(".")
		return &memoryFile{Reader: bytes.NewReader(nil), info: gatheredInfo{name: ".", folder: true}, entries: entries}, err
	}
	if g.base == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return g.base.Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (g gathered) ReadDir(name string) (list []fs.DirEntry, err error) {
	if g.base != nil {
		list, err = fs.ReadDir(g.base, name)
	} else if name != "." {
		err = &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil || name != "." {
		return list, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(e fs.DirEntry) bool { _, ours := g.files[e.Name()]; return ours })
	for name, f := range g.files {
		list = append(list, fs.FileInfoToDirEntry(gatheredInfo{name: name, size: f.size}))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

type gatheredInfo struct {
	name   string
	size   int64
	folder bool
}

func (i gatheredInfo) Name() string     { return i.name }
func (i gatheredInfo) Size() int64      { return i.size }
func (gatheredInfo) ModTime() time.Time { return time.Time{} }
func (i gatheredInfo) IsDir() bool      { return i.folder }
func (gatheredInfo) Sys() any           { return nil }
func (i gatheredInfo) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

type memoryFile struct {
	*bytes.Reader
	info    gatheredInfo
	entries []fs.DirEntry
	read    int
}

var _ fs.ReadDirFile = (*memoryFile)(nil)

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (*memoryFile) Close() error                 { return nil }

func (f *memoryFile) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := f.entries[f.read:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	f.read += len(rest)
	return rest, nil
}
