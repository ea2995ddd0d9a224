package search_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

func TestIndexKeepsDocumentsAndNumberOverRestarts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	x, err := search.Open(dir, search.Options{})
	require.NoError(t, err)
	assert.Zero(t, x.Seq())
	require.NoError(t, x.Apply(t.Context(), 7, lessons(t), nil))
	require.NoError(t, x.Apply(t.Context(), 9, nil, []string{"pizza", "never there"}))
	want := find(t, x, "fractions")
	require.NoError(t, x.Close())

	x, err = search.Open(dir, search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	assert.Equal(t, int64(9), x.Seq())
	n, err := x.Count()
	require.NoError(t, err)
	assert.Equal(t, len(lessons(t))-1, n)
	assert.Equal(t, want, find(t, x, "fractions"))
	assert.NotContains(t, ids(find(t, x, "")), "pizza")
}

func TestApplyReplaces(t *testing.T) {
	x := filled(t, lessons(t))
	d := lessons(t)[0]
	d.Title, d.Teaches = "Sharing cakes", []string{"4.NF.B.4"}
	require.NoError(t, x.Apply(t.Context(), 2, []search.Document{d}, nil))
	assert.Equal(t, []string{"pizza"}, ids(find(t, x, "sharing cakes"))[:1])
	assert.NotContains(t, ids(find(t, x, "standard:5.NF.B.3")), "pizza")
	assert.Equal(t, len(lessons(t)), find(t, x, "").Total)
	sum := 0
	for _, f := range find(t, x, "").Facets[search.Type] {
		sum += f.Count
	}
	assert.Equal(t, len(lessons(t)), sum, "what was replaced is not counted")
}

func TestApplyRefusesDocumentWithoutID(t *testing.T) {
	x := filled(t, nil)
	require.Error(t, x.Apply(t.Context(), 2, []search.Document{{Title: "x"}}, nil))
	assert.Equal(t, int64(1), x.Seq(), "nothing was applied")
}

func TestOpenRefusesSecondHolder(t *testing.T) {
	dir := t.TempDir()
	x, err := search.Open(dir, search.Options{})
	require.NoError(t, err)
	_, err = search.Open(dir, search.Options{})
	require.ErrorIs(t, err, search.ErrLocked)
	require.NotErrorIs(t, err, search.ErrCorrupt)
	require.NoError(t, x.Close())
	x, err = search.Open(dir, search.Options{})
	require.NoError(t, err)
	require.NoError(t, x.Close())
}

func TestOpenRefusesWhatItCannotTrust(t *testing.T) {
	tests := map[string]func(t *testing.T, dir string){
		"another format": func(t *testing.T, dir string) {
			b, err := bleve.Open(dir)
			require.NoError(t, err)
			require.NoError(t, b.SetInternal([]byte("commonplace/format"), []byte("0")))
			require.NoError(t, b.Close())
		},
		"no meta file": func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "index_meta.json"))) },
		"broken meta file": func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "index_meta.json"), []byte("{"), 0o600))
		},
		"no root": func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "store", "root.bolt")))
		},
		"garbage for a root": func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "store", "root.bolt"), make([]byte, 64<<10), 0o600))
		},
		"segments cut off": func(t *testing.T, dir string) {
			for _, f := range segments(t, dir) {
				info, err := os.Stat(f)
				require.NoError(t, err)
				require.NoError(t, os.Truncate(f, info.Size()/2))
			}
		},
		"segments empty": func(t *testing.T, dir string) {
			for _, f := range segments(t, dir) {
				require.NoError(t, os.Truncate(f, 0))
			}
		},
		"segments gone": func(t *testing.T, dir string) {
			for _, f := range segments(t, dir) {
				require.NoError(t, os.Remove(f))
			}
		},
	}
	for name, harm := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "index")
			x, err := search.Open(dir, search.Options{})
			require.NoError(t, err)
			require.NoError(t, x.Apply(t.Context(), 1, lessons(t), nil))
			require.NoError(t, x.Close())
			harm(t, dir)
			x, err = search.Open(dir, search.Options{})
			if strings.HasPrefix(name, "segments") && err == nil {
				// bleve went back to the state before, which the feed brings forward again.
				assert.Zero(t, x.Seq())
				assert.Zero(t, find(t, x, "").Total)
				require.NoError(t, x.Apply(t.Context(), 1, lessons(t), nil))
				assert.Equal(t, len(lessons(t)), find(t, x, "").Total)
				require.NoError(t, x.Close())
			} else {
				require.ErrorIs(t, err, search.ErrCorrupt)
			}

			require.NoError(t, os.RemoveAll(dir))
			x, err = search.Open(dir, search.Options{})
			require.NoError(t, err, "after removing the folder it can be made again")
			require.NoError(t, x.Close())
		})
	}
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "store", "*.zap"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestOpenRefusesFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := search.Open(file, search.Options{})
	require.Error(t, err)
}

// shelf is a feed in memory.
type shelf struct {
	changes []search.Change
	docs    map[string]search.Document
	reads   int
	fail    error
}

func (s *shelf) put(id, title string) {
	s.docs[id] = search.Document{Title: title}
	s.changes = append(s.changes, search.Change{Seq: int64(len(s.changes) + 1), ID: id})
}

