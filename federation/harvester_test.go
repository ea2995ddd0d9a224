package federation_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// world is a peer on 127.0.0.1 and a harvester with an inbox.
type world struct {
	*federation.Harvester
	inbox  *federationtest.MemoryInbox
	clock  *federationtest.Clock
	server *httptest.Server

	mu    sync.Mutex
	asked []string // queries, in order
	// serve, if set, may answer a request instead of the peer; n counts the ListRecords requests from 1.
	serve func(w http.ResponseWriter, r *http.Request, n int) bool
	lists int
}

// newWorld makes a world around a peer that answers with h. The harvester's clock is the peer's.
func newWorld(t testing.TB, clock *federationtest.Clock, h http.Handler) *world {
	t.Helper()
	w := &world{clock: clock, inbox: federationtest.NewInbox()}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.URL.RawQuery)
		if r.URL.Query().Get("verb") == "ListRecords" {
			w.lists++
		}
		n, serve := w.lists, w.serve
		w.mu.Unlock()
		if serve != nil && serve(rw, r, n) {
			return
		}
		h.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.server.Close)
	w.Harvester = federation.NewHarvester(federation.HarvesterOptions{
		Inbox: w.inbox, Client: fetch.New(fetch.Options{Allow: []string{strings.TrimPrefix(w.server.URL, "http://")}, Bytes: 4 << 20}),
		Namespace: "district.example.org", Now: clock.Now, Sleep: clock.Sleep, Pages: 500,
	})
	require.NoError(t, w.inbox.SavePeer(t.Context(), federation.Peer{Name: "state", URL: w.server.URL + "/oai"}))
	return w
}

// around puts a provider behind HTTP.
func around(s *shelf) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.AnswerQuery(r.Context(), r.URL.RawQuery)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", a.Type)
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body)
	})
}

// ours is a world around a provider of our own with n records.
func ours(t testing.TB, n int) (*world, *shelf) {
	s := filled(t, n)
	s.clock.Add(time.Minute)
	return newWorld(t, s.clock, around(s)), s
}

func (w *world) harvest(t *testing.T, full bool) (federation.Run, error) {
	t.Helper()
	return w.Run(t.Context(), "state", federation.RunOptions{Full: full})
}

// complete harvests and wants it all.
func (w *world) complete(t *testing.T, full bool) federation.Run {
	t.Helper()
	run, err := w.harvest(t, full)
	require.NoError(t, err)
	assert.True(t, run.Complete)
	assert.Empty(t, run.Error)
	assert.False(t, run.Finished.IsZero())
	return run
}

func (w *world) state(t *testing.T) federation.State {
	t.Helper()
	p, err := w.inbox.Peer(t.Context(), "state")
	require.NoError(t, err)
	return p.State
}

// held counts live records.
func (w *world) held() int {
	n := 0
	for _, h := range w.inbox.Held("state") {
		if !h.Deleted {
			n++
		}
	}
	return n
}

func TestHarvestBringsEverythingOnce(t *testing.T) {
	w, _ := ours(t, 25)
	var told []federation.Run
	run, err := w.Run(t.Context(), "state", federation.RunOptions{Progress: func(r federation.Run) { told = append(told, r) }})
	require.NoError(t, err)
	assert.Equal(t, federation.Tally{New: 25}, run.Tally)
	assert.Equal(t, 3, run.Pages)
	assert.True(t, run.Full && run.Complete && !run.Resumed)
	assert.Empty(t, run.Warnings)
	require.Len(t, told, 3)
	assert.Equal(t, 20, told[1].New)
	assert.Equal(t, 25, told[1].Size)

	r, ok := w.inbox.Record("state", identifier(7))
	require.True(t, ok)
	assert.Equal(t, federation.LRMI, r.Prefix, "the richer format is preferred")
	assert.Equal(t, title(7), r.Metadata.Title)
	assert.EqualValues(t, "CC-BY-4.0", r.License)
	assert.Contains(t, r.Sets, "grade:2")
	assert.Equal(t, federationtest.Start.Add(7*time.Second), r.Datestamp)
	assert.Equal(t, "2026-03-01T08:00:07Z", r.Stamp)
	state := w.state(t)
	assert.Equal(t, w.clock.Now(), state.Watermark)
	assert.Nil(t, state.Resume)
}

func TestTheNextRunBringsOnlyWhatChanged(t *testing.T) {
	w, s := ours(t, 25)
	w.complete(t, false)
	mark := w.state(t).Watermark
	s.clock.Add(time.Hour)
	s.put(3, "grade:9")
	s.put(100, "grade:9")
	s.remove(5, "grade:0")
	run := w.complete(t, false)
	assert.Equal(t, federation.Tally{New: 1, Changed: 1, Deleted: 1}, run.Tally)
	assert.False(t, run.Full)
	assert.True(t, w.inbox.Held("state")[identifier(5)].Deleted)
	assert.Contains(t, w.asked[len(w.asked)-1], "from="+strings.ReplaceAll(oaipmh.Seconds.Format(mark.Add(-time.Second)), ":", "%3A"))
	s.clock.Add(time.Hour)
	assert.Equal(t, federation.Tally{Unchanged: 3}, w.complete(t, false).Tally, "the overlap asks for the last second again")
	s.clock.Add(time.Hour)
	assert.Zero(t, w.complete(t, false).Tally)
}

