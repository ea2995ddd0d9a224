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

// ErrClosed says that the index was closed before.
var ErrClosed = errors.New("search index is closed")

// Live is an index that can be built anew beside itself: searches go on in the old one until the new one takes its place,
// and none waits for that. It is safe for use by many goroutines.
//
// Its folder has a folder for each index, named by a number, and the file "current" with the number of the one in use,
// which is replaced at once. A process that is killed at any time leaves the old index or the new one; what is neither is
// removed when the folder is opened.
type Live struct {
	dir     string
	options Options
	rebuild sync.Mutex // held by what replaces the index or goes over all of it: one at a time
	write   sync.Mutex // held while following the feed, so that what was caught up with is not missing after a rebuild
	next    int        // number of the next index; guarded by rebuild
	fits    fit        // guarded by write

	harmed bool // a write failed and the index was not opened again since; guarded by write
	full   bool // the last write failed; guarded by write

	answers answers

	mu      sync.Mutex
	index   *Index        // the one in use, or the last that was
	current *held         // nil while it is opened again
	back    chan struct{} // closed once it is
	number  int
	swaps   int64
	closed  bool
}

// held is an index with those who use it at the moment.
type held struct {
	*Index
	users int           // guarded by Live.mu
	gone  bool          // another has taken its place
	idle  chan struct{} // closed once it is gone and nobody uses it
}

func hold(x *Index) *held { return &held{Index: x, idle: make(chan struct{})} }

const currentFile = "current"

// OpenLive opens the index in the folder, which it makes. Why says what is wrong with the index that was there, nil if
// nothing is: [Live.Rebuild] is due then. One of an older format, or of another feed, answers searches until then as
// well as it can be read; where there is none that can be used, the index is empty and may follow the feed from 0
// instead of being rebuilt.
func OpenLive(dir string, o Options) (l *Live, why, err error) {
	l = &Live{dir: dir, options: o}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("open search index: %w", err)
	}
	var x *Index
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if err == nil {
		if l.number, err = strconv.Atoi(strings.TrimSpace(string(b))); err == nil && l.number > 0 {
			if !exists(l.folder(l.number)) { // or Open would make one
				err = errors.New("the index that is named has no folder")
			} else if x, err = Open(l.folder(l.number), o); errors.Is(err, ErrOutdated) {
				why = err
				x, err = openOutdated(l.folder(l.number), o)
			}
		}
	}
	switch {
	case errors.Is(err, ErrLocked):
		return nil, nil, err
	case x == nil:
		if why == nil && !errors.Is(err, fs.ErrNotExist) {
			why = errors.Join(ErrCorrupt, err)
		}
		l.number = max(l.number, 0) + 1
		if x, err = l.fresh(l.number, o.Library); err != nil {
			return nil, nil, err
		}
		if err := l.choose(l.number); err != nil {
			return nil, nil, errors.Join(err, x.Close())
		}
	}
	l.index, l.current, l.next = x, hold(x), l.number+1
	if errors.Is(why, errFeed) {
		l.Distrust()
	}
	if mark, err := x.bleve.GetInternal(keyLibrary); err == nil && string(mark) == libraryMark(o.Library) {
		l.fits = fit{known: true, library: o.Library}
	}
	l.sweep()
	return l, why, nil
}

func (l *Live) folder(number int) string { return filepath.Join(l.dir, strconv.Itoa(number)) }

// fresh makes an empty index.
func (l *Live) fresh(number int, library *standards.Library) (*Index, error) {
	if err := os.RemoveAll(l.folder(number)); err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	o := l.options
	o.Library = library
	x, err := Open(l.folder(number), o)
	if err != nil {
		return nil, err
	}
	if err := x.bleve.SetInternal(keyLibrary, []byte(libraryMark(library))); err != nil {
		return nil, errors.Join(fmt.Errorf("open search index: %w", err), x.Close())
	}
	return x, nil
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

// sweep removes what is not in use. What cannot be removed now is tried again after the next rebuild and at the next
// start: it hurts nobody but the disk.
func (l *Live) sweep() {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if name := e.Name(); name != currentFile && name != strconv.Itoa(l.number) {
			_ = os.RemoveAll(filepath.Join(l.dir, name))
		}
	}
}

// Rebuild makes the index anew from the feed, merges its segments and lets it take the place of the old one, which
// searches see, and the feed is followed in, until then. On an error the old one stays.
func (l *Live) Rebuild(ctx context.Context, feed Feed) error {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	library := l.latest().library.Load()
	number := l.next
	l.next++
	x, err := l.fresh(number, library)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return x.CatchUp(ctx, feed) },
		func() error { return x.Compact(ctx) },
		func() error { return x.CatchUp(ctx, feed) }, // so that little is left for the moment in which nobody may write
	} {
		if err = step(); err != nil {
			return errors.Join(err, x.Close(), os.RemoveAll(l.folder(number)))
		}
	}
	old, err := l.swap(ctx, feed, x, number, library)
	if err != nil {
		return errors.Join(err, x.Close()) // its folder stays: perhaps it is the chosen one after all, and sweep knows
	}
	<-old.idle // what was being searched ends
	_ = old.Close()
	l.sweep()
	return nil
}

// swap lets x take the place of the index in use, once it has what the feed has.
func (l *Live) swap(ctx context.Context, feed Feed, x *Index, number int, library *standards.Library) (old *held, err error) {
	l.write.Lock()
	defer l.write.Unlock()
	if err := x.CatchUp(ctx, feed); err != nil {
		return nil, err
	}
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	if err := l.choose(number); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	old = l.current
	x.SetLibrary(l.index.library.Load()) // it may be another one by now: then Refresh is due
	l.index, l.current, l.number = x, hold(x), number
	l.swaps++
	l.leave(old)
	l.fits, l.harmed, l.full = fit{known: true, library: library}, false, false
	return old, nil
}

