package blobtest

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Proxy stands between a client and a server, and breaks TCP connections as asked. Without being asked it only passes bytes on.
type Proxy struct {
	// Addr is where it listens, host:port.
	Addr string

	target string

	mu      sync.Mutex
	changed *sync.Cond // stalled, closed
	conns   map[*proxied]bool
	plan    func(Turn) Trouble
	stalled bool
	closed  bool
	counts  map[Trouble]int
}

// Turn is the beginning of a request or of an answer on one connection.
type Turn struct {
	Answer bool
	First  []byte // what has come of it; the request line is at its beginning
}

// Trouble is what happens to a request or an answer.
type Trouble int

// The troubles. A connection with one of them, except Late, is reset.
const (
	Fine Trouble = iota
	Drop         // nothing of it is passed on: a request that never arrives, or a lost answer
	Half         // half of its first piece is passed on
	Torn         // its first piece is passed on, and nothing more
	Late         // it is passed on after a pause
)

const (
	pause = 5 * time.Millisecond
	piece = 32 << 10 // bytes passed on at once
)

// NewProxy listens on a free port of 127.0.0.1 for the server at target, and ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &Proxy{Addr: l.Addr().String(), target: target, conns: make(map[*proxied]bool), counts: make(map[Trouble]int)}
	p.changed = sync.NewCond(&p.mu)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.mu.Lock()
		p.closed = true
		p.changed.Broadcast()
		p.mu.Unlock()
		p.Cut()
		all.Wait()
	})
	return p
}

// Plan asks f at every beginning of a request or an answer what happens to it. nil ends the troubles. Calls never overlap.
func (p *Proxy) Plan(f func(Turn) Trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = f
}

// Next gives the trouble to the next n requests, or answers, that match accepts; nil accepts all.
func (p *Proxy) Next(n int, trouble Trouble, match func(Turn) bool) {
	p.Plan(func(turn Turn) Trouble {
		if n == 0 || match != nil && !match(turn) {
			return Fine
		}
		n--
		return trouble
	})
}

// Shake gives each trouble to the given share of all requests and of all answers, as 0.03.
func (p *Proxy) Shake(seed uint64, rate float64) {
	r := rand.New(rand.NewPCG(seed, 0))
	troubles := []Trouble{Drop, Half, Torn, Late}
	p.Plan(func(Turn) Trouble {
		if i := int(r.Float64() / rate); i < len(troubles) {
			return troubles[i]
		}
		return Fine
	})
}

// Cut resets all connections that are open.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.reset()
	}
}

// Stall passes nothing on, and closes nothing, until it is told otherwise.
func (p *Proxy) Stall(stalled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = stalled
	p.changed.Broadcast()
}

// Troubles answers how often each trouble happened.
func (p *Proxy) Troubles() map[Trouble]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make(map[Trouble]int, len(p.counts))
	for trouble, n := range p.counts {
		counts[trouble] = n
	}
	return counts
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.target)
	c := &proxied{client: client, server: server}
	p.mu.Lock()
	if err != nil || p.closed {
		p.mu.Unlock()
		c.reset()
		return
	}
	p.conns[c] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(c, server, client, false) })
	both.Go(func() { p.pass(c, client, server, true) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

// pass copies one direction until either side ends.
func (p *Proxy) pass(c *proxied, dst, src net.Conn, answer bool) {
	defer c.close()
	buf := make([]byte, piece)
	for {
		n, err := src.Read(buf)
		data := buf[:n]
		if n > 0 {
			trouble := p.trouble(c, Turn{Answer: answer, First: data})
			switch trouble {
			case Drop:
				c.reset()
				return
			case Half:
				data = data[:n/2]
			case Late:
				time.Sleep(pause)
			}
			if _, err := dst.Write(data); err != nil {
				return
			}
			if trouble == Half || trouble == Torn {
				time.Sleep(pause) // a reset would overtake what was just sent
				c.reset()
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// trouble waits while the proxy is stalled, and decides at the beginning of a turn.
func (p *Proxy) trouble(c *proxied, turn Turn) Trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stalled && !p.closed {
		p.changed.Wait()
	}
	begins := !c.talked || c.answering != turn.Answer
	c.talked, c.answering = true, turn.Answer
	if !begins || p.plan == nil {
		return Fine
	}
	trouble := p.plan(turn)
	if trouble != Fine {
		p.counts[trouble]++
	}
	return trouble
}

// proxied is a pair of connections.
type proxied struct {
	client, server    net.Conn // server is nil where it could not be reached
	talked, answering bool     // guarded by the proxy
}

func (c *proxied) close() {
	c.client.Close()
	if c.server != nil {
		c.server.Close()
	}
}

// reset closes without a goodbye.
func (c *proxied) reset() {
	for _, conn := range []net.Conn{c.client, c.server} {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed already
			tcp.Close()
		}
	}
}