func TestAChangeInTheSecondOfTheFirstPageIsNotLost(t *testing.T) {
	w, s := ours(t, 25)
	w.serve = func(_ http.ResponseWriter, r *http.Request, n int) bool {
		if n == 3 {
			s.put(1, "grade:9") // behind the cursor, in the second of the responseDate
		}
		return false
	}
	w.complete(t, false)
	w.serve = nil
	s.clock.Add(time.Hour)
	w.complete(t, false)
	r, _ := w.inbox.Record("state", identifier(1))
	assert.Equal(t, []string{"grade:9"}, r.Sets)
}

func TestAKilledHarvestGoesOnWhereItWas(t *testing.T) {
	for pages := range 3 {
		w, _ := ours(t, 25)
		left := pages
		w.inbox.Fail = func(federation.Page) error {
			if left == 0 {
				return context.DeadlineExceeded
			}
			left--
			return nil
		}
		run, err := w.harvest(t, false)
		require.Error(t, err)
		assert.False(t, run.Complete)
		assert.NotEmpty(t, run.Error)
		assert.Equal(t, 10*pages, w.held())
		assert.True(t, w.state(t).Watermark.IsZero())

		w.inbox.Fail, w.asked = nil, nil
		run = w.complete(t, false)
		assert.Equal(t, federation.Tally{New: 25 - 10*pages}, run.Tally, "nothing lost, nothing twice")
		assert.True(t, run.Resumed)
		assert.Equal(t, 25, w.held())
		lists := slices.DeleteFunc(w.asked, func(q string) bool { return !strings.Contains(q, "ListRecords") })
		assert.Len(t, lists, 3-pages, "no page is fetched again")
	}
}

func TestAFullRunDoesNotGoOnWithAnIncrementalOne(t *testing.T) {
	w, s := ours(t, 25)
	w.complete(t, false)
	s.clock.Add(time.Hour)
	for i := range 15 {
		s.put(i, "grade:8")
	}
	calls := 0
	w.inbox.Fail = func(federation.Page) error {
		if calls++; calls == 2 {
			return context.DeadlineExceeded
		}
		return nil
	}
	_, err := w.harvest(t, false)
	require.Error(t, err)
	w.inbox.Fail = nil
	run := w.complete(t, true)
	assert.True(t, run.Full && !run.Resumed)
	assert.Equal(t, 25, run.Received())
}

func TestChangedSettingsBeginAFullRound(t *testing.T) {
	w, s := ours(t, 25)
	w.complete(t, false)
	s.clock.Add(time.Hour)
	p, err := w.inbox.Peer(t.Context(), "state")
	require.NoError(t, err)
	p.Sets = []string{"grade:1", "grade:2"}
	require.NoError(t, w.inbox.SavePeer(t.Context(), p))
	run := w.complete(t, false)
	assert.True(t, run.Full)
	assert.Equal(t, 10, run.Unchanged)
	assert.Equal(t, 25, w.held(), "a list that is suddenly short removes nothing")
	assert.NotEmpty(t, run.Warnings)

	p.Sets = []string{"grade:1", "grade:2", "grade:3"}
	require.NoError(t, w.inbox.SavePeer(t.Context(), p))
	run = w.complete(t, false)
	assert.Equal(t, federation.Tally{Unchanged: 15, Deleted: 10}, run.Tally)
	assert.Equal(t, 15, w.held())
}

func TestOurOwnRecordsDoNotComeBack(t *testing.T) {
	w, s := ours(t, 3)
	s.records.Put(federationtest.Put{Identifier: "oai:district.example.org:" + uuid(9), Metadata: metadataOf(9, "Ours")})
	run := w.complete(t, false)
	assert.Equal(t, federation.Tally{New: 3}, run.Tally)
	assert.Empty(t, run.Warnings)
}

