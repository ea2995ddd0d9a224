package blobtest

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// ErrInjected is what a Faulty store fails with.
var ErrInjected = errors.New("injected fault")

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
	None     Fault = iota
	Before         // the call fails and nothing has happened: a reset before the request
	After          // the call fails and yet has happened: a lost answer
	Truncate       // a Get's body ends too early, with ErrInjected; other calls fail as with Before
)

// Faulty is a store that fails as planned, and counts.
type Faulty struct {
	Store blob.Store

	mu   sync.Mutex
	plan func(Op) Fault
	ops  []Op
}

var _ blob.Store = (*Faulty)(nil)

// NewFaulty wraps a store. Without a plan nothing fails.
func NewFaulty(s blob.Store) *Faulty { return &Faulty{Store: s} }

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

// Ops answers the calls since it was last asked.
func (s *Faulty) Ops() []Op {
	s.mu.Lock()
	defer s.mu.Unlock()
	ops := slices.Clone(s.ops)
	s.ops = nil
	return ops
}

func (s *Faulty) note(kind Kind, key string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := Op{kind, key}
	s.ops = append(s.ops, op)
	if s.plan == nil {
		return None
	}
	return s.plan(op)
}

// Get implements blob.Store.
func (s *Faulty) Get(ctx context.Context, key string, o blob.GetOptions) (*blob.Object, error) {
	fault := s.note(Get, key)
	if fault == Before {
		return nil, ErrInjected
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
	fault := s.note(Put, key)
	if fault == Before || fault == Truncate {
		return "", ErrInjected
	}
	tag, err := s.Store.Put(ctx, key, body, when)
	if fault == After {
		return "", ErrInjected
	}
	return tag, err
}

// Delete implements blob.Store.
func (s *Faulty) Delete(ctx context.Context, key string) error {
	fault := s.note(Delete, key)
	if fault == Before || fault == Truncate {
		return ErrInjected
	}
	err := s.Store.Delete(ctx, key)
	if fault == After {
		return ErrInjected
	}
	return err
}

// List implements blob.Store.
func (s *Faulty) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	if s.note(List, prefix) != None {
		return func(yield func(blob.Info, error) bool) { yield(blob.Info{}, ErrInjected) }
	}
	return s.Store.List(ctx, prefix)
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
