package load

import (
	"slices"
	"sync"
)

// Ledger remembers every write: what was sent, and what was acknowledged. Several loads may share one.
type Ledger struct {
	mu      sync.Mutex
	written map[string]*written // by id
	sent    map[string]bool     // addresses, as /r/owner/slug, at which somebody tried to publish
	touched map[string]bool     // ids, since the last Check
}

// written is a resource that the load published.
type written struct {
	url          string   // path of its page
	title        string   // of the newest acknowledged revision; "" where it is that of what was remixed
	acknowledged string   // the newest revision that a server answered
	sent         int      // revisions and withdrawals that were sent after it and not answered
	revisions    []string // all that were answered
	busy         bool     // somebody is revising it
	gone         bool     // a withdrawal was acknowledged
	leaving      bool     // a withdrawal was sent, and not answered
}

// NewLedger is an empty one.
func NewLedger() *Ledger {
	return &Ledger{written: map[string]*written{}, sent: map[string]bool{}, touched: map[string]bool{}}
}

// Acknowledged is how many resources, revisions and withdrawals were acknowledged.
func (l *Ledger) Acknowledged() (resources, revisions, withdrawals int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.written {
		revisions += len(w.revisions)
		if w.gone {
			withdrawals++
		}
	}
	return len(l.written), revisions, withdrawals
}

// Unanswered is how many writes got no answer: nobody knows whether they happened.
func (l *Ledger) Unanswered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := map[string]bool{}
	n := 0
	for _, w := range l.written {
		known[w.url] = true
		n += w.sent
	}
	for at := range l.sent {
		if !known[at] {
			n++
		}
	}
	return n
}

// try says that somebody is about to publish at an address.
func (l *Ledger) try(url string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[url] = true
}

// tried reports whether somebody tried to publish at an address. What is there may be withdrawn at any time.
func (l *Ledger) tried(url string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent[url]
}

func (l *Ledger) created(id, url, title, revision string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written[id] = &written{url: url, title: title, acknowledged: revision, revisions: []string{revision}}
	l.touched[id] = true
}

// take gives somebody a resource to revise or to withdraw, and its newest revision; false where none is free. Remixes are
// among them only where that is said.
func (l *Ledger) take(n uint64, remixes bool) (id string, w written, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var free []string
	for id, w := range l.written {
		if !w.busy && !w.gone && w.sent == 0 && (remixes || w.title != "") {
			free = append(free, id)
		}
	}
	if len(free) == 0 {
		return "", written{}, false
	}
	slices.Sort(free)
	id = free[n%uint64(len(free))]
	l.written[id].busy = true
	return id, *l.written[id], true
}

// revised gives it back: with the revision that was answered, or "" where it is not known whether it was stored.
func (l *Ledger) revised(id, title, revision string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.written[id]
	w.busy = false
	l.touched[id] = true
	if revision == "" {
		w.sent++
		return
	}
	w.title, w.acknowledged = title, revision
	w.revisions = append(w.revisions, revision)
}

// withdrawn gives it back: withdrawn, or perhaps.
func (l *Ledger) withdrawn(id string, acknowledged bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.written[id]
	w.busy = false
	l.touched[id] = true
	if acknowledged {
		w.gone = true
		return
	}
	w.leaving = true
	w.sent++
}
