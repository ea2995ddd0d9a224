package federationtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// InboxFactory makes an empty inbox for one test, and the way to look at what it holds of a peer, by identifier. What a
// removed peer left is looked up under its name too.
type InboxFactory func(t *testing.T) (inbox federation.Inbox, held func(peer string) map[string]Held)

// RunInbox checks that an implementation keeps the promises of federation.Inbox.
func RunInbox(t *testing.T, factory InboxFactory) {
	for name, test := range map[string]func(*inboxTest, *testing.T){
		"peers are saved, listed and removed":           (*inboxTest).settings,
		"saving a peer leaves its state alone":          (*inboxTest).keepsState,
		"a namespace belongs to one peer":               (*inboxTest).namespace,
		"settings are changed as they are":              (*inboxTest).changes,
		"records are new, changed, deleted, unchanged":  (*inboxTest).tally,
		"committing a page again changes nothing":       (*inboxTest).idempotent,
		"licenses and sets are part of the content":     (*inboxTest).content,
		"within a round the later datestamp holds":      (*inboxTest).flipFlop,
		"a new round may bring older datestamps":        (*inboxTest).restamp,
		"page and state are one":                        (*inboxTest).state,
		"the newest run owns the peer":                  (*inboxTest).fenced,
		"a finished run stores nothing more":            (*inboxTest).finished,
		"a run keeps its counts and its end":            (*inboxTest).run,
		"the sweep removes what the round did not name": (*inboxTest).sweep,
		"quarantine keeps one entry for each record":    (*inboxTest).quarantine,
		"quarantine is bounded, and counted by reason":  (*inboxTest).bounded,
		"headers stamp, and missing ones are named":     (*inboxTest).headers,
		"what the filter leaves out is not held":        (*inboxTest).filtered,
		"what is stored comes back as it came":          (*inboxTest).stored,
		"a record read otherwise has changed":           (*inboxTest).remapped,
		"what comes and goes on one page is consistent": (*inboxTest).onePage,
		"removing a peer leaves tombstones":             (*inboxTest).remove,
		"peers do not touch each other's records":       (*inboxTest).apart,
		"a canceled commit stores nothing":              (*inboxTest).canceled,
	} {
		t.Run(name, func(t *testing.T) {
			inbox, held := factory(t)
			x := &inboxTest{Inbox: inbox, held: held}
			x.save(t, "state")
			test(x, t)
		})
	}
}

type inboxTest struct {
	federation.Inbox
	held func(string) map[string]Held
}

func (x *inboxTest) save(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, x.SavePeer(t.Context(), federation.Peer{
		Name: name, Title: "The State", URL: "https://" + name + ".example.org/oai", Sets: []string{"grade:5"}, Interval: time.Hour, Added: Start,
	}))
}

func (x *inboxTest) begin(t *testing.T, peer string) federation.Run {
	t.Helper()
	run, err := x.Begin(t.Context(), federation.Run{Peer: peer, Started: Start})
	require.NoError(t, err)
	return run
}

func record(id, title string, day int) federation.Harvested {
	return federation.Harvested{
		Identifier: id, Datestamp: Start.AddDate(0, 0, day), Prefix: federation.DublinCore, Raw: []byte("<dc>" + title + "</dc>"),
		Metadata: described(title), License: "CC-BY-4.0", Sets: []string{"grade:5"},
	}
}

func gone(id string, day int) federation.Harvested {
	return federation.Harvested{Identifier: id, Datestamp: Start.AddDate(0, 0, day), Deleted: true}
}

func (x *inboxTest) page(run federation.Run, round int64, records ...federation.Harvested) federation.Page {
	return federation.Page{Run: run.ID, Peer: run.Peer, At: Start, State: federation.State{Round: round}, Records: records}
}

func (x *inboxTest) commit(t *testing.T, p federation.Page) federation.Tally {
	t.Helper()
	tally, err := x.Commit(t.Context(), p)
	require.NoError(t, err)
	return tally
}