func (s *shelf) remove(id string) {
	delete(s.docs, id)
	s.changes = append(s.changes, search.Change{Seq: int64(len(s.changes) + 1), ID: id})
}

func (s *shelf) Changes(_ context.Context, after int64, limit int) ([]search.Change, error) {
	rest := s.changes[min(int(after), len(s.changes)):]
	return rest[:min(limit, len(rest))], nil
}

func (s *shelf) Document(_ context.Context, id string) (search.Document, bool, error) {
	s.reads++
	d, ok := s.docs[id]
	return d, ok, s.fail
}

// busyShelf has a new change whenever it is asked.
type busyShelf struct{ *shelf }

func (s busyShelf) Changes(ctx context.Context, after int64, limit int) ([]search.Change, error) {
	s.put(fmt.Sprint(len(s.changes)), "one more")
	return s.shelf.Changes(ctx, after, limit)
}

func TestCatchUpDoesNotWaitForWhatIsPublishedMeanwhile(t *testing.T) {
	x, err := search.Open("", search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	s := busyShelf{&shelf{docs: map[string]search.Document{}}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it never ended
	defer cancel()
	require.NoError(t, x.CatchUp(ctx, s))
	assert.Positive(t, x.Seq())
	for i := range 3000 {
		s.put(fmt.Sprint(i, "many"), "many")
	}
	last := int64(len(s.changes))
	require.NoError(t, x.CatchUp(ctx, s))
	assert.GreaterOrEqual(t, x.Seq(), last, "all that there was")
}

func TestCatchUpFollowsTheFeed(t *testing.T) {
	s := &shelf{docs: map[string]search.Document{}}
	for i := range 2600 {
		s.put(fmt.Sprint(i), fmt.Sprintf("lesson number%d", i))
	}
	s.put("3", "renamed")
	s.put("3", "renamed again")
	s.remove("4")
	x, err := search.Open("", search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	require.NoError(t, x.CatchUp(t.Context(), s))
	assert.Equal(t, int64(2603), x.Seq())
	assert.Equal(t, 2602, s.reads, "what changed twice in a batch is read once, and what changed in another again")
	assert.Equal(t, 2599, find(t, x, "").Total)
	assert.Equal(t, []string{"3"}, ids(find(t, x, "renamed again")))
	assert.Zero(t, find(t, x, "number4").Total)

	require.NoError(t, x.CatchUp(t.Context(), s), "nothing new")
	s.put("new", "freshly published")
	require.NoError(t, x.CatchUp(t.Context(), s))
	assert.Equal(t, []string{"new"}, ids(find(t, x, "freshly")))
}

// Long texts are stored before there are thousands of them.
func TestCatchUpGathersSoMuchTextAtMost(t *testing.T) {
	s := &watched{shelf: shelf{docs: map[string]search.Document{}}}
	body := strings.Repeat(" ", 8<<20)
	for i := range 30 {
		s.put(fmt.Sprint(i), "long")
		s.docs[fmt.Sprint(i)] = search.Document{Title: "long", Body: body}
	}
	x, err := search.Open("", search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	s.seq = x.Seq
	require.NoError(t, x.CatchUp(t.Context(), s))
	assert.Equal(t, int64(30), x.Seq())
	assert.Equal(t, 30, find(t, x, "long").Total)
	assert.LessOrEqual(t, s.most, 13, "so many were read and not stored")
}

// watched is a shelf that sees how far the index is behind what it has read.
type watched struct {
	shelf
	seq  func() int64
	most int
}

func (w *watched) Document(ctx context.Context, id string) (search.Document, bool, error) {
	w.most = max(w.most, w.reads-int(w.seq()))
	return w.shelf.Document(ctx, id)
}

func TestCatchUpStopsWhereItFails(t *testing.T) {
	s := &shelf{docs: map[string]search.Document{}, fail: errors.New("catalog is away")}
	s.put("a", "x")
	x := filled(t, nil)
	before := x.Seq()
	s.changes[0].Seq = before + 1
	s.changes = append([]search.Change{{}}, s.changes...)
	require.ErrorIs(t, x.CatchUp(t.Context(), s), s.fail)
	assert.Equal(t, before, x.Seq())
}

func TestSearchWhileWritingAndChangingTheLibrary(t *testing.T) {
	x := filled(t, lessons(t))
	ctx := t.Context()
	var readers, writers sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				q, _ := search.ParseQuery(`5.NF.B.3 OR "area model" fractions`)
				r, err := x.Search(ctx, search.Request{Query: q})
				if !assert.NoError(t, err) {
					return
				}
				assert.Contains(t, ids(r), "area")
			}
		})
	}
	writers.Go(func() {
		for i := range 60 {
			d := lessons(t)[i%len(lessons(t))]
			assert.NoError(t, x.Apply(ctx, int64(i+2), []search.Document{d, {ID: fmt.Sprint("extra", i), Title: "fractions again"}}, nil))
		}
	})
	writers.Go(func() {
		for range 200 {
			x.SetLibrary(standards.NewLibrary())
			x.SetLibrary(nil)
		}
	})
	writers.Wait()
	close(done)
	readers.Wait()
	assert.Equal(t, len(lessons(t))+60, find(t, x, "").Total)
}
