package app

import (
	"context"
	"errors"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// compactor puts the packs of repositories together in the background, one repository at a time.
type compactor struct {
	app    *App
	mu     sync.Mutex
	queued map[gitstore.Location]bool
	work   chan gitstore.Location
	cancel context.CancelFunc
	done   chan struct{}
}

// waiting bounds how many repositories wait; one that does not fit is found again at its next save.
const waiting = 1024

func newCompactor(a *App) *compactor {
	ctx, cancel := context.WithCancel(context.Background())
	c := &compactor{
		app: a, queued: map[gitstore.Location]bool{}, work: make(chan gitstore.Location, waiting), cancel: cancel, done: make(chan struct{}),
	}
	go c.run(ctx)
	return c
}

// add has a repository compacted soon.
func (c *compactor) add(at gitstore.Location) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queued[at] {
		return
	}
	select {
	case c.work <- at:
		c.queued[at] = true
	default:
	}
}

func (c *compactor) run(ctx context.Context) {
	defer close(c.done)
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-c.work:
			c.mu.Lock()
			delete(c.queued, at)
			c.mu.Unlock()
			done, err := c.app.Repository.Compact(ctx, at)
			switch {
			case err == nil:
				c.app.log.Info("repository compacted", "resource", at.Repository, "before", done.Before, "after", done.After)
			case ctx.Err() == nil && !errors.Is(err, kind.ErrConflict):
				c.app.log.Error("repository not compacted", "resource", at.Repository, "err", err)
			}
		}
	}
}

func (c *compactor) stop() {
	c.cancel()
	<-c.done
}
