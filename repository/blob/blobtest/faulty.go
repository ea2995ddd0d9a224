package blobtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

var (
	// ErrInjected is what a Faulty store fails with.
	ErrInjected = errors.New("injected fault")
	// ErrUnavailable is an ErrInjected that stands for status 503.
	ErrUnavailable = fmt.Errorf("%w: 503", ErrInjected)
)

// Kind is one of the four things that a store does.
type Kind string

// The operations of a store.
const (
	Get    Kind = "get"
	Put    Kind = "put"
	Delete Kind = "delete"
	List   Kind = "list"
)

// Op is one call of a store.
type Op struct {
	Kind Kind
	Key  string // the prefix, for List
}

// Fault is what goes wrong with one call.
type Fault int

// The faults.
const (
	None        Fault = iota
	Before            // the call fails and nothing has happened: a reset before the request
	After             // the call fails and yet has happened: a lost answer
	Truncate          // a Get's body ends too early, with ErrInjected; a List ends so after its first key; else as Before
	Unavailable       // the call fails and nothing has happened: status 503
	Delay             // the call happens after a pause
)

// Faulty is a store that fails as planned, and counts.
type Faulty struct {
	Store blob.Store
	Pause time.Duration // of a Delay

	mu     sync.Mutex
	plan   func(Op) Fault
	ops    []Op
	faults map[Fault]int
}

var _ blob.Store = (*Faulty)(nil)

// NewFaulty wraps a store. Without a plan nothing fails.
func NewFaulty(s blob.Store) *Faulty { return &Faulty{Store: s, Pause: 5 * time.Millisecond} }

// Plan asks f before every call what goes wrong with it. nil ends the faults. Calls to f never overlap.
func (s *Faulty) Plan(f func(Op) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = f
}

// Once fails the next call of the kind, and no other.
func (s *Faulty) Once(kind Kind, f Fault) {
	done := false
	s.Plan(func(op Op) Fault {
		if done || op.Kind != kind {
			return None
		}
		done = true
		return f
	})
}

// Ops answers the calls since Ops or Counts was last asked.
func (s *Faulty) Ops() []Op {
	s.mu.Lock()
	defer s.mu.Unlock()
	ops := slices.Clone(s.ops)
	s.ops = nil
	return ops
}

// Counts answers how many calls of each kind there were since Ops or Counts was last asked.
func (s *Faulty) Counts() map[Kind]int {
	counts := make(map[Kind]int)
	for _, op := range s.Ops() {
		counts[op.Kind]++
	}
	return counts
}

// Faults answers how often each fault happened so far, so that a test can tell whether it tested anything.
func (s *Faulty) Faults() map[Fault]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.faults)
}

// note decides what goes wrong with a call, and pauses where it is only late.
func (s *Faulty) note(ctx context.Context, kind Kind, key string) Fault {
	s.mu.Lock()
	op, fault := Op{kind, key}, None
	s.ops = append(s.ops, op)
	if s.plan != nil {
		fault = s.plan(op)
	}
	if fault != None {
		if s.faults == nil {
			s.faults = make(map[Fault]int)
		}
		s.faults[fault]++
	}
	s.mu.Unlock()
	if fault != Delay {
		return fault
	}
	select {
	case <-ctx.Done():
	case <-time.After(s.Pause):
	}
	return None
}

// before is the error of a call that does not happen, and nil where it does.
func (f Fault) before() error {
	switch f {
	case Before, Truncate:
		return ErrInjected
	case Unavailable:
		return ErrUnavailable
	}
	return nil
}

// Get implements blob.Store.
func (s *Faulty) Get(ctx context.Context, key string, o blob.GetOptions) (*blob.Object, error) {
	fault := s.note(ctx, Get, key)
	if err := fault.before(); err != nil && fault != Truncate {
		return nil, err
	}
	obj, err := s.Store.Get(ctx, key, o)
	switch {
	case err != nil:
		return nil, err
	case fault == After:
		obj.Body.Close()
		return nil, ErrInjected
	case fault == Truncate:
		obj.Body = &truncated{obj.Body, obj.Size / 2}
	}
	return obj, nil
}

// Put implements blob.Store.
func (s *Faulty) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	fault := s.note(ctx, Put, key)
	if err := fault.before(); err != nil {
		return "", err
	}
	tag, err := s.Store.Put(ctx, key, body, when)
	if fault == After {
		return "", ErrInjected
	}
	return tag, err
}

// Delete implements blob.Store.
func (s *Faulty) Delete(ctx context.Context, key string) error {
	fault := s.note(ctx, Delete, key)
	if err := fault.before(); err != nil {
		return err
	}
	err := s.Store.Delete(ctx, key)
	if fault == After {
		return ErrInjected
	}
	return err
}

// List implements blob.Store.
func (s *Faulty) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	fault := s.note(ctx, List, prefix)
	return func(yield func(blob.Info, error) bool) {
		if fault == After || fault == Before || fault == Unavailable {
			yield(blob.Info{}, cmp.Or(fault.before(), ErrInjected))
			return
		}
		for info, err := range s.Store.List(ctx, prefix) {
			if !yield(info, err) {
				return
			}
			if fault == Truncate {
				break
			}
		}
		if fault == Truncate {
			yield(blob.Info{}, ErrInjected)
		}
	}
}

type truncated struct {
	io.ReadCloser
	left int64
}

func (t *truncated) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, ErrInjected
	}
	n, err := t.ReadCloser.Read(p[:min(int64(len(p)), t.left)])
	t.left -= int64(n)
	return n, err
}
