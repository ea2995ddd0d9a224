package load

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Fault is what a Proxy does to what passes through it.
type Fault int

// The faults.
const (
	Pass  Fault = iota // none
	Cut                // connections are reset, and new ones as soon as they are made
	Stall              // connections are accepted and stay open, and nothing passes
	Slow               // every piece of at most 32 KiB is late
)

// Proxy stands between a client and a server of this machine, such as a node and its database, and makes faults of the
// network between them. At first it passes everything on.
type Proxy struct {
	Addr string // where it listens, host:port

	network, target string
	listener        net.Listener
	all             sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond // fault, closed
	fault   Fault
	delay   time.Duration
	closed  bool
	open    map[net.Conn]bool
}

// NewProxy listens on a free port of 127.0.0.1 for the server at a target: "tcp" and host:port, or "unix" and the path of a
// socket. Close it.
func NewProxy(network, target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Addr: l.Addr().String(), network: network, target: target, listener: l, open: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.all.Go(p.accept)
	return p, nil
}

// Set makes a fault, in place of the one before. The delay is that of Slow.
func (p *Proxy) Set(f Fault, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.delay = f, delay
	p.changed.Broadcast()
	if f == Cut {
		p.reset()
	}
}

// Close resets all connections and stops listening.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.changed.Broadcast()
	p.reset()
	p.mu.Unlock()
	err := p.listener.Close()
	p.all.Wait()
	return err
}

// reset closes all connections without a goodbye; the caller holds mu.
func (p *Proxy) reset() {
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed already
		}
		_ = c.Close() // likewise
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // such as too many open files
			continue
		}
		p.all.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	defer p.forget(client)
	if !p.keep(client) || !p.mayPass() {
		return
	}
	server, err := net.DialTimeout(p.network, p.target, 10*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(server) {
		return
	}
	defer p.forget(server)
	var back sync.WaitGroup
	back.Go(func() {
		p.pass(client, server)
		client.Close()
		server.Close()
	})
	p.pass(server, client)
	client.Close()
	server.Close()
	back.Wait()
}

// keep remembers a connection, unless it is to be reset at once.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.fault == Cut {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it is closed next
		}
		return false
	}
	p.open[c] = true
	return true
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

// mayPass waits as long as nothing passes, or a piece is to be late; false says that nothing passes any more.
func (p *Proxy) mayPass() bool {
	p.mu.Lock()
	for p.fault == Stall && !p.closed {
		p.changed.Wait()
	}
	gone, late := p.closed || p.fault == Cut, time.Duration(0)
	if p.fault == Slow {
		late = p.delay
	}
	p.mu.Unlock()
	if !gone && late > 0 {
		time.Sleep(late)
	}
	return !gone
}

func (p *Proxy) pass(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !p.mayPass() {
			return
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
