package load_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/load"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// BenchmarkPages asks a server in this process for pages, one after the other, with nothing published meanwhile: what a page
// takes of a processor, and how much memory, with what a client of Go's takes for it. Each search is another one, as are those
// of readers; lessons are read again and again, as the known ones are.
//
//	go test -run '^$' -bench BenchmarkPages -benchtime 500x ./internal/load -load.resources 10000 -load.keep FOLDER
func BenchmarkPages(b *testing.B) {
	n, plan := madeServer(b)
	a, done := n.open(b)
	defer done()
	s, err := a.NewServer("test", nil)
	require.NoError(b, err)
	l, err := blobtest.Listen(context.Background(), n.settings.Listen)
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	defer func() {
		stop()
		require.NoError(b, <-served)
	}()
	for before, now := time.Duration(0), processor(b); now-before > 10*time.Millisecond; before, now = now, processor(b) {
		time.Sleep(time.Second) // it compares the bucket with the catalog, beside
	}
	get := func(b *testing.B, path, tag string, status int) *http.Response {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, plan.Nodes[0]+path, nil)
		require.NoError(b, err)
		r.Header.Set("Accept-Encoding", "gzip")
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(b, err)
		defer answer.Body.Close()
		require.Equal(b, status, answer.StatusCode, path)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(b, err)
		return answer
	}
	lessons := load.NewLessons(*seed)
	const searched, read = 1000, 40 // different ones
	pages := map[string][]string{}
	random := rand.New(rand.NewPCG(*seed, 0))
	word := func() string {
		of := strings.Fields(lessons.Lesson(random.IntN(*resources)).Title)
		return of[random.IntN(len(of))]
	}
	for range searched {
		pages["search"] = append(pages["search"], "/search?q="+url.QueryEscape(word()+" "+word()))
	}
	for i := range min(read, *resources, *own) {
		pages["lesson"] = append(pages["lesson"], fmt.Sprintf("/r/state/lesson-%d", i))
	}
	measured := func(b *testing.B, one func(n int)) {
		one(0)
		b.ReportAllocs()
		before, i := processor(b), 0
		for b.Loop() {
			i++
			one(i)
		}
		b.ReportMetric(float64((processor(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	}
	for _, kind := range []string{"search", "lesson"} {
		b.Run(kind, func(b *testing.B) {
			measured(b, func(n int) { get(b, pages[kind][n%len(pages[kind])], "", http.StatusOK) })
		})
	}
	b.Run("unchanged", func(b *testing.B) {
		tag := get(b, pages["lesson"][0], "", http.StatusOK).Header.Get("ETag")
		measured(b, func(int) { get(b, pages["lesson"][0], tag, http.StatusNotModified) })
	})
}
