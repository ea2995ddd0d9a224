package catalog

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

// openFile is a catalog whose readers do not wait for its writer.
func openFile(t *testing.T, address string, now func() time.Time) *Catalog {
	t.Helper()
	db, err := sqldb.Open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return New(db, now)
}

func TestAnAnswerDuringATransactionDoesNotSkipIt(t *testing.T) {
	at := fixed()
	c := openFile(t, sqldbtest.Address(t), func() time.Time { return at })
	planted := errors.New("planted")
	require.ErrorIs(t, c.change(t.Context(), func(tk *ticket) error {
		require.NoError(t, tk.begin(t.Context()))
		at = at.Add(time.Minute) // it takes long
		during, err := c.Now(t.Context())
		require.NoError(t, err)
		assert.Equal(t, fixed(), during, "what the transaction writes carries this time and is not visible yet")
		return planted
	}), planted)
	after, err := c.Now(t.Context())
	require.NoError(t, err)
	assert.Equal(t, fixed().Add(time.Minute), after)
}

func TestAfterARestartWithTheClockSetBackNothingIsHidden(t *testing.T) {
	address := sqldbtest.Address(t)
	ahead := openFile(t, address, func() time.Time { return fixed().Add(time.Hour) })
	require.NoError(t, ahead.Apply(t.Context(), shown(1, "First", false)))

	c := openFile(t, address, fixed)
	require.NoError(t, c.Apply(t.Context(), shown(2, "Second", false)))
	now, err := c.Now(t.Context())
	require.NoError(t, err)
	assert.Equal(t, fixed().Add(time.Hour), now, "time stands still until the clock has caught up")
	earliest, err := c.Earliest(t.Context())
	require.NoError(t, err)
	assert.Equal(t, now, earliest)
}
