package federationtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
)

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
	assert.ElementsMatch(t, all, x.refused(t, 2))
	x.commit(t, x.page(run, 2, record("oai:a:1", "Good now", 1)))
	all, err = x.Quarantine(ctx, "state", 0, 10)
	require.NoError(t, err)
	assert.Len(t, all, 2)
}

// refused reads the quarantine in steps.
func (x *inboxTest) refused(t *testing.T, step int) (all []federation.Quarantined) {
	for after := ""; ; {
		some, err := x.Refused(t.Context(), "state", after, step)
		require.NoError(t, err)
		if len(some) == 0 {
			return all
		}
		assert.LessOrEqual(t, len(some), step)
		all, after = append(all, some...), some[len(some)-1].Entry()
	}
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
	assert.Len(t, x.refused(t, 3000), federation.MaxQuarantine)
}
