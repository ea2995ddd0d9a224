package fetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers one question after another with the addresses in turn: a name that changes where it leads.
func nameServer(t *testing.T, addresses ...[4]byte) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		asked := 0
		for buf := make([]byte, 1500); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: addresses[asked%len(addresses)]},
				}}
				asked++
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestANameThatLeadsInsideIsRefusedHoweverOftenItChanges(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	u, err := url.Parse(inside.URL)
	require.NoError(t, err)
	// What the name leads to when the connection is made counts; nothing is looked up before that could differ.
	resolver := nameServer(t, [4]byte{127, 0, 0, 1}, [4]byte{10, 0, 0, 1}, [4]byte{169, 254, 169, 254}, [4]byte{127, 0, 0, 1})
	for range 4 {
		_, err := get(t, newClient(Options{}, resolver), "http://rebind.example.org:"+u.Port())
		var refused *AddressError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, "rebind.example.org:"+u.Port(), refused.Host)
	}
}

func TestEverySpellingOfAnInsideAddressIsRefused(t *testing.T) {
	var mu sync.Mutex
	reached := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		reached++
	}))
	defer inside.Close()
	u, err := url.Parse(inside.URL)
	require.NoError(t, err)
	for _, host := range []string{
		"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "0", "0.0.0.0", "localhost", "LOCALHOST.",
		"[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
		"[::1%25lo]", "user:password@127.0.0.1", "１２７.0.0.1", "127。0。0。1",
	} {
		_, err := get(t, New(Options{}), "http://"+host+":"+u.Port()+"/")
		assert.Error(t, err, host)
	}
	// A port that is allowed allows no other.
	_, err = get(t, New(Options{Allow: []string{"127.0.0.1:1"}}), inside.URL)
	require.Error(t, err)
	_, err = get(t, New(Options{Allow: []string{"localhost"}}), inside.URL)
	require.Error(t, err, "another name of the same machine was allowed, not this one")
	assert.Zero(t, reached)
}

func TestAnAllowedHostDoesNotOpenTheWayToOthers(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	for name, location := range map[string]string{
		"another port": inside.URL, "another name": strings.Replace(inside.URL, "127.0.0.1", "localhost", 1),
		"IPv6": strings.Replace(inside.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1), "without a scheme": strings.TrimPrefix(inside.URL, "http:"),
		"gopher": "gopher://127.0.0.1/", "data": "data:text/plain,x",
	} {
		outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}))
		_, err := get(t, New(Options{Allow: []string{hostport(outside)}}), outside.URL)
		assert.Error(t, err, name)
		outside.Close()
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the guard cannot see behind a proxy") }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	client := New(Options{})
	_, err := get(t, client, "http://10.0.0.1:1/")
	var refused *AddressError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "10.0.0.1", refused.Address.String(), "and not that of the proxy, which is private, too")
	assert.Nil(t, client.Transport.(*bounded).next.(*http.Transport).Proxy, "the environment is read once for a process: another test may have been first")
}
