package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// proxied opens a new bucket through a proxy, and once more beside it.
func proxied(t *testing.T, gateway *blobtest.Gateway) (through, beside *blob.S3, proxy *blobtest.Proxy) {
	t.Helper()
	proxy = blobtest.NewProxy(t, gateway.Addr)
	o := gateway.Options(gateway.NewBucket())
	beside = openS3(t, o)
	o.Endpoint = "http://" + proxy.Addr
	return openS3(t, o), beside, proxy
}

func isPut(turn blobtest.Turn) bool {
	return !turn.Answer && bytes.HasPrefix(turn.First, []byte("PUT "))
}
func isAnswer(turn blobtest.Turn) bool { return turn.Answer }

// The put is done, the answer is lost, the client sends it again, and the server refuses it because of itself.
func TestS3PutWinsThoughItConflictsWithItself(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	for name, trouble := range map[string]blobtest.Trouble{"lost answer": blobtest.Drop, "half an answer": blobtest.Half} {
		t.Run(name, func(t *testing.T) {
			s, beside, proxy := proxied(t, gateway)
			proxy.Next(1, trouble, isAnswer)
			tag, err := s.Put(t.Context(), "k", strings.NewReader("one"), blob.IfAbsent())
			require.NoError(t, err)
			require.Equal(t, tag, tagOf(t, beside, "k"))

			proxy.Next(2, trouble, isAnswer)
			tag, err = s.Put(t.Context(), "k", strings.NewReader("two"), blob.IfMatch(tag))
			require.NoError(t, err)
			require.Equal(t, tag, tagOf(t, beside, "k"))
			require.Equal(t, 3, proxy.Troubles()[trouble])

			_, err = s.Put(t.Context(), "k", strings.NewReader("three"), blob.IfAbsent())
			require.ErrorIs(t, err, blob.ErrConflict)
		})
	}
}

func TestS3PutIsSentAgainWhereItNeverArrived(t *testing.T) {
	t.Parallel()
	s, beside, proxy := proxied(t, blobtest.VersityGW(t))
	for i, trouble := range []blobtest.Trouble{blobtest.Drop, blobtest.Half, blobtest.Torn} {
		proxy.Next(2, trouble, isPut)
		key, data := fmt.Sprint("k", i), randomBytes(200_000)
		_, err := s.Put(t.Context(), key, bytes.NewReader(data), blob.IfAbsent())
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, readAll(t, beside, key, blob.GetOptions{})))
		require.Equal(t, 2, proxy.Troubles()[trouble])
	}
}

// Whether it was first nobody can tell any more, so it is not called a conflict, which would mean that nothing was stored.
func TestS3PutDoesNotCallAnUnknownOutcomeAConflict(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	for name, arrives := range map[string]bool{"it was stored and replaced": true, "it was never stored": false} {
		t.Run(name, func(t *testing.T) {
			o := gateway.Options(gateway.NewBucket())
			beside := openS3(t, o)
			lost := errors.New("the connection is gone")
			o.Wrap = func(next http.RoundTripper) http.RoundTripper {
				first := true
				return fake(func(r *http.Request) (*http.Response, error) {
					if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/k") || !first {
						return next.RoundTrip(r)
					}
					first = false
					when := blob.IfAbsent()
					if arrives {
						resp, err := next.RoundTrip(r)
						if !assert.NoError(t, err) {
							return nil, err
						}
						resp.Body.Close()
						when = blob.IfMatch(tagOf(t, beside, "k"))
					}
					_, err := beside.Put(r.Context(), "k", strings.NewReader("another writer's"), when)
					assert.NoError(t, err)
					return nil, lost
				})
			}
			_, err := openS3(t, o).Put(t.Context(), "k", strings.NewReader("ours"), blob.IfAbsent())
			require.ErrorIs(t, err, lost)
			require.NotErrorIs(t, err, blob.ErrConflict)
			require.Equal(t, "another writer's", string(readAll(t, beside, "k", blob.GetOptions{})))
		})
	}
}

