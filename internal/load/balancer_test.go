package load_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/load"
)

// nodesOf answers as nodes do that are ready, but for the errors.
type nodesOf struct {
	look, ask func(*http.Request) error
}

func (n nodesOf) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := n.ask
	if r.URL.Path == "/readyz" {
		answer = n.look
	}
	if err := answer(r); err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func well(*http.Request) error { return nil }

func TestBalancerAsksTwiceWhoIsLate(t *testing.T) {
	t.Parallel()
	looks := make(chan chan error)
	base := nodesOf{ask: well, look: func(*http.Request) error {
		end := make(chan error)
		select {
		case looks <- end:
			return <-end
		case <-t.Context().Done():
			return t.Context().Err()
		}
	}}
	go func() { (<-looks) <- nil }()
	b, err := load.NewBalancer(t.Context(), []string{"http://a"}, base)
	require.NoError(t, err)
	for i, look := range []struct {
		ready bool // after the looks before
		end   error
	}{
		{true, context.DeadlineExceeded}, {true, nil}, {true, context.DeadlineExceeded}, {true, context.DeadlineExceeded},
		{false, context.DeadlineExceeded}, {false, nil}, {true, io.EOF}, {false, context.DeadlineExceeded}, {false, nil}, {true, nil},
	} {
		end := <-looks // the one before is over
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://any/", nil)
		require.NoError(t, err)
		_, err = b.RoundTrip(r)
		assert.Equal(t, look.ready, err == nil, "before look %d: %v", i, err)
		end <- look.end
	}
}

func TestBalancerSendsReadsToAnother(t *testing.T) {
	t.Parallel()
	reset, refused := &net.OpError{Op: "read", Err: io.ErrUnexpectedEOF}, &net.OpError{Op: "dial", Err: io.ErrUnexpectedEOF}
	for _, c := range []struct {
		method, path string
		failure      error
		sent         int
	}{
		{"GET", "/", reset, 2},
		{"POST", "/r/rosa/halves.git/git-upload-pack", reset, 2},
		{"POST", "/r/rosa/halves.git/git-receive-pack", reset, 1},
		{"POST", "/sign-in", reset, 1},
		{"POST", "/sign-in", refused, 2},
	} {
		sent := 0
		base := nodesOf{look: well, ask: func(r *http.Request) error {
			sent++
			if r.Body != nil {
				said, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				assert.Equal(t, "0000", string(said), "all of it, each time")
			}
			return c.failure
		}}
		ctx, cancel := context.WithCancel(t.Context())
		b, err := load.NewBalancer(ctx, []string{"http://a", "http://b"}, base)
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(ctx, c.method, "http://any"+c.path, strings.NewReader("0000"))
		require.NoError(t, err)
		_, err = b.RoundTrip(r)
		require.Error(t, err)
		assert.Equal(t, c.sent, sent, "%s %s after %s", c.method, c.path, c.failure)
		cancel()
	}
}
