package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/metrics"
)

// listening has the world's server answer at an address.
func (w *world) listening(change func(*Server)) string {
	w.t.Helper()
	s, err := New(w.options)
	require.NoError(w.t, err)
	if change != nil {
		change(s)
	}
	w.server = s
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	w.t.Cleanup(func() {
		assert.NoError(w.t, s.Shutdown(context.Background()))
		assert.NoError(w.t, <-served)
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

const bigLesson = "---\ntitle: Data\ntype: lesson\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: Rosa}]\n---\nSee [data](data.csv).\n"

// bigFile is a lesson with a file of 8 MiB.
func bigFile() fstest.MapFS {
	return fstest.MapFS{
		"index.md": {Data: []byte(bigLesson)}, "data.csv": {Data: []byte(strings.Repeat("1,2,3,4,5,6,7,8\n", 512<<10))},
	}
}

// TestSlowReadersAreLetGo has readers ask for a large file and take nothing of it, while others read.
func TestSlowReadersAreLetGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("rosa", accounts.Author)
	w.publish("rosa/data", bigFile())
	address := w.listening(func(s *Server) { s.stall = 2 * time.Second })
	var readers []net.Conn
	for range 12 {
		conn := dial(t, address)
		require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4096))
		_, err := io.WriteString(conn, "GET /r/rosa/data/raw/data.csv HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		readers = append(readers, conn)
	}
	for _, conn := range readers {
		_, err := io.ReadFull(conn, make([]byte, 1))
		require.NoError(t, err, "who is there gets an answer")
	}
	answer, err := http.Get("http://" + address + "/")
	require.NoError(t, err)
	answer.Body.Close()
	assert.Equal(t, 200, answer.StatusCode, "others read")
	http.DefaultClient.CloseIdleConnections()
	require.Eventually(t, func() bool { return w.server.room.open() == 0 }, time.Minute, 10*time.Millisecond, "who does not read is let go")
}

// TestWhoReadsSlowlyGetsEverything reads for longer than a connection may stand still, and never stands still for long.
func TestWhoReadsSlowlyGetsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("rosa", accounts.Author)
	w.publish("rosa/data", bigFile())
	const stall = 3 * time.Second
	address := w.listening(func(s *Server) { s.stall = stall })
	moving(t, stall, func() (gap time.Duration, err error) {
		began := time.Now()
		whole, err := http.Get("http://" + address + "/r/rosa/data/raw/data.csv")
		require.NoError(t, err)
		defer whole.Body.Close()
		d := &dawdling{r: whole.Body, pause: 150 * time.Millisecond, every: 256 << 10}
		n, err := io.Copy(io.Discard, d)
		if err != nil {
			return d.longest(), err
		}
		assert.EqualValues(t, 8<<20, n)
		require.Greater(t, time.Since(began), stall, "it was read too fast to show anything")
		return 0, nil
	})
}

// moving does what must not fail as long as it moves. It is done again where it failed and the machine let nothing move for so
// long that it may.
func moving(t *testing.T, stall time.Duration, try func() (gap time.Duration, err error)) {
	t.Helper()
	for range 20 {
		gap, err := try()
		if err == nil {
			return
		}
		require.Greater(t, gap, stall/2, "it never stood still: %s", err)
	}
	t.Fatal("this machine stands still too often")
}

// gaps are the times between moments that follow each other.
type gaps struct {
	last time.Time
	most time.Duration
}

func (g *gaps) moved() {
	if now := time.Now(); !g.last.IsZero() {
		g.most = max(g.most, now.Sub(g.last))
	}
	g.last = time.Now()
}

// longest is the longest one until now.
func (g *gaps) longest() time.Duration {
	g.moved()
	return g.most
}

// dawdling is a reader that rests from time to time.
type dawdling struct {
	gaps
	r           io.Reader
	pause       time.Duration
	every, read int
}

func (d *dawdling) Read(b []byte) (int, error) {
	n, err := d.r.Read(b)
	d.moved()
	if d.read += n; d.read > d.every {
		d.read = 0
		time.Sleep(d.pause)
	}
	return n, err
}

// TestEveryWaitOfTheServerEnds waits for the ends of connections on which nothing comes, with shorter times than a server has;
// what a server has is looked at first.
func TestEveryWaitOfTheServerEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.listening(func(s *Server) {
		server := s.app.Server()
		assert.Equal(t, 2*time.Minute, server.ReadTimeout)
		assert.Equal(t, 15*time.Minute, server.WriteTimeout)
		assert.Equal(t, 2*time.Minute, server.IdleTimeout)
		assert.Equal(t, time.Minute, s.stall)
		server.ReadTimeout, server.IdleTimeout, s.stall = 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
	})
	for name, sent := range map[string]string{
		"nothing":         "",
		"half a head":     "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"half a body":     "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=",
		"no next request": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		conn := dial(t, address)
		_, err := io.WriteString(conn, sent)
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
		_, err = io.Copy(io.Discard, conn)
		ne, timeout := err.(net.Error)
		assert.False(t, timeout && ne.Timeout(), "%s: the connection stays open", name)
	}
	require.Eventually(t, func() bool { return w.server.room.open() == 0 }, time.Minute, 10*time.Millisecond)
}

func TestTheWorkOfEveryRouteHasADeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, r := range w.server.Routes() {
		c := w.server.app.AcquireCtx(newContext(r.Method, strings.NewReplacer(":", "x", "*", "x/y").Replace(r.Path)))
		d := deadline(c)
		assert.Positive(t, d)
		assert.LessOrEqual(t, d, 15*time.Minute, "%s %s", r.Method, r.Path)
		w.server.app.ReleaseCtx(c)
	}
}