func TestS3WaitsForABusyServer(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	for name, c := range map[string]struct {
		times int
		fine  bool
	}{"for a moment": {2, true}, "for good": {1 << 30, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := gateway.Options(gateway.NewBucket())
			beside := openS3(t, o)
			_, err := beside.Put(t.Context(), "there", strings.NewReader("x"), blob.IfAbsent())
			require.NoError(t, err)
			busy := false
			var mu sync.Mutex
			left := map[string]int{}
			o.Wrap = func(next http.RoundTripper) http.RoundTripper {
				return fake(func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					if key := r.Method + r.URL.Path; busy && left[key] < c.times {
						left[key]++
						return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Request: r}, nil
					}
					return next.RoundTrip(r)
				})
			}
			s := openS3(t, o)
			busy = true
			check := func(err error) {
				t.Helper()
				if c.fine {
					require.NoError(t, err)
					return
				}
				require.Error(t, err)
				for _, kind := range []error{blob.ErrConflict, blob.ErrNotFound, blob.ErrNotModified, blob.ErrKey} {
					require.NotErrorIs(t, err, kind)
				}
				require.ErrorContains(t, err, gateway.Addr)
			}
			_, err = s.Put(t.Context(), "k", strings.NewReader("x"), blob.IfAbsent())
			check(err)
			_, err = s.Put(t.Context(), "l", strings.NewReader("x"), blob.Always())
			check(err)
			_, err = fetch(t.Context(), s, "there", blob.GetOptions{})
			check(err)
			for _, listErr := range s.List(t.Context(), "") {
				err = listErr
			}
			check(err)
			check(s.Delete(t.Context(), "there"))
		})
	}
}

func TestS3ReadsOnWhereAConnectionBroke(t *testing.T) {
	t.Parallel()
	s, beside, proxy := proxied(t, blobtest.VersityGW(t))
	data := randomBytes(3 << 20)
	_, err := beside.Put(t.Context(), "k", bytes.NewReader(data), blob.Always())
	require.NoError(t, err)
	for _, r := range []blob.Range{{}, {Start: 1000}, {Start: 5, Length: 2 << 20}} {
		proxy.Next(3, blobtest.Torn, isAnswer)
		want := data[r.Start:]
		if r.Length > 0 {
			want = want[:r.Length]
		}
		got := readAll(t, s, "k", blob.GetOptions{Range: r})
		require.True(t, bytes.Equal(want, got), "%+v: %d of %d bytes", r, len(got), len(want))
	}
	require.Equal(t, 9, proxy.Troubles()[blobtest.Torn])

	proxy.Next(1<<30, blobtest.Half, isAnswer)
	_, err = fetch(t.Context(), s, "k", blob.GetOptions{})
	require.Error(t, err, "a connection that always breaks")
}

