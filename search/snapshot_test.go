package search_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// every asks for all that the index has, and returns how many that is.
func every(t testing.TB, x *search.Index, query string) int {
	t.Helper()
	q, _ := search.ParseQuery(query)
	got, err := x.Search(t.Context(), search.Request{Query: q})
	require.NoError(t, err)
	return got.Total
}

func TestSnapshotUnderWritesIsOneMoment(t *testing.T) {
	dir := t.TempDir()
	x, err := search.Open(filepath.Join(dir, "index"), search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	const resources, rounds = 40, 60
	s := &shelf{docs: map[string]search.Document{}}
	for i := range resources {
		s.put(fmt.Sprint(i), "round0")
	}
	require.NoError(t, x.CatchUp(t.Context(), s))

	var writer sync.WaitGroup
	writer.Go(func() { // each batch gives all resources the title of its round
		for round := 1; round <= rounds; round++ {
			docs := make([]search.Document, resources)
			for i := range docs {
				docs[i] = search.Document{ID: fmt.Sprint(i), Title: fmt.Sprintf("round%d", round)}
			}
			if !assert.NoError(t, x.Apply(context.Background(), int64(resources+round), docs, nil)) {
				return
			}
		}
	})
	for n := range 6 {
		require.NoError(t, x.Snapshot(t.Context(), filepath.Join(dir, fmt.Sprint(n))))
	}
	writer.Wait()
	for len(s.changes) < resources+rounds { // the feed of what was written
		s.put("0", fmt.Sprintf("round%d", rounds))
	}
	last := int64(0)
	for n := range 6 {
		y, err := search.Open(filepath.Join(dir, fmt.Sprint(n)), search.Options{})
		require.NoError(t, err)
		assert.GreaterOrEqual(t, y.Seq(), last)
		last = y.Seq()
		assert.Equal(t, resources, every(t, y, ""), "none missing, none twice")
		assert.Equal(t, resources, every(t, y, fmt.Sprintf("round%d", y.Seq()-resources)), "all of the moment that Seq says")
		s.put("later", "afterwards") // and it goes on from there
		require.NoError(t, y.CatchUp(t.Context(), s))
		assert.Equal(t, 1, every(t, y, "afterwards"))
		require.NoError(t, y.Close())
	}
}

func TestSnapshotIsThereAsAWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	x, err := search.Open(filepath.Join(dir, "index"), search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	require.NoError(t, x.Apply(t.Context(), 1, []search.Document{{ID: "a", Title: "A lesson"}}, nil))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	copied := filepath.Join(dir, "copy")
	require.Error(t, x.Snapshot(ctx, copied))
	assert.NoDirExists(t, copied)

	require.NoError(t, os.MkdirAll(copied+".part/store", 0o700)) // what a crash leaves
	require.NoError(t, os.WriteFile(copied+".part/store/root.bolt", []byte("half"), 0o600))
	require.NoError(t, x.Snapshot(t.Context(), copied))
	assert.NoDirExists(t, copied+".part")
	require.ErrorIs(t, x.Snapshot(t.Context(), copied), fs.ErrExist)

	memory, err := search.Open("", search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, memory.Close()) }()
	require.Error(t, memory.Snapshot(t.Context(), filepath.Join(dir, "other")))
}
