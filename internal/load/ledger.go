package load

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// Ledger remembers every write: what was sent, and what was acknowledged.
type Ledger struct {
	mu      sync.Mutex
	written map[string]*written // by id
	sent    map[string]bool     // titles of publications that were sent
}

// written is a resource that the load published.
type written struct {
	acknowledged string   // the newest revision that a server answered
	sent         int      // revisions that were sent after it and not answered
	revisions    []string // all that were answered
	busy         bool     // somebody is revising it
	gone         bool     // a withdrawal was acknowledged
}

func newLedger() *Ledger { return &Ledger{written: map[string]*written{}, sent: map[string]bool{}} }

// Acknowledged is how many resources and revisions were acknowledged.
func (l *Ledger) Acknowledged() (resources, revisions int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.written {
		revisions += len(w.revisions)
	}
	return len(l.written), revisions
}

func (l *Ledger) created(id, revision string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written[id] = &written{acknowledged: revision, revisions: []string{revision}}
}

// take gives somebody a resource to revise, and its newest revision; false where none is free.
func (l *Ledger) take(n uint64) (id, revision string, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var free []string
	for id, w := range l.written {
		if !w.busy && !w.gone && w.sent == 0 {
			free = append(free, id)
		}
	}
	if len(free) == 0 {
		return "", "", false
	}
	slices.Sort(free)
	id = free[n%uint64(len(free))]
	l.written[id].busy = true
	return id, l.written[id].acknowledged, true
}

// revised gives it back: with the revision that was answered, or "" where it is not known whether it was stored.
func (l *Ledger) revised(id, revision string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.written[id]
	w.busy = false
	if revision == "" {
		w.sent++
		return
	}
	w.acknowledged = revision
	w.revisions = append(w.revisions, revision)
}

// Check asks a server for everything that was acknowledged, and names what is lost: a resource that it does not have, or
// whose newest revision is an older one.
func (l *Ledger) Check(ctx context.Context, client *http.Client, node string) (problems []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, w := range l.written {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, node+"/api/v1/resources/"+id, nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		b, err := ok(resp, http.StatusOK)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s was acknowledged and is lost: %v", id, err))
			continue
		}
		var got struct{ Revision string }
		if err := json.Unmarshal(b, &got); err != nil {
			return nil, err
		}
		older := slices.Contains(w.revisions[:len(w.revisions)-1], got.Revision)
		switch {
		case got.Revision == w.acknowledged:
		case older:
			problems = append(problems, fmt.Sprintf("%s is at %s, and %s was acknowledged", id, got.Revision, w.acknowledged))
		case w.sent == 0:
			problems = append(problems, fmt.Sprintf("%s is at %s, which nobody sent after %s", id, got.Revision, w.acknowledged))
		}
	}
	slices.Sort(problems)
	return problems, nil
}
