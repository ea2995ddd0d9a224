package app_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

func TestHarvestFollowsTheSource(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state := w.Server(t, "state", func(c *config.Config) { c.PageSize = 2 }) // several pages, with resumption tokens
	district := w.Server(t, "district", nil)
	for _, title := range []string{"Alpha", "Bravo", "Charlie", "Delta", "Echo"} {
		state.Publish(t, "math/"+strings.ToLower(title), lesson(title, "The first text."))
	}
	tally := func(run federation.Run) federation.Tally { return run.Tally }
	run := district.Harvest(t, state)
	require.Equal(t, federation.Tally{New: 5}, tally(run))
	require.Equal(t, 3, run.Pages)
	require.Equal(t, 5, search(t, district, "source:state").Total)
	bravo, charlie := harvested(t, district, "Bravo"), harvested(t, district, "Charlie")

	w.Pass(2 * time.Second)
	assert.Zero(t, tally(district.Harvest(t, state)).New, "nothing twice")
	assert.Equal(t, 5, search(t, district, "source:state").Total)

	// One changes its title and its license, one goes, one comes.
	files := lesson("Bravissimo", "The second text.")
	files["index.md"].Data = []byte(strings.Replace(string(files["index.md"].Data), "CC BY-SA 4.0", "CC0 1.0", 1))
	state.Publish(t, "math/bravo", files)
	state.Withdraw(t, "math/charlie")
	state.Publish(t, "math/foxtrot", lesson("Foxtrot", "The first text."))
	w.Pass(2 * time.Second)
	require.Equal(t, federation.Tally{New: 1, Changed: 1, Deleted: 1}, tally(district.Harvest(t, state)))
	assert.ElementsMatch(t, []string{"Alpha", "Bravissimo", "Delta", "Echo", "Foxtrot"}, search(t, district, "source:state").titles())
	assert.Equal(t, bravo, harvested(t, district, "Bravissimo"), "its address stays")
	has(t, read(district.Page(t, bravo)), "Bravissimo", "CC0")
	assert.Zero(t, search(t, district, "Charlie").Total)
	gone := district.Get(t, charlie)
	assert.Equal(t, http.StatusGone, gone.Status, "a tombstone is a page")
	has(t, gone.Body, "Charlie")
	has(t, read(district.Page(t, "/peers")), "1 withdrawn")

	// The provider tells of the deletion for ever, in both formats.
	for _, prefix := range []string{"oai_dc", "lrmi"} {
		deleted := 0
		for _, r := range harvestable(t, state, prefix) {
			if r.Header.Status == "deleted" {
				deleted++
				assert.Empty(t, r.Metadata.XML)
			}
		}
		assert.Equal(t, 1, deleted, prefix)
	}
	fresh := w.Server(t, "fresh", nil)
	run = fresh.Harvest(t, state)
	assert.Equal(t, 5, run.New, "who comes later gets what is there now")
	assert.Equal(t, 5, search(t, fresh, "source:state").Total)

	// It comes back.
	w.Pass(2 * time.Second)
	state.Publish(t, "math/charlie", lesson("Charlie", "Back again."))
	w.Pass(2 * time.Second)
	back := tally(district.Harvest(t, state))
	assert.Equal(t, 1, back.New+back.Changed)
	assert.Equal(t, charlie, harvested(t, district, "Charlie"), "at the same address")
	district.Page(t, charlie)

	w.Pass(2 * time.Second)
	assert.Equal(t, federation.Tally{}, clearUnchanged(tally(district.Harvest(t, state))))
	all, err := district.App.Harvests.Run(t.Context(), "state", true, nil)
	require.NoError(t, err)
	assert.Equal(t, federation.Tally{}, clearUnchanged(all.Tally), "a full harvest finds nothing that was missed")
}

func clearUnchanged(tally federation.Tally) federation.Tally {
	tally.Unchanged = 0
	return tally
}

