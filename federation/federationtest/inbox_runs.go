package federationtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

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
