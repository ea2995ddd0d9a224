package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	find "github.com/commonplace-oer/commonplace/search"
)

// titles searches as pages do.
func titles(t testing.TB, a *app.App, query string) []string {
	t.Helper()
	q, hints := find.ParseQuery(query)
	require.Empty(t, hints)
	found, err := a.Search.Search(t.Context(), find.Request{Query: q})
	require.NoError(t, err)
	list := []string{}
	for _, h := range found.Hits {
		r, err := a.Repository.ByID(t.Context(), repository.ID(h.ID))
		require.NoError(t, err)
		list = append(list, r.Metadata.Title)
	}
	return list
}

func publish(t testing.TB, a *app.App, slug, title string) {
	t.Helper()
	_, err := a.Repository.Publish(context.Background(), repository.Publication{
		Owner: "rosa", Slug: slug, Files: lesson(title, "Fold."), Actor: repository.Actor{Name: "rosa", Display: "Rosa"},
	})
	require.NoError(t, err)
}

// node is a server with a data folder of its own, beside others with the same bucket and database.
func node(t testing.TB, c config.Config) (*app.App, string) {
	t.Helper()
	a, err := app.Open(t.Context(), c, app.Options{CheapPasswords: true, Background: true})
	require.NoError(t, err)
	server, err := a.NewServer("test", nil)
	require.NoError(t, err)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-served)
		assert.NoError(t, a.Close(context.Background()))
	})
	return a, "http://" + l.Addr().String()
}

func status(t testing.TB, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer a.Body.Close()
	return a.StatusCode
}

func TestAnotherNodeFollowsWhatIsPublished(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Data = t.TempDir()
	c.BaseURL = "http://oer.test"
	first, _ := node(t, c)
	c = first.Config // with the bucket and the database
	c.Data = t.TempDir()
	second, address := node(t, c)

	publish(t, first, "one", "Folding paper")
	require.Eventually(t, func() bool { return len(titles(t, second, "folding")) == 1 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, first.Repository.Withdraw(t.Context(), repository.Address{Owner: "rosa", Slug: "one"}, "a test"))
	require.Eventually(t, func() bool { return len(titles(t, second, "folding")) == 0 }, time.Minute, 10*time.Millisecond)
	require.Eventually(t, func() bool { return status(t, address+"/readyz") == http.StatusOK }, time.Minute, 10*time.Millisecond)
}

func TestAServerAnswersWhileItsIndexIsBuilt(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Data = t.TempDir()
	c.BaseURL = "http://oer.test"
	for name, harm := range map[string]func(t *testing.T){
		"none is there": func(t *testing.T) { require.NoError(t, os.RemoveAll(filepath.Join(c.Data, "index"))) },
		"damaged":       func(t *testing.T) { damage(t, filepath.Join(c.Data, "index")) },
		"of a catalog that was lost": func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(c.Data, "catalog.db*"))
			require.NoError(t, err)
			for _, f := range files {
				require.NoError(t, os.Remove(f))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := app.Open(t.Context(), c, app.Options{CheapPasswords: true})
			require.NoError(t, err)
			for n := range 5 {
				publish(t, a, fmt.Sprintf("lesson-%d", n), fmt.Sprintf("Lesson %d", n))
			}
			require.NoError(t, a.CatchUp(t.Context()))
			require.NoError(t, a.Close(t.Context()))
			harm(t)
			a, address := node(t, c)
			require.Equal(t, http.StatusOK, status(t, address+"/search?q=lesson"), "it answers from the first moment")
			require.Eventually(t, func() bool { return status(t, address+"/readyz") == http.StatusOK }, time.Minute, 10*time.Millisecond)
			assert.Len(t, titles(t, a, "lesson"), 5)
			publish(t, a, "later", "Lesson of later")
			// It is ready with the index of before, too, in the moment before that is made anew.
			for end := time.Now().Add(late); !slices.Contains(titles(t, a, "lesson later"), "Lesson of later"); time.Sleep(10 * time.Millisecond) {
				require.NoError(t, a.CatchUp(t.Context()))
				require.True(t, time.Now().Before(end), "it is not found")
			}
			require.NoError(t, a.Repository.Withdraw(t.Context(), repository.Address{Owner: "rosa", Slug: "later"}, "a test"))
		})
	}
}

