package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPrivateAndReservedAddressesAreNotPublic(t *testing.T) {
	for _, a := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1",
		"::", "::1", "::ffff:127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
		"64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fec0::1", "::ffff:169.254.169.254",
	} {
		addr := netip.MustParseAddr(a)
		assert.False(t, public(addr), a)
		assert.Error(t, guard("tcp", netip.AddrPortFrom(addr, 80).String(), nil), a)
	}
	for _, a := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"} {
		assert.True(t, public(netip.MustParseAddr(a)), a)
	}
}

func TestAllowedNamesHostsAndPorts(t *testing.T) {
	list := []string{"127.0.0.1:8080", "Peer.Example.org", "[::1]:9", "::2"}
	for hostport, want := range map[string]bool{
		"127.0.0.1:8080": true, "127.0.0.1:8081": false, "peer.example.org:443": true, "PEER.example.org.:80": true,
		"evil.peer.example.org:443": false, "[::1]:9": true, "[::1]:10": false, "[::2]:10": true, "nonsense": false,
	} {
		assert.Equal(t, want, allowed(list, hostport), hostport)
	}
}

func hostport(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

func get(t *testing.T, c *http.Client, address string) ([]byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func TestLoopbackIsRefusedUnlessAllowed(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprint(w, r.Header.Get("User-Agent"), " ", r.Header.Get("From"), " ", r.Header.Get("Accept-Encoding"))
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	require.NoError(t, err)

	for _, address := range []string{s.URL, "http://localhost:" + u.Port(), "http://[::ffff:127.0.0.1]:" + u.Port()} {
		_, err := get(t, New(Options{}), address)
		var refused *AddressError
		require.ErrorAs(t, err, &refused, address)
		assert.Contains(t, err.Error(), "an operator can allow it with the setting allow-peers")
	}
	assert.Zero(t, asked)

	got, err := get(t, New(Options{Allow: []string{hostport(s)}, UserAgent: "Test/1", From: "a@example.org"}), s.URL)
	require.NoError(t, err)
	assert.Equal(t, "Test/1 a@example.org gzip", string(got))
}

func TestRedirectsAreGuardedToo(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		default:
			http.Redirect(w, r, inside.URL, http.StatusFound)
		}
	}))
	defer outside.Close()
	c := New(Options{Allow: []string{hostport(outside)}})
	var refused *AddressError
	_, err := get(t, c, outside.URL)
	require.ErrorAs(t, err, &refused)
	_, err = get(t, c, outside.URL+"/loop")
	require.ErrorContains(t, err, "more than 5 redirects")
	_, err = get(t, c, outside.URL+"/file")
	require.Error(t, err)
}

func TestGzipBombIsRefused(t *testing.T) {
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	require.NoError(t, err)
	zeros := make([]byte, 1<<20)
	for range 8 {
		_, err := z.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}))
	defer s.Close()
	got, err := get(t, New(Options{Allow: []string{"127.0.0.1"}, Bytes: 1 << 20}), s.URL)
	require.ErrorIs(t, err, ErrTooLarge)
	assert.Len(t, got, 1<<20)
}

func TestAnAnswerOfExactlyTheBoundIsTaken(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "12345") }))
	defer s.Close()
	got, err := get(t, New(Options{Allow: []string{"127.0.0.1"}, Bytes: 5}), s.URL)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(got))
	_, err = get(t, New(Options{Allow: []string{"127.0.0.1"}, Bytes: 4}), s.URL)
	require.ErrorIs(t, err, ErrTooLarge)
}

func TestAStalledAnswerEnds(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "begin")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(release)
	_, err := get(t, New(Options{Allow: []string{"127.0.0.1"}, Idle: 20 * time.Millisecond}), s.URL)
	require.ErrorIs(t, err, ErrStalled)
}

func TestTheCallersContextEndsTheRequest(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	require.NoError(t, err)
	resp, err := New(Options{Allow: []string{"127.0.0.1"}}).Do(req)
	if err == nil {
		resp.Body.Close()
	}
	assert.True(t, errors.Is(err, context.Canceled), "%v", err)
}
