package search_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

func openLive(t *testing.T, dir string) (*search.Live, error) {
	t.Helper()
	l, why, err := search.OpenLive(dir, search.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l, why
}

func TestRebuildGoesOnBesideSearches(t *testing.T) {
	s := &shelf{docs: map[string]search.Document{}}
	for i := range 700 {
		s.put(fmt.Sprint(i), "a lesson")
	}
	dir := filepath.Join(t.TempDir(), "index")
	l, why := openLive(t, dir)
	require.NoError(t, why)
	require.NoError(t, l.CatchUp(t.Context(), s))
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				q, _ := search.ParseQuery("lesson")
				got, err := l.Search(t.Context(), search.Request{Query: q})
				if !assert.NoError(t, err) || !assert.Equal(t, 700, got.Total) {
					return
				}
			}
		})
	}
	for range 3 {
		require.NoError(t, l.Rebuild(t.Context(), s))
	}
	close(done)
	readers.Wait()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "one index and the file that names it")
	require.NoError(t, l.Close())

	l, why = openLive(t, dir)
	require.NoError(t, why)
	assert.Equal(t, int64(700), l.Seq())
}

func TestRebuildThatFailsLeavesTheOldIndex(t *testing.T) {
	s := &shelf{docs: map[string]search.Document{}}
	s.put("a", "a lesson")
	l, _ := openLive(t, filepath.Join(t.TempDir(), "index"))
	require.NoError(t, l.CatchUp(t.Context(), s))
	s.fail = errors.New("catalog is away")
	require.ErrorIs(t, l.Rebuild(t.Context(), s), s.fail)
	n, err := l.Count()
	require.NoError(t, err)
	assert.Equal(t, 1, n)
}

func TestLiveOpensWhatAKillLeaves(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"half of a new index":     func(dir string) error { return os.MkdirAll(filepath.Join(dir, "2", "store"), 0o700) },
		"a file to be renamed":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "current.123"), []byte("2"), 0o600) },
		"an old index not closed": func(dir string) error { return os.MkdirAll(filepath.Join(dir, "0"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{docs: map[string]search.Document{}}
			s.put("a", "a lesson")
			dir := filepath.Join(t.TempDir(), "index")
			l, _ := openLive(t, dir)
			require.NoError(t, l.CatchUp(t.Context(), s))
			require.NoError(t, l.Close())
			require.NoError(t, harm(dir))
			l, why := openLive(t, dir)
			require.NoError(t, why)
			assert.Equal(t, int64(1), l.Seq())
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, entries, 2)
		})
	}
}

func TestLiveStartsAnewWhereTheIndexCannotBeUsed(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"no such number": func(dir string) error { return os.WriteFile(filepath.Join(dir, "current"), []byte("x"), 0o600) },
		"broken index": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "1", "index_meta.json"), []byte("{"), 0o600)
		},
		"an older layout": func(dir string) error {
			return errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Join(dir, "store"), 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{docs: map[string]search.Document{}}
			s.put("a", "a lesson")
			dir := filepath.Join(t.TempDir(), "index")
			l, _ := openLive(t, dir)
			require.NoError(t, l.CatchUp(t.Context(), s))
			require.NoError(t, l.Close())
			require.NoError(t, harm(dir))
			l, why := openLive(t, dir)
			if name != "an older layout" {
				require.ErrorIs(t, why, search.ErrCorrupt)
			}
			assert.Zero(t, l.Seq())
			require.NoError(t, l.CatchUp(t.Context(), s))
			assert.Equal(t, int64(1), l.Seq())
		})
	}
}
