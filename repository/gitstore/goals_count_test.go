package gitstore_test

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// What real git makes the server ask of an S3 server, as requests over the wire: of a history that saves
// left and compactions keep small.
func TestGoalRequestsOnS3(t *testing.T) {
	b, wire := blobtest.VersityGW(t).OpenWire(t)
	s := gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})
	r := saved(t, s, 60)
	require.LessOrEqual(t, len(r.Manifest().Packs), 8)
	atMost := func(n int, what string) {
		t.Helper()
		asked := wire.Requests()
		sum := 0
		for n := range maps.Values(asked) {
			sum += n
		}
		t.Logf("%s: %d %v", what, sum, asked)
		assert.NotZero(t, sum, what)
		assert.LessOrEqual(t, sum, n, what)
	}
	url := pushServer(t, s, at, gitstore.Push{})
	dir := clone(t, strings.TrimSuffix(url, "/x.git"))
	wire.Requests()

	edit(t, dir, "part-02/index.md", newAuthor(3).text(3000))
	git(t, dir, "push", "-q", "origin", "HEAD:main")
	atMost(3, "push")
	clone(t, strings.TrimSuffix(url, "/x.git"))
	atMost(1, "warm clone")
	git(t, dir, "fetch", "-q")
	atMost(1, "fetch of nothing")

	cold := gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})
	clone(t, server(t, cold, at).URL)
	atMost(10, "cold clone")
}

func TestGoalPacksAndBytesAfterTwoHundredSaves(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	s := gitstore.New(new(blob.Memory), gitstore.Options{})
	r := saved(t, s, 200)
	dir := mirror(t, server(t, s, at).URL)
	require.Equal(t, "201", git(t, dir, "rev-list", "--count", "main"))
	ours, native := packBytes(r), nativeBytes(t, dir)
	t.Logf("%d packs, %d bytes, native %d: %.2f", len(r.Manifest().Packs), ours, native, float64(ours)/float64(native))
	assert.LessOrEqual(t, len(r.Manifest().Packs), 8)
	assert.LessOrEqual(t, float64(ours), 1.25*float64(native))
}

// A fetch of the newest commit, by a client that has the one before. BenchmarkGoals holds the other repositories to it too.
func TestGoalBytesOfAOneCommitFetch(t *testing.T) {
	dir := makeRepository(t, shapes()[0])
	head, parent := git(t, dir, "rev-parse", "HEAD"), git(t, dir, "rev-parse", "HEAD~1")
	once, twice := newFolder(t), newFolder(t)
	fill(t, once, at, dir)
	receiveAt(t, twice, at, pushOf(t, dir, "", parent))
	receiveAt(t, twice, at, pushOf(t, dir, parent, head))
	native := nativeAnswer(t, bareOf(t, dir), wantOf(head, parent))
	for how, s := range map[string]*gitstore.Store{"pushed at once": once, "pushed in two": twice} {
		var ours bytes.Buffer
		require.NoError(t, s.UploadPack(t.Context(), at, "", strings.NewReader(wantOf(head, parent)), &ours))
		require.Contains(t, ours.String(), "PACK")
		t.Logf("%s: %d bytes, native %d: %.2f", how, ours.Len(), native, float64(ours.Len())/float64(native))
		assert.LessOrEqual(t, ours.Len(), 3*native, how)
	}
}

// A thousand remixes of a unit of 20 MB, each a repository with a revision of its own, as the form makes it.
func TestGoalAThousandRemixes(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	b := &asked{Store: new(blob.Memory)}
	s := gitstore.New(b, gitstore.Options{})
	source, _ := first(t, s, unitFiles())
	_, err := source.Commit(t.Context(), source.Head()) // it was shown before
	require.NoError(t, err)
	_, before := stored(t, b)
	require.Greater(t, before, int64(15_000_000))
	b.n.Store(0)
	for i := range 1000 {
		remixed(t, s, source, fmt.Sprint("remix-", i))
	}
	requests := b.n.Load()
	_, after := stored(t, b)
	t.Logf("%d bytes and %.1f requests each", (after-before)/1000, float64(requests)/1000)
	assert.LessOrEqual(t, requests, int64(2*1000))
	assert.LessOrEqual(t, after-before, int64(2_000_000))
}

// A remix is two requests over the wire, and the bytes of what is its own, which do not grow with the files of the source.
func TestGoalRemixOnS3(t *testing.T) {
	for name, files := range map[string]map[string]gitstore.File{"lesson": lessonFiles(1), "unit": unitFiles()} {
		t.Run(name, func(t *testing.T) {
			b, wire := blobtest.VersityGW(t).OpenWire(t)
			s := gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})
			source, _ := first(t, s, files)
			_, err := source.Commit(t.Context(), source.Head()) // it was shown before
			require.NoError(t, err)
			_, before := stored(t, b)
			wire.Requests()
			r := remixed(t, s, source, remix)
			asked := wire.Requests()
			_, after := stored(t, b)
			t.Logf("%d bytes, %v", after-before, asked)
			assert.Equal(t, map[string]int{"PUT": 2}, asked)
			assert.Equal(t, source.Manifest().Packs, r.Manifest().Packs[:len(source.Manifest().Packs)])
			assert.LessOrEqual(t, after-before, int64(1000))
		})
	}
}
