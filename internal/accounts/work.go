package accounts

import (
	"context"
	"runtime"
	"sync/atomic"
)

// waitersEach is how many may wait for each password that is being checked.
const waitersEach = 8

// work bounds how many passwords are hashed at once, each of which takes 19 MiB and a processor for some milliseconds.
type work struct {
	slots   chan struct{}
	waiting atomic.Int64
}

func newWork() *work { return &work{slots: make(chan struct{}, runtime.NumCPU())} }

// do runs f when it is its turn. It returns ErrBusy at once where too many wait already.
func (w *work) do(ctx context.Context, f func() error) error {
	if w.waiting.Add(1) > int64(cap(w.slots)*(1+waitersEach)) {
		w.waiting.Add(-1)
		return ErrBusy
	}
	defer w.waiting.Add(-1)
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.slots }()
	return f()
}
