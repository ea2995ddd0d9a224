package load

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// SlowReaders ask a server for a large answer and read a byte of it a second.
type SlowReaders struct {
	Open  atomic.Int64 // connections that the server keeps
	Ended atomic.Int64 // connections that it has closed

	begun  sync.WaitGroup // readers that wait for their first byte
	all    sync.WaitGroup
	cancel context.CancelFunc
}

// NewSlowReaders connects so many readers to a node, 2,000 a second at most, and returns when each has got its first byte, or nothing for a minute. Path is what
// they ask for; more than a socket holds shows more. Close them.
func NewSlowReaders(ctx context.Context, node, path string, n int) (*SlowReaders, error) {
	at, err := url.Parse(node)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &SlowReaders{cancel: cancel}
	pace := time.NewTicker(500 * time.Microsecond)
	defer pace.Stop()
	for range n {
		<-pace.C
		c, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", at.Host)
		if err != nil {
			s.Close()
			return nil, err
		}
		if err := c.(*net.TCPConn).SetReadBuffer(2048); err != nil { // so that what is not read stays with the server
			s.Close()
			return nil, err
		}
		if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, at.Host); err != nil {
			s.Ended.Add(1)
			_ = c.Close() // it is closed
			continue
		}
		s.Open.Add(1)
		s.begun.Add(1)
		s.all.Go(func() { s.read(ctx, c) })
	}
	s.begun.Wait()
	return s, nil
}

func (s *SlowReaders) read(ctx context.Context, c net.Conn) {
	defer c.Close()
	begun := sync.OnceFunc(s.begun.Done)
	defer begun()
	for b := make([]byte, 1); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			return
		}
		if _, err := c.Read(b); err != nil {
			s.Open.Add(-1)
			s.Ended.Add(1)
			return
		}
		begun()
	}
}

// Close hangs up.
func (s *SlowReaders) Close() {
	s.cancel()
	s.all.Wait()
}
