package gitstore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// asked counts the requests to a bucket, and may lose the answers of some.
type asked struct {
	blob.Store
	n     atomic.Int64
	packs atomic.Int64          // gets of packs
	lose  func(key string) bool // of a put, which has happened
}

func (a *asked) Get(ctx context.Context, key string, o blob.GetOptions) (*blob.Object, error) {
	a.n.Add(1)
	if strings.Contains(key, "/p/") {
		a.packs.Add(1)
	}
	return a.Store.Get(ctx, key, o)
}

func (a *asked) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	a.n.Add(1)
	tag, err := a.Store.Put(ctx, key, body, when)
	if err == nil && a.lose != nil && a.lose(key) {
		return "", blob.ErrConflict // the client library tried again, and conflicted with itself
	}
	return tag, err
}

func (a *asked) Delete(ctx context.Context, key string) error {
	a.n.Add(1)
	return a.Store.Delete(ctx, key)
}

func (a *asked) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	a.n.Add(1)
	return a.Store.List(ctx, prefix)
}

func TestRequestsToTheBucket(t *testing.T) {
	for name, cache := range map[string]string{"memory": "", "disk cache": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			b := &asked{Store: new(blob.Memory)}
			s := gitstore.New(b, gitstore.Options{CacheDir: cache})
			url := pushServer(t, s, at, gitstore.Push{})
			dir := worktree(t, url)
			noise := newAuthor(3)
			atMost := func(n int64, what string) {
				t.Helper()
				require.LessOrEqual(t, b.n.Swap(0), n, what)
			}
			edit(t, dir, "index.md", noise.text(300_000)) // a pack that is not kept in memory
			git(t, dir, "push", "-q", "-u", "origin", "main")
			atMost(4, "first push: the repository is looked for twice")
			edit(t, dir, "more.md", "more")
			git(t, dir, "push", "-q")
			atMost(3, "push")
			clone(t, strings.TrimSuffix(url, "/x.git"))
			if cache != "" {
				atMost(1, "warm clone")
			}
			b.n.Store(0)
			git(t, dir, "fetch", "-q")
			atMost(1, "fetch of nothing")
		})
	}
}

func TestALostAnswerToAPushIsRecognized(t *testing.T) {
	var lost atomic.Bool
	b := &asked{Store: new(blob.Memory), lose: func(key string) bool {
		return strings.HasSuffix(key, "/manifest") && !lost.Swap(true)
	}}
	s := gitstore.New(b, gitstore.Options{})
	url := pushServer(t, s, at, gitstore.Push{})
	dir := worktree(t, url)
	h := edit(t, dir, "index.md", "x")
	git(t, dir, "push", "-q", "origin", "main")
	require.Equal(t, h, pushed(t, s, at).Refs[main])
	require.Len(t, bucketPacks(t, b), 1)
	lost.Store(false)
	h = edit(t, dir, "index.md", "y")
	git(t, dir, "push", "-q", "origin", "main")
	require.Equal(t, h, pushed(t, s, at).Refs[main])
	require.Len(t, bucketPacks(t, b), 2)
}

