// Package fetch is how this server asks others for something: an *http.Client that goes only to public addresses and to
// hosts that the operator allowed, and that never takes more than it was told to.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Options are the bounds of a client. Zero fields take their default.
type Options struct {
	// Allow names hosts, as "host" or "host:port", that may be at a private or loopback address. Everything else is refused
	// there, whatever its name.
	Allow []string

	UserAgent string        // "Commonplace"
	From      string        // an administrator's email address for the From header; none
	Bytes     int64         // of a response body, after decompression; 64 MB
	Timeout   time.Duration // of a whole request with its body; 2 minutes
	Connect   time.Duration // of a connection and of its TLS handshake, each; 10 s
	Header    time.Duration // until the response begins; 60 s
	Idle      time.Duration // without a byte of the body; 30 s
	Redirects int           // at most; 5
}

func (o Options) orDefault() Options {
	if o.UserAgent == "" {
		o.UserAgent = "Commonplace"
	}
	if o.Bytes == 0 {
		o.Bytes = 64 << 20
	}
	if o.Redirects == 0 {
		o.Redirects = 5
	}
	for d, fallback := range map[*time.Duration]time.Duration{
		&o.Timeout: 2 * time.Minute, &o.Connect: 10 * time.Second, &o.Header: time.Minute, &o.Idle: 30 * time.Second,
	} {
		if *d == 0 {
			*d = fallback
		}
	}
	return o
}

// ErrTooLarge says that a response body is larger than the client takes, after decompression.
var ErrTooLarge = errors.New("the answer is larger than is accepted")

// ErrStalled says that a response body stopped coming.
var ErrStalled = errors.New("the answer stopped coming")

// New returns a client. It uses no proxy, because the guard could not see behind it, keeps no cookies, asks for gzip and
// decompresses it. Reading a body beyond the bounds returns an error that wraps ErrTooLarge or ErrStalled; connecting to an
// address that is not allowed returns one that wraps *AddressError.
func New(o Options) *http.Client { return newClient(o, nil) }

// newClient asks the resolver where names lead; nil: the system's.
func newClient(o Options, names *net.Resolver) *http.Client {
	o = o.orDefault()
	open := &net.Dialer{Timeout: o.Connect, KeepAlive: 30 * time.Second, Resolver: names}
	guarded := &net.Dialer{Timeout: o.Connect, KeepAlive: 30 * time.Second, Resolver: names, Control: guard}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if allowed(o.Allow, address) {
				return open.DialContext(ctx, network, address)
			}
			conn, err := guarded.DialContext(ctx, network, address)
			var refused *AddressError
			if errors.As(err, &refused) {
				return nil, &AddressError{Host: address, Address: refused.Address}
			}
			return conn, err
		},
		TLSHandshakeTimeout:    o.Connect,
		ResponseHeaderTimeout:  o.Header,
		MaxResponseHeaderBytes: 256 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
	}
	return &http.Client{
		Transport: &bounded{next: transport, o: o},
		Timeout:   o.Timeout,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			switch {
			case len(via) > o.Redirects:
				return fmt.Errorf("more than %d redirects", o.Redirects)
			case req.URL.Scheme != "http" && req.URL.Scheme != "https":
				return fmt.Errorf("redirected to %s, which is neither http nor https", req.URL.Redacted())
			case via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme == "http":
				return fmt.Errorf("redirected from https to %s", req.URL.Redacted())
			}
			return nil
		},
	}
}

// bounded is the transport that says who asks and bounds what comes.
type bounded struct {
	next http.RoundTripper
	o    Options
}

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	req = req.Clone(ctx)
	req.Header.Set("User-Agent", b.o.UserAgent)
	if b.o.From != "" {
		req.Header.Set("From", b.o.From)
	}
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	body := &body{ReadCloser: resp.Body, left: b.o.Bytes, idle: b.o.Idle, ctx: ctx, cancel: cancel}
	body.timer = time.AfterFunc(b.o.Idle, func() { cancel(ErrStalled) })
	body.timer.Stop() // it runs while somebody reads
	resp.Body = body
	return resp, nil
}

// CloseIdleConnections closes what is kept open.
func (b *bounded) CloseIdleConnections() {
	if t, ok := b.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// body counts what comes out of a response, after the transport decompressed it.
type body struct {
	io.ReadCloser
	left   int64
	idle   time.Duration
	timer  *time.Timer
	ctx    context.Context // of the request whose body this is
	cancel context.CancelCauseFunc
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	b.timer.Reset(b.idle)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if b.left -= int64(n); b.left < 0 {
		return n - 1, ErrTooLarge
	}
	if err != nil && err != io.EOF && errors.Is(context.Cause(b.ctx), ErrStalled) {
		err = fmt.Errorf("%w after %v without a byte", ErrStalled, b.idle)
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
