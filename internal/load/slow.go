package load

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// SlowReaders ask a server for answers and read a byte of them a second.
type SlowReaders struct {
	Open  atomic.Int64 // connections that the server keeps
	Ended atomic.Int64 // connections that it has closed
	Again atomic.Int64 // times that it told one to come again, who did

	all    sync.WaitGroup
	cancel context.CancelFunc
}

const (
	beginning = 8 // readers that ask at the same time: they are to be slow, not many requests at once
	patience  = 10 * time.Minute
)

// NewSlowReaders connects so many readers to a node, and returns when each has the status of its answer, or an error when one
// was not answered. Paths are what they ask for in turn; more than a socket holds shows more. Close them.
func NewSlowReaders(ctx context.Context, node string, paths []string, n int) (*SlowReaders, error) {
	at, err := url.Parse(node)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &SlowReaders{cancel: cancel}
	begun := make(chan error, n)
	turns := make(chan struct{}, beginning)
	for i := range n {
		s.all.Go(func() {
			turns <- struct{}{}
			c, err := s.begin(ctx, at.Host, paths[i%len(paths)])
			<-turns
			if err == nil {
				s.Open.Add(1)
			}
			begun <- err
			if err == nil {
				s.read(ctx, c)
			}
		})
	}
	for range n {
		if err := <-begun; err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// begin asks until it is answered, and reads no more than the status.
func (s *SlowReaders) begin(ctx context.Context, host, path string) (net.Conn, error) {
	for until := time.Now().Add(patience); ; {
		c, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", host)
		if err != nil {
			return nil, err
		}
		status, err := ask(c, host, path)
		switch {
		case err == nil && status == "HTTP/1.1 200":
			return c, nil
		case err == nil && status == "HTTP/1.1 503" && time.Now().Before(until):
			s.Again.Add(1)
		default:
			_ = c.Close() // nobody waits for it
			return nil, fmt.Errorf("slow reader of %s: %q: %w", path, status, err)
		}
		_ = c.Close() // it was refused
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second + rand.N(time.Second)): //nolint:gosec // nothing to guess
		}
	}
}

func ask(c net.Conn, host, path string) (status string, err error) {
	if err := c.(*net.TCPConn).SetReadBuffer(2048); err != nil { // so that what is not read stays with the server
		return "", err
	}
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host); err != nil {
		return "", err
	}
	b := make([]byte, len("HTTP/1.1 200"))
	n, err := io.ReadFull(c, b)
	return strings.TrimSpace(string(b[:n])), err
}

func (s *SlowReaders) read(ctx context.Context, c net.Conn) {
	defer c.Close()
	for b := make([]byte, 1); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		err := c.SetReadDeadline(time.Now().Add(time.Minute))
		if err == nil {
			_, err = c.Read(b)
		}
		if err != nil {
			s.Open.Add(-1)
			s.Ended.Add(1)
			return
		}
	}
}

// Close hangs up.
func (s *SlowReaders) Close() {
	s.cancel()
	s.all.Wait()
}
