package sqldb_test

import (
	"context"
	"database/sql"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

func TestReadyReadsWhatIsThereNow(t *testing.T) {
	ctx := t.Context()
	file, err := sqldb.Open(ctx, "sqlite://"+t.TempDir()+"/catalog.db")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, file.Close()) })
	for name, db := range map[string]*sqldb.DB{"file": file, "as the tests are run": sqldbtest.Open(t)} {
		t.Run(name, func(t *testing.T) { readsWhatIsThereNow(t, db) })
	}
}

func readsWhatIsThereNow(t *testing.T, db *sqldb.DB) {
	t.Helper()
	ctx := t.Context()
	set := func(name, value string) {
		require.NoError(t, db.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
			return err
		}))
	}
	const query = `SELECT value FROM settings WHERE name = $1`
	get := func(ctx context.Context, name string) (value string, err error) {
		return value, db.Ready().QueryRowContext(ctx, query, name).Scan(&value)
	}
	_, err := get(ctx, "a")
	assert.ErrorIs(t, err, sql.ErrNoRows)
	for _, value := range []string{"one", "two"} {
		set("a", value)
		got, err := get(ctx, "a")
		require.NoError(t, err)
		assert.Equal(t, value, got)
	}
	set("b", "three")
	list, err := sqldb.Strings(ctx, db.Ready(), `SELECT value FROM settings WHERE name IN ($1, $2) ORDER BY name`, "a", "b")
	require.NoError(t, err)
	assert.Equal(t, []string{"two", "three"}, list)

	_, err = sqldb.Strings(ctx, db.Ready(), `SELECT nothing FROM nowhere`)
	require.Error(t, err)
	assert.Error(t, db.Ready().QueryRowContext(ctx, `SELECT nothing FROM nowhere`).Scan(new(string)))

	var all sync.WaitGroup
	for range 20 { // the first of them at once
		all.Go(func() {
			list, err := sqldb.Strings(ctx, db.Ready(), `SELECT value FROM settings WHERE name = $1 OR name = $2 ORDER BY name`, "b", "c")
			assert.NoError(t, err)
			assert.Equal(t, []string{"three"}, list)
		})
	}
	all.Wait()
	ended, end := context.WithCancel(ctx)
	end()
	_, err = get(ended, "a")
	assert.ErrorIs(t, err, context.Canceled)
	got, err := get(ctx, "a")
	require.NoError(t, err)
	assert.Equal(t, "two", got)
}
