package catalog

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestARecordThatIsTakenDownStaysDownAtTheNextHarvest(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "state"})
	const one, two = "oai:far.example:1", "oai:far.example:2"
	id, other := receive(t, c, "state", one, "CC0-1.0"), receive(t, c, "state", two, "CC0-1.0")
	takedowns := func(query string, args ...any) {
		require.NoError(t, c.db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), query, args...)
			return err
		}))
	}
	down := func(id repository.ID) {
		takedowns(`INSERT INTO takedowns (address, basis, notice, taken_by, created, appeal, appealed_by, appealed, answer, answered_by, answered)
			VALUES ($1, 'law', 'x', 'mod', 1, '', '', 0, '', '', 0)`, "record:"+string(id))
	}
	deleted := func(id repository.ID) bool {
		r, err := c.ByID(t.Context(), id)
		require.NoError(t, err)
		return r.Deleted
	}
	before, err := c.Seq(t.Context())
	require.NoError(t, err)
	down(id)
	require.NoError(t, c.Withhold(t.Context(), id))
	require.NoError(t, c.Withhold(t.Context(), id), "again changes nothing")
	changes, err := c.Changes(t.Context(), before, 10)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	assert.True(t, deleted(id))
	for _, license := range []licensing.ID{"CC0-1.0", "CC-BY-4.0"} { // as it was, and changed
		receive(t, c, "state", one, license)
		assert.True(t, deleted(id), license)
		receive(t, c, "state", two, license)
		assert.False(t, deleted(other))
	}
	never := "oai:far.example:3"
	down(harvestedID("state", never))
	receive(t, c, "state", never, "CC0-1.0")
	_, err = c.ByID(t.Context(), harvestedID("state", never))
	require.ErrorIs(t, err, kind.ErrNotFound, "what was never here comes not even as a tombstone")

	takedowns(`DELETE FROM takedowns`)
	require.NoError(t, c.Unwithhold(t.Context(), id))
	require.NoError(t, c.Unwithhold(t.Context(), id))
	assert.False(t, deleted(id))
	r, err := c.ByID(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, "Strips", r.Metadata.Title)
	receive(t, c, "state", one, "CC-BY-SA-4.0")
	r, err = c.ByID(t.Context(), id)
	require.NoError(t, err)
	assert.EqualValues(t, "CC-BY-SA-4.0", r.License, "the next harvest is taken over again")
	require.ErrorIs(t, c.Withhold(t.Context(), "none"), kind.ErrNotFound)
}
