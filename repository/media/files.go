package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Files is fsys with the real file in the place of each pointer: its size, and its bytes from the store as they are read.
// The Sys of a media file's FileInfo is its Pointer. Opening a pointer whose file is not stored fails when it is read.
// Reading ends with an error when ctx does.
func (s *Store) Files(ctx context.Context, fsys fs.FS) fs.FS { return &files{ctx, s, fsys} }

// File reads one file as it is asked for. It need not be stored: reading it fails then.
func (s *Store) File(ctx context.Context, p Pointer) io.ReadSeekCloser {
	return &file{files: &files{ctx: ctx, store: s}, name: string(p.OID), info: mediaInfo{pointer: p}}
}

type files struct {
	ctx   context.Context // io/fs has no place for it
	store *Store
	fsys  fs.FS
}

// Open implements fs.FS.
func (f *files) Open(name string) (fs.File, error) {
	under, err := f.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := under.Stat()
	if err != nil {
		under.Close()
		return nil, err
	}
	if info.IsDir() {
		under.Close()
		return &folder{files: f, name: name, info: info}, nil
	}
	p, found, err := f.pointer(name, info)
	if err != nil {
		under.Close()
		return nil, err
	}
	if !found {
		return under, nil
	}
	return &file{files: f, name: name, info: mediaInfo{info, p}}, under.Close()
}

// pointer reads a file that may be one.
func (f *files) pointer(name string, info fs.FileInfo) (Pointer, bool, error) {
	if !info.Mode().IsRegular() || !MayPoint(info.Size()) {
		return Pointer{}, false, nil
	}
	b, err := fs.ReadFile(f.fsys, name)
	if err != nil {
		return Pointer{}, false, err
	}
	p, ok := ParsePointer(b)
	return p, ok, nil
}

// Stat implements fs.StatFS.
func (f *files) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(f.fsys, name)
	if err != nil {
		return nil, err
	}
	return f.real(name, info)
}

func (f *files) real(name string, info fs.FileInfo) (fs.FileInfo, error) {
	p, found, err := f.pointer(name, info)
	if err != nil || !found {
		return info, err
	}
	return mediaInfo{info, p}, nil
}

// ReadDir implements fs.ReadDirFS.
func (f *files) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(f.fsys, name)
	for i, e := range list {
		full := e.Name()
		if name != "." {
			full = name + "/" + full
		}
		list[i] = entry{e, f, full}
	}
	return list, err
}

// entry gives the real size.
type entry struct {
	fs.DirEntry
	files *files
	name  string
}

// Info implements fs.DirEntry.
func (e entry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	if err != nil {
		return nil, err
	}
	return e.files.real(e.name, info)
}

type mediaInfo struct {
	fs.FileInfo
	pointer Pointer
}

// Size implements fs.FileInfo.
func (i mediaInfo) Size() int64 { return i.pointer.Size }

// Sys implements fs.FileInfo.
func (i mediaInfo) Sys() any { return i.pointer }

// file reads media from where it was last sought to.
type file struct {
	files *files
	name  string
	info  mediaInfo
	at    int64
	body  io.ReadCloser
}

// Stat implements fs.File.
func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }

// Read implements fs.File.
func (f *file) Read(p []byte) (n int, err error) {
	size := f.info.pointer.Size
	if f.at >= size {
		return 0, io.EOF
	}
	if f.body == nil {
		if f.body, err = f.files.store.Open(f.files.ctx, f.info.pointer.OID, f.at, 0); err != nil {
			return 0, &fs.PathError{Op: "read", Path: f.name, Err: err}
		}
	}
	n, err = f.body.Read(p[:min(int64(len(p)), size-f.at)])
	f.at += int64(n)
	if errors.Is(err, io.EOF) {
		if err = io.EOF; f.at < size {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// Seek implements io.Seeker.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.info.pointer.Size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek in %s: before its start", f.name)
	}
	if offset == f.at {
		return offset, nil
	}
	f.at = offset
	return offset, f.Close()
}

// Close implements fs.File.
func (f *file) Close() error {
	if f.body == nil {
		return nil
	}
	body := f.body
	f.body = nil
	return body.Close()
}

// folder lists what the wrapped one has.
type folder struct {
	files *files
	name  string
	info  fs.FileInfo
	rest  []fs.DirEntry
	read  bool
}

// Stat implements fs.File.
func (d *folder) Stat() (fs.FileInfo, error) { return d.info, nil }

// Close implements fs.File.
func (d *folder) Close() error { return nil }

// Read implements fs.File.
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (d *folder) ReadDir(n int) (list []fs.DirEntry, err error) {
	if !d.read {
		if d.rest, err = d.files.ReadDir(d.name); err != nil {
			return nil, err
		}
		d.read = true
	}
	if n > 0 && len(d.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.rest) {
		n = len(d.rest)
	}
	list, d.rest = d.rest[:n:n], d.rest[n:]
	return list, nil
}
