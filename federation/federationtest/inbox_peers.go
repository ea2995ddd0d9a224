package federationtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

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
