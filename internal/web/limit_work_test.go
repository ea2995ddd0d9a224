package web

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/metrics"
	"github.com/commonplace-oer/commonplace/search"
)

// heldSearch is a search that takes until it is let go.
type heldSearch struct {
	Searcher
	begun chan struct{}
	let   chan struct{}
}

func (h heldSearch) Search(ctx context.Context, r search.Request) (search.Results, error) {
	if strings.Contains(r.Query.String(), "held") {
		h.begun <- struct{}{}
		<-h.let
	}
	return h.Searcher.Search(ctx, r)
}

// full is a server that works on two requests at once and has two searches that do not end before they are let go.
func full(t *testing.T) (w *world, held heldSearch, ask func(method, path string, headers ...string) (*http.Response, string)) {
	t.Helper()
	w = filled(t)
	held = heldSearch{w.options.Search, make(chan struct{}), make(chan struct{})}
	w.options.Search, w.options.AtOnce, w.options.Metrics = held, 2, metrics.New("")
	address := w.listening(func(s *Server) {
		for _, turns := range []*turns{s.work.reading, s.work.changing, s.work.harvesting} {
			turns.wait = 50 * time.Millisecond
		}
	})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	ask = func(method, path string, headers ...string) (*http.Response, string) {
		r, err := http.NewRequest(method, "http://"+address+path, nil)
		require.NoError(t, err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := client.Do(r)
		if !assert.NoError(t, err) {
			return &http.Response{}, ""
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		assert.NoError(t, err)
		return answer, string(b)
	}
	var under sync.WaitGroup
	for range 2 {
		under.Go(func() {
			answer, _ := ask("GET", "/search?q=held")
			assert.Equal(t, 200, answer.StatusCode, "whose turn it is finishes")
		})
		<-held.begun
	}
	t.Cleanup(under.Wait)
	t.Cleanup(sync.OnceFunc(func() {
		select {
		case <-held.let:
		default:
			close(held.let)
		}
	}))
	return w, held, ask
}

// TestWhatIsMoreThanCanBeDoneIsTurnedAway in time and in words that its client reads, and everything is answered afterwards.
func TestWhatIsMoreThanCanBeDoneIsTurnedAway(t *testing.T) {
	t.Parallel()
	w, held, ask := full(t)
	later := func(answer *http.Response) {
		t.Helper()
		assert.Equal(t, 503, answer.StatusCode)
		seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, seconds, laterTime)
		assert.LessOrEqual(t, seconds, 2*laterTime)
	}
	page, body := ask("GET", "/standards", "Cookie", "session=of-somebody")
	later(page)
	assert.Equal(t, "no-store", page.Header.Get("Cache-Control"))
	assert.Contains(t, body, "Many people are here right now")
	assert.Contains(t, body, "<style", "it looks as the other pages do")
	for range 2 {
		_, body = ask("GET", "/search?notice=poisoned&q=secret")
		assert.NotContains(t, body, "poisoned", "it is one page for all, with nothing of what anybody asked")
		assert.NotContains(t, body, "secret")
	}
	_, spanish := ask("GET", "/standards?lang=es")
	assert.Contains(t, spanish, "Hay mucha gente aquí ahora")
	program, body := ask("GET", "/api/v1/search?q=a")
	later(program)
	assert.Equal(t, "application/problem+json", program.Header.Get("Content-Type"))
	var problem struct {
		Status int
		Title  string
	}
	require.NoError(t, json.Unmarshal([]byte(body), &problem))
	assert.Equal(t, 503, problem.Status)
	clone, body := ask("GET", "/r/district-cs/rain-gauge.git/info/refs?service=git-upload-pack")
	later(clone)
	assert.Equal(t, "text/plain; charset=utf-8", clone.Header.Get("Content-Type"))
	assert.NotContains(t, body, "<")

	for _, path := range []string{"/healthz", "/readyz", "/suggest.js", "/logo.svg", "/robots.txt", "/api/v1/openapi.json"} {
		answer, _ := ask("GET", path)
		assert.Equal(t, 200, answer.StatusCode, path)
	}
	metricsPage, _ := ask("GET", "/metrics")
	assert.Equal(t, 303, metricsPage.StatusCode, "it asks who wants to know")
	for _, path := range []string{"/oai?verb=Identify", "/oai?verb=ListSets"} {
		answer, _ := ask("GET", path)
		assert.Equal(t, 200, answer.StatusCode, "harvesters do not wait for readers")
	}
	answer, _ := ask("POST", "/language")
	assert.NotEqual(t, 503, answer.StatusCode, "nor do those who write")
	packs, _ := ask("POST", "/r/district-cs/rain-gauge.git/git-upload-pack")
	assert.NotEqual(t, 503, packs.StatusCode, "what was let in is not cut off")

	close(held.let)
	require.Eventually(t, func() bool { return len(w.server.work.reading.places) == 0 }, time.Minute, time.Millisecond)
	for range 5 {
		answer, _ := ask("GET", "/standards")
		assert.Equal(t, 200, answer.StatusCode, "all is well afterwards")
	}
	counted := httptest.NewRecorder()
	w.options.Metrics.Handler().ServeHTTP(counted, httptest.NewRequest("GET", "/", nil))
	assert.Contains(t, counted.Body.String(), `commonplace_http_refused_total{reason="overload"} 6`)
}

// TestWhoWaitsForATurnGetsIt as soon as somebody else is done.
func TestWhoWaitsForATurnGetsIt(t *testing.T) {
	t.Parallel()
	w, held, ask := full(t)
	w.server.work.reading.wait = time.Minute
	answered := make(chan int)
	go func() {
		answer, _ := ask("GET", "/standards")
		answered <- answer.StatusCode
	}()
	select {
	case <-answered:
		require.Fail(t, "it did not wait")
	case <-time.After(100 * time.Millisecond):
	}
	held.let <- struct{}{}
	assert.Equal(t, 200, <-answered)
}

// TestHarvestersAreToldToComeAgain as the protocol has it, and in no page.
func TestHarvestersAreToldToComeAgain(t *testing.T) {
	t.Parallel()
	w, _, ask := full(t)
	for range cap(w.server.work.harvesting.places) {
		w.server.work.harvesting.places <- struct{}{}
	}
	answer, body := ask("GET", "/oai?verb=Identify")
	assert.Equal(t, 503, answer.StatusCode)
	assert.NotEmpty(t, answer.Header.Get("Retry-After"))
	assert.Equal(t, "text/plain; charset=utf-8", answer.Header.Get("Content-Type"))
	assert.NotContains(t, body, "<")
}

// TestSlowSendersHoldNoTurn: a body that comes as slowly as its sender likes must keep nobody from writing.
func TestSlowSendersHoldNoTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("rosa", accounts.Author)
	w.options.AtOnce = 2
	address := w.listening(nil)
	for range 5 {
		conn := dial(t, address)
		_, err := io.WriteString(conn, "POST /api/v1/resources HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+w.token("rosa")+
			"\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n")
		require.NoError(t, err)
		line, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		assert.Contains(t, line, "100", "it is taken in, and may send")
		_, err = io.WriteString(conn, strings.Repeat(" ", prefetched+1))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return w.server.room.open() == 5 }, time.Minute, time.Millisecond)
	answer, err := http.Post("http://"+address+"/language", "application/x-www-form-urlencoded", strings.NewReader("language=es"))
	require.NoError(t, err)
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	assert.NotEqual(t, 503, answer.StatusCode)
}