func (x *inboxTest) settings(t *testing.T) {
	ctx := t.Context()
	x.save(t, "atlas")
	all, err := x.Peers(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, "atlas", all[0].Name)
	p, err := x.Peer(ctx, "state")
	require.NoError(t, err)
	assert.Equal(t, "https://state.example.org/oai", p.URL)
	assert.Equal(t, []string{"grade:5"}, p.Sets)
	assert.Equal(t, time.Hour, p.Interval)
	assert.True(t, Start.Equal(p.Added))
	_, err = x.Peer(ctx, "nobody")
	require.ErrorIs(t, err, kind.ErrNotFound)
	require.ErrorIs(t, x.RemovePeer(ctx, "nobody"), kind.ErrNotFound)
	_, err = x.Begin(ctx, federation.Run{Peer: "nobody"})
	require.ErrorIs(t, err, kind.ErrNotFound)
	require.NoError(t, x.RemovePeer(ctx, "atlas"))
	_, err = x.Peer(ctx, "atlas")
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func (x *inboxTest) keepsState(t *testing.T) {
	ctx := t.Context()
	run := x.begin(t, "state")
	p := x.page(run, 3, record("oai:a:1", "One", 0))
	p.State.Resume = &federation.Resume{Token: "next", Response: Start}
	x.commit(t, p)
	require.NoError(t, x.SavePeer(ctx, federation.Peer{Name: "state", URL: "https://new.example.org/oai", Paused: true, State: federation.State{Round: 99}, Records: 99}))
	got, err := x.Peer(ctx, "state")
	require.NoError(t, err)
	assert.Equal(t, "https://new.example.org/oai", got.URL)
	assert.True(t, got.Paused)
	assert.Empty(t, got.Sets)
	assert.True(t, Start.Equal(got.Added), "Added was %v", got.Added)
	assert.EqualValues(t, 3, got.State.Round)
	require.NotNil(t, got.State.Resume)
	assert.Equal(t, "next", got.State.Resume.Token)
	assert.Equal(t, 1, got.Records)
}

func (x *inboxTest) namespace(t *testing.T) {
	ctx, ns := t.Context(), "state.example.org"
	x.save(t, "0aa")
	of := func(name string) string {
		p, err := x.Peer(ctx, name)
		require.NoError(t, err)
		return p.Namespace
	}
	require.NoError(t, x.Claim(ctx, "state", ns))
	require.NoError(t, x.Claim(ctx, "state", ns), "its own again")
	require.NoError(t, x.Claim(ctx, "state", "other.example.org"))
	assert.Equal(t, ns, of("state"), "the first one stays")
	x.save(t, "state")
	assert.Equal(t, ns, of("state"), "new settings leave it alone")

	require.ErrorIs(t, x.Claim(ctx, "0aa", ns), kind.ErrConflict)
	require.ErrorIs(t, x.SavePeer(ctx, federation.Peer{Name: "0aa", URL: "https://new.example.org", Namespace: ns}), kind.ErrConflict)
	require.ErrorIs(t, x.SavePeer(ctx, federation.Peer{Name: "third", Namespace: ns}), kind.ErrConflict)
	assert.Empty(t, of("0aa"))
	_, err := x.Peer(ctx, "third")
	require.ErrorIs(t, err, kind.ErrNotFound)
	require.ErrorIs(t, x.Claim(ctx, "nobody", "nobody.example.org"), kind.ErrNotFound)
	require.ErrorIs(t, x.Claim(ctx, "nobody", ns), kind.ErrNotFound)

	run := x.begin(t, "state")
	x.commit(t, x.page(run, 1, record("oai:a:1", "One", 0)))
	assert.Equal(t, ns, of("state"), "a page leaves it alone")
	require.NoError(t, x.RemovePeer(ctx, "state"))
	require.NoError(t, x.SavePeer(ctx, federation.Peer{Name: "0aa", Namespace: ns}))
	assert.Equal(t, ns, of("0aa"), "who is gone has none")
	all, err := x.Peers(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, ns, all[0].Namespace)
}

func (x *inboxTest) tally(t *testing.T) {
	run := x.begin(t, "state")
	assert.Equal(t, federation.Tally{New: 2, Unchanged: 1}, x.commit(t, x.page(run, 1, record("oai:a:1", "One", 0), record("oai:a:2", "Two", 0), gone("oai:a:9", 0))))
	assert.Equal(t, federation.Tally{Changed: 1, Deleted: 1, Unchanged: 1}, x.commit(t, x.page(run, 2, record("oai:a:1", "Uno", 1), gone("oai:a:2", 1), gone("oai:a:9", 1))))
	held := x.held("state")
	assert.Equal(t, "Uno", held["oai:a:1"].Title)
	assert.True(t, held["oai:a:2"].Deleted)
	assert.Equal(t, "Two", held["oai:a:2"].Title, "a tombstone keeps what the record was")
	assert.NotContains(t, held, "oai:a:9")
	assert.Equal(t, federation.Tally{Changed: 1, Unchanged: 1}, x.commit(t, x.page(run, 3, record("oai:a:2", "Two", 2), gone("oai:a:9", 2))))
	assert.False(t, x.held("state")["oai:a:2"].Deleted)
	p, err := x.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Equal(t, 2, p.Records)
}

func (x *inboxTest) idempotent(t *testing.T) {
	run := x.begin(t, "state")
	p := x.page(run, 1, record("oai:a:1", "One", 0), record("oai:a:2", "Two", 0))
	x.commit(t, p)
	before := x.held("state")
	assert.Equal(t, federation.Tally{Unchanged: 2}, x.commit(t, p))
	p.State.Round = 2
	assert.Equal(t, federation.Tally{Unchanged: 2}, x.commit(t, p))
	assert.Equal(t, before, x.held("state"), "no new change numbers")
	x.commit(t, x.page(run, 3, gone("oai:a:1", 1)))
	before = x.held("state")
	assert.Equal(t, federation.Tally{Unchanged: 1}, x.commit(t, x.page(run, 4, gone("oai:a:1", 1))))
	assert.Equal(t, before, x.held("state"))
}

func (x *inboxTest) content(t *testing.T) {
	run := x.begin(t, "state")
	r := record("oai:a:1", "One", 0)
	x.commit(t, x.page(run, 1, r))
	seq := x.held("state")["oai:a:1"].Seq
	r.License = ""
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(run, 2, r)))
	r.Sets = []string{"grade:6"}
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(run, 3, r)))
	r.Datestamp = r.Datestamp.AddDate(1, 0, 0)
	assert.Equal(t, federation.Tally{Unchanged: 1}, x.commit(t, x.page(run, 4, r)), "a datestamp alone is no change")
	assert.Greater(t, x.held("state")["oai:a:1"].Seq, seq)
}