func TestS3NeverMixesTwoStates(t *testing.T) {
	t.Parallel()
	s, beside, proxy := proxied(t, blobtest.VersityGW(t))
	old := randomBytes(3 << 20)
	_, err := beside.Put(t.Context(), "k", bytes.NewReader(old), blob.Always())
	require.NoError(t, err)
	obj, err := s.Get(t.Context(), "k", blob.GetOptions{})
	require.NoError(t, err)
	defer obj.Body.Close()
	_, err = io.ReadFull(obj.Body, make([]byte, 1000))
	require.NoError(t, err)

	_, err = beside.Put(t.Context(), "k", bytes.NewReader(make([]byte, len(old))), blob.Always())
	require.NoError(t, err)
	proxy.Cut()
	rest, err := io.ReadAll(obj.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.True(t, bytes.HasPrefix(old[1000:], rest))
}

func TestS3GivesUpAStalledConnection(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	proxy := blobtest.NewProxy(t, gateway.Addr)
	o := gateway.Options(gateway.NewBucket())
	_, err := openS3(t, o).Put(t.Context(), "k", strings.NewReader("x"), blob.Always())
	require.NoError(t, err)
	o.Endpoint, o.Stall = "http://"+proxy.Addr, 300*time.Millisecond
	s := openS3(t, o)
	passes := func() bool { // a busy server may be taken for a stalled one now and then
		b, err := fetch(t.Context(), s, "k", blob.GetOptions{})
		return err == nil && string(b) == "x"
	}
	require.Eventually(t, passes, 2*time.Minute, time.Millisecond)

	proxy.Stall(true)
	_, err = s.Get(t.Context(), "k", blob.GetOptions{}) // ends without the context's help
	require.Error(t, err)
	require.NoError(t, t.Context().Err())
	_, err = s.Put(t.Context(), "l", strings.NewReader("x"), blob.IfAbsent())
	require.Error(t, err)

	proxy.Stall(false)
	require.Eventually(t, passes, 2*time.Minute, time.Millisecond)
}

func TestS3EndsWithItsContext(t *testing.T) {
	t.Parallel()
	s, _, proxy := proxied(t, blobtest.VersityGW(t))
	_, err := s.Put(t.Context(), "k", bytes.NewReader(randomBytes(3<<20)), blob.Always())
	require.NoError(t, err)
	proxy.Stall(true)
	for name, call := range map[string]func(context.Context) error{
		"get": func(ctx context.Context) error { _, err := fetch(ctx, s, "k", blob.GetOptions{}); return err },
		"put": func(ctx context.Context) error {
			_, err := s.Put(ctx, "l", strings.NewReader("x"), blob.Always())
			return err
		},
		"put on a condition": func(ctx context.Context) error {
			_, err := s.Put(ctx, "m", strings.NewReader("x"), blob.IfAbsent())
			return err
		},
		"delete": func(ctx context.Context) error { return s.Delete(ctx, "k") },
		"list": func(ctx context.Context) error {
			for _, err := range s.List(ctx, "") {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			require.ErrorIs(t, call(ctx), context.DeadlineExceeded)
		})
	}
}

// Every line that was acknowledged is there once, whatever the network does; a line of unknown outcome is there at most once.
func TestS3LosesNothingThroughABadNetwork(t *testing.T) {
	t.Parallel()
	s, beside, proxy := proxied(t, blobtest.VersityGW(t))
	_, err := beside.Put(t.Context(), "log", strings.NewReader(""), blob.IfAbsent())
	require.NoError(t, err)
	proxy.Shake(7, 0.03)
	var mu sync.Mutex
	acknowledged, unknown := map[string]bool{}, 0
	var all sync.WaitGroup
	for writer := range 4 {
		all.Go(func() {
			for i := range 25 {
				line := fmt.Sprintf("%d-%d", writer, i)
				for {
					obj, err := s.Get(t.Context(), "log", blob.GetOptions{})
					if err != nil {
						continue
					}
					log, err := io.ReadAll(obj.Body)
					obj.Body.Close()
					if err != nil {
						continue
					}
					_, err = s.Put(t.Context(), "log", strings.NewReader(string(log)+line+"\n"), blob.IfMatch(obj.Tag))
					if errors.Is(err, blob.ErrConflict) {
						continue
					}
					mu.Lock()
					if err == nil {
						acknowledged[line] = true
					} else {
						unknown++
					}
					mu.Unlock()
					break
				}
			}
		})
	}
	all.Wait()
	troubles := proxy.Troubles()
	assert.Greater(t, troubles[blobtest.Drop], 3)
	t.Logf("%d lines acknowledged, %d of unknown outcome, troubles %v", len(acknowledged), unknown, troubles)
	assert.Greater(t, len(acknowledged), 50)
	seen := map[string]int{}
	for line := range strings.Lines(string(readAll(t, beside, "log", blob.GetOptions{}))) {
		seen[strings.TrimSpace(line)]++
	}
	for line := range acknowledged {
		assert.Equal(t, 1, seen[line], "line %s", line)
		delete(seen, line)
	}
	assert.LessOrEqual(t, len(seen), unknown)
	for line, n := range seen {
		assert.Equal(t, 1, n, "line %s", line)
	}
}

// kill -9 of the server at a random moment loses nothing that it answered for, and leaves no part of a blob.
func TestS3LosesNothingWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	s := gateway.Open(t)
	state := func(i int) []byte { return bytes.Repeat([]byte(fmt.Sprintf("%07d\n", i)), 20_000) }
	for round := range 10 {
		key := fmt.Sprint("k", round)
		var tag blob.Tag
		var all sync.WaitGroup
		stop := make(chan struct{})
		last, tried := -1, 0
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				next, err := s.Put(ctx, key, bytes.NewReader(state(i)), blob.IfMatch(tag))
				cancel()
				tried = i
				if !assert.NotErrorIs(t, err, blob.ErrConflict) || err != nil {
					return
				}
				tag, last = next, i
			}
		})
		time.Sleep(time.Duration(10+7*round) * time.Millisecond)
		gateway.Kill()
		close(stop)
		all.Wait()
		gateway.Start(t)
		data, err := fetch(t.Context(), s, key, blob.GetOptions{})
		if last < 0 && errors.Is(err, blob.ErrNotFound) {
			continue
		}
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, state(last)) || bytes.Equal(data, state(tried)),
			"the last acknowledged is %d, stored are %d bytes of %.7s", last, len(data), data)
	}
}
