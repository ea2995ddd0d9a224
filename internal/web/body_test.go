package web

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUnreadBodyIsNoRequest sends bodies that nobody reads, with a request in them, and a request after them on the same
// connection.
func TestUnreadBodyIsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = w.server.Serve(l) }()
	t.Cleanup(func() {
		// The test's own context has ended by now, and connections may take a moment to be let go.
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		require.NoError(t, w.server.Shutdown(ctx))
	})
	planted := "GET /planted HTTP/1.1\r\nHost: oer.test\r\n\r\n"
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	for name, c := range map[string]struct {
		head, body string
		closed     bool // rather than read to its end
	}{
		"a little":         {"Content-Length: %d", strings.Repeat(" ", 200<<10) + strings.Repeat(planted, 100), false},
		"a little, chunks": {"Transfer-Encoding: chunked", chunk(strings.Repeat(planted, 4000)) + "0\r\n\r\n", false},
		"nothing, chunks":  {"Transfer-Encoding: chunked", "0\r\n\r\n", false},
		"too much":         {"Content-Length: %d", strings.Repeat(" ", restBefore+1) + strings.Repeat(planted, 100), true},
		"too much, chunks": {"Transfer-Encoding: chunked", strings.Repeat(chunk(strings.Repeat(planted, 4000)), 60) + "0\r\n\r\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			head := c.head
			if strings.Contains(head, "%d") {
				head = fmt.Sprintf(head, len(c.body))
			}
			_, err = fmt.Fprintf(conn, "POST /nowhere HTTP/1.1\r\nHost: oer.test\r\n%s\r\n\r\n%s", head, c.body)
			require.NoError(t, err)
			r := bufio.NewReader(conn)
			first, err := http.ReadResponse(r, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusNotFound, first.StatusCode)
			assert.Equal(t, c.closed, first.Close)
			require.NoError(t, first.Write(new(strings.Builder)))
			_, _ = fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: oer.test\r\nConnection: close\r\n\r\n")
			_ = conn.(*net.TCPConn).CloseWrite() // which fails where the server has hung up
			second, err := http.ReadResponse(r, nil)
			if c.closed {
				require.Error(t, err, "the rest was taken for a request")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, second.StatusCode)
			require.NoError(t, second.Body.Close())
		})
	}
}