// While a push is being looked at, others change the repository.
func TestOtherWritersDuringAPush(t *testing.T) {
	setup := func(t *testing.T, during func(s *gitstore.Store, round int)) (string, string, *gitstore.Store, *int) {
		s := gitstore.New(new(blob.Memory), gitstore.Options{})
		url := pushServer(t, s, at, gitstore.Push{})
		dir := worktree(t, url)
		for i := range 5 {
			edit(t, dir, "index.md", lines(100, "text")+fmt.Sprint(i))
			git(t, dir, "push", "-q", "origin", "main")
		}
		rounds := new(int)
		o := gitstore.Push{Accept: func(_ context.Context, p gitstore.Proposal) (json.RawMessage, error) {
			*rounds++
			during(s, *rounds)
			return json.Marshal(map[string]any{"round": *rounds, "before": p.Before.Manifest().Record})
		}}
		edit(t, dir, "index.md", lines(100, "text")+"last")
		return dir, pushServer(t, s, at, o), s, rounds
	}
	t.Run("another ref and the record", func(t *testing.T) {
		dir, url, s, rounds := setup(t, func(s *gitstore.Store, round int) {
			if round < 3 {
				r, err := s.Open(t.Context(), at)
				require.NoError(t, err)
				_, err = s.SetRecord(t.Context(), at, r.Tag(), json.RawMessage(fmt.Sprint(round)), map[string]gitstore.Hash{
					fmt.Sprint("refs/heads/other-", round): r.Head(),
				})
				require.NoError(t, err)
			}
		})
		git(t, dir, "push", "-q", url, "main")
		require.Equal(t, 3, *rounds)
		require.JSONEq(t, `{"round":3,"before":2}`, string(pushed(t, s, at).Record))
		require.Len(t, pushed(t, s, at).Refs, 3)
		require.Len(t, pushed(t, s, at).Packs, 6)
	})
	t.Run("the same ref", func(t *testing.T) {
		var moved gitstore.Hash
		dir, url, s, _ := setup(t, func(s *gitstore.Store, round int) {
			r, err := s.Open(t.Context(), at)
			require.NoError(t, err)
			_, moved, err = s.Save(t.Context(), at, revision(r, tree("index.md", "from the web"), 1))
			require.NoError(t, err)
		})
		out, err := tryGit(t, dir, "push", url, "main")
		require.Error(t, err)
		require.Contains(t, out, "fetch first")
		m := pushed(t, s, at)
		require.Equal(t, moved, m.Refs[main])
		require.Len(t, m.Packs, 6)
	})
	t.Run("a repack", func(t *testing.T) {
		dir, url, s, rounds := setup(t, func(s *gitstore.Store, round int) {
			if round == 1 {
				_, err := s.Compact(t.Context(), at)
				require.NoError(t, err)
			}
		})
		before := len(pushed(t, s, at).Packs)
		git(t, dir, "push", "-q", url, "main")
		t.Log(*rounds, "rounds,", before, "packs before,", len(pushed(t, s, at).Packs), "after")
		clone(t, strings.TrimSuffix(url, "/x.git"))
	})
}

func TestAPackThatLosesIsTakenBack(t *testing.T) {
	b := &asked{Store: new(blob.Memory)}
	s, other := gitstore.New(b, gitstore.Options{}), gitstore.New(b.Store, gitstore.Options{})
	dir := worktree(t, pushServer(t, s, at, gitstore.Push{}))
	edit(t, dir, "index.md", "first")
	git(t, dir, "push", "-q", "origin", "main")
	packs := len(bucketPacks(t, b))
	var once sync.Once
	b.lose = func(key string) bool {
		if strings.Contains(key, "/p/") {
			once.Do(func() { // between the pack and the manifest
				r, err := other.Open(t.Context(), at)
				require.NoError(t, err)
				_, _, err = other.Save(t.Context(), at, revision(r, tree("index.md", "from the web"), 1))
				require.NoError(t, err)
			})
		}
		return false
	}
	edit(t, dir, "index.md", "second")
	out, err := tryGit(t, dir, "push", "origin", "main")
	require.Error(t, err)
	require.Contains(t, out, "fetch first")
	require.Len(t, bucketPacks(t, b), packs+1, "that of the save")
}

// rendezvous is a bucket in which the first puts of a manifest wait until there are so many of them.
type rendezvous struct {
	blob.Store
	left atomic.Int64
	all  chan struct{}
}

func (r *rendezvous) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	if strings.HasSuffix(key, "/manifest") {
		if r.left.Add(-1) == 0 {
			close(r.all)
		}
		select {
		case <-r.all:
		case <-time.After(time.Minute):
		}
	}
	return r.Store.Put(ctx, key, body, when)
}

