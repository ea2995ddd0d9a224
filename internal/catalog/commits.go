package catalog

import (
	"context"
	"fmt"
	"sync"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// weightAtOnce is how much one transaction stores: what waits meanwhile is stored by the next one. A page of a peer weighs
// as much as sixteen publications. Four pages share the time that the disk takes well enough; with all pages of eight peers in
// one, every peer would wait while it is stored, and the writer while all of them fetch.
const (
	weightAtOnce = 64
	pageWeight   = 16
)

// commits puts the writes that wait for the one writer, pages of several peers or publications of several people, into one
// transaction, which costs the disk as much as that of one of them. Whoever comes while nobody writes writes at once, and
// every one returns only when what it wrote is durable.
type commits struct {
	mu      sync.Mutex
	waiting []*commit
	writing bool
}

// commit is a write on its way into the catalog.
type commit struct {
	ctx    context.Context
	ahead  func() []sqldb.Statement             // what do needs to know, called before each do; nil: nothing
	do     func(context.Context, *ticket) error // may be called again, in a transaction of its own, after it failed
	weight int
	err    error
	done   chan struct{}
}

// together runs a write in a transaction that others may share, and waits for its end.
func (c *Catalog) together(ctx context.Context, weight int, do func(context.Context, *ticket) error) error {
	return c.commits.wait(c, &commit{ctx: ctx, do: do, weight: weight, done: make(chan struct{})})
}

// wait has something stored, and waits for it.
func (w *commits) wait(c *Catalog, one *commit) error {
	w.join(c, one)
	<-one.done
	return one.err
}

// Commit implements federation.Inbox.
func (c *Catalog) Commit(ctx context.Context, p federation.Page) (tally federation.Tally, err error) {
	arrivals := arrivalsOf(p) // outside the transaction, which others wait for
	for _, query := range harvesting {
		if _, err = c.writing.Get(ctx, c.db.Writer(), query); err != nil {
			break
		}
	}
	if err == nil {
		err = c.together(ctx, pageWeight, func(ctx context.Context, t *ticket) error {
			tally = federation.Tally{}
			return t.commit(ctx, p, arrivals, &tally)
		})
	}
	if err != nil {
		return federation.Tally{}, fmt.Errorf("store a page of %s: %w", p.Peer, err)
	}
	return tally, nil
}

// join has something stored, by whoever writes already or by a writer that it starts.
func (w *commits) join(c *Catalog, one *commit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, one)
	if !w.writing {
		w.writing = true
		go w.write(c)
	}
}

// write stores what waits until nothing does.
func (w *commits) write(c *Catalog) {
	for {
		w.mu.Lock()
		n, weight := 0, 0
		for n < len(w.waiting) && (n == 0 || weight+w.waiting[n].weight <= weightAtOnce) {
			weight += w.waiting[n].weight
			n++
		}
		some := w.waiting[:n:n]
		w.waiting = w.waiting[n:]
		w.writing = n > 0
		w.mu.Unlock()
		if n == 0 {
			return
		}
		c.commitAll(some)
	}
}

// commitAll stores some writes in one transaction, or each in its own if that fails: the mistake is that of one of them.
func (c *Catalog) commitAll(some []*commit) {
	ctx := some[0].ctx
	// One that gives up must not take the others along; and each statement that can be interrupted costs SQLite's driver a
	// goroutine.
	if len(some) > 1 || c.db.Engine() == sqldb.SQLite {
		ctx = context.WithoutCancel(ctx)
	}
	first := []sqldb.Statement{}
	for _, one := range some {
		if one.ahead != nil {
			first = append(first, one.ahead()...)
		}
	}
	err := c.changeAhead(ctx, first, func(t *ticket) error {
		if err := t.begin(ctx); err != nil {
			return err
		}
		for _, one := range some {
			if err := one.ctx.Err(); err != nil {
				return err
			}
			if err := one.do(ctx, t); err != nil {
				return err
			}
		}
		return t.end(ctx)
	})
	for i, one := range some {
		if err != nil && len(some) > 1 {
			c.commitAll(some[i : i+1])
			continue
		}
		one.err = err
		close(one.done)
	}
}

// commit stores a page.
func (t *ticket) commit(ctx context.Context, p federation.Page, arrivals []arrival, tally *federation.Tally) error {
	run, err := alive(ctx, t.tx, p.Run, p.Peer)
	if err != nil {
		return err
	}
	if err := t.receive(ctx, p, arrivals, tally); err != nil {
		return err
	}
	if err := t.see(ctx, p, tally); err != nil {
		return err
	}
	if err := quarantine(ctx, t.tx, p, tally); err != nil {
		return err
	}
	run.Pages++
	run.Add(*tally)
	if p.Size > 0 {
		run.Size = p.Size
	}
	if err := saveRun(ctx, t.tx, run); err != nil {
		return err
	}
	return saveState(ctx, t.tx, p.Peer, p.State)
}
