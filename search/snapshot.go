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

// Adopt lets a copy that Snapshot made take the place of the index in use: bring puts its files into a folder, which is
// there and empty. Searches go on meanwhile. The copy must be of this format and follow the same feed, which had as many
// changes as newest when Adopt was called; what it lacks of those is caught up with. After an error the old index stays.
// [Live.Refresh] is due then if the copy was made with another library of standards.
func (l *Live) Adopt(ctx context.Context, feed Feed, newest int64, bring func(dir string) error) (err error) {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	number := l.next
	l.next++
	dir := l.folder(number)
	defer func() {
		if err != nil {
			err = fmt.Errorf("adopt a search index: %w", err)
		}
	}()
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := bring(dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	if !exists(dir) { // or Open would make an empty one
		return errors.Join(fs.ErrNotExist, os.RemoveAll(dir))
	}
	if err := syncTree(ctx, dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	o := l.options
	o.Library = l.latest().library.Load()
	x, err := Open(dir, o)
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	mark, err := x.bleve.GetInternal(keyLibrary)
	if err == nil && x.Seq() > newest {
		err = fmt.Errorf("it has changes up to %d, and the feed up to %d", x.Seq(), newest)
	}
	if err == nil {
		err = x.CatchUp(ctx, feed)
	}
	if err != nil {
		return errors.Join(err, x.Close(), os.RemoveAll(dir))
	}
	old, err := l.swap(ctx, feed, x, number, o.Library)
	if err != nil {
		return errors.Join(err, x.Close()) // its folder stays: perhaps it is the chosen one after all, and sweep knows
	}
	if string(mark) != libraryMark(o.Library) {
		l.write.Lock()
		l.fits = fit{}
		l.write.Unlock()
	}
	<-old.idle
	_ = old.Close()
	l.sweep()
	return nil
}