func TestOnePeerIsHarvestedOnceAtATime(t *testing.T) {
	w, _ := ours(t, 3)
	var inner error
	_, err := w.Run(t.Context(), "state", federation.RunOptions{Progress: func(federation.Run) {
		_, inner = w.harvest(t, false)
	}})
	require.NoError(t, err)
	require.ErrorIs(t, inner, kind.ErrConflict)
	_, err = w.Run(t.Context(), "nobody", federation.RunOptions{})
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestACanceledHarvestSaysSoAndGoesOnLater(t *testing.T) {
	w, _ := ours(t, 25)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.Run(ctx, "state", federation.RunOptions{Progress: func(federation.Run) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	runs, err := w.inbox.Runs(t.Context(), "state", 1)
	require.NoError(t, err)
	assert.False(t, runs[0].Finished.IsZero())
	assert.Contains(t, runs[0].Error, "context canceled")
	assert.Equal(t, 15, w.complete(t, false).New)
}

func TestDetectFindsTheProviderBehindAPastedAddress(t *testing.T) {
	s := filled(t, 3)
	mux := http.NewServeMux()
	mux.Handle("/oai", around(s))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><title>Lessons</title>") })
	w := newWorld(t, s.clock, mux)
	for _, pasted := range []string{"/oai", "", "/", "/r/math/fractions", "/oai?verb=ListRecords&metadataPrefix=oai_dc", " /oai "} {
		at := strings.Replace(pasted, "/", w.server.URL+"/", 1)
		if pasted == "" {
			at = strings.TrimPrefix(w.server.URL, "http://")
		}
		d, err := w.Detect(t.Context(), at)
		require.NoError(t, err, pasted)
		assert.Equal(t, w.server.URL+"/oai", d.URL, pasted)
		assert.Equal(t, "State & Friends", d.Title)
		assert.Equal(t, federation.LRMI, d.Prefix)
		assert.True(t, d.Commonplace)
		assert.NotEmpty(t, d.Sets)
		assert.Regexp(t, `^127-0-0-1-\d+$`, d.Peer().Name)
	}
}

func TestWhatIsNotOAIPMHIsNamed(t *testing.T) {
	clock := federationtest.NewClock(federationtest.Start)
	for name, c := range map[string]struct {
		body string
		code int
		want []string
	}{
		"web page": {"<!DOCTYPE html><html><title>Welcome</title>", 200, []string{"not OAI-PMH but a web page", "Welcome"}},
		"JSON":     {`{"hello":"world"}`, 200, []string{`not OAI-PMH: {"hello":"world"}`}},
		"a feed":   {`<?xml version="1.0"?><rss version="2.0"/>`, 200, []string{"root element <rss>"}},
		"nothing":  {"", 200, []string{"an empty answer"}},
		"404":      {"gone", 404, []string{"HTTP status 404 Not Found"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, clock, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.code)
				fmt.Fprint(w, c.body)
			}))
			before := clock.Now()
			_, err := w.harvest(t, false)
			require.Error(t, err)
			_, detectErr := w.Detect(t.Context(), w.server.URL)
			require.ErrorIs(t, detectErr, kind.ErrInvalid)
			for _, want := range append(c.want, w.server.URL) {
				assert.Contains(t, err.Error(), want)
				assert.Contains(t, detectErr.Error(), want)
			}
			assert.Equal(t, before, clock.Now(), "nobody waits for a web page to become a repository")
		})
	}
}

func TestAnAddressThatIsNotAllowedIsDenied(t *testing.T) {
	w, _ := ours(t, 3)
	h := federation.NewHarvester(federation.HarvesterOptions{Inbox: w.inbox, Client: fetch.New(fetch.Options{}), Now: w.clock.Now, Sleep: w.clock.Sleep})
	_, err := h.Detect(t.Context(), w.server.URL)
	require.ErrorIs(t, err, kind.ErrDenied)
	assert.Contains(t, err.Error(), "an operator can allow it with the setting allow-peers")
	_, err = h.Run(t.Context(), "state", federation.RunOptions{})
	require.ErrorContains(t, err, "private or reserved address")
	assert.Empty(t, w.asked)
	for _, bad := range []string{"", "ftp://x/", "http://", "javascript:alert(1)"} {
		_, err := w.Detect(t.Context(), bad)
		require.ErrorIs(t, err, kind.ErrInvalid, bad)
	}
}

func TestGzipIsTaken(t *testing.T) {
	w, _ := ours(t, 25)
	s := filled(t, 25)
	w.serve = func(rw http.ResponseWriter, r *http.Request, _ int) bool {
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		assert.NotEmpty(t, r.Header.Get("User-Agent"))
		a, err := s.AnswerQuery(r.Context(), r.URL.RawQuery)
		assert.NoError(t, err)
		rw.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(rw)
		_, _ = z.Write(a.Body)
		_ = z.Close()
		return true
	}
	assert.Equal(t, 25, w.complete(t, false).New)
}

func TestPagesTellWhenThePeerAnswered(t *testing.T) {
	w, s := scripted(t, map[string]string{"": some(0, 1)})
	for date, want := range map[string]time.Time{
		"2026-02-03T04:05:06Z": time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
		"2199-01-01T00:00:00Z": {}, // of the future
		"soon":                 {},
	} {
		s.date = date
		answered := time.Now()
		w.inbox.Fail = func(p federation.Page) error {
			answered = p.Answered
			return nil
		}
		_, err := w.harvest(t, true)
		require.NoError(t, err)
		assert.Equal(t, want, answered, date)
	}
}
