package search_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/blevesearch/bleve/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// under counts what is aligned to the code or below it.
func under(t testing.TB, l *search.Live, code string) int {
	t.Helper()
	q, _ := search.ParseQuery("standard:" + code)
	got, err := l.Search(t.Context(), search.Request{Query: q})
	require.NoError(t, err)
	return got.Total
}

func TestRefreshIndexesWhatTheLibraryChanges(t *testing.T) {
	s := &shelf{docs: map[string]search.Document{}}
	for i := range 120 {
		s.put(fmt.Sprint(i), fmt.Sprintf("lesson %d", i))
		s.docs[fmt.Sprint(i)] = search.Document{Title: fmt.Sprint("Lesson ", i), Teaches: []string{"NEW.1.a"}}
	}
	s.put("plain", "nothing aligned")
	s.put("known", "by its grammar")
	s.docs["known"] = search.Document{Title: "By grammar", Teaches: []string{"5.NF.B.3"}}
	dir := filepath.Join(t.TempDir(), "index")
	library := twoEditions(t)

	l, _ := openLive(t, dir)
	require.NoError(t, l.CatchUp(t.Context(), s))
	require.NoError(t, l.Refresh(t.Context(), s), "nothing is to be done")
	require.Zero(t, under(t, l, "NEW.1"), "no library knows what is above NEW.1.a")
	s.reads = 0
	version := l.Version()
	l.SetLibrary(library)
	require.NoError(t, l.Refresh(t.Context(), s))
	assert.Equal(t, 120, under(t, l, "NEW.1"))
	assert.Equal(t, 1, under(t, l, "5.NF"))
	assert.Equal(t, 122+120, s.reads, "all are looked at, and those that change are read again")
	assert.Greater(t, l.Version(), version)
	assert.Equal(t, int64(len(s.changes)), l.Seq())
	s.reads = 0
	require.NoError(t, l.Refresh(t.Context(), s))
	assert.Zero(t, s.reads)
	require.NoError(t, l.Close())

	// Another process knows whether the library of the index is its own.
	for _, tt := range []struct {
		library *standards.Library
		want    int
		reads   bool
	}{{library, 120, false}, {standards.NewLibrary(), 0, true}, {library, 120, true}} {
		l, why, err := search.OpenLive(dir, search.Options{Library: tt.library})
		require.NoError(t, err)
		require.NoError(t, why)
		s.reads = 0
		require.NoError(t, l.Refresh(t.Context(), s))
		assert.Equal(t, tt.want, under(t, l, "NEW.1"))
		assert.Equal(t, tt.reads, s.reads > 0)
		require.NoError(t, l.Close())
	}

	// A refresh that never came to its end is done by the next process, also where the library is the first one again.
	l, _, err := search.OpenLive(dir, search.Options{Library: library})
	require.NoError(t, err)
	l.SetLibrary(standards.NewLibrary())
	s.put("0", "changed")
	s.docs["0"] = search.Document{Title: "Changed", Teaches: []string{"NEW.1.a"}}
	require.NoError(t, l.CatchUp(t.Context(), s))
	require.NoError(t, l.Close())
	l, _, err = search.OpenLive(dir, search.Options{Library: library})
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	require.NoError(t, l.Refresh(t.Context(), s))
	assert.Equal(t, 120, under(t, l, "NEW.1"))
}

