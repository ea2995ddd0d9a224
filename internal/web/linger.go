package web

import (
	"io"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// What a refused client may still be sending is read for so long, and no further: closing a connection with unread bytes
// resets it, and the client may lose the answer that says why (RFC 9112, section 9.6).
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 20
)

// pieceOut is how much of an answer has to be taken within the time that a transfer may stand still. Slower readers than
// that, 1 kB a second, are let go: they would hold the answer in memory.
const pieceOut = 64 << 10

// lingering accepts connections that read on for a moment when they are closed in the middle of what a client sends, and
// that give up a client who does not read. It accepts no more of them than there is room for.
type lingering struct {
	net.Listener
	room  *room
	stall time.Duration
}

func (l lingering) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		leave, ok := l.room.enter(c.RemoteAddr())
		if !ok {
			refuse(c)
			continue
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			return &lingeringConn{TCPConn: tcp, stall: l.stall, leave: leave}, nil
		}
		return &countedConn{c, leave}, nil
	}
}

// refuse tells a client that there is no room for it, as far as that costs nothing.
func refuse(c net.Conn) {
	_ = c.SetWriteDeadline(time.Now().Add(time.Millisecond)) // there is room in a new connection's buffer
	_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	_ = c.Close()
}

// countedConn is a connection of another kind, such as a test's.
type countedConn struct {
	net.Conn
	leave func()
}

func (c *countedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

type lingeringConn struct {
	*net.TCPConn
	stall time.Duration
	leave func()
	more  atomic.Bool  // the last read took all that there was room for: more is likely to come
	end   atomic.Int64 // nanoseconds since 1970 after which nothing is written; 0: never
}

func (c *lingeringConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	c.more.Store(n > 0 && n == len(b))
	return n, err
}

// SetWriteDeadline sets the time of the whole answer.
func (c *lingeringConn) SetWriteDeadline(t time.Time) error {
	c.end.Store(0)
	if !t.IsZero() {
		c.end.Store(t.UnixNano())
	}
	return c.TCPConn.SetWriteDeadline(t)
}

// SetDeadline sets the time of everything.
func (c *lingeringConn) SetDeadline(t time.Time) error {
	if err := c.SetWriteDeadline(t); err != nil {
		return err
	}
	return c.SetReadDeadline(t)
}

// next gives the client time for the next piece.
func (c *lingeringConn) next() error {
	until := time.Now().Add(c.stall)
	if end := c.end.Load(); end != 0 && until.UnixNano() > end {
		until = time.Unix(0, end)
	}
	return c.TCPConn.SetWriteDeadline(until)
}

// Write writes piece by piece.
func (c *lingeringConn) Write(b []byte) (n int, err error) {
	for {
		if err := c.next(); err != nil {
			return n, err
		}
		m, err := c.TCPConn.Write(b[:min(len(b), pieceOut)])
		n += m
		b = b[m:]
		if err != nil || len(b) == 0 {
			return n, err
		}
	}
}

// ReadFrom writes what a reader has piece by piece. A file goes without passing through this process, which the system
// does for a file itself or a part of one only; anything else by way of a buffer that is used again.
func (c *lingeringConn) ReadFrom(r io.Reader) (n int64, err error) {
	part, ok := r.(*io.LimitedReader)
	if !ok {
		part = &io.LimitedReader{R: r, N: math.MaxInt64}
	}
	if _, ok := part.R.(*os.File); !ok {
		buffer := buffers.Get().(*[pieceOut]byte)
		defer buffers.Put(buffer)
		return io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{r}, buffer[:])
	}
	for {
		if err := c.next(); err != nil {
			return n, err
		}
		piece := min(pieceOut, part.N)
		m, err := c.TCPConn.ReadFrom(&io.LimitedReader{R: part.R, N: piece})
		n += m
		part.N -= m
		if err != nil || m < piece || part.N == 0 {
			return n, err
		}
	}
}

// buffers are for pieces of answers.
var buffers = sync.Pool{New: func() any { return new([pieceOut]byte) }}

// Close ends the answer, waits until the client has sent the rest and closed its side, or the time is over, and closes.
func (c *lingeringConn) Close() error {
	defer c.leave()
	if c.more.Load() && c.CloseWrite() == nil && c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes)
	}
	return c.TCPConn.Close()
}
