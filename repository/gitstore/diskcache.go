package gitstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// diskCache keeps copies of packs of a remote bucket in a folder. It may be emptied at any time: packs that are in use keep
// their open file.
type diskCache struct {
	folder string
	blobs  blob.Store
	files  *lru[string, struct{}] // names by weight of their bytes
}

const packSuffix = ".pack"

func newDiskCache(folder string, bound int64, blobs blob.Store) (*diskCache, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	c := &diskCache{folder: folder, blobs: blobs}
	c.files = newLRU(bound, func(name string, _ struct{}) { os.Remove(filepath.Join(folder, name)) })
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var found []fs.FileInfo
	for _, e := range entries {
		if st, err := e.Info(); err != nil || !st.Mode().IsRegular() {
			continue
		} else if strings.HasSuffix(st.Name(), packSuffix) {
			found = append(found, st)
		} else if strings.HasPrefix(st.Name(), "get-") {
			os.Remove(filepath.Join(folder, st.Name())) // a crash left it
		}
	}
	slices.SortFunc(found, func(a, b fs.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	for _, st := range found {
		c.files.add(st.Name(), struct{}{}, st.Size())
	}
	return c, nil
}

// open answers a file with the blob's bytes. A copy of another size than expected is replaced.
func (c *diskCache) open(ctx context.Context, key string, size int64) (*os.File, error) {
	name := cacheName(key)
	path := filepath.Join(c.folder, name)
	file, err := os.Open(path)
	if err == nil {
		if st, err := file.Stat(); err == nil && st.Size() == size {
			c.files.get(name)
			return file, nil
		}
		file.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return c.fetch(ctx, key, name, size)
}

func cacheName(key string) string { return strings.ReplaceAll(key, "/", "_") + packSuffix }

// adopt keeps a file of the folder as a copy of a blob, under a second name. Where that fails it will be fetched.
func (c *diskCache) adopt(key, file string, size int64) {
	name := cacheName(key)
	if os.Link(file, filepath.Join(c.folder, name)) == nil {
		c.files.add(name, struct{}{}, size)
	}
}

// forget removes a copy.
func (c *diskCache) forget(key string) {
	c.files.remove(cacheName(key))
	os.Remove(filepath.Join(c.folder, cacheName(key)))
}

func (c *diskCache) fetch(ctx context.Context, key, name string, size int64) (file *os.File, err error) {
	obj, err := c.blobs.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, err
	}
	defer obj.Body.Close()
	if file, err = os.CreateTemp(c.folder, "get-"); err != nil {
		return nil, err
	}
	n, err := io.Copy(file, obj.Body)
	if err == nil && n != size {
		err = fmt.Errorf("%w: %d bytes where the manifest says %d", errCorrupt, n, size)
	}
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(c.folder, name))
	}
	if err != nil {
		file.Close()
		os.Remove(file.Name())
		return nil, err
	}
	c.files.add(name, struct{}{}, size)
	return file, nil
}
