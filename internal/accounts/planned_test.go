package accounts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestReleasesArePlannedAheadEditedAndTakenBack(t *testing.T) {
	s, c := open(t)
	ctx := As(t.Context(), "rosa")
	plan := Planned{Address: "rosa/unit", Version: "v2", Revision: "r", Notes: "New.", Account: "rosa", Zone: "central", Due: c.at.Add(time.Hour)}
	for _, at := range []time.Time{c.at.Add(-time.Second), c.at, c.at.Add(3 * 366 * 24 * time.Hour), {}} {
		late := plan
		late.Due = at
		require.ErrorIs(t, s.Plan(ctx, late), kind.ErrInvalid, at)
	}
	require.NoError(t, s.Plan(ctx, plan))
	due, err := s.DuePlans(ctx, 10)
	require.NoError(t, err)
	assert.Empty(t, due)
	plan.Due, plan.Notes = c.at.Add(2*time.Hour), "Newer."
	require.NoError(t, s.Plan(ctx, plan))
	list, err := s.Plans(ctx, "rosa/unit")
	require.NoError(t, err)
	plan.Created = c.at
	assert.Equal(t, []Planned{plan}, list)

	c.at = c.at.Add(2 * time.Hour)
	due, err = s.DuePlans(ctx, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.NoError(t, s.NotReleased(ctx, due[0], "The report has errors."))
	due, err = s.DuePlans(ctx, 10)
	require.NoError(t, err)
	assert.Empty(t, due, "what failed is not tried again by itself")
	exported, err := s.Export(ctx)
	require.NoError(t, err)
	assert.Contains(t, string(exported), "The report has errors.")
	plan.Due = c.at.Add(time.Minute)
	require.NoError(t, s.Plan(ctx, plan))
	one, err := s.Planned(ctx, "rosa/unit", "v2")
	require.NoError(t, err)
	assert.Empty(t, one.Problem)
	require.NoError(t, s.NotReleased(ctx, Planned{Address: "rosa/unit", Version: "v2", Due: c.at}, "Of the time before."))
	one, err = s.Planned(ctx, "rosa/unit", "v2")
	require.NoError(t, err)
	assert.Empty(t, one.Problem, "it was planned anew meanwhile")

	require.NoError(t, s.Unplan(ctx, "rosa/unit", "v2"))
	require.ErrorIs(t, s.Unplan(ctx, "rosa/unit", "v2"), kind.ErrNotFound)
	for n := range maxPlanned {
		plan.Version = "v" + string(rune('a'+n))
		require.NoError(t, s.Plan(ctx, plan))
	}
	plan.Version = "more"
	require.ErrorIs(t, s.Plan(ctx, plan), kind.ErrInvalid)
}
