package catalog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// TestTheListOfPeersIsThatOfEach changes peers, and what the list of them gave, and reads them again.
func TestTheListOfPeersIsThatOfEach(t *testing.T) {
	full := func(name string) federation.Peer {
		return federation.Peer{Name: name, Title: name, Sets: []string{"a", "b"}, Filter: federation.Filter{Languages: []string{"es"}, Types: []metadata.Type{"lesson"}}}
	}
	c := withPeers(t, full("one"), full("two"), full("three"))
	ctx := t.Context()
	same := func(why string) {
		t.Helper()
		list, err := c.Peers(ctx)
		require.NoError(t, err)
		for _, p := range list {
			each, err := c.Peer(ctx, p.Name)
			require.NoError(t, err)
			assert.Equal(t, each, p, why)
		}
		for i := range list { // whoever got them may do so
			list[i].Sets[0], list[i].Filter.Languages[0], list[i].Filter.Types[0] = "x", "x", "x"
			if list[i].State.Resume != nil {
				list[i].State.Resume.Token, list[i].State.Friends[0], list[i].State.Sets[0] = "x", "x", "x"
			}
		}
	}
	same("at first")
	same("again")
	require.NoError(t, c.ChangePeer(ctx, "two", func(p *federation.Peer) { p.Title, p.Interval = "Other", time.Hour }))
	same("after a change of settings")
	run, err := c.Begin(ctx, federation.Run{Peer: "one", Started: fixed()})
	require.NoError(t, err)
	_, err = c.End(ctx, federation.Ending{Run: run, State: federation.State{Round: 2, Friends: []string{"https://f.example"}, Sets: []string{"a"}, Resume: &federation.Resume{Token: "t"}}})
	require.NoError(t, err)
	same("after a harvest")
	same("again after a harvest")
	receive(t, c, "three", "oai:three.example:1", "CC0-1.0")
	same("after a record")
	require.NoError(t, c.RemovePeer(ctx, "two"))
	require.NoError(t, c.SavePeer(ctx, federation.Peer{Name: "two", Sets: []string{"c"}, Filter: federation.Filter{Languages: []string{"en"}, Types: []metadata.Type{"unit"}}}))
	same("after another took its name")
}
