package catalog

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
)

// A peer decides how large its records are: what is read of them at once is bounded all the same.
func TestLargeRecordsAreReadInParts(t *testing.T) {
	t.Parallel()
	c := open(t, time.Now)
	require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "state", URL: "https://state.example/oai"}))
	run, err := c.Begin(t.Context(), federation.Run{Peer: "state", Started: time.Now()})
	require.NoError(t, err)
	const large, refused = 5, 40
	for i := range large {
		_, err := c.Commit(t.Context(), federation.Page{Run: run.ID, Peer: "state", At: time.Now(), Records: []federation.Harvested{
			{Identifier: fmt.Sprint("oai:a:", i), Stamp: "2026-01-01", Raw: bytes.Repeat([]byte("x"), maxRead/3)},
		}})
		require.NoError(t, err)
	}
	p := federation.Page{Run: run.ID, Peer: "state", At: time.Now()}
	for i := range refused {
		p.Quarantine = append(p.Quarantine, federation.Quarantined{
			Identifier: fmt.Sprint("oai:b:", i), Reason: "odd", Raw: bytes.Repeat([]byte("y"), federation.MaxQuarantinedRaw),
		})
	}
	_, err = c.Commit(t.Context(), p)
	require.NoError(t, err)

	seen := map[string]bool{}
	for after, reads := "", 0; ; reads++ {
		some, err := c.Stored(t.Context(), "state", after, 100)
		require.NoError(t, err)
		if len(some) == 0 {
			assert.Greater(t, reads, 1)
			break
		}
		for _, h := range some {
			seen[h.Identifier], after = true, h.Identifier
		}
	}
	for after, reads := "", 0; ; reads++ {
		some, err := c.Refused(t.Context(), "state", after, 100)
		require.NoError(t, err)
		if len(some) == 0 {
			assert.Greater(t, reads, 1)
			break
		}
		for _, q := range some {
			seen[q.Identifier], after = true, q.Entry()
		}
	}
	assert.Len(t, seen, large+refused)
}