func TestPartsOfAUnitThatGoBecomeTombstones(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	unit := lesson("Whole", "A unit.")
	unit["index.md"].Data = []byte(strings.NewReplacer("type: lesson", "type: unit\nparts: [01-one, 02-two]").Replace(string(unit["index.md"].Data)))
	for _, part := range []string{"01-one", "02-two"} {
		unit[part+"/index.md"] = lesson("Part "+part, "A part.")["index.md"]
	}
	state.Publish(t, "math/whole", unit)
	require.Equal(t, 3, district.Harvest(t, state).New)
	two := harvested(t, district, "Part 02-two")

	w.Pass(2 * time.Second)
	unit["index.md"].Data = []byte(strings.Replace(string(unit["index.md"].Data), ", 02-two", "", 1))
	delete(unit, "02-two/index.md")
	state.Publish(t, "math/whole", unit)
	w.Pass(2 * time.Second)
	assert.Equal(t, 1, district.Harvest(t, state).Deleted)
	assert.Equal(t, http.StatusGone, district.Get(t, two).Status)
	assert.Equal(t, http.StatusGone, state.Get(t, "/r/math/whole/02-two").Status)
	assert.Equal(t, 2, search(t, district, "source:state").Total)
}

// gate stands before a server and lets harvesters through to the first answers only, until it is opened or broken.
type gate struct {
	*httptest.Server
	waiting, open chan struct{}
}

func newGate(t *testing.T, before *apptest.Server, broken bool) *gate {
	t.Helper()
	g := &gate{waiting: make(chan struct{}), open: make(chan struct{})}
	to, err := url.Parse(before.URL)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of harvesters that went away
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("resumptionToken") == "" {
			proxy.ServeHTTP(w, r)
			return
		}
		select {
		case g.waiting <- struct{}{}:
		case <-g.open:
		case <-r.Context().Done():
			return
		}
		<-g.open
		if broken {
			w.WriteHeader(http.StatusForbidden) // which asking again does not change
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func TestPeersPageShowsProgressAndOutcome(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state := w.Server(t, "state", func(c *config.Config) { c.PageSize = 2 })
	for _, title := range []string{"Alpha", "Bravo", "Charlie", "Delta", "Echo"} {
		state.Publish(t, "math/"+strings.ToLower(title), lesson(title, "Text."))
	}
	for name, c := range map[string]struct {
		broken bool
		after  []string
	}{
		"done":   {false, []string{"5 records", "5 resources"}},
		"failed": {true, []string{"2 resources"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, state, c.broken)
			district := w.Server(t, "district-"+name, nil)
			admin := district.SignIn(t, "ada", accounts.Admin)
			added := admin.Post(t, "/peers", url.Values{"url": {g.URL}})
			require.Equal(t, http.StatusSeeOther, added.Status, read(added.Body))
			<-g.waiting // two of five have come
			page := district.Page(t, "/peers")
			has(t, page, `<progress max="5" value="2"`)
			has(t, read(page), "2 of 5")
			close(g.open)
			require.Eventually(t, func() bool {
				run, err := lastRun(district)
				return err == nil && !run.Finished.IsZero()
			}, time.Minute, 20*time.Millisecond)
			page = district.Page(t, "/peers")
			hasNot(t, page, "<progress")
			has(t, read(page), c.after...)
			run, err := lastRun(district)
			require.NoError(t, err)
			assert.Equal(t, !c.broken, run.Complete)
			if c.broken {
				assert.NotEmpty(t, run.Error)
				has(t, page, `class="note bad"`)
			}
		})
	}
}

func lastRun(s *apptest.Server) (federation.Run, error) {
	peers, err := s.App.Catalog.Peers(context.Background())
	if err != nil || len(peers) == 0 {
		return federation.Run{}, err
	}
	runs, err := s.App.Catalog.Runs(context.Background(), peers[0].Name, 1)
	if err != nil || len(runs) == 0 {
		return federation.Run{}, err
	}
	return runs[0], nil
}

func TestPeerThatIsNoRepositoryIsRefused(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	admin := s.SignIn(t, "ada", accounts.Admin)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><title>Some site</title>"))
	}))
	t.Cleanup(site.Close)
	for _, address := range []string{
		site.URL, "http://127.0.0.1:1/oai", "nonsense", "", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "http://[::1]:1/oai",
		"http://10.0.0.1/oai", "javascript:alert(1)",
	} {
		for _, path := range []string{"/peers", "/peers/preview"} {
			a := admin.Post(t, path, url.Values{"url": {address}})
			assert.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s: %s", address, read(a.Body))
			has(t, a.Body, `role="alert"`)
		}
	}
	hasNot(t, s.Page(t, "/peers"), "Some site", "169.254")
	peers, err := s.App.Catalog.Peers(t.Context())
	require.NoError(t, err)
	assert.Empty(t, peers)
}

func TestHarvestGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state := w.Server(t, "state", func(c *config.Config) { c.PageSize = 2 })
	for _, title := range []string{"Alpha", "Bravo", "Charlie", "Delta", "Echo"} {
		state.Publish(t, "math/"+strings.ToLower(title), lesson(title, "Text."))
	}
	g := newGate(t, state, false)
	district := w.Server(t, "district", nil)
	_, err := district.App.Harvests.Register(t.Context(), "state", g.URL)
	require.NoError(t, err)
	require.NoError(t, district.App.Harvests.Start(t.Context(), "state"))
	<-g.waiting // two of five have come
	district.Restart(t, nil)
	assert.Equal(t, 2, search(t, district, "source:state").Total, "what had come stays")
	run, err := lastRun(district)
	require.NoError(t, err)
	assert.False(t, run.Complete)
	assert.False(t, run.Finished.IsZero(), "it does not seem to run on")
	hasNot(t, district.Page(t, "/peers"), "<progress")

	close(g.open)
	run, err = district.App.Harvests.Run(t.Context(), "state", false, nil)
	require.NoError(t, err)
	assert.True(t, run.Complete)
	assert.True(t, run.Resumed)
	assert.ElementsMatch(t, []string{"Alpha", "Bravo", "Charlie", "Delta", "Echo"}, search(t, district, "source:state").titles())
}

func TestAPausedPeerRestsUntilItIsResumed(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state := w.Server(t, "state", func(c *config.Config) { c.PageSize = 2 })
	for _, title := range []string{"Alpha", "Bravo", "Charlie", "Delta", "Echo"} {
		state.Publish(t, "math/"+strings.ToLower(title), lesson(title, "Text."))
	}
	g := newGate(t, state, false)
	district := w.Server(t, "district", nil)
	_, err := district.App.Harvests.Keep(t.Context(), g.URL, federation.Subscription{Name: "state", Interval: time.Hour})
	require.NoError(t, err)
	require.NoError(t, district.App.Harvests.Start(t.Context(), "state"))
	<-g.waiting // two of five have come
	require.NoError(t, district.App.Harvests.Pause(t.Context(), "state"))
	require.Eventually(t, func() bool {
		run, err := lastRun(district)
		return err == nil && !run.Finished.IsZero()
	}, time.Minute, 20*time.Millisecond, "what is under way ends")
	health, err := district.App.Harvests.Health(t.Context(), "state", 5)
	require.NoError(t, err)
	assert.True(t, health.Peer.Paused)
	assert.True(t, health.Next.IsZero())
	assert.Equal(t, 1, health.Failures)
	assert.Eventually(t, func() bool { return search(t, district, "source:state").Total == 2 }, time.Minute, 20*time.Millisecond, "what had come stays")

	close(g.open)
	require.NoError(t, district.App.Harvests.Resume(t.Context(), "state"))
	run, err := district.App.Harvests.Run(t.Context(), "state", false, nil)
	require.NoError(t, err)
	assert.True(t, run.Resumed && run.Complete)
	assert.Equal(t, 5, search(t, district, "source:state").Total)
	health, err = district.App.Harvests.Health(t.Context(), "state", 5)
	require.NoError(t, err)
	assert.False(t, health.Next.IsZero())

	require.NoError(t, district.App.Harvests.Remove(t.Context(), "state"))
	assert.Zero(t, search(t, district, "source:state").Total)
}
