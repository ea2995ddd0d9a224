package search

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2"
)

// Snapshot copies the index, as it is at one moment, to the folder dir, which must not exist. Searches and writers go on
// meanwhile. The copy opens like any index and follows the feed from its own Seq. It is there as a whole and durable, or,
// after an error or a crash, not at all: what is left then is dir with ".part" behind it, which the next Snapshot
// replaces. An index in memory cannot be copied.
func (x *Index) Snapshot(ctx context.Context, dir string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("snapshot of search index: %w", err)
		}
	}()
	c, ok := x.bleve.(bleve.IndexCopyable)
	if !ok || x.dir == "" {
		return errors.ErrUnsupported
	}
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s: %w", dir, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := os.MkdirAll(part, 0o700); err != nil {
		return err
	}
	err = c.CopyTo(target{ctx, part})
	if err == nil {
		err = syncTree(ctx, part)
	}
	if err == nil {
		err = os.Rename(part, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return syncPath(filepath.Dir(dir))
}

// Snapshot is [Index.Snapshot].
func (l *Live) Snapshot(ctx context.Context, dir string) error {
	_, err := use(l, func(x *Index) (struct{}, error) { return struct{}{}, x.Snapshot(ctx, dir) })
	return err
}

// target is a folder that files are copied to until the context ends.
type target struct {
	ctx context.Context
	dir string
}

func (t target) GetWriter(name string) (io.WriteCloser, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	path := filepath.Join(t.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// syncTree makes a folder with everything in it durable.
func syncTree(ctx context.Context, dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
