package search

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Live is an index that can be built anew beside itself: searches go on in the old one until the new one takes its place.
// It is safe for use by many goroutines.
//
// Its folder has a folder for each index, named by a number, and the file "current" with the number of the one in use,
// which is replaced at once. A process that is killed at any time leaves the old index or the new one; what is neither is
// removed when the folder is opened.
type Live struct {
	dir     string
	options Options
	rebuild sync.Mutex   // one at a time
	write   sync.Mutex   // held while following the feed, so that what was caught up with is not missing after a rebuild
	mu      sync.RWMutex // held while the index is used, so that it is not closed meanwhile
	index   *Index
	number  int
	closed  bool
}

const currentFile = "current"

// OpenLive opens the index in the folder, which it makes. Where there is none that can be used, the index is empty, and
// why says what was wrong with the one that was there: follow the feed from 0.
func OpenLive(dir string, o Options) (l *Live, why, err error) {
	l = &Live{dir: dir, options: o}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("open search index: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if err == nil {
		if l.number, err = strconv.Atoi(strings.TrimSpace(string(b))); err == nil && l.number > 0 {
			l.index, err = Open(l.folder(l.number), o)
		}
	}
	switch {
	case errors.Is(err, ErrLocked):
		return nil, nil, err
	case l.index == nil:
		if !errors.Is(err, fs.ErrNotExist) {
			why = errors.Join(ErrCorrupt, err)
		}
		l.number = max(l.number, 0) + 1
		if l.index, err = l.fresh(l.number); err != nil {
			return nil, nil, err
		}
		if err := l.choose(l.number); err != nil {
			return nil, nil, errors.Join(err, l.index.Close())
		}
	}
	return l, why, l.sweep()
}

func (l *Live) folder(number int) string { return filepath.Join(l.dir, strconv.Itoa(number)) }

// fresh makes an empty index.
func (l *Live) fresh(number int) (*Index, error) {
	if err := os.RemoveAll(l.folder(number)); err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	return Open(l.folder(number), l.options)
}

// choose says durably which index is in use.
func (l *Live) choose(number int) error {
	temp, err := os.CreateTemp(l.dir, currentFile+".*")
	if err != nil {
		return fmt.Errorf("choose search index: %w", err)
	}
	_, err = fmt.Fprintln(temp, number)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), filepath.Join(l.dir, currentFile))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("choose search index: %w", err), os.Remove(temp.Name()))
	}
	d, err := os.Open(l.dir)
	if err != nil {
		return fmt.Errorf("choose search index: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// sweep removes what is not in use.
func (l *Live) sweep() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return fmt.Errorf("sweep search index: %w", err)
	}
	for _, e := range entries {
		if name := e.Name(); name != currentFile && name != strconv.Itoa(l.number) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(l.dir, name)))
		}
	}
	return err
}

// Rebuild makes the index anew from the feed, merges its segments and lets it take the place of the old one, which
// searches see until then. On an error the old one stays.
func (l *Live) Rebuild(ctx context.Context, feed Feed) (err error) {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	number := l.number + 1
	x, err := l.fresh(number)
	if err != nil {
		return err
	}
	l.mu.RLock()
	x.SetLibrary(l.index.library.Load())
	l.mu.RUnlock()
	if err = x.CatchUp(ctx, feed); err == nil {
		err = x.Compact(ctx)
	}
	l.write.Lock()
	defer l.write.Unlock()
	if err == nil {
		err = x.CatchUp(ctx, feed) // what changed meanwhile
	}
	if err == nil {
		err = l.choose(number)
	}
	if err != nil {
		return errors.Join(err, x.Close(), os.RemoveAll(l.folder(number)))
	}
	l.mu.Lock()
	old := l.index
	x.SetLibrary(old.library.Load())
	l.index, l.number = x, number
	l.mu.Unlock()
	return errors.Join(old.Close(), l.sweep())
}

// use holds the index for as long as f takes.
func use[T any](l *Live, f func(*Index) (T, error)) (T, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return f(l.index)
}

// Search is [Index.Search].
func (l *Live) Search(ctx context.Context, r Request) (Results, error) {
	return use(l, func(x *Index) (Results, error) { return x.Search(ctx, r) })
}

// Suggest is [Index.Suggest].
func (l *Live) Suggest(ctx context.Context, prefix, language string, limit int) ([]Suggestion, error) {
	return use(l, func(x *Index) ([]Suggestion, error) { return x.Suggest(ctx, prefix, language, limit) })
}

// Highlighter is [Index.Highlighter].
func (l *Live) Highlighter(q Query, hints []Hint) *Highlighter {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.index.Highlighter(q, hints)
}

// CatchUp is [Index.CatchUp].
func (l *Live) CatchUp(ctx context.Context, feed Feed) error {
	l.write.Lock()
	defer l.write.Unlock()
	_, err := use(l, func(x *Index) (struct{}, error) { return struct{}{}, x.CatchUp(ctx, feed) })
	return err
}

// Count is [Index.Count].
func (l *Live) Count() (int, error) { return use(l, (*Index).Count) }

// Seq is [Index.Seq].
func (l *Live) Seq() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.index.Seq()
}

// SetLibrary is [Index.SetLibrary].
func (l *Live) SetLibrary(library *standards.Library) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	l.index.SetLibrary(library)
}

// Close waits for searches and closes the index.
func (l *Live) Close() error {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return l.index.Close()
}