func TestSearchOrdersByRemixes(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	for slug, text := range map[string]string{
		"plain": "Cranes of paper, folded twice along the long edge.",
		"loved": "Measure the garden with a rope and draw its plan.",
		"liked": "Count how many seeds a sunflower has, by tens.",
	} {
		s.Publish(t, "rosa/"+slug, lesson("Lesson "+slug, text))
	}
	s.SignIn(t, "kim", accounts.Author)
	token := s.Token(t, "kim")
	remix := func(slug string) {
		made := s.Call(t, http.MethodPost, "/api/v1/resources/"+string(s.At(t, "rosa/"+slug).ID)+"/remix", token, map[string]any{})
		require.Equal(t, http.StatusCreated, made.Status, made.Body)
	}
	order := func() (list []string) {
		var found struct{ Hits []struct{ Title string } }
		require.NoError(t, json.Unmarshal([]byte(s.Page(t, "/api/v1/search?q=owner:rosa&sort=remixes")), &found))
		for _, h := range found.Hits {
			list = append(list, h.Title)
		}
		return list
	}
	remix("loved")
	require.Len(t, order(), 3)
	assert.Equal(t, "Lesson loved", order()[0], "at once")
	remix("loved")
	remix("liked")
	assert.Equal(t, []string{"Lesson loved", "Lesson liked", "Lesson plain"}, order())
	remix("liked")
	remix("liked")
	assert.Equal(t, []string{"Lesson liked", "Lesson loved", "Lesson plain"}, order())
}

// BenchmarkFreshness measures from the acknowledgment of a publish until a search finds it: on the node that
// acknowledged, and on another one with the same bucket and database. Meanwhile readers search both without a pause.
func BenchmarkFreshness(b *testing.B) {
	c := config.Default()
	c.Data = b.TempDir()
	c.BaseURL = "http://oer.test"
	first, address := node(b, c)
	c = first.Config
	c.Data = b.TempDir()
	second, other := node(b, c)
	_, err := first.Accounts.Add(b.Context(), "rosa", "Rosa", accounts.Author, "")
	require.NoError(b, err)
	token, _, err := first.Accounts.CreateToken(b.Context(), "rosa", "bench", nil, 0)
	require.NoError(b, err)
	b.Cleanup(http.DefaultClient.CloseIdleConnections)

	ctx, stop := context.WithCancel(b.Context())
	var readers sync.WaitGroup
	var searches atomic.Int64
	for n := range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if status(b, []string{address, other}[n%2]+"/api/v1/search?q=lesson+paper") == http.StatusOK {
					searches.Add(1)
				}
			}
		})
	}
	var here, there, took []time.Duration
	n := 0
	for b.Loop() {
		n++
		word := fmt.Sprintf("word%dz", n)
		body, err := json.Marshal(map[string]any{"slug": word, "files": map[string]string{"index.md": lessonText("Lesson "+word, "Fold paper.")}})
		require.NoError(b, err)
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address+"/api/v1/resources", bytes.NewReader(body))
		require.NoError(b, err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		begun := time.Now()
		answer, err := http.DefaultClient.Do(r)
		require.NoError(b, err)
		require.NoError(b, answer.Body.Close())
		require.Equal(b, http.StatusCreated, answer.StatusCode)
		acknowledged := time.Now()
		took = append(took, acknowledged.Sub(begun))
		require.NotEmpty(b, titles(b, first, word), "the first search finds it")
		here = append(here, time.Since(acknowledged))
		for len(titles(b, second, word)) == 0 {
			time.Sleep(time.Millisecond)
		}
		there = append(there, time.Since(acknowledged))
	}
	stop()
	readers.Wait()
	for name, list := range map[string][]time.Duration{"publish": took, "here": here, "there": there} {
		slices.Sort(list)
		b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(list[len(list)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
	b.ReportMetric(float64(searches.Load())/float64(len(took)), "searches/op")
}