func (x *inboxTest) flipFlop(t *testing.T) {
	run := x.begin(t, "state")
	x.commit(t, x.page(run, 1, record("oai:a:1", "New", 5)))
	assert.Equal(t, federation.Tally{Unchanged: 2}, x.commit(t, x.page(run, 1, record("oai:a:1", "Old", 4), gone("oai:a:1", 3))))
	assert.Equal(t, "New", x.held("state")["oai:a:1"].Title)
	assert.Equal(t, federation.Tally{Deleted: 1}, x.commit(t, x.page(run, 1, gone("oai:a:1", 6))))
	assert.Equal(t, federation.Tally{Unchanged: 1}, x.commit(t, x.page(run, 1, record("oai:a:1", "New", 5))))
	assert.True(t, x.held("state")["oai:a:1"].Deleted)
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(run, 1, record("oai:a:1", "Same second", 6))))
}

func (x *inboxTest) restamp(t *testing.T) {
	run := x.begin(t, "state")
	x.commit(t, x.page(run, 1, record("oai:a:1", "New", 5)))
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(run, 2, record("oai:a:1", "Back-dated", 1))))
}

func (x *inboxTest) state(t *testing.T) {
	run := x.begin(t, "state")
	want := federation.State{
		Watermark: Start, Granularity: "YYYY-MM-DD", Deletions: "no", Ended: Start, URL: "u", Prefix: "p", Sets: []string{"a", "b"}, Round: 7,
		Resume: &federation.Resume{Full: true, From: "2026-01-01", Set: 1, Token: "t&<>\u00e9", Response: Start.Add(time.Second), Restarts: 1, Received: 5, Size: 10},
	}
	p := x.page(run, 7, record("oai:a:1", "One", 0))
	p.State, p.Size = want, 10
	x.commit(t, p)
	got, err := x.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Equal(t, want, got.State)
	runs, err := x.Runs(t.Context(), "state", 10)
	require.NoError(t, err)
	require.Len(t, runs, 1)
	assert.Equal(t, 1, runs[0].Pages)
	assert.Equal(t, 10, runs[0].Size)
	assert.Equal(t, 1, runs[0].New)
	assert.True(t, runs[0].Finished.IsZero())
}

