package jobs

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListTellsWhatWaitsAndWhatRuns(t *testing.T) {
	q := nodes(t, 1, Lease)[0]
	ctx := t.Context()
	require.NoError(t, q.Add(ctx, "harvest", "late", "", time.Now().Add(-time.Hour)))
	require.NoError(t, q.Add(ctx, "harvest", "tomorrow", "", time.Now().Add(24*time.Hour)))
	held, err := q.Hold(ctx, "letters", "")
	require.NoError(t, err)
	all, err := q.List(ctx, 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	assert.True(t, all[0].Running, "first, however few are asked for")
	assert.EqualValues(t, 1, all[0].Attempts)
	assert.Equal(t, "late", all[1].Name)
	assert.InDelta(t, time.Hour, all[1].Waiting, float64(10*time.Minute))
	assert.Negative(t, all[2].Waiting)
	require.NoError(t, q.Add(ctx, "harvest", "now", "", time.Time{}))
	totals, holders, err := q.Totals(ctx)
	require.NoError(t, err)
	assert.Equal(t, 1, holders)
	require.Len(t, totals, 2)
	assert.InDelta(t, time.Hour, totals[0].Oldest, float64(10*time.Minute))
	totals[0].Oldest = 0
	assert.Equal(t, []Total{{Kind: "harvest", Waiting: 2, Later: 1}, {Kind: "letters", Running: 1}}, totals)
	require.NoError(t, q.Stop(ctx, "harvest", "now"))
	require.NoError(t, held.Finish(ctx, nil))
	all, err = q.List(ctx, 1)
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

// What is counted is counted in SQL: who asks for a few jobs of many gets all the totals.
func TestTotalsDoNotDependOnWhatIsListed(t *testing.T) {
	q := nodes(t, 1, Lease)[0]
	require.NoError(t, q.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
			INSERT INTO jobs (kind, name, payload, due, holder, until, token, attempts, stop)
			SELECT CASE WHEN i <= 24000 THEN 'harvest' ELSE 'letters' END, 'job ' || i, '', 1, '', 0, 0, 0, 0 FROM n`)
		return err
	}))
	totals, holders, err := q.Totals(t.Context())
	require.NoError(t, err)
	assert.Zero(t, holders)
	require.Len(t, totals, 2)
	assert.Equal(t, 24_000, totals[0].Waiting)
	assert.Equal(t, 1_000, totals[1].Waiting)
	list, err := q.List(t.Context(), 30)
	require.NoError(t, err)
	assert.Len(t, list, 30)
}
