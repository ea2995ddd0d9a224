package app_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// TestAServerThatStopsFinishesWhatIsUnderWay sends a form slowly while the server is told to stop.
func TestAServerThatStopsFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Data, c.Database, c.DrainDelay, c.BaseURL = t.TempDir(), sqldbtest.Address(t), "5s", "http://server.test"
	a, err := app.Open(t.Context(), c, app.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	server, err := a.NewServer("test", nil)
	require.NoError(t, err)
	delayed, over := make(chan time.Duration, 1), make(chan time.Time)
	server.SetPatience(func(d time.Duration) <-chan time.Time { delayed <- d; return over }, 5*time.Minute)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	base := "http://" + l.Addr().String()
	get := func(path string) int {
		answer, err := http.Get(base + path)
		if err != nil {
			return 0
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, answer.Body)
		return answer.StatusCode
	}
	require.Eventually(t, func() bool { return get("/readyz") == 200 }, time.Minute, 10*time.Millisecond)

	body, more := io.Pipe()
	underWay := make(chan struct{})
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(underWay) }}),
		http.MethodPost, base+"/api/v1/licenses/evaluate", body)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue")
	answered := make(chan int, 1)
	go func() {
		answer, err := http.DefaultClient.Do(r)
		if !assert.NoError(t, err) {
			answered <- 0
			return
		}
		defer answer.Body.Close()
		answered <- answer.StatusCode
	}()
	_, err = io.WriteString(more, `{"use":`)
	require.NoError(t, err)
	<-underWay
	stop()
	assert.Equal(t, 5*time.Second, <-delayed)
	assert.Equal(t, 503, get("/readyz"), "not ready any more")
	assert.Equal(t, 200, get("/healthz"), "and yet it answers")
	close(over)
	require.Eventually(t, func() bool { // the listener closes
		conn, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, time.Minute, 10*time.Millisecond)
	_, err = io.WriteString(more, strings.Repeat(" ", 10)+`1}`)
	require.NoError(t, err)
	require.NoError(t, more.Close())
	assert.Contains(t, []int{200, 400, 422}, <-answered, "what was under way is answered")
	require.NoError(t, <-served)
	require.NoError(t, a.Close(context.WithoutCancel(ctx)))
}