func (x *inboxTest) fenced(t *testing.T) {
	old := x.begin(t, "state")
	run, err := x.Begin(t.Context(), federation.Run{Peer: "state", Started: Start.Add(time.Minute)})
	require.NoError(t, err)
	assert.Greater(t, run.ID, old.ID)
	_, err = x.Commit(t.Context(), x.page(old, 5, record("oai:a:1", "One", 0)))
	require.ErrorIs(t, err, kind.ErrConflict)
	_, err = x.End(t.Context(), federation.Ending{Run: old, State: federation.State{Round: 5}, Sweep: true})
	require.ErrorIs(t, err, kind.ErrConflict)
	assert.Empty(t, x.held("state"))
	p, err := x.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Zero(t, p.State.Round)
	runs, err := x.Runs(t.Context(), "state", 10)
	require.NoError(t, err)
	require.Len(t, runs, 2)
	assert.Equal(t, run.ID, runs[0].ID)
	assert.Equal(t, "interrupted", runs[1].Error)
	assert.True(t, Start.Add(time.Minute).Equal(runs[1].Finished))
	x.commit(t, x.page(run, 1, record("oai:a:1", "One", 0)))
}

func (x *inboxTest) finished(t *testing.T) {
	run := x.begin(t, "state")
	_, err := x.End(t.Context(), federation.Ending{Run: federation.Run{ID: run.ID, Peer: run.Peer, Finished: Start}})
	require.NoError(t, err)
	_, err = x.Commit(t.Context(), x.page(run, 1, record("oai:a:1", "One", 0)))
	require.ErrorIs(t, err, kind.ErrConflict)
	assert.Empty(t, x.held("state"))
}

func (x *inboxTest) run(t *testing.T) {
	run := x.begin(t, "state")
	assert.NotZero(t, run.ID)
	x.commit(t, x.page(run, 1, record("oai:a:1", "One", 0)))
	p := x.page(run, 1, record("oai:a:2", "Two", 0))
	p.Quarantine = []federation.Quarantined{{Peer: "state", Run: run.ID, Identifier: "oai:a:3", Reason: "bad", At: Start}}
	x.commit(t, p)
	run.Full, run.Resumed, run.Finished, run.Complete = true, true, Start.Add(time.Minute), true
	run.Error, run.Warnings = "", []string{"slow"}
	ended, err := x.End(t.Context(), federation.Ending{Run: run, State: federation.State{Round: 1, Watermark: Start}})
	require.NoError(t, err)
	runs, err := x.Runs(t.Context(), "state", 1)
	require.NoError(t, err)
	require.Len(t, runs, 1)
	for _, got := range []federation.Run{ended, runs[0]} {
		assert.Equal(t, federation.Tally{New: 2, Quarantined: 1}, got.Tally)
		assert.Equal(t, 2, got.Pages)
		assert.True(t, got.Full && got.Resumed && got.Complete)
		assert.True(t, Start.Add(time.Minute).Equal(got.Finished))
		assert.Equal(t, []string{"slow"}, got.Warnings)
	}
	peer, err := x.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.True(t, Start.Equal(peer.State.Watermark))
	assert.Nil(t, peer.State.Resume)
}

func (x *inboxTest) sweep(t *testing.T) {
	first := x.begin(t, "state")
	x.commit(t, x.page(first, 1, record("oai:a:1", "One", 0), record("oai:a:2", "Two", 0), record("oai:a:3", "Three", 0), record("oai:a:4", "Four", 0)))
	run := x.begin(t, "state")
	p := x.page(run, 2, record("oai:a:1", "One", 0), record("oai:a:4", "Quattro", 1))
	p.Quarantine = []federation.Quarantined{{Peer: "state", Run: run.ID, Identifier: "oai:a:2", Reason: "its new version is bad", At: Start}}
	x.commit(t, p)
	run.Finished = Start
	ended, err := x.End(t.Context(), federation.Ending{Run: run, State: federation.State{Round: 2}, Sweep: true})
	require.NoError(t, err)
	assert.Equal(t, 1, ended.Deleted)
	held := x.held("state")
	assert.False(t, held["oai:a:1"].Deleted, "unchanged")
	assert.False(t, held["oai:a:2"].Deleted, "quarantined, but named")
	assert.True(t, held["oai:a:3"].Deleted, "not named")
	assert.False(t, held["oai:a:4"].Deleted, "changed")

	again := x.begin(t, "state")
	assert.Equal(t, federation.Tally{Unchanged: 1}, x.commit(t, x.page(again, 3, gone("oai:a:3", 1))), "it was a tombstone already")
	assert.Equal(t, held["oai:a:3"].Seq, x.held("state")["oai:a:3"].Seq)
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(again, 4, record("oai:a:3", "Three", 0))), "it lives again")
	assert.False(t, x.held("state")["oai:a:3"].Deleted)
}

