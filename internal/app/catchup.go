package app

import (
	"context"
	"sync"
)

// together has many who want the same done have it done for all of them at once: what begins after they asked. One who
// writes again and again would otherwise wait for each of the others in turn.
type together struct {
	do func() error

	mu      sync.Mutex
	running bool
	next    *turn // of those who came while it was running; nil: nobody did
}

// turn is one time that it is done.
type turn struct {
	done chan struct{}
	err  error
}

// wait returns when what has begun after the call is done, or the context ends; it is done all the same.
func (g *together) wait(ctx context.Context) error {
	g.mu.Lock()
	t := g.next
	if t == nil {
		t = &turn{done: make(chan struct{})}
		g.next = t
	}
	if !g.running {
		g.running = true
		go g.run()
	}
	g.mu.Unlock()
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run does it until nobody waits.
func (g *together) run() {
	for {
		g.mu.Lock()
		t := g.next
		g.next, g.running = nil, t != nil
		g.mu.Unlock()
		if t == nil {
			return
		}
		t.err = g.do()
		close(t.done)
	}
}
