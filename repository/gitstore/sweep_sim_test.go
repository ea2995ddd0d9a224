package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// The simulation runs pushes, remixes, compactions, withdrawals and sweeps of several servers on one bucket, by a clock that
// stands still while anybody computes. Every request takes a random time before and after it happens, some take very long,
// and some are the last that their server makes. The protocol is the real one: Open, bounded, replace, swap, forgive and the
// steps of sweeper; only the packs hold nothing. At every moment each pack that a manifest lists must be there.

const simGrace = time.Minute

var errCrash = errors.New("the server died")

// simRules are what a run breaks, on purpose.
type simRules struct {
	noDeadline  bool                                           // operations take as long as they take
	reuseKeys   bool                                           // a pack that is there already is not uploaded again
	noForgiving bool                                           // whoever drops packs does not look at the marks
	steps       func(w *sweeper) []func(context.Context) error // of a sweep; nil means the right ones
}

// simBucket is a bucket with slow ways to it, which watches over the promise.
type simBucket struct {
	blob.Memory
	mu     sync.Mutex
	listed map[string][]string // packs by manifest
	lost   string              // the first promise that was broken
	swept  int
}

// simStore is one operation's way to the bucket.
type simStore struct {
	*simBucket
	random *rand.Rand
	crash  int  // requests until the server dies
	blind  bool // does not see marks
	slow   float64
	script func(verb, key string) (before, after time.Duration) // instead of random pauses
}

func (s *simStore) pause(ctx context.Context) error {
	if s.script != nil {
		return nil
	}
	d := time.Duration(s.random.Int64N(int64(simGrace / 50)))
	if s.random.Float64() < s.slow {
		d = time.Duration(s.random.Int64N(int64(simGrace / 2)))
	}
	return wait(ctx, d)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *simStore) request(ctx context.Context, verb, key string, do func()) error {
	if s.script != nil {
		before, after := s.script(verb, key)
		if err := wait(ctx, before); err != nil {
			return err
		}
		do()
		return wait(ctx, after)
	}
	if err := s.pause(ctx); err != nil {
		return err
	}
	if s.crash--; s.crash == 0 && s.random.IntN(2) == 0 {
		return errCrash
	}
	do()
	if s.crash <= 0 {
		return errCrash
	}
	return s.pause(ctx)
}

func (s *simStore) Get(ctx context.Context, key string, o blob.GetOptions) (obj *blob.Object, err error) {
	if s.blind && strings.HasPrefix(key, "sweep/") {
		return nil, blob.ErrNotFound
	}
	if e := s.request(ctx, "get", key, func() { obj, err = s.Memory.Get(ctx, key, o) }); e != nil {
		return nil, e
	}
	return obj, err
}

func (s *simStore) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (tag blob.Tag, err error) {
	e := s.request(ctx, "put", key, func() {
		if tag, err = s.Memory.Put(ctx, key, body, when); err == nil {
			s.watch(key, body)
		}
	})
	if e != nil {
		return "", e
	}
	return tag, err
}

func (s *simStore) Delete(ctx context.Context, key string) (err error) {
	e := s.request(ctx, "delete", key, func() {
		err = s.Memory.Delete(ctx, key)
		s.unlisted(key)
	})
	return errors.Join(e, err)
}

func (s *simStore) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		var all []blob.Info
		if err := s.request(ctx, "list", prefix, func() {
			for info := range s.Memory.List(ctx, prefix) {
				all = append(all, info)
			}
		}); err != nil {
			yield(blob.Info{}, err)
			return
		}
		for _, info := range all {
			if !yield(info, nil) {
				return
			}
		}
	}
}

