package repository_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// many is more than PublishAll takes one after another.
const many = 80

func TestManyFoldersArePublishedAtOnceAndStillInTheirOrder(t *testing.T) {
	w := newWorld(t)
	var list []repository.Publication
	for i := range many { // each is made from the next one
		list = append(list, repository.Publication{Owner: "rosa", Slug: fmt.Sprint("l", i), Files: lesson(fmt.Sprint("L", i), "CC BY 4.0",
			fmt.Sprintf("sources: [{id: rosa/l%d}]\n", min(i+1, many-1)))})
	}
	list[many-1].Files = lesson("The first", "CC BY 4.0", "")
	list = append(list,
		repository.Publication{Owner: "rosa", Slug: "l0", Files: lesson("The last one stays", "CC BY 4.0", "")},
		repository.Publication{Owner: "rosa", Slug: "lost", Files: lesson("Lost", "CC BY 4.0", "sources: [{id: rosa/nowhere}]\n")},
		repository.Publication{Owner: "rosa", Slug: "bad", Files: fstest.MapFS{}},
	)
	settled := map[int]error{}
	refused, err := w.PublishAll(t.Context(), list, func(i int, o repository.Outcome, err error) {
		assert.NotContains(t, settled, i, "told of once")
		settled[i] = err
	})
	require.NoError(t, err)
	assert.Len(t, settled, len(list))
	assert.Equal(t, 2, refused)
	for i := range many + 1 {
		assert.NoError(t, settled[i], i)
	}
	assert.ErrorIs(t, settled[many+1], kind.ErrInvalid)
	assert.ErrorIs(t, settled[many+2], kind.ErrInvalid)
	assert.Equal(t, "The last one stays", w.get(t, "rosa/l0").Metadata.Title)
	g, _ := w.Graph(w.get(t, "rosa/l1"))
	assert.Len(t, g.Works, many-1, "the chain to its beginning")
}

func TestWhatPublishAllToldOfIsThereAfterAnInterruption(t *testing.T) {
	const many = 200 // more than go at once
	w := newWorld(t)
	var list []repository.Publication
	for i := range many {
		list = append(list, repository.Publication{Owner: "rosa", Slug: fmt.Sprint("l", i), Files: lesson(fmt.Sprint("L", i), "CC BY 4.0", "")})
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := map[int]bool{}
	_, err := w.PublishAll(ctx, list, func(i int, _ repository.Outcome, err error) {
		assert.NoError(t, err)
		told[i] = true
		if len(told) == 5 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, len(told), many)
	w.restart(t) // the bucket alone is left
	_, _, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	unchanged := 0
	_, err = w.PublishAll(t.Context(), list, func(i int, o repository.Outcome, err error) {
		assert.NoError(t, err)
		assert.Equal(t, told[i], o.Unchanged, i)
		if o.Unchanged {
			unchanged++
		}
	})
	require.NoError(t, err)
	assert.Equal(t, len(told), unchanged, "the second run does what the first one did not")
}

// BenchmarkPublishAll publishes lessons of a page from a folder into a bucket in a folder with a catalog in a file, each
// durable before it is told of, and reports lessons a second:
//
//	go test ./repository -run - -bench PublishAll/10k -benchtime 1x
func BenchmarkPublishAll(b *testing.B) {
	for _, size := range []struct {
		name string
		n    int
	}{{"1k", 1_000}, {"10k", 10_000}} {
		b.Run(size.name, func(b *testing.B) {
			source := b.TempDir()
			list := make([]repository.Publication, size.n)
			for i := range list {
				folder := filepath.Join(source, fmt.Sprint("lesson-", i))
				require.NoError(b, os.Mkdir(folder, 0o700))
				require.NoError(b, os.WriteFile(filepath.Join(folder, "index.md"), longLesson(i), 0o600))
				list[i] = repository.Publication{Owner: "rosa", Slug: fmt.Sprint("lesson-", i), Files: os.DirFS(folder), Actor: rosa}
			}
			for b.Loop() {
				b.StopTimer()
				s := onDisk(b)
				b.StartTimer()
				refused, err := s.PublishAll(b.Context(), list, func(_ int, _ repository.Outcome, err error) { require.NoError(b, err) })
				require.NoError(b, err)
				require.Zero(b, refused)
			}
			b.ReportMetric(float64(size.n*b.N)/b.Elapsed().Seconds(), "lessons/s")
		})
	}
}

func longLesson(i int) []byte {
	return fmt.Appendf(nil, "---\ntitle: Sharing fairly, day %d\ntype: lesson\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: Rosa Delgado}]\n"+
		"subjects: [mathematics]\ngrades: [5]\ntime: PT45M\naudience: [teacher]\n---\n## What we do\n\n%s\n\n## What comes next\n\n- Share %d strips.\n- Write down what each one gets.\n\n%s",
		i, strings.Repeat("We fold a strip of paper, and say which part of it one of us gets. ", 20), i,
		strings.Repeat("Then all of us compare the parts, and tell why they are the same. ", 10))
}

// onDisk is a service as an operator runs it, on a disk.
func onDisk(b *testing.B) *repository.Service {
	b.Helper()
	data := b.TempDir()
	bucket, err := blob.OpenFolder(filepath.Join(data, "bucket"))
	require.NoError(b, err)
	db, err := sqldb.Open(b.Context(), "sqlite://"+filepath.Join(data, "catalog.db"))
	require.NoError(b, err)
	b.Cleanup(func() { assert.NoError(b, db.Close()) })
	renderer, err := render.New(render.Options{})
	require.NoError(b, err)
	return repository.New(repository.Options{
		Store: gitstore.New(bucket, gitstore.Options{}), Catalog: catalog.New(db, nil), Namespace: "state.example.org",
		BaseURL: "https://state.example.org", Now: time.Now, Logger: slog.New(slog.DiscardHandler), Renderer: renderer,
		Render: func(r repository.Resource, v metadata.View) repository.Records {
			return federation.Render(federation.Formats(), r, v)
		},
	})
}