func (x *inboxTest) quarantine(t *testing.T) {
	ctx := t.Context()
	run := x.begin(t, "state")
	bad := func(id, reason, raw string) federation.Quarantined {
		return federation.Quarantined{Peer: "state", Run: run.ID, Identifier: id, Reason: reason, Raw: []byte(raw), At: Start}
	}
	p := x.page(run, 1)
	p.Quarantine = []federation.Quarantined{bad("oai:a:1", "first", "x"), bad("", "no identifier", "y"), bad("", "no identifier", "z")}
	assert.Equal(t, 3, x.commit(t, p).Quarantined)
	p.Quarantine = []federation.Quarantined{bad("oai:a:1", "second", "w"), bad("", "no identifier", "y")}
	x.commit(t, p)
	all, err := x.Quarantine(ctx, "state", 0, 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	reasons := map[string]string{}
	for _, q := range all {
		reasons[q.Identifier+string(q.Raw)] = q.Reason
	}
	assert.Equal(t, map[string]string{"oai:a:1w": "second", "y": "no identifier", "z": "no identifier"}, reasons)
	some, err := x.Quarantine(ctx, "state", 1, 1)
	require.NoError(t, err)
	assert.Equal(t, all[1:2], some)
	none, err := x.Quarantine(ctx, "state", 3, 10)
	require.NoError(t, err)
	assert.Empty(t, none)
	x.commit(t, x.page(run, 2, record("oai:a:1", "Good now", 1)))
	all, err = x.Quarantine(ctx, "state", 0, 10)
	require.NoError(t, err)
	assert.Len(t, all, 2)
}

func (x *inboxTest) changes(t *testing.T) {
	ctx := t.Context()
	require.NoError(t, x.SavePeer(ctx, federation.Peer{Name: "keyed", URL: "https://keyed.example.org/oai", Key: "abc", Namespace: "keyed.example.org", Added: Start}))
	require.NoError(t, x.SavePeer(ctx, federation.Peer{Name: "keyed", URL: "https://keyed.example.org/oai", Title: "Keyed"}))
	p, err := x.Peer(ctx, "keyed")
	require.NoError(t, err)
	assert.Equal(t, "abc", p.Key, "a key stays where none is given")

	require.NoError(t, x.ChangePeer(ctx, "keyed", func(p *federation.Peer) {
		assert.Equal(t, "Keyed", p.Title)
		p.Paused, p.Name, p.Added = true, "other", time.Time{}
	}))
	p, err = x.Peer(ctx, "keyed")
	require.NoError(t, err)
	assert.True(t, p.Paused)
	assert.Equal(t, "keyed.example.org abc "+Start.String(), p.Namespace+" "+p.Key+" "+p.Added.String())
	err = x.ChangePeer(ctx, "keyed", func(p *federation.Peer) { p.Namespace = "state.example.org" })
	require.NoError(t, err)
	require.NoError(t, x.SavePeer(ctx, federation.Peer{Name: "second", URL: "https://second.example.org/oai", Namespace: "second.example.org"}))
	err = x.ChangePeer(ctx, "second", func(p *federation.Peer) { p.Namespace = "state.example.org" })
	require.ErrorIs(t, err, kind.ErrConflict)

	require.NoError(t, x.RemovePeer(ctx, "keyed"))
	err = x.ChangePeer(ctx, "keyed", func(p *federation.Peer) { p.Paused = false })
	require.ErrorIs(t, err, kind.ErrNotFound)
	_, err = x.Peer(ctx, "keyed")
	require.ErrorIs(t, err, kind.ErrNotFound, "what was removed stays so")
}

func (x *inboxTest) bounded(t *testing.T) {
	run := x.begin(t, "state")
	p := x.page(run, 1)
	const more = 5
	for i := range federation.MaxQuarantine + more {
		p.Quarantine = append(p.Quarantine, federation.Quarantined{
			Identifier: fmt.Sprint("oai:a:", i), Reason: fmt.Sprint("reason ", i%2), At: Start.Add(time.Duration(i) * time.Second),
		})
	}
	x.commit(t, p)
	reasons, err := x.Reasons(t.Context(), "state")
	require.NoError(t, err)
	assert.Len(t, reasons, 2)
	assert.Equal(t, federation.MaxQuarantine, reasons["reason 0"]+reasons["reason 1"])
	all, err := x.Quarantine(t.Context(), "state", 0, federation.MaxQuarantine+more)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprint("oai:a:", more), all[len(all)-1].Identifier, "the oldest give way")
}

