package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	lookEvery = 100 * time.Millisecond // how often a Balancer asks each node whether it is ready
	lookTime  = 10 * time.Second       // how long it waits for the answer, on a machine that has much else to do
)

// Balancer sends requests to nodes in turn, as one before a state's nodes does: only to those whose /readyz answers 200, and
// what changes nothing to another one where a node gave no answer. What changes something is sent again only where no
// connection was made, for otherwise it may have happened. A node that does not answer in time is asked once more before it
// counts as not ready: perhaps it was this process that got no processor.
type Balancer struct {
	base  http.RoundTripper
	nodes []*balanced
	next  atomic.Uint64
}

type balanced struct {
	at    *url.URL
	ready atomic.Bool
	late  bool // it did not answer the last look in time
}

var errNoNode = errors.New("no node is ready")

// NewBalancer looks at the nodes until the context ends, and once before it returns. Base carries the requests.
func NewBalancer(ctx context.Context, nodes []string, base http.RoundTripper) (*Balancer, error) {
	b := &Balancer{base: base}
	for _, node := range nodes {
		at, err := url.Parse(node)
		if err != nil {
			return nil, err
		}
		b.nodes = append(b.nodes, &balanced{at: at})
	}
	var once sync.WaitGroup
	for _, n := range b.nodes { // each by itself: one that answers late must not have another's end seen late
		once.Add(1)
		go func() {
			b.look(ctx, n)
			once.Done()
			tick := time.NewTicker(lookEvery)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					b.look(ctx, n)
				}
			}
		}()
	}
	once.Wait()
	return b, nil
}

func (b *Balancer) look(ctx context.Context, n *balanced) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.at.JoinPath("readyz").String(), nil)
	if err != nil {
		return
	}
	resp, err := b.base.RoundTrip(r)
	first := !n.late
	n.late = errors.Is(err, context.DeadlineExceeded)
	if n.late && first {
		return
	}
	if err != nil {
		n.ready.Store(false)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	resp.Body.Close()
	n.ready.Store(resp.StatusCode == http.StatusOK)
}

// RoundTrip implements http.RoundTripper. The host of the request does not matter.
func (b *Balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	first, err := b.next.Add(1), error(nil)
	for i := range b.nodes {
		n := b.nodes[(first+uint64(i))%uint64(len(b.nodes))]
		if !n.ready.Load() {
			continue
		}
		sent := r.Clone(r.Context())
		sent.URL.Scheme, sent.URL.Host, sent.Host = n.at.Scheme, n.at.Host, n.at.Host
		if err != nil && r.GetBody != nil {
			if sent.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
		var resp *http.Response
		if resp, err = b.base.RoundTrip(sent); err == nil {
			return resp, nil
		}
		err = fmt.Errorf("%s: %w", n.at.Host, err)
		var op *net.OpError
		reached := !errors.As(err, &op) || op.Op != "dial"
		if r.Context().Err() != nil || reached && !reads(r) {
			return nil, err
		}
	}
	if err == nil {
		err = errNoNode
	}
	return nil, err
}

// reads says that a request changes nothing.
func reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasSuffix(r.URL.Path, "/git-upload-pack")
}
