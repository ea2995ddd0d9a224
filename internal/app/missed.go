package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// missed shows in the catalog what was committed to the bucket while the catalog could not be written, such as during a
// change of PostgreSQL's primary. What a process does not get done before it ends, the next start heals.
type missed struct {
	app    *App
	again  time.Duration // between two attempts
	mu     sync.Mutex
	late   map[gitstore.Location]bool
	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}
}

// missedAgain is how long the catalog gets before the next attempt.
const missedAgain = time.Second

func newMissed(a *App, again time.Duration) *missed {
	ctx, cancel := context.WithCancel(context.Background())
	m := &missed{app: a, again: again, late: map[gitstore.Location]bool{}, wake: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{})}
	go m.run(ctx)
	return m
}

// add has a repository shown soon.
func (m *missed) add(at gitstore.Location) {
	m.mu.Lock()
	m.late[at] = true
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *missed) run(ctx context.Context) {
	defer close(m.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		}
		for wait := m.again; !m.show(ctx); wait = min(2*wait, time.Minute) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	}
}

// show tries all once, and reports whether none is left.
func (m *missed) show(ctx context.Context) bool {
	m.mu.Lock()
	late := m.late
	m.late = map[gitstore.Location]bool{}
	m.mu.Unlock()
	for at := range late {
		err := m.app.Repository.Show(ctx, at)
		if err != nil && !errors.Is(err, kind.ErrNotFound) {
			m.app.log.Error("repository not shown; it is tried again", "resource", at.String(), "err", err)
			m.mu.Lock()
			m.late[at] = true
			m.mu.Unlock()
			continue
		}
		m.app.log.Info("repository shown late", "resource", at.String())
	}
	if err := m.app.CatchUp(ctx); err != nil && ctx.Err() == nil {
		m.app.log.Error("index not up to date", "err", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.late) == 0
}

func (m *missed) stop() {
	m.cancel()
	<-m.done
}
