package web

import (
	"sync"
	"time"
)

// indexPatience is how long the index of a server that was ready may lack a change. An index follows each write within a moment,
// and so does every node's: a balancer that asks in that moment must not take them all away.
const indexPatience = 10 * time.Second

// readiness knows whether the index follows the catalog.
type readiness struct {
	mu    sync.Mutex
	ready bool      // it had everything that was waited for, at least once
	want  int64     // the change that is waited for
	since time.Time // when it was the newest; zero before the first question
}

// follows reports whether an index that has the changes up to indexed follows a catalog whose newest is changes: it has what
// the catalog had when it was asked for the first time, and has lacked none of it for longer than a moment since.
func (r *readiness) follows(indexed, changes int64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() {
		r.want, r.since = changes, now
	}
	if indexed >= r.want {
		r.ready, r.want, r.since = true, changes, now
		return true
	}
	r.ready = r.ready && now.Sub(r.since) < indexPatience
	return r.ready
}
