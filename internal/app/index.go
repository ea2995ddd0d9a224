package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/commonplace-oer/commonplace/search"
)

func (a *App) indexFolder() string { return filepath.Join(a.Config.Data, "index") }

// openIndex opens the search index, as far as it can be read. What is to be done to it is left to the indexer.
func (a *App) openIndex(ctx context.Context, background bool) error {
	name, err := a.feedName(ctx)
	if err != nil {
		return err
	}
	index, why, err := search.OpenLive(a.indexFolder(), search.Options{Library: a.Standards(), Feed: name})
	if err != nil {
		return fmt.Errorf("%w; the folder %s must be writable, and can be deleted", err, a.indexFolder())
	}
	a.Search = index
	a.closers = append(a.closers, index.Close)
	seq, err := a.Catalog.Seq(ctx)
	if err != nil {
		return err
	}
	if why == nil && index.Seq() > seq {
		why = fmt.Errorf("it has changes up to %d and the catalog up to %d", index.Seq(), seq)
		index.Distrust()
	}
	a.indexer = newIndexer(a, background)
	if why != nil {
		a.log.Warn("the search index is built anew", "err", why)
		a.indexer.why = why.Error()
		a.indexer.filling.Store(index.Seq() == 0)
	}
	return nil
}

// feedName tells the numbers of this catalog's changes from those of another, such as one that was lost.
func (a *App) feedName(ctx context.Context) (string, error) {
	const key = "feed"
	name, err := a.Catalog.Setting(ctx, key)
	if err != nil || name != "" {
		return name, err
	}
	name = rand.Text()
	return name, a.Catalog.SetSetting(ctx, key, name)
}

// Reindex indexes every resource of the catalog anew; searches, and what is published, go on in the old index meanwhile.
func (a *App) Reindex(ctx context.Context) error { return a.indexer.rebuild(ctx, "it was asked for") }

// CatchUp brings the index to the newest change of the catalog. While an index is filled from nothing, or replaces one of
// another catalog, it returns at once: whoever does that gets there.
func (a *App) CatchUp(ctx context.Context) error {
	if a.indexer.filling.Load() {
		return nil
	}
	return a.indexer.following.wait(ctx)
}

// Rebuild makes the catalog's view of this server's own resources, and the index, anew from the bucket. It returns how many
// repositories are shown, and how many are damaged and were passed over.
func (a *App) Rebuild(ctx context.Context, progress func(done, total int)) (healed, failed int, err error) {
	if err := a.Catalog.Forget(ctx); err != nil {
		return 0, 0, err
	}
	healed, failed, err = a.Repository.Heal(ctx, progress)
	if err != nil {
		return healed, failed, err
	}
	return healed, failed, errors.Join(a.recount(ctx), a.Reindex(ctx))
}

// How the indexer follows the catalog.
const (
	lookEvery  = 500 * time.Millisecond // at what other nodes publish, should they not have told
	restAfter  = 150 * time.Millisecond // so that many changes together are indexed together; who publishes does not wait for it
	retryAfter = 30 * time.Second       // at most, after failures, such as of a full disk; the first time it is a second
	backlog    = 1000                   // changes up to which catching up is not worth telling
)

// indexer keeps the index what it should be, beside what the server does: it follows the catalog, and does what takes
// long. Searches go on in what there is.
type indexer struct {
	app        *App
	background bool
	filling    atomic.Bool
	following  together // catches up for those who wait for it

	working sync.Mutex // one settle at a time
	why     string     // what is wrong with the index; "" for nothing. Guarded by working.

	mu    sync.Mutex
	doing map[int]string // why the index is being made anew
	next  int

	begin  sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{}
	done   chan struct{}
}

func newIndexer(a *App, background bool) *indexer {
	i := &indexer{app: a, background: background, doing: map[int]string{}, wake: make(chan struct{}, 1), done: make(chan struct{})}
	i.ctx, i.cancel = context.WithCancel(context.Background()) // as long as the App is open
	i.following.do = func() error { return a.Search.CatchUp(i.ctx, a.Catalog) }
	return i
}

// settle makes the index what it should be: now, or soon where the server is not to wait.
func (i *indexer) settle(ctx context.Context) error {
	if !i.background {
		return i.work(ctx)
	}
	i.start()
	select {
	case i.wake <- struct{}{}:
	default:
	}
	return nil
}