// watch sees a manifest being stored: its packs must be there.
func (b *simBucket) watch(key string, body io.ReadSeeker) {
	at, ok := locationOf(key)
	if !ok {
		return
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		panic(err)
	}
	m, err := decodeManifest(body)
	if err != nil {
		panic(err)
	}
	var ids []string
	for _, p := range m.Packs {
		ids = append(ids, p.ID)
		if obj, err := b.Memory.Get(context.Background(), packKey(at.Family, p.ID), blob.GetOptions{}); err != nil {
			b.broken("%s lists pack %s, which is gone", key, p.ID)
		} else {
			obj.Body.Close()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listed[key] = ids
}

// unlisted sees a pack being deleted: no manifest may list it.
func (b *simBucket) unlisted(key string) {
	id := key[strings.LastIndexByte(key, '/')+1:]
	b.mu.Lock()
	defer b.mu.Unlock()
	b.swept++
	for manifest, ids := range b.listed {
		if slices.Contains(ids, id) && b.lost == "" {
			b.lost = fmt.Sprintf("pack %s was deleted, and %s lists it", id, manifest)
		}
	}
}

func (b *simBucket) broken(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost == "" {
		b.lost = fmt.Sprintf(format, args...)
	}
}

// start stores one repository with one pack.
func (b *simBucket) start(t *testing.T) {
	ctx := t.Context()
	b.listed = make(map[string][]string)
	first := Manifest{Version: 1, Head: defaultHead, Txn: "first", Closed: true, Packs: []PackRef{simPack("p0")}}
	raw, err := first.encode(new(codecs))
	require.NoError(t, err)
	_, err = b.Memory.Put(ctx, packKey("f", "p0"), strings.NewReader("x"), blob.IfAbsent())
	require.NoError(t, err)
	_, err = b.Memory.Put(ctx, manifestKey(simAt(0)), strings.NewReader(string(raw)), blob.IfAbsent())
	require.NoError(t, err)
	b.listed[manifestKey(simAt(0))] = []string{"p0"}
}

// simOperation is one operation of one server.
type simOperation struct {
	store  *Store
	random *rand.Rand
	rules  simRules
}

func simPack(id string) PackRef {
	return PackRef{ID: id, Size: 100, Index: minIndex, Objects: 0}
}

func simAt(n int) Location { return Location{Family: "f", Repository: fmt.Sprint("r", n)} }

func (o *simOperation) upload(ctx context.Context) (PackRef, error) {
	id := newID(time.Now())
	if o.rules.reuseKeys {
		id = "named-by-its-content"
	}
	_, err := o.store.blobs.Put(ctx, packKey("f", id), strings.NewReader("x"), blob.IfAbsent())
	if o.rules.reuseKeys && errors.Is(err, blob.ErrConflict) {
		err = nil
	}
	return simPack(id), err
}

func (o *simOperation) push(ctx context.Context, at Location) error {
	view, err := o.store.Open(ctx, at)
	if err != nil {
		return err
	}
	ctx, cancel := o.store.bounded(ctx, time.Now())
	defer cancel()
	ref, err := o.upload(ctx)
	if err != nil {
		return err
	}
	_, err = o.store.replace(ctx, at, view, true, ref.ID, func(m Manifest, _ bool) (Manifest, error) {
		next := m.next(ref.ID)
		if !slices.Contains(next.Packs, ref) {
			next.Packs = append(next.Packs, ref)
		}
		return next, nil
	})
	return err
}

func (o *simOperation) remix(ctx context.Context, from, to Location) error {
	view, err := o.store.Open(ctx, from)
	if err != nil {
		return err
	}
	ctx, cancel := o.store.bounded(ctx, *view.asOf.Load())
	defer cancel()
	if err := o.store.blobs.(*simStore).pause(ctx); err != nil { // it is being written
		return err
	}
	txn := newID(time.Now())
	_, err = o.store.replace(ctx, to, &Repository{}, false, txn, func(m Manifest, _ bool) (Manifest, error) {
		next := m.next(txn)
		next.Head, next.Packs = defaultHead, view.manifest.Packs
		return next, nil
	})
	return err
}

func (o *simOperation) compact(ctx context.Context, at Location, all bool) error {
	view, err := o.store.Open(ctx, at)
	if err != nil || len(view.manifest.Packs) < 2 && !all {
		return err
	}
	ctx, cancel := o.store.bounded(ctx, *view.asOf.Load())
	defer cancel()
	if all { // withdrawn with all its content
		_, err = o.store.swap(ctx, view, 0, nil)
		return err
	}
	ref, err := o.upload(ctx)
	if err == nil {
		_, err = o.store.swap(ctx, view, o.random.IntN(len(view.manifest.Packs)), []PackRef{ref})
	}
	return err
}

func (o *simOperation) sweep(ctx context.Context) error {
	w := &sweeper{store: o.store, family: "f", grace: simGrace}
	if o.rules.steps == nil {
		return w.sweep(ctx)
	}
	for _, step := range o.rules.steps(w) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

const (
	simPush = iota
	simRemix
	simCompact
	simWithdraw
	simSweep
	simKinds
)

// simProfile is how a run is made: what happens more often and when, so that rare meetings are not rare in all runs.
type simProfile struct {
	slow    float64 // requests that take long
	weights [simKinds]int
	sum     int
	bursts  bool // operations come close together, more than the grace period apart
}

func newSimProfile(random *rand.Rand) (p simProfile) {
	p.slow = []float64{0.02, 0.2, 0.5}[random.IntN(3)]
	p.weights = [simKinds]int{1 + random.IntN(8), 1 + random.IntN(8), 1 + random.IntN(6), random.IntN(2), 1 + random.IntN(6)}
	for _, w := range p.weights {
		p.sum += w
	}
	p.bursts = random.IntN(2) == 0
	return p
}

func (p simProfile) kind(random *rand.Rand) int {
	n := random.IntN(p.sum)
	for kind, w := range p.weights {
		if n -= w; n < 0 {
			return kind
		}
	}
	panic("unreachable")
}

func (p simProfile) begin(random *rand.Rand) time.Duration {
	if !p.bursts {
		return time.Duration(random.Int64N(int64(6 * simGrace)))
	}
	return time.Duration(random.IntN(3))*14*simGrace/10 + time.Duration(random.Int64N(int64(4*simGrace/10)))
}

// simulate answers the first broken promise, and how many packs were swept.
func simulate(t *testing.T, seed uint64) (lost string, swept int) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(seed, 1))
		b := new(simBucket)
		p := newSimProfile(random)
		server := func(i int) *Store {
			random := rand.New(rand.NewPCG(seed, uint64(i)+2))
			way := &simStore{simBucket: b, random: random, crash: 1_000_000, slow: p.slow}
			if random.IntN(10) == 0 {
				way.crash = 1 + random.IntN(8)
			}
			return New(way, Options{Grace: simGrace})
		}
		ctx := t.Context()
		b.start(t)
		var all sync.WaitGroup
		repositories := 1
		for i := range 16 {
			at := simAt(random.IntN(repositories))
			kind, begin := p.kind(random), p.begin(random)
			to := simAt(repositories)
			if kind == simRemix {
				repositories++
			}
			all.Go(func() {
				time.Sleep(begin)
				o := &simOperation{store: server(i), random: rand.New(rand.NewPCG(seed, uint64(i)+100))}
				switch kind {
				case simPush:
					_ = o.push(ctx, at) // whether it succeeds is not the question
				case simRemix:
					_ = o.remix(ctx, at, to)
				case simCompact:
					_ = o.compact(ctx, at, false)
				case simWithdraw:
					_ = o.compact(ctx, at, true)
				case simSweep:
					_ = o.sweep(ctx)
				}
			})
		}
		all.Wait()
		lost, swept = b.lost, b.swept
		if lost != "" {
			return
		}
		for range 2 { // in the end nothing unlisted stays
			time.Sleep(2 * simGrace)
			_, err := New(&b.Memory, Options{Grace: simGrace}).Sweep(ctx, SweepOptions{})
			require.NoError(t, err)
		}
		listed := make(map[string]bool)
		for _, ids := range b.listed {
			for _, id := range ids {
				listed[id] = true
			}
		}
		for info := range b.Memory.List(ctx, packKey("f", "")) {
			if id := info.Key[strings.LastIndexByte(info.Key, '/')+1:]; !listed[id] {
				lost = "pack " + id + " is garbage for ever"
			}
			delete(listed, info.Key[strings.LastIndexByte(info.Key, '/')+1:])
		}
		for id := range listed {
			lost = "pack " + id + " is listed and gone"
		}
	})
	return lost, swept
}