func TestAnOutdatedIndexAnswersUntilItIsRebuilt(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, dir string) search.Options{
		"an older format": func(t *testing.T, dir string) search.Options {
			x, err := bleve.Open(filepath.Join(dir, "1"))
			require.NoError(t, err)
			require.NoError(t, x.SetInternal([]byte("commonplace/format"), []byte("1")))
			require.NoError(t, x.Close())
			return search.Options{Feed: "a"}
		},
		"another feed": func(*testing.T, string) search.Options { return search.Options{Feed: "b"} },
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{docs: map[string]search.Document{}}
			for i := range 20 {
				s.put(fmt.Sprint(i), "a lesson")
			}
			s.put("apart", "paper for a lesson on folding")
			dir := filepath.Join(t.TempDir(), "index")
			l, why, err := search.OpenLive(dir, search.Options{Feed: "a"})
			require.NoError(t, err)
			require.NoError(t, why)
			require.NoError(t, l.CatchUp(t.Context(), s))
			require.NoError(t, l.Close())

			o := harm(t, dir)
			_, err = search.Open(filepath.Join(dir, "1"), o)
			require.ErrorIs(t, err, search.ErrCorrupt)
			l, why, err = search.OpenLive(dir, o)
			require.NoError(t, err)
			require.ErrorIs(t, why, search.ErrOutdated)
			got, err := l.Search(t.Context(), search.Request{Facets: search.FacetFields()})
			require.NoError(t, err)
			assert.Equal(t, 21, got.Total, "it answers as long as it is not rebuilt")
			phrase, _ := search.ParseQuery(`"folding paper"`)
			got, err = l.Search(t.Context(), search.Request{Query: phrase})
			require.NoError(t, err)
			if name == "another feed" {
				assert.Zero(t, got.Total)
			} else {
				assert.Equal(t, 1, got.Total, "where its words stand cannot be read")
				require.NotEmpty(t, got.Hints)
				assert.Equal(t, search.HintOldIndex, got.Hints[0].Kind)
			}
			assert.Equal(t, name == "another feed", l.Seq() == 0)
			s.remove("0")
			require.NoError(t, l.Rebuild(t.Context(), s))
			got, err = l.Search(t.Context(), search.Request{})
			require.NoError(t, err)
			assert.Equal(t, 20, got.Total)
			assert.Equal(t, int64(22), l.Seq())
			got, err = l.Search(t.Context(), search.Request{Query: phrase})
			require.NoError(t, err)
			assert.Zero(t, got.Total)
			assert.Empty(t, got.Hints)
			require.NoError(t, l.Close())
			l, why, err = search.OpenLive(dir, o)
			require.NoError(t, err)
			require.NoError(t, why)
			require.NoError(t, l.Close())
		})
	}
}

// Searches find every resource once, whatever is done to the index meanwhile. The race detector looks at this one.
func TestSearchesWhileEverythingChanges(t *testing.T) {
	l, _ := openLive(t, filepath.Join(t.TempDir(), "index"))
	s := &series{}
	s.last.Store(3 * seriesResources)
	require.NoError(t, l.CatchUp(t.Context(), s))
	library := twoEditions(t)
	var stop atomic.Bool
	var all sync.WaitGroup
	again := func(f func() error) {
		all.Go(func() {
			for !stop.Load() {
				if !assert.NoError(t, f()) {
					return
				}
			}
		})
	}
	for range 2 {
		again(func() error {
			got, err := l.Search(t.Context(), search.Request{Size: 100, Facets: search.FacetFields()})
			seen := map[string]bool{}
			for _, h := range got.Hits {
				assert.False(t, seen[h.ID], "%s twice", h.ID)
				seen[h.ID] = true
			}
			return err
		})
	}
	again(func() error { _, err := l.Suggest(t.Context(), "vers", "en", 8); return err })
	again(func() error { _, err := l.Suggest(t.Context(), "v", "", 8); return err })
	again(func() error { s.last.Add(5); return l.CatchUp(t.Context(), s) })
	again(func() error { l.SetLibrary(library); return l.Refresh(t.Context(), s) })
	again(func() error { l.SetLibrary(nil); return nil })
	for n := range 3 {
		assert.NoError(t, l.Rebuild(t.Context(), s))
		assert.NoError(t, l.Snapshot(t.Context(), filepath.Join(t.TempDir(), fmt.Sprint(n))))
	}
	stop.Store(true)
	all.Wait()
}
