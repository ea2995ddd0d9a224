package repository

import (
	"context"
	"errors"
	"sync"
)

const (
	// inTurn is how many publications still go one after another, so that the feed has them in the order of the list.
	inTurn = 32
	// atOnce is how many go at once of more: the disk, or the store, takes one safe write after another much slower than
	// some together. Of 48 at once, most waited most of the time for the catalog's next transaction.
	atOnce = 128
	// bytesAtOnce bounds what the files of those weigh together; one publication alone may be larger.
	bytesAtOnce = 256 << 20
)

// PublishAll publishes many folders, each all or nothing, and calls done for each with its place in the list, in the
// order in which they were settled, one call at a time. A folder that names another of the list as its source waits for
// it, so the order of the list does not matter; of several for one address the last one stays. It returns how many were
// refused or failed; it stops early only if the context ends, and then finishes, and tells of, what it has begun. What done
// is told of is durable.
func (s *Service) PublishAll(ctx context.Context, list []Publication, done func(i int, o Outcome, err error)) (refused int, err error) {
	workers := atOnce
	if len(list) <= inTurn {
		workers = 1
	}
	waiting := make([]int, len(list))
	for i := range list {
		waiting[i] = i
	}
	for len(waiting) > 0 && ctx.Err() == nil {
		r := round{list: list, room: newRoom(bytesAtOnce), done: done, failed: map[int]error{}, outcomes: map[int]Outcome{}}
		now, again := firsts(list, waiting)
		later := r.publish(ctx, s, now, workers)
		refused += r.refused
		if len(later) == len(now) { // nothing moved: what is missing is not in the list, or was refused
			for _, i := range later {
				refused++
				done(i, r.outcomes[i], r.failed[i])
			}
			later = nil
		}
		waiting = append(later, again...)
	}
	return refused, ctx.Err()
}

// firsts parts those that can be published at once from those for an address that comes before in the list.
func firsts(list []Publication, waiting []int) (now, again []int) {
	taken := make(map[Address]bool, len(waiting))
	for _, i := range waiting {
		a := Address{Owner: list[i].Owner, Slug: list[i].Slug}
		if taken[a] {
			again = append(again, i)
			continue
		}
		taken[a] = true
		now = append(now, i)
	}
	return now, again
}

// round is one pass over what still waits.
type round struct {
	list []Publication
	room *room
	done func(int, Outcome, error)

	mu       sync.Mutex
	next     int
	refused  int
	failed   map[int]error
	outcomes map[int]Outcome
}

// publish takes some of the list, and returns those that wait for others, in their order.
func (r *round) publish(ctx context.Context, s *Service, some []int, workers int) (later []int) {
	var all sync.WaitGroup
	for range min(workers, len(some)) {
		all.Go(func() {
			for {
				i, ok := r.take(ctx, some)
				if !ok {
					return
				}
				p := r.list[i]
				p.room = r.room
				o, err := s.Publish(context.WithoutCancel(ctx), p)
				r.settle(i, o, err)
			}
		})
	}
	all.Wait()
	for _, i := range some {
		if r.failed[i] != nil {
			later = append(later, i)
		}
	}
	return later
}

func (r *round) take(ctx context.Context, some []int) (i int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil || r.next == len(some) {
		return 0, false
	}
	r.next++
	return some[r.next-1], true
}

func (r *round) settle(i int, o Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if invalid, ok := errors.AsType[*InvalidError](err); ok && invalid.waits() {
		r.failed[i], r.outcomes[i] = err, o
		return
	}
	if err != nil {
		r.refused++
	}
	r.done(i, o, err)
}

// waits reports whether publishing something else first could cure the error.
func (e *InvalidError) waits() bool {
	waits := false
	for _, p := range e.Problems {
		if p.Severity == "error" {
			if p.Code != codeSourceUnknown {
				return false
			}
			waits = true
		}
	}
	return waits
}

// room is how many bytes those who share it may hold at once.
type room struct {
	mu         sync.Mutex
	left       sync.Cond
	free, size int64
}

func newRoom(size int64) *room {
	r := &room{free: size, size: size}
	r.left.L = &r.mu
	return r
}

// take waits for n bytes, or for all of the room where that is less, and returns what gives them back. Of no room there is
// always enough.
func (r *room) take(n int64) (leave func()) {
	if r == nil {
		return func() {}
	}
	n = min(n, r.size)
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.free < n {
		r.left.Wait()
	}
	r.free -= n
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.free += n
		r.left.Broadcast()
	}
}
