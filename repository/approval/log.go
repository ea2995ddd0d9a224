package approval

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	maxStep  = 128 << 20 // bytes of one object of a log
	attempts = 20        // to append beside other writers
	readers  = 16        // objects read at a time when a log is opened
	// fresh is how long what was read is taken for what there is. Another node's step is seen after that; a step that is
	// about to be taken always looks.
	fresh = time.Second
)

// step is one object of a log: events that were taken together, all or none.
type step struct {
	Before string  `json:"before,omitempty"` // SHA-256 of the object before it, in hexadecimal; "" for the first
	Txn    string  `json:"txn"`              // who wrote it finds out by it that they did
	Events []Event `json:"events"`
}

// folder is a state that events lead on from.
type folder[S any] interface {
	fold([]Event) (S, error)
}

// journal keeps the logs of one kind, with what they amount to.
type journal[S folder[S]] struct {
	bucket blob.Store
	now    func() time.Time
	name   string // "calls", "lists"
	zero   S

	mu      sync.Mutex
	streams map[string]*stream[S]
	names   []string
	listed  time.Time
}

type stream[S folder[S]] struct {
	mu      sync.Mutex
	seq     int    // objects read
	tail    string // SHA-256 of the last one
	state   S
	checked time.Time
}

func newJournal[S folder[S]](bucket blob.Store, now func() time.Time, name string, zero S) *journal[S] {
	return &journal[S]{bucket: bucket, now: now, name: name, zero: zero, streams: map[string]*stream[S]{}}
}

func (j *journal[S]) headKey(id string) string { return "decisions/heads/" + j.name + "/" + id }
func (j *journal[S]) logKey(id string, n int) string {
	return fmt.Sprintf("decisions/%s/%s/log/%08d", j.name, id, n)
}

func (j *journal[S]) stream(id string) *stream[S] {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.streams[id]
	if !ok {
		s = &stream[S]{state: j.zero}
		j.streams[id] = s
	}
	return s
}

// forget drops what is held of an id that there is no log of, so that asking for anything holds no memory.
func (j *journal[S]) forget(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.streams, id)
}

// read returns what a log amounts to, and kind.ErrNotFound where there is none.
func (j *journal[S]) read(ctx context.Context, id string) (state S, err error) {
	if CheckID(id) != nil {
		return state, fmt.Errorf("%s %.80q: %w", j.name, id, kind.ErrNotFound)
	}
	s := j.stream(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seq == 0 || j.now().Sub(s.checked) >= fresh || j.now().Before(s.checked) {
		if err := j.catchUp(ctx, id, s); err != nil {
			return state, err
		}
	}
	if s.seq == 0 {
		j.forget(id)
		return state, fmt.Errorf("%s %s: %w", j.name, id, kind.ErrNotFound)
	}
	return s.state, nil
}

// catchUp reads what was appended since.
func (j *journal[S]) catchUp(ctx context.Context, id string, s *stream[S]) error {
	if s.seq == 0 {
		if err := j.load(ctx, id, s); err != nil {
			return err
		}
	}
	for {
		b, err := readBlob(ctx, j.bucket, j.logKey(id, s.seq+1))
		if errors.Is(err, blob.ErrNotFound) {
			s.checked = j.now()
			return nil
		}
		if err == nil {
			err = j.take(id, s, b)
		}
		if err != nil {
			return fmt.Errorf("read the log of %s %s: %w", j.name, id, err)
		}
	}
}

// load reads a whole log, many objects at a time.
func (j *journal[S]) load(ctx context.Context, id string, s *stream[S]) error {
	n := 0
	for _, err := range j.bucket.List(ctx, "decisions/"+j.name+"/"+id+"/log/") {
		if err != nil {
			return fmt.Errorf("list the log of %s %s: %w", j.name, id, err)
		}
		n++
	}
	for from := 1; from <= n; from += readers {
		count := min(readers, n-from+1)
		objects, errs := make([][]byte, count), make([]error, count)
		var wg sync.WaitGroup
		for i := range count {
			wg.Go(func() { objects[i], errs[i] = readBlob(ctx, j.bucket, j.logKey(id, from+i)) })
		}
		wg.Wait()
		for i := range count {
			err := errs[i]
			if err == nil {
				err = j.take(id, s, objects[i])
			}
			if err != nil {
				return fmt.Errorf("read the log of %s %s: %w", j.name, id, err)
			}
		}
	}
	return nil
}

// take leads the state on by one object.
func (j *journal[S]) take(id string, s *stream[S], b []byte) error {
	st, err := readStep(b)
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", j.logKey(id, s.seq+1), err)
	}
	if st.Before != s.tail {
		return fmt.Errorf("%s is damaged: it does not follow the object before it", j.logKey(id, s.seq+1))
	}
	state, err := s.state.fold(st.Events)
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", j.logKey(id, s.seq+1), err)
	}
	s.seq, s.tail, s.state = s.seq+1, hashOf(b), state
	return nil
}

func readStep(b []byte) (st step, err error) {
	if err := strictly(b, &st); err != nil {
		return st, err
	}
	if len(st.Events) == 0 {
		return st, errors.New("it has no event")
	}
	return st, nil
}

