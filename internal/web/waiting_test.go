package web

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/metrics"
)

// slowly writes a body to a client that reads when it is told to.
type slowly struct {
	client net.Conn
	done   chan error // gets how the writing ended
}

func writeSlowly(t *testing.T, room *waitingRoom, body []byte, stall time.Duration) slowly {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() }) // it may be closed
	require.NoError(t, client.(*net.TCPConn).SetReadBuffer(16<<10))
	c, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, c.(*net.TCPConn).SetWriteBuffer(16<<10))
	conn := &lingeringConn{TCPConn: c.(*net.TCPConn), stall: stall, leave: func() {}}
	s := slowly{client, make(chan error, 1)}
	w := &waiting{b: body, conn: conn, room: room}
	go func() {
		to := bufio.NewWriter(conn)
		_, err := to.WriteString("head\n")
		if err == nil {
			var n int64
			if n, err = w.WriteTo(to); err == nil && n != int64(len(body)) {
				err = fmt.Errorf("%d bytes of %d", n, len(body))
			}
		}
		_ = conn.TCPConn.Close() // it may have been hung up on
		s.done <- err
	}()
	return s
}

// TestWhatWaitsArrivesWhole reads bodies that compress well and not at all, of lengths around those of pieces, late.
func TestWhatWaitsArrivesWhole(t *testing.T) {
	t.Parallel()
	room := newWaitingRoom(metrics.New("test"))
	for _, n := range []int{waitingFrom, 9 * pieceKept, 9*pieceKept + 1, 600<<10 - 1} {
		for _, plain := range []bool{true, false} {
			body := bytes.Repeat([]byte("<record/>"), n/9+1)[:n]
			if !plain {
				_, err := rand.Read(body)
				require.NoError(t, err)
			}
			t.Run(fmt.Sprint(n, plain), func(t *testing.T) {
				t.Parallel()
				s := writeSlowly(t, room, bytes.Clone(body), time.Minute)
				time.Sleep(2 * atOnceTime)
				got, err := io.ReadAll(iotest.OneByteReader(bufio.NewReader(s.client)))
				require.NoError(t, err)
				require.NoError(t, <-s.done)
				assert.True(t, bytes.Equal(append([]byte("head\n"), body...), got))
			})
		}
	}
	t.Cleanup(func() { assert.Zero(t, room.bytes); assert.Zero(t, room.all.Len()) })
}

// TestWhatWaitsIsSmall has many take nothing of a page of records: what is kept for them is a fraction of it.
func TestWhatWaitsIsSmall(t *testing.T) {
	const readers, size = 100, 300 << 10
	room := newWaitingRoom(metrics.New("test"))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var all []slowly
	for i := range readers {
		all = append(all, writeSlowly(t, room, []byte(strings.Repeat(fmt.Sprintf("<record><title>Lesson %d about fractions</title></record>\n", i), size/58)), time.Minute))
	}
	require.Eventually(t, func() bool {
		room.mu.Lock()
		defer room.mu.Unlock()
		return room.all.Len() == readers
	}, time.Minute, 10*time.Millisecond)
	runtime.GC()
	runtime.GC() // pools too
	runtime.ReadMemStats(&after)
	assert.Less(t, int(after.HeapAlloc)-int(before.HeapAlloc), readers*size/4)
	for _, s := range all {
		_ = s.client.Close()
		require.Error(t, <-s.done)
	}
	assert.Zero(t, room.bytes)
}

// TestTheSlowestIsLetGoWhereTooMuchWaits lets as much wait as there is room for, and then one more.
func TestTheSlowestIsLetGoWhereTooMuchWaits(t *testing.T) {
	t.Parallel()
	room := newWaitingRoom(metrics.New("test"))
	room.most = 2 << 20
	body := func() []byte {
		b := make([]byte, 800<<10)
		_, err := rand.Read(b)
		require.NoError(t, err)
		return b
	}
	waits := func(n int) {
		require.Eventually(t, func() bool {
			room.mu.Lock()
			defer room.mu.Unlock()
			return room.all.Len() == n
		}, time.Minute, time.Millisecond)
	}
	first := writeSlowly(t, room, body(), time.Minute)
	waits(1)
	second := writeSlowly(t, room, body(), time.Minute)
	waits(2)
	third := writeSlowly(t, room, body(), time.Minute)
	require.Error(t, <-first.done, "it has waited longest")
	waits(2)
	for _, s := range []slowly{second, third} {
		_, err := io.Copy(io.Discard, s.client)
		require.NoError(t, err)
		require.NoError(t, <-s.done)
	}
	assert.Zero(t, room.bytes)
}

// TestWhatWaitsMustBeTaken lets go of who takes nothing.
func TestWhatWaitsMustBeTaken(t *testing.T) {
	t.Parallel()
	s := writeSlowly(t, newWaitingRoom(metrics.New("test")), make([]byte, 4<<20), 300*time.Millisecond)
	require.Error(t, <-s.done)
}

// TestLargePagesArriveWhole asks twice on one connection, and reads both answers after a pause.
func TestLargePagesArriveWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("rosa", accounts.Author)
	const size = 1_000_000
	w.publish("rosa/data", fstest.MapFS{"index.md": {Data: []byte(bigLesson)}, "data.csv": {Data: []byte(strings.Repeat("1,2,3,4,5,6,7,8,9,0\n", size/20))}})
	address := w.listening(nil)
	for _, method := range []string{"HEAD", "GET"} {
		conn := dial(t, address)
		require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(16<<10))
		_, err := io.WriteString(conn, method+" /r/rosa/data/raw/data.csv HTTP/1.1\r\nHost: x\r\n\r\n"+method+" /r/rosa/data/raw/data.csv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		time.Sleep(2 * atOnceTime)
		r := bufio.NewReader(conn)
		for range 2 {
			request, err := http.NewRequest(method, "http://x/", nil)
			require.NoError(t, err)
			answer, err := http.ReadResponse(r, request)
			require.NoError(t, err)
			assert.EqualValues(t, size, answer.ContentLength)
			b, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			if method == "GET" {
				assert.Equal(t, size, len(b)) //nolint:testifylint // a failure would print all of it
			}
		}
	}
}
