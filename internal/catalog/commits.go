package catalog

import (
	"context"
	"fmt"
	"sync"

	"github.com/commonplace-oer/commonplace/federation"
)

// pagesAtOnce is how many pages one transaction stores: what waits meanwhile is stored by the next one.
const pagesAtOnce = 8

// commits puts the pages of several peers that wait for the one writer into one transaction, which costs the disk as much
// as that of one page. Whoever comes while nobody writes writes at once.
type commits struct {
	mu      sync.Mutex
	waiting []*commit
	writing bool
}

// commit is a page on its way into the catalog.
type commit struct {
	ctx      context.Context
	page     federation.Page
	arrivals []arrival
	tally    federation.Tally
	err      error
	done     chan struct{}
}

// Commit implements federation.Inbox.
func (c *Catalog) Commit(ctx context.Context, p federation.Page) (federation.Tally, error) {
	one := &commit{ctx: ctx, page: p, arrivals: arrivalsOf(p), done: make(chan struct{})} // outside the transaction, which others wait for
	for _, query := range []string{insertChange, insertResource, updateResource, insertHarvested, updateHarvested} {
		if _, err := c.writing.get(ctx, c.db.Writer(), query); err != nil {
			one.err = err
		}
	}
	if one.err == nil {
		c.commits.join(c, one)
		<-one.done
	}
	if one.err != nil {
		return federation.Tally{}, fmt.Errorf("store a page of %s: %w", p.Peer, one.err)
	}
	return one.tally, nil
}

// join has a page stored, by whoever writes already or by a writer that it starts.
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
		n := min(len(w.waiting), pagesAtOnce)
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

// commitAll stores some pages in one transaction, or each in its own if that fails: the mistake is that of one of them.
func (c *Catalog) commitAll(some []*commit) {
	ctx := some[0].ctx
	if len(some) > 1 {
		ctx = context.WithoutCancel(ctx)
	}
	err := c.change(ctx, func(t *ticket) error {
		if err := t.begin(ctx); err != nil {
			return err
		}
		for _, one := range some {
			if err := one.ctx.Err(); err != nil {
				return err
			}
			one.tally = federation.Tally{}
			if err := t.commit(ctx, one.page, one.arrivals, &one.tally); err != nil {
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
