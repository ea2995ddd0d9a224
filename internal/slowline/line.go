// Package slowline makes connections as slow as those that many readers have, for tests and measurements: round trips for
// the handshakes of TCP and TLS, one round trip for each request, a window that begins with ten segments and doubles, and one
// bit rate for all connections. A browser's own throttling has neither handshakes nor slow start, and shows a page in 0.5 s
// where an honest line takes 1.4 s.
package slowline

import (
	"io"
	"math"
	"net"
	"sync"
	"time"
)

// Sizes of TCP: the payload of a segment over Ethernet, and how many may be under way at first (RFC 6928).
const (
	Segment = 1460
	Initial = 10
)

// Line is a kind of connection.
type Line struct {
	Name       string
	RTT        time.Duration // round trip
	Bits       float64       // each second, downward
	Handshakes int           // round trips before the first request: 1 for TCP, 1 more for TLS 1.3
}

// The lines that pages are measured on, with TLS 1.3.
var (
	Slow3G = Line{"400 kbit/s, 400 ms", 400 * time.Millisecond, 400e3, 2}
	Edge   = Line{"50 kbit/s, 600 ms", 600 * time.Millisecond, 50e3, 2}
)

// Rounds is how many windows an answer of so many bytes takes on a new connection: 1 up to 14,600 bytes, 2 up to 43,800.
func Rounds(bytes int) int {
	rounds, room := 0, 0
	for window := Initial * Segment; room < bytes; window *= 2 {
		room += window
		rounds++
	}
	return max(rounds, 1)
}

// Time is when the last of the bytes of one answer has come, on a new connection, by this model: no loss, no other
// traffic, and a server that takes no time.
func (l Line) Time(bytes int) time.Duration {
	wait := time.Duration(l.Handshakes) * l.RTT
	sent := time.Duration(0) // on the line, since the request arrived
	window, left := Initial*Segment, bytes
	for round := 0; left > 0; round++ {
		n := min(window, left)
		if at := time.Duration(round) * l.RTT; sent < at {
			sent = at // the window opens with the acknowledgment
		}
		sent += time.Duration(math.Round(float64(n*8) / l.Bits * float64(time.Second)))
		left -= n
		window *= 2
	}
	return wait + l.RTT + sent
}

// Listener makes the connections of another listener as slow as a line.
type Listener struct {
	net.Listener
	line Line

	mu   sync.Mutex
	free time.Time // when the line has sent all that it was given
	sent int
	all  []net.Conn
}

// Listen makes a listener's connections slow.
func Listen(l net.Listener, line Line) *Listener { return &Listener{Listener: l, line: line} }

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, c)
	return &conn{Conn: c, l: l, born: time.Now(), window: Initial * Segment}, nil
}

// Sent is how many bytes went to readers, and over how many connections.
func (l *Listener) Sent() (bytes, connections int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent, len(l.all)
}

// Cut ends all connections and listens no more, as when the line breaks.
func (l *Listener) Cut() {
	_ = l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.all {
		_ = c.Close()
	}
}

// conn is one connection. Its reads and its writes are each of one goroutine, as net/http and fasthttp have it.
type conn struct {
	net.Conn
	l      *Listener
	born   time.Time
	first  sync.Once
	window int // bytes that may be under way
	left   int // what of that is free in this round
	round  time.Time
	last   time.Time // when it last sent something
}

// Read implements net.Conn: a request arrives half a round trip after it was sent, the first one after the handshakes.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.first.Do(func() { time.Sleep(time.Until(c.born.Add(time.Duration(c.l.line.Handshakes) * c.l.line.RTT))) })
		time.Sleep(c.l.line.RTT / 2)
	}
	return n, err
}

// Write implements net.Conn: the first byte of an answer arrives half a round trip later, the others as the line and the
// window let them. What follows at once belongs to the same answer.
func (c *conn) Write(b []byte) (int, error) {
	if time.Since(c.last) > c.l.line.RTT/4 {
		time.Sleep(c.l.line.RTT / 2)
	}
	defer func() { c.last = time.Now() }()
	sent := 0
	for sent < len(b) {
		now := time.Now()
		if !now.Before(c.round) {
			if !c.round.IsZero() && c.left == 0 {
				c.window *= 2
			}
			c.left, c.round = c.window, now.Add(c.l.line.RTT)
		}
		if c.left == 0 {
			time.Sleep(time.Until(c.round))
			continue
		}
		n := min(Segment, len(b)-sent, c.left)
		time.Sleep(time.Until(c.l.occupy(n)))
		if _, err := c.Conn.Write(b[sent : sent+n]); err != nil {
			return sent, err
		}
		sent, c.left = sent+n, c.left-n
	}
	return sent, nil
}

// Forward answers the listener's connections with those of the server at an address, until the listener is closed.
func (l *Listener) Forward(address string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			server, err := net.Dial("tcp", address)
			if err != nil {
				return
			}
			defer server.Close()
			go func() {
				_, _ = io.Copy(struct{ io.Writer }{server}, struct{ io.Reader }{c})
				_ = server.Close()
			}()
			_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{server})
		}()
	}
}

// occupy gives the line n bytes and returns when it will have sent them.
func (l *Listener) occupy(n int) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(n*8) / l.line.Bits * float64(time.Second)))
	l.sent += n
	return l.free
}