// simulateMany runs seeds until one breaks the promise.
func simulateMany(t *testing.T, runs int) (seed uint64, lost string, swept int64) {
	var next, sum atomic.Int64
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1); i <= int64(runs); i = next.Add(1) {
				broken, n := simulate(t, uint64(i))
				sum.Add(int64(n))
				if broken != "" {
					mu.Lock()
					if lost == "" {
						seed, lost = uint64(i), broken
					}
					mu.Unlock()
					next.Store(int64(runs))
				}
			}
		})
	}
	workers.Wait()
	return seed, lost, sum.Load()
}

// simRuns is how many interleavings are tried: a sample, unless COMMONPLACE_INTERLEAVINGS says how many.
func simRuns(n int) int {
	if many, err := strconv.Atoi(os.Getenv("COMMONPLACE_INTERLEAVINGS")); err == nil {
		return many
	}
	if testing.Short() {
		return n / 5
	}
	return n
}

func TestSweepNeverDeletesWhatIsListed(t *testing.T) {
	runs := simRuns(4_000)
	seed, lost, swept := simulateMany(t, runs)
	require.Empty(t, lost, "seed %d", seed)
	require.Greater(t, swept, int64(runs)/10, "packs swept")
	t.Logf("%d interleavings, %d packs swept", runs, swept)
}