func (x *inboxTest) headers(t *testing.T) {
	stamped := func(id, stamp string) federation.Harvested {
		r := record(id, "Title "+id, 0)
		r.Stamp = stamp
		return r
	}
	run := x.begin(t, "state")
	p := x.page(run, 1, stamped("oai:a:1", "one"), stamped("oai:a:2", "two"), stamped("oai:a:3", "three"), stamped("oai:a:4", "four"), stamped("oai:a:5", "five"))
	p.Quarantine = []federation.Quarantined{{Identifier: "oai:a:bad", Stamp: "bad", Reason: "bad", At: Start}}
	x.commit(t, p)
	headers := []federation.Header{
		{Identifier: "oai:a:1", Stamp: "one"}, {Identifier: "oai:a:2", Stamp: "later"}, {Identifier: "oai:a:3", Deleted: true},
		{Identifier: "oai:a:new", Stamp: "new"}, {Identifier: "oai:a:bad", Stamp: "bad"}, {Identifier: "oai:a:4", Stamp: "four"},
		{Identifier: "oai:a:unknown", Deleted: true},
	}
	missing, err := x.Missing(t.Context(), "state", headers)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"oai:a:2", "oai:a:new"}, missing)
	p = x.page(run, 2)
	p.Headers = headers
	assert.Equal(t, federation.Tally{Deleted: 1}, x.commit(t, p))
	assert.Equal(t, federation.Tally{}, x.commit(t, p))
	run.Finished = Start
	_, err = x.End(t.Context(), federation.Ending{Run: run, State: federation.State{Round: 2}, Sweep: true})
	require.NoError(t, err)
	held := x.held("state")
	for id, gone := range map[string]bool{"oai:a:1": false, "oai:a:2": false, "oai:a:3": true, "oai:a:4": false, "oai:a:5": true} {
		assert.Equal(t, gone, held[id].Deleted, id)
	}
	missing, err = x.Missing(t.Context(), "state", []federation.Header{{Identifier: "oai:a:5", Stamp: "five"}})
	require.NoError(t, err)
	assert.Len(t, missing, 1, "a tombstone is not what a live header tells of")
}

func (x *inboxTest) filtered(t *testing.T) {
	out := func(id string) federation.Harvested {
		r := record(id, "One", 1)
		r.Filtered = true
		return r
	}
	run := x.begin(t, "state")
	assert.Equal(t, federation.Tally{Filtered: 1}, x.commit(t, x.page(run, 1, out("oai:a:1"))))
	assert.Empty(t, x.held("state"))
	x.commit(t, x.page(run, 1, record("oai:a:1", "One", 1)))
	assert.Equal(t, federation.Tally{Deleted: 1}, x.commit(t, x.page(run, 2, out("oai:a:1"))))
	assert.True(t, x.held("state")["oai:a:1"].Deleted)
	assert.Equal(t, federation.Tally{Filtered: 1}, x.commit(t, x.page(run, 3, out("oai:a:1"))))
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(run, 4, record("oai:a:1", "One", 1))))
}

func (x *inboxTest) stored(t *testing.T) {
	run := x.begin(t, "state")
	r := record("oai:a:2", "Two", 3)
	r.Stamp, r.About = "2026-03-04", [][]byte{[]byte("<p/>"), []byte("<q/>")}
	x.commit(t, x.page(run, 1, record("oai:a:1", "One", 0), r, record("oai:a:3", "Three", 0)))
	x.commit(t, x.page(run, 1, gone("oai:a:3", 1)))
	all, err := x.Stored(t.Context(), "state", "", 10)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, federation.Harvested{
		Identifier: "oai:a:2", Datestamp: r.Datestamp, Stamp: r.Stamp, Sets: r.Sets, Prefix: r.Prefix, Raw: r.Raw, About: r.About,
	}, all[1])
	all, err = x.Stored(t.Context(), "state", "oai:a:1", 10)
	require.NoError(t, err)
	assert.Len(t, all, 1)
	all, err = x.Stored(t.Context(), "state", "", 1)
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