func TestOneOfSeveralFirstPushesWins(t *testing.T) {
	const nodes = 4
	b := &rendezvous{Store: new(blob.Memory), all: make(chan struct{})}
	b.left.Store(nodes)
	var all sync.WaitGroup
	var won atomic.Int64
	for i := range nodes {
		dir := worktree(t, pushServer(t, gitstore.New(b, gitstore.Options{}), at, gitstore.Push{}))
		edit(t, dir, "index.md", fmt.Sprint(i))
		all.Go(func() {
			if _, err := tryGit(t, dir, "push", "origin", "main"); err == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
	require.Len(t, pushed(t, gitstore.New(b, gitstore.Options{}), at).Packs, 1)
}

func TestAPushThatIsGivenUp(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := object{3, "text"}
	tree := object{2, entry("100644", "index.md", file.id())}
	body := pushBody("", []object{commitObject(tree.id()), tree, file})
	var out bytes.Buffer
	err := s.ReceivePack(ctx, at, strings.NewReader(body), &out, gitstore.Push{})
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, out.String(), "ok refs")
	require.Empty(t, bucketPacks(t, b))

	half := io.MultiReader(strings.NewReader(body[:len(body)/2]), brokenReader{})
	out.Reset()
	err = s.ReceivePack(t.Context(), at, half, &out, gitstore.Push{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.Empty(t, bucketPacks(t, b))
	_, err = s.Open(t.Context(), at)
	require.ErrorIs(t, err, kind.ErrNotFound)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Four pushes of 48 MB at once take a bounded memory, however large their files are.
func TestMemoryOfLargePushes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 200 MB of disk")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // as servers run, whatever the tests do
	s := newFolder(t)
	noise := newAuthor(5)
	var all []object
	entries := ""
	for i := range 8 {
		file := object{3, string(noise.picture(6 << 20))}
		entries += entry("100644", fmt.Sprintf("%d.jpg", i), file.id())
		all = append(all, file)
	}
	tree := object{2, entries}
	body := pushBody("", append([]object{commitObject(tree.id()), tree}, all...))
	all = nil
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse+m.StackInuse))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	var pushes sync.WaitGroup
	for i := range 4 {
		pushes.Go(func() {
			var out bytes.Buffer
			loc := gitstore.Location{Family: fmt.Sprint("f", i), Repository: "r"}
			if err := s.ReceivePack(t.Context(), loc, strings.NewReader(body), &out, gitstore.Push{}); err != nil || !strings.Contains(out.String(), "ok "+main) {
				t.Error(err, out.String())
			}
		})
	}
	pushes.Wait()
	close(done)
	watching.Wait()
	used := int64(peak.Load()) - int64(before.HeapInuse+before.StackInuse)
	t.Logf("%d MB", used>>20)
	require.Less(t, used, int64(160<<20))
}

// What a server has just stored itself it never fetches, however large.
func TestWhatWasJustStoredIsNotFetched(t *testing.T) {
	noise := newAuthor(8)
	for name, options := range map[string]gitstore.Options{"disk": {CacheDir: t.TempDir()}, "memory": {}} {
		t.Run(name, func(t *testing.T) {
			b := &asked{Store: new(blob.Memory)}
			s := gitstore.New(b, options)
			first(t, s, tree("index.md", "1", "picture.jpg", string(noise.picture(300_000))))
			url := pushServer(t, s, at, gitstore.Push{})
			dir := clone(t, strings.TrimSuffix(url, "/x.git"))
			edit(t, dir, "picture.jpg", string(noise.picture(300_000))) // a thin push of more than is kept in memory
			edit(t, dir, "index.md", "2")
			git(t, dir, "push", "-q", "origin", "main")
			r, err := s.Open(t.Context(), at)
			require.NoError(t, err)
			save := revision(r, tree("index.md", "3", "picture.jpg", string(noise.picture(300_000))), 5)
			save.Parents = nil // what was there before is reachable no more
			r, _, err = s.Save(t.Context(), at, save)
			require.NoError(t, err)
			require.False(t, r.Manifest().Closed, "so that it is all made one pack")
			_, err = s.Compact(t.Context(), at)
			require.NoError(t, err)
			clone(t, strings.TrimSuffix(url, "/x.git"))
			require.Zero(t, b.packs.Load())
		})
	}
}
