package catalog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
)

// TestPeersOfAPageAreAskedAboutAtOnce compares what is read of all peers with what is read of each.
func TestPeersOfAPageAreAskedAboutAtOnce(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"}, federation.Peer{Name: "b"}, federation.Peer{Name: "c"}, federation.Peer{Name: "never"})
	ctx, names := t.Context(), []string{"a", "b", "never", "none"}
	for i := range 6 {
		peer := string("abc"[i%3])
		run, err := c.Begin(ctx, federation.Run{Peer: peer, Started: fixed().Add(time.Duration(i) * time.Hour)})
		require.NoError(t, err)
		if peer == "b" {
			bad := federation.Quarantined{Identifier: "oai:b.example:" + string(rune('0'+i)), Reason: "no title", Raw: []byte("<dc/>")}
			_, err = c.Commit(ctx, federation.Page{Run: run.ID, Peer: peer, At: fixed(), Quarantine: []federation.Quarantined{bad}})
			require.NoError(t, err)
		}
	}
	latest, err := c.Lately(ctx, names)
	require.NoError(t, err)
	want := map[string]federation.Run{}
	for _, name := range names {
		runs, err := c.Runs(ctx, name, 1)
		require.NoError(t, err)
		if len(runs) > 0 {
			want[name] = runs[0]
		}
	}
	require.Len(t, want, 2)
	assert.Equal(t, want, latest)
	refused, err := c.InQuarantine(ctx, names)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"b": 2}, refused)
}