// leave marks an index that is not in use any more. The caller holds mu.
func (l *Live) leave(h *held) {
	h.gone = true
	if h.users == 0 {
		close(h.idle)
	}
}

// acquire takes the index in use; release it.
func (l *Live) acquire() (*held, error) {
	for {
		l.mu.Lock()
		h, back, closed := l.current, l.back, l.closed
		if h != nil && !closed {
			h.users++
		}
		l.mu.Unlock()
		switch {
		case closed:
			return nil, ErrClosed
		case h != nil:
			return h, nil
		}
		<-back
	}
}

func (l *Live) release(h *held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.users--; h.gone && h.users == 0 {
		close(h.idle)
	}
}

// use holds the index for as long as f takes.
func use[T any](l *Live, f func(*Index) (T, error)) (out T, err error) {
	h, err := l.acquire()
	if err != nil {
		return out, err
	}
	defer l.release(h)
	defer func() {
		if r := recover(); r != nil { // bleve panics on what a failed write leaves in memory
			err = fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
	}()
	return f(h.Index)
}

// apply lets f write to the index. After a failure of the disk what is in memory cannot be trusted, so the index is
// opened again as the disk has it; and as long as the disk takes nothing, the index is left alone.
func (l *Live) apply(f func(*Index) error) error {
	l.write.Lock()
	defer l.write.Unlock()
	if l.harmed {
		if err := l.reopen(); err != nil {
			return err
		}
	}
	if l.full {
		if err := probe(l.dir); err != nil {
			return fmt.Errorf("%w: %w", errWrite, err)
		}
	}
	_, err := use(l, func(x *Index) (struct{}, error) {
		if err := l.mix(x); err != nil {
			return struct{}{}, fmt.Errorf("%w: %w", errWrite, err)
		}
		return struct{}{}, f(x)
	})
	if l.full = errors.Is(err, errWrite); l.full {
		l.harmed = true
		err = errors.Join(err, l.reopen())
	}
	return err
}

// reopen closes the index in use and opens it again. Searches wait for it. The caller holds write.
func (l *Live) reopen() error {
	l.mu.Lock()
	old := l.current
	if old != nil {
		l.current, l.back = nil, make(chan struct{})
		l.leave(old)
	}
	l.mu.Unlock()
	<-old.idle
	_ = old.Close() // it may be closed already, and has nothing that is not on the disk
	o := l.options
	o.outdated = true // as it was opened before
	o.Library = old.library.Load()
	x, err := Open(l.folder(l.number), o)
	if err == nil {
		l.harmed = false
	} else {
		x = old.Index
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.index, l.current = x, hold(x)
	l.swaps++
	close(l.back)
	return err
}

// probe finds out whether the disk takes anything.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, "probe.*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// Search is [Index.Search]. What was asked for before is answered as then, until something is applied.
func (l *Live) Search(ctx context.Context, r Request) (Results, error) {
	key, version := asked(r), l.Version()
	return use(l, func(x *Index) (Results, error) {
		if kept, ok := l.answers.of(key, version); ok {
			return kept, ctx.Err()
		}
		out, err := x.Search(ctx, r)
		if err == nil {
			l.answers.keep(key, version, out)
		}
		return out, err
	})
}

// Suggest is [Index.Suggest].
func (l *Live) Suggest(ctx context.Context, prefix, language string, limit int) ([]Suggestion, error) {
	return use(l, func(x *Index) ([]Suggestion, error) { return x.Suggest(ctx, prefix, language, limit) })
}

// Highlighter is [Index.Highlighter].
func (l *Live) Highlighter(q Query, hints []Hint) *Highlighter {
	return l.latest().Highlighter(q, hints)
}

// CatchUp is [Index.CatchUp].
func (l *Live) CatchUp(ctx context.Context, feed Feed) error {
	return l.apply(func(x *Index) error { return x.CatchUp(ctx, feed) })
}

// Compact is [Index.Compact].
func (l *Live) Compact(ctx context.Context) error {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	_, err := use(l, func(x *Index) (struct{}, error) { return struct{}{}, x.Compact(ctx) })
	return err
}

// Count is [Index.Count].
func (l *Live) Count() (int, error) { return use(l, (*Index).Count) }

// latest is the index in use, for what reads nothing of its files and may outlive it.
func (l *Live) latest() *Index {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.index
}

// Seq is [Index.Seq].
func (l *Live) Seq() int64 { return l.latest().Seq() }

// Distrust says that Seq means nothing, because it is of another feed: it is 0 until [Live.Rebuild], and who searches finds
// what there was. OpenLive knows it of an index of a feed with another name.
func (l *Live) Distrust() { l.latest().seq.Store(0) }

// Version is [Index.Version]; it changes as well when another index takes the place of the one in use.
func (l *Live) Version() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.swaps<<40 + l.index.Version()
}

// SetLibrary is [Index.SetLibrary]. [Live.Refresh] does for the documents that are there what is left to do.
func (l *Live) SetLibrary(library *standards.Library) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.index.SetLibrary(library)
}

// Close waits for searches and closes the index.
func (l *Live) Close() error {
	l.rebuild.Lock()
	defer l.rebuild.Unlock()
	l.write.Lock()
	defer l.write.Unlock()
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	h := l.current
	l.leave(h)
	l.mu.Unlock()
	<-h.idle
	return h.Close()
}
