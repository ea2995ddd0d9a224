package jobs

import (
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
	assert.Equal(t, "late", all[0].Name)
	assert.InDelta(t, time.Hour, all[0].Waiting, float64(time.Minute))
	assert.Negative(t, all[1].Waiting)
	assert.True(t, all[2].Running)
	assert.EqualValues(t, 1, all[2].Attempts)
	require.NoError(t, held.Finish(ctx, nil))
	all, err = q.List(ctx, 1)
	require.NoError(t, err)
	assert.Len(t, all, 1)
}