// append takes steps: decide is asked for them with the newest state, again where another writer was first. Times of the
// events are set. None of them is taken where one is refused.
func (j *journal[S]) append(ctx context.Context, id string, decide func(S) ([]Event, error)) (state S, err error) {
	if err := CheckID(id); err != nil {
		return state, err
	}
	s := j.stream(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	for range attempts {
		if err := j.catchUp(ctx, id, s); err != nil {
			return state, err
		}
		done, err := j.attempt(ctx, id, s, decide)
		if err != nil {
			if s.seq == 0 {
				j.forget(id)
			}
			return state, err
		}
		if done {
			return s.state, nil
		}
	}
	return state, fmt.Errorf("%w: many others write to %s %s at the same time", kind.ErrConflict, j.name, id)
}

// attempt is one of them; not done means that another writer was first.
func (j *journal[S]) attempt(ctx context.Context, id string, s *stream[S], decide func(S) ([]Event, error)) (done bool, err error) {
	events, err := decide(s.state)
	if err != nil {
		return false, err
	}
	if len(events) == 0 {
		return true, nil
	}
	at := j.now().UTC().Truncate(time.Second)
	for i := range events {
		events[i].At = at
	}
	state, err := s.state.fold(events)
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(step{Before: s.tail, Txn: rand.Text(), Events: events})
	if err != nil {
		return false, err
	}
	if s.seq == 0 { // so that the log is found; one without a first step is none
		if _, err := j.bucket.Put(ctx, j.headKey(id), strings.NewReader("{}"), blob.Always()); err != nil {
			return false, err
		}
	}
	key := j.logKey(id, s.seq+1)
	_, err = j.bucket.Put(ctx, key, bytes.NewReader(b), blob.IfAbsent())
	if err != nil {
		stored, rerr := readBlob(ctx, j.bucket, key)
		switch {
		case rerr == nil && bytes.Equal(stored, b): // ours, though the answer was lost
		case errors.Is(err, blob.ErrConflict):
			return false, nil
		default:
			return false, fmt.Errorf("write %s: %w", key, err)
		}
	}
	s.seq, s.tail, s.state, s.checked = s.seq+1, hashOf(b), state, j.now()
	if s.seq == 1 {
		j.mu.Lock()
		j.listed = time.Time{}
		j.mu.Unlock()
	}
	return true, nil
}

// ids are the names of all logs.
func (j *journal[S]) ids(ctx context.Context) ([]string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if age := j.now().Sub(j.listed); age >= 0 && age < fresh {
		return j.names, nil
	}
	prefix := j.headKey("")
	var names []string
	for info, err := range j.bucket.List(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", j.name, err)
		}
		names = append(names, strings.TrimPrefix(info.Key, prefix))
	}
	j.names, j.listed = names, j.now()
	return names, nil
}

// all are the states of all logs, by name.
func (j *journal[S]) all(ctx context.Context) ([]S, error) {
	ids, err := j.ids(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]S, 0, len(ids))
	for _, id := range ids {
		state, err := j.read(ctx, id)
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, state)
	}
	return list, nil
}

// events are all steps of a log, oldest first.
func (j *journal[S]) events(ctx context.Context, id string) ([]Event, error) {
	if _, err := j.read(ctx, id); err != nil {
		return nil, err
	}
	var list []Event
	for n := 1; ; n++ {
		b, err := readBlob(ctx, j.bucket, j.logKey(id, n))
		if errors.Is(err, blob.ErrNotFound) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		st, err := readStep(b)
		if err != nil {
			return nil, fmt.Errorf("%s is damaged: %w", j.logKey(id, n), err)
		}
		list = append(list, st.Events...)
	}
}

// Step is what was done to a call or a list at once, with its place in the log, which counts from 1.
type Step struct {
	Number int
	Events []Event
}

// steps are those of a log from one place to another; others are not read.
func (j *journal[S]) steps(ctx context.Context, id string, from, to int) (list []Step, err error) {
	total, err := j.length(ctx, id)
	if err != nil {
		return nil, err
	}
	from, to = max(from, 1), min(to, total)
	if from > to {
		return nil, nil
	}
	list, errs := make([]Step, to-from+1), make([]error, to-from+1)
	var wg sync.WaitGroup
	slots := make(chan struct{}, readers)
	for i := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			b, err := readBlob(ctx, j.bucket, j.logKey(id, from+i))
			if err == nil {
				var st step
				st, err = readStep(b)
				list[i] = Step{from + i, st.Events}
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", j.logKey(id, from+i), err)
			}
		})
	}
	wg.Wait()
	return list, errors.Join(errs...)
}

// length is how many steps a log has.
func (j *journal[S]) length(ctx context.Context, id string) (int, error) {
	if _, err := j.read(ctx, id); err != nil {
		return 0, err
	}
	s := j.stream(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq, nil
}

func readBlob(ctx context.Context, bucket blob.Store, key string) ([]byte, error) {
	o, err := bucket.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(o.Body, maxStep+1))
	if err = errors.Join(err, o.Body.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if len(b) > maxStep {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", key, kind.ErrInvalid, maxStep)
	}
	return b, nil
}

// Hash is the SHA-256 of bytes, in hexadecimal.
func Hash(b []byte) string { return hashOf(b) }

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func sha256Of(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}