// Each rule of sweep_rules.go is needed: without it, this meeting of operations loses a pack, and with it, it does not.
func TestSweepNeedsEachRule(t *testing.T) {
	const second = time.Second // the grace period has 60
	type operation struct {
		begin time.Duration
		do    func(context.Context, *simOperation) error
		slow  map[string]time.Duration // time before a request, by its verb and the end of its key
		after map[string]time.Duration
	}
	push := func(ctx context.Context, o *simOperation) error { return o.push(ctx, simAt(0)) }
	compact := func(ctx context.Context, o *simOperation) error { return o.compact(ctx, simAt(0), false) }
	remix := func(ctx context.Context, o *simOperation) error { return o.remix(ctx, simAt(0), simAt(1)) }
	sweep := func(ctx context.Context, o *simOperation) error { return o.sweep(ctx) }
	begin := func(w *sweeper) func(context.Context) error {
		return func(context.Context) error { w.begin(); return nil }
	}
	for name, c := range map[string]struct {
		without    simRules
		operations []operation
	}{
		"every operation has a deadline": {simRules{noDeadline: true}, []operation{
			{begin: 0, do: push, slow: map[string]time.Duration{"put manifest": 100 * second}},
			{begin: 2 * second, do: sweep},
			{begin: 70 * second, do: sweep},
		}},
		"every upload has a key of its own": {simRules{reuseKeys: true}, []operation{
			{begin: 0, do: func(ctx context.Context, o *simOperation) error { _, err := o.upload(ctx); return err }}, // and dies
			{begin: 1 * second, do: sweep},
			{begin: 62 * second, do: push, slow: map[string]time.Duration{"put manifest": 10 * second}},
			{begin: 65 * second, do: sweep},
		}},
		"a pack is marked before it is deleted": {simRules{steps: func(w *sweeper) []func(context.Context) error {
			return []func(context.Context) error{begin(w), w.readMarks, w.listPacks, w.readManifests, func(context.Context) error {
				for id := range w.packs {
					w.marks.Unlisted[id] = 0
				}
				return nil
			}, w.judge, w.confirm, w.delete, w.mark}
		}}, []operation{
			{begin: 0, do: push, slow: map[string]time.Duration{"put manifest": 20 * second}},
			{begin: 10 * second, do: sweep},
		}},
		"age is measured when the look begins": {simRules{steps: func(w *sweeper) []func(context.Context) error {
			return []func(context.Context) error{w.readMarks, w.listPacks, w.readManifests, begin(w), w.judge, w.confirm, w.delete, w.mark}
		}}, []operation{
			{begin: 0, do: push, slow: map[string]time.Duration{"put manifest": 20 * second}},
			{begin: 2 * second, do: sweep},
			{begin: 4 * second, do: sweep, after: map[string]time.Duration{"get manifest": 80 * second}},
		}},
		"a mark is taken away before the pack is dropped": {simRules{noForgiving: true}, []operation{
			{begin: 0, do: push, slow: map[string]time.Duration{"put manifest": 20 * second}},
			{begin: 2 * second, do: sweep},
			{begin: 70 * second, do: remix, slow: map[string]time.Duration{"put manifest": 25 * second}},
			{begin: 75 * second, do: compact},
			{begin: 80 * second, do: sweep},
		}},
		"the marks are read again after the look": {simRules{steps: func(w *sweeper) []func(context.Context) error {
			return []func(context.Context) error{begin(w), w.readMarks, w.listPacks, w.readManifests, w.judge, w.delete, w.mark}
		}}, []operation{
			{begin: 0, do: push, slow: map[string]time.Duration{"put manifest": 20 * second}},
			{begin: 2 * second, do: sweep},
			{begin: 70 * second, do: remix, slow: map[string]time.Duration{"put manifest": 25 * second}},
			{begin: 74 * second, do: sweep, slow: map[string]time.Duration{"list p": 4 * second}},
			{begin: 75 * second, do: compact},
		}},
	} {
		run := func(t *testing.T, rules simRules) (lost string) {
			synctest.Test(t, func(t *testing.T) {
				b := new(simBucket)
				b.start(t)
				var all sync.WaitGroup
				for i, op := range c.operations {
					pause := func(verb, key string) (before, after time.Duration) {
						part := strings.Split(strings.TrimSuffix(key, "/"), "/")
						verb += " " + part[len(part)-1]
						return op.slow[verb], op.after[verb]
					}
					o := &simOperation{random: rand.New(rand.NewPCG(1, 5)), rules: rules}
					options := Options{Grace: simGrace}
					if rules.noDeadline {
						options.Grace = 1000 * simGrace
					}
					o.store = New(&simStore{simBucket: b, script: pause, blind: rules.noForgiving && i == 3}, options)
					all.Go(func() {
						time.Sleep(op.begin)
						_ = op.do(t.Context(), o)
					})
				}
				all.Wait()
				lost = b.lost
			})
			return lost
		}
		t.Run(name, func(t *testing.T) {
			require.Empty(t, run(t, simRules{}))
			require.NotEmpty(t, run(t, c.without), "nothing is lost without this rule")
		})
	}
}
