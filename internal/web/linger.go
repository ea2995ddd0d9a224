package web

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// What a refused client may still be sending is read for so long, and no further: closing a connection with unread bytes
// resets it, and the client may lose the answer that says why (RFC 9112, section 9.6).
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 20
)

// lingering accepts connections that read on for a moment when they are closed in the middle of what a client sends.
type lingering struct{ net.Listener }

func (l lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &lingeringConn{TCPConn: tcp}, err
	}
	return c, err
}

type lingeringConn struct {
	*net.TCPConn
	more atomic.Bool // the last read took all that there was room for: more is likely to come
}

func (c *lingeringConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	c.more.Store(n > 0 && n == len(b))
	return n, err
}

// Close ends the answer, waits until the client has sent the rest and closed its side, or the time is over, and closes.
func (c *lingeringConn) Close() error {
	if c.more.Load() && c.CloseWrite() == nil && c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes)
	}
	return c.TCPConn.Close()
}
