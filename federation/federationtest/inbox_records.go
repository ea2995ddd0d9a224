package federationtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
)

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