func TestConnectionsHaveARoom(t *testing.T) {
	t.Parallel()
	counts := metrics.New("")
	r := &room{most: 5, mostOfOne: 2, metrics: counts}
	from := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 1} }
	enter := func(ip string, want bool) func() {
		t.Helper()
		leave, ok := r.enter(from(ip))
		require.Equal(t, want, ok, ip)
		return leave
	}
	leave := enter("203.0.113.1", true)
	enter("203.0.113.1", true)
	enter("203.0.113.1", false)
	v6 := enter("2001:db8::1", true)
	enter("2001:db8::2", true)
	enter("2001:db8::3", false)
	leave()
	leave() // twice is once
	enter("203.0.113.1", true)
	v6()
	for range 2 {
		enter("127.0.0.1", true) // a proxy
	}
	enter("198.51.100.1", false) // all are taken
	w := httptest.NewRecorder()
	counts.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	assert.Contains(t, w.Body.String(), `commonplace_http_refused_total{reason="connections"} 1`)
	assert.Contains(t, w.Body.String(), `commonplace_http_refused_total{reason="connections_of_one"} 2`)
}

func TestWhoComesTooLateIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.Connections = 1
	address := w.listening(nil)
	first := dial(t, address)
	require.Eventually(t, func() bool { return w.server.room.open() == 1 }, time.Minute, time.Millisecond)
	line, err := bufio.NewReader(dial(t, address)).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 503 Service Unavailable\r\n", line)
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return w.server.room.open() == 0 }, time.Minute, time.Millisecond)
}

func TestSearchesOfOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("rosa", accounts.Author)
	w.options.SearchRate = 60 // 15 at once
	var seconds atomic.Int64
	w.options.Now = func() time.Time {
		return time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(seconds.Load()) * time.Second)
	}
	address := w.listening(nil)
	type got struct {
		status int
		header http.Header
		body   string
	}
	ask := func(path, from string, headers ...string) got {
		r, err := http.NewRequest("GET", "http://"+address+path, nil)
		require.NoError(t, err)
		if from != "" {
			r.Header.Set("X-Forwarded-For", "192.0.2.99, "+from)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return got{answer.StatusCode, answer.Header, string(body)}
	}
	token := w.token("rosa")
	for range 15 {
		require.Equal(t, 200, ask("/search?q=a", "203.0.113.7").status)
	}
	refused := ask("/search?q=a", "203.0.113.7")
	assert.Equal(t, 429, refused.status)
	assert.Equal(t, "1", refused.header.Get("Retry-After"))
	assert.Contains(t, refused.body, "Too many requests")
	assert.Equal(t, 429, ask("/search/?q=a", "203.0.113.7").status, "another spelling of the same")
	assert.Equal(t, 429, ask("/search.atom/?q=a", "203.0.113.7").status)
	assert.Equal(t, 429, ask("/search?q=a", "203.0.113.7:40112").status, "with a port")
	program := ask("/api/v1/search?q=a", "203.0.113.7")
	assert.Equal(t, 429, program.status)
	assert.Equal(t, "application/problem+json", program.header.Get("Content-Type"))
	assert.Equal(t, 429, ask("/api/v1/search", "203.0.113.7", "Authorization", "Bearer made-up").status)
	assert.Equal(t, 200, ask("/api/v1/search", "203.0.113.7", "Authorization", "Bearer "+token).status, "who says who it is")
	assert.Equal(t, 200, ask("/", "203.0.113.7").status, "pages are not limited")
	assert.Equal(t, 200, ask("/search?q=a", "203.0.113.8").status, "others are not")
	for range 20 {
		require.Equal(t, 200, ask("/search?q=a", "").status, "this machine is not")
	}
	seconds.Add(2)
	assert.Equal(t, 200, ask("/search?q=a", "203.0.113.7").status)
	for i := range 300 { // a table that is full forgets, and does not grow
		w.server.rates.take(fmt.Sprint(i))
	}
	assert.LessOrEqual(t, w.server.rates.buckets.Len(), rateMemory)
}

// A proxy may add a line below what the client made up.
func TestTheLastLineOfForwardedForCounts(t *testing.T) {
	t.Parallel()
	for want, lines := range map[string][]string{
		"203.0.113.7":       {"192.0.2.1", "203.0.113.7"},
		"203.0.113.8":       {"192.0.2.1, 192.0.2.2", "192.0.2.3, 203.0.113.8:443"},
		"2001:db8:1:2::/64": {"192.0.2.1", "[2001:db8:1:2::9]:443"},
		"203.0.113.9":       {"::ffff:203.0.113.9"},
		"127.0.0.1":         {"192.0.2.1", "nobody"},
		"127.0.0.2":         {"203.0.113.9", "127.0.0.2"},
	} {
		request := newContext("GET", "/")
		request.SetRemoteAddr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
		for _, line := range lines {
			request.Request.Header.Add("X-Forwarded-For", line)
		}
		app := fiber.New()
		c := app.AcquireCtx(request)
		assert.Equal(t, want, client(c))
		app.ReleaseCtx(c)
	}
}

func newContext(method, path string) *fasthttp.RequestCtx {
	var r fasthttp.RequestCtx
	r.Request.Header.SetMethod(method)
	r.Request.SetRequestURI(path)
	return &r
}