func (x *inboxTest) remapped(t *testing.T) {
	run := x.begin(t, "state")
	r := record("oai:a:1", "One", 0)
	x.commit(t, x.page(run, 1, r))
	seq := x.held("state")["oai:a:1"].Seq
	r.Metadata.Grades = []string{"5"}
	assert.Equal(t, federation.Tally{Changed: 1}, x.commit(t, x.page(run, 1, r)))
	assert.Greater(t, x.held("state")["oai:a:1"].Seq, seq)
	assert.Equal(t, federation.Tally{Unchanged: 1}, x.commit(t, x.page(run, 1, r)))
}

func (x *inboxTest) onePage(t *testing.T) {
	run := x.begin(t, "state")
	x.commit(t, x.page(run, 1, record("oai:a:held", "Held", 0)))
	got := x.commit(t, x.page(run, 2,
		record("oai:a:1", "One", 0), record("oai:a:1", "One changed", 1), // changed
		record("oai:a:2", "Two", 0), gone("oai:a:2", 1), // came and went
		record("oai:a:3", "Three", 0), gone("oai:a:3", 1), record("oai:a:3", "Three again", 2), // and came back
		gone("oai:a:held", 1), record("oai:a:held", "Held", 2), gone("oai:a:held", 3),
		record("oai:a:4", "Four", 0), record("oai:a:4", "Four", 0),
	))
	assert.Equal(t, federation.Tally{New: 4, Changed: 3, Deleted: 4, Unchanged: 1}, got)
	held := x.held("state")
	assert.Equal(t, "One changed", held["oai:a:1"].Title)
	assert.True(t, held["oai:a:2"].Deleted)
	assert.Equal(t, "Two", held["oai:a:2"].Title, "a tombstone keeps what it was")
	assert.Equal(t, "Three again", held["oai:a:3"].Title)
	assert.False(t, held["oai:a:3"].Deleted)
	assert.True(t, held["oai:a:held"].Deleted)
	assert.False(t, held["oai:a:4"].Deleted)
}

func (x *inboxTest) remove(t *testing.T) {
	run := x.begin(t, "state")
	x.commit(t, x.page(run, 1, record("oai:a:1", "One", 0)))
	seq := x.held("state")["oai:a:1"].Seq
	require.NoError(t, x.RemovePeer(t.Context(), "state"))
	held := x.held("state")
	assert.True(t, held["oai:a:1"].Deleted)
	assert.Greater(t, held["oai:a:1"].Seq, seq, "followers of the feed learn of it")
	_, err := x.Commit(t.Context(), x.page(run, 1, record("oai:a:2", "Two", 0)))
	require.ErrorIs(t, err, kind.ErrConflict)
	x.save(t, "state")
	p, err := x.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Zero(t, p.State)
	assert.Zero(t, p.Records)
	runs, err := x.Runs(t.Context(), "state", 10)
	require.NoError(t, err)
	assert.Empty(t, runs)
	again := x.begin(t, "state")
	assert.Greater(t, again.ID, run.ID, "the number of a run is never given twice")
	x.commit(t, x.page(again, 1, record("oai:a:1", "One", 0)))
	assert.False(t, x.held("state")["oai:a:1"].Deleted, "what comes back lives again")
}

func (x *inboxTest) apart(t *testing.T) {
	x.save(t, "atlas")
	a, b := x.begin(t, "state"), x.begin(t, "atlas")
	x.commit(t, x.page(a, 1, record("oai:a:1", "One", 0)))
	x.commit(t, x.page(b, 1, record("oai:b:1", "Other", 0)))
	b.Finished = Start
	_, err := x.End(t.Context(), federation.Ending{Run: b, State: federation.State{Round: 2}, Sweep: true})
	require.NoError(t, err)
	assert.False(t, x.held("state")["oai:a:1"].Deleted)
	assert.True(t, x.held("atlas")["oai:b:1"].Deleted)
}

func (x *inboxTest) canceled(t *testing.T) {
	run := x.begin(t, "state")
	ctx, cancel := contextWithCancel(t)
	cancel()
	_, err := x.Commit(ctx, x.page(run, 4, record("oai:a:1", "One", 0)))
	require.Error(t, err)
	assert.Empty(t, x.held("state"))
	p, err := x.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Zero(t, p.State.Round)
}
