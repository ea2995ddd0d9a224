package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Folder is a store in a folder of this machine. A blob is the file of its key's path, so that a copy of the folder is a
// backup. Several processes may share the folder where the system has flock (not Windows).
//
// A put writes a temporary file in the same file system, syncs it, renames it over the key's file and syncs the folder.
// Writers of one key take turns under a lock. A tag is the file's time of modification, which a put makes later than that
// of the file it replaces, with its size and number: reading a tag reads no content.
type Folder struct {
	root  string
	locks stripes
}

var _ Local = (*Folder)(nil)

const (
	tempFolder = ".tmp"  // files being written
	lockFolder = ".lock" // files that are locked, never written

	// What is kept may be secret: it is for the account that the program runs under only.
	fileMode, folderMode = 0o600, 0o700
)

// OpenFolder opens the folder at root, and makes it where it does not exist. Temporary files that a crash left are removed;
// those that a living process is writing stay.
func OpenFolder(root string) (*Folder, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	for _, name := range []string{tempFolder, lockFolder} {
		if err := os.MkdirAll(filepath.Join(root, name), folderMode); err != nil {
			return nil, fmt.Errorf("open bucket: %w", err)
		}
	}
	f := &Folder{root: root}
	f.locks.folder = filepath.Join(root, lockFolder)
	if err := sweep(filepath.Join(root, tempFolder)); err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	if err := syncFolder(filepath.Dir(root)); err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	return f, nil
}

// sweep removes the temporary files that nobody holds.
func sweep(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue // its writer has just finished
		}
		if tryLock(file) {
			err = os.Remove(path)
		}
		file.Close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Path implements Local.
func (f *Folder) Path(key string) string { return filepath.Join(f.root, filepath.FromSlash(key)) }

// Get implements Store.
func (f *Folder) Get(ctx context.Context, key string, o GetOptions) (*Object, error) {
	if err := ready(ctx, key); err != nil {
		return nil, err
	}
	if o.IfNoneMatch != "" { // no need to open what is only asked for
		if st, err := os.Stat(f.Path(key)); err == nil && tagOf(st) == o.IfNoneMatch {
			return nil, ErrNotModified
		}
	}
	file, err := os.Open(f.Path(key))
	if err != nil {
		return nil, translate("get", key, err)
	}
	st, err := file.Stat() // of what was opened, not of what the name means by now
	if err == nil && st.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		file.Close()
		return nil, translate("get", key, err)
	}
	start, length, err := o.Range.clip(st.Size())
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	return &Object{
		Info: Info{Key: key, Size: st.Size(), Tag: tagOf(st)},
		Body: struct {
			io.Reader
			io.Closer
		}{io.NewSectionReader(file, start, length), file},
	}, nil
}

// Put implements Store.
func (f *Folder) Put(ctx context.Context, key string, body io.ReadSeeker, when Condition) (tag Tag, err error) {
	if err := ready(ctx, key); err != nil {
		return "", err
	}
	temp, err := f.write(ctx, body)
	if err != nil {
		return "", fmt.Errorf("put %s: %w", key, err)
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
		temp.Close() // frees its lock
	}()

	release, err := f.locks.lock(ctx, key)
	if err != nil {
		return "", fmt.Errorf("put %s: %w", key, err)
	}
	defer release()
	path := f.Path(key)
	old, err := stored(path)
	if err != nil {
		return "", translate("put", key, err)
	}
	if old != nil && old.IsDir() {
		return "", fmt.Errorf("put %s: %w: it is the folder of other keys", key, ErrKey)
	}
	if !when.holds(old != nil, tagOf(old)) {
		return "", fmt.Errorf("put %s: %w", key, ErrConflict)
	}
	st, err := f.stamp(temp, old)
	if err != nil {
		return "", fmt.Errorf("put %s: %w", key, err)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := f.place(temp.Name(), path); err != nil {
		return "", translate("put", key, err)
	}
	return tagOf(st), nil
}

// write copies body to a new temporary file, durably, and leaves it open and locked.
func (f *Folder) write(ctx context.Context, body io.ReadSeeker) (*os.File, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	temp, err := os.CreateTemp(filepath.Join(f.root, tempFolder), "put-")
	if err != nil {
		return nil, err
	}
	tryLock(temp)
	if err = temp.Chmod(fileMode); err == nil {
		_, err = io.Copy(temp, contextReader{ctx, body})
	}
	if err == nil {
		err = temp.Sync()
	}
	if err != nil {
		temp.Close()
		os.Remove(temp.Name())
		return nil, err
	}
	return temp, nil
}

// stamp gives a temporary file a time of modification later than that of the file it will replace.
func (f *Folder) stamp(temp *os.File, old fs.FileInfo) (fs.FileInfo, error) {
	st, err := temp.Stat()
	if err != nil || old == nil || st.ModTime().After(old.ModTime()) {
		return st, err
	}
	// The clock stood still, went back, or the file system keeps whole seconds only.
	for _, step := range []time.Duration{time.Nanosecond, time.Microsecond, time.Second, 2 * time.Second, 4 * time.Second} {
		at := old.ModTime().Add(step)
		if err := os.Chtimes(temp.Name(), at, at); err != nil {
			return nil, err
		}
		if st, err = temp.Stat(); err != nil {
			return nil, err
		}
		if st.ModTime().After(old.ModTime()) {
			return st, temp.Sync()
		}
	}
	return nil, errors.New("the file system keeps no times of modification")
}

// place renames temp to path durably. The folders are made again where a concurrent Delete just removed them.
func (f *Folder) place(temp, path string) (err error) {
	for range 10 {
		if err = f.makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		if err = os.Rename(temp, path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// makeFolder makes path and the folders above it, each entry durable.
func (f *Folder) makeFolder(path string) error {
	err := os.Mkdir(path, folderMode)
	switch {
	case err == nil:
		return syncFolder(filepath.Dir(path))
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist) && len(path) > len(f.root):
		if err := f.makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		return f.makeFolder(path)
	}
	return err
}

// Delete implements Store.
func (f *Folder) Delete(ctx context.Context, key string) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	release, err := f.locks.lock(ctx, key)
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	defer release()
	path := f.Path(key)
	old, err := stored(path)
	if err != nil {
		return translate("delete", key, err)
	}
	if old == nil || old.IsDir() {
		return nil
	}
	if err := os.Remove(path); err != nil {
		return translate("delete", key, err)
	}
	folder := filepath.Dir(path)
	if err := syncFolder(folder); err != nil {
		return translate("delete", key, err)
	}
	for len(folder) > len(f.root) && removeFolder(folder) { // stops at the first that is not empty
		folder = filepath.Dir(folder)
	}
	return nil
}

// removeFolder removes an empty folder, and no link to one, which os.Remove takes away however full that is.
func removeFolder(path string) bool {
	st, err := os.Lstat(path)
	return err == nil && st.IsDir() && os.Remove(path) == nil
}

// stored is the file at path, nil where there is none.
func stored(path string) (fs.FileInfo, error) {
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || isNotFolder(err) {
		return nil, nil
	}
	return st, err
}

func tagOf(st fs.FileInfo) Tag {
	if st == nil {
		return ""
	}
	return Tag(strconv.FormatInt(st.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(st.Size(), 36) + fileNumber(st))
}

func translate(op, key string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), op == "get" && isNotFolder(err):
		err = ErrNotFound
	case isNotFolder(err):
		err = fmt.Errorf("%w: another key is its folder", ErrKey)
	}
	return fmt.Errorf("%s %s: %w", op, key, err)
}

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