// work does what is due.
func (i *indexer) work(ctx context.Context) error {
	i.working.Lock()
	defer i.working.Unlock()
	if i.why != "" {
		if err := i.anew(ctx, i.why); err != nil {
			return err
		}
		i.why = ""
		i.filling.Store(false)
	}
	if err := i.catchUp(ctx); err != nil {
		return err
	}
	if err := i.app.followStandards(ctx); err != nil {
		return err
	}
	if err := i.app.keeper.keepAhead(ctx, i.app.Search.Seq()); err != nil {
		i.app.log.Error("numbers of changes not kept", "err", err)
	}
	return i.app.Search.Refresh(ctx, i.app.Catalog)
}

// anew rebuilds the index. One that has nothing is filled in place, so that searches find more and more.
func (i *indexer) anew(ctx context.Context, why string) error {
	n, err := i.app.Search.Count()
	if err != nil {
		return err
	}
	if n == 0 && i.app.Search.Seq() == 0 {
		return i.fill(ctx, why)
	}
	return i.rebuild(ctx, why)
}

func (i *indexer) rebuild(ctx context.Context, why string) error {
	defer i.tell(why)()
	return i.app.Search.Rebuild(ctx, i.app.Catalog)
}

func (i *indexer) catchUp(ctx context.Context) error {
	seq, err := i.app.Catalog.Seq(ctx)
	if err != nil {
		return err
	}
	switch behind := seq - i.app.Search.Seq(); {
	case behind <= 0:
		return nil
	case behind > backlog:
		return i.fill(ctx, fmt.Sprintf("%d changes are not in it", behind))
	}
	return i.following.wait(ctx)
}

// follow brings the index to the newest change: one that has nothing from a copy in the bucket, where there is a good one.
func (i *indexer) follow(ctx context.Context) error {
	if i.app.Search.Seq() == 0 {
		adopted, err := i.app.adoptSnapshot(ctx)
		if err != nil {
			i.app.log.Warn("copies of the search index cannot be looked at", "err", err)
		}
		if adopted {
			return nil
		}
	}
	return i.app.Search.CatchUp(ctx, i.app.Catalog)
}

// fill follows the catalog over many changes, for which nobody who publishes waits.
func (i *indexer) fill(ctx context.Context, why string) error {
	defer i.tell(why)()
	i.filling.Store(true)
	err := i.follow(ctx)
	i.filling.Store(false)
	if err != nil {
		return err
	}
	if err := i.app.Search.CatchUp(ctx, i.app.Catalog); err != nil { // what was acknowledged just before
		return err
	}
	return i.app.Search.Compact(ctx)
}

// tell says why the index is being made anew, until the function that it returns is called.
func (i *indexer) tell(why string) (done func()) {
	begun := time.Now()
	i.app.log.Info("search index is being built", "err", why)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.next++
	n := i.next
	i.doing[n] = why
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.doing, n)
		i.app.log.Info("search index is no longer being built", "took", time.Since(begun))
	}
}

// state says why the index is being made anew; "" if it is not.
func (i *indexer) state() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, why := range i.doing {
		return why
	}
	if i.filling.Load() {
		return "it is about to follow the catalog"
	}
	return ""
}

// start lets the indexer follow the catalog until stop.
func (i *indexer) start() { i.begin.Do(func() { go i.run() }) }

func (i *indexer) run() {
	defer close(i.done)
	told := i.app.db.Changes(i.ctx)
	wait := lookEvery
	for {
		err := i.work(i.ctx)
		switch {
		case err == nil && wait > lookEvery:
			wait = lookEvery
			i.app.log.Info("search index is up to date again")
		case err != nil && i.ctx.Err() == nil:
			wait = min(max(2*wait, time.Second), retryAfter)
			i.app.log.Error("search index not up to date; it is tried again", "err", err)
		}
		select {
		case <-i.ctx.Done():
			return
		case <-i.wake:
			continue
		case <-time.After(restAfter):
		}
		followed := told
		if err != nil {
			followed = nil // what fails is not tried again for every write
		}
		select {
		case <-i.ctx.Done():
			return
		case <-i.wake:
		case <-followed:
		case <-time.After(wait):
		}
	}
}

func (i *indexer) stop() {
	i.cancel()
	i.begin.Do(func() { close(i.done) }) // it never began
	<-i.done
}
