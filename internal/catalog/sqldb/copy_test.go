package sqldb_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

func file(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "catalog.db") }

// filled is a database with rows of every kind of value, in tables of one and of several keys.
func filled(t *testing.T, address string) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), address)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range 1000 {
			if _, err := tx.Exec(`INSERT INTO records (place, identifier, datestamp, deleted, sets, rights, about, xml) VALUES ($1, $2, $3, 0, '', '', '', $4)`,
				int64(i)<<40, fmt.Sprint("oai:x.example:", i), i, [][]byte{{0, 255, byte(i)}, {}}[i%2]); err != nil { // a tombstone has no bytes
				return err
			}
			if _, err := tx.Exec(`INSERT INTO links (resource, kind, target) VALUES ($1, $2, $3)`, fmt.Sprint(i%7), "source", fmt.Sprint("ä", i)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE clock SET seq = 7, datestamp = 700`)
		return err
	}))
}

func TestADatabaseMovesBothWays(t *testing.T) {
	first, middle, last := file(t), sqldbtest.Postgres(t), file(t)
	filled(t, first)
	there, err := sqldb.Copy(t.Context(), first, middle, nil)
	require.NoError(t, err)
	back, err := sqldb.Copy(t.Context(), middle, last, nil)
	require.NoError(t, err)
	assert.Equal(t, there, back)
	rows := map[string]int64{}
	for _, c := range there {
		rows[c.Table] = c.Rows
	}
	assert.EqualValues(t, 1000, rows["records"])
	assert.EqualValues(t, 1000, rows["links"])
	assert.EqualValues(t, 1, rows["clock"])
	db, err := sqldb.Open(t.Context(), last)
	require.NoError(t, err)
	defer db.Close()
	var seq int
	require.NoError(t, db.Read().QueryRow(`SELECT seq FROM clock`).Scan(&seq))
	assert.Equal(t, 7, seq)
}

func TestACopyThatWasBrokenOffGoesOn(t *testing.T) {
	from, to := file(t), sqldbtest.Postgres(t)
	filled(t, from)
	ctx, cancel := context.WithCancel(t.Context())
	before := map[string]int64{}
	_, err := sqldb.Copy(ctx, from, to, func(table string, rows int64) {
		before[table] = rows
		if table == "records" && rows >= 400 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	_, err = sqldb.Open(t.Context(), to)
	require.ErrorIs(t, err, sqldb.ErrUnfinished)
	after := map[string]int64{}
	_, err = sqldb.Copy(t.Context(), from, to, func(table string, rows int64) { after[table] = rows })
	require.NoError(t, err)
	assert.EqualValues(t, 1000, before["records"]+after["records"], "no row twice")
	assert.Zero(t, after["links"], "what was there already")
	db, err := sqldb.Open(t.Context(), to)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// A new database is marked before it gets a single table of ours, so that no server takes it for an empty one.
func TestACopyBrokenOffBeforeItsFirstRowGoesOn(t *testing.T) {
	from, broken := file(t), file(t)
	filled(t, from)
	filled(t, broken)
	run := func(t *testing.T, address, statement string) {
		t.Helper()
		driver, dsn := "pgx", address
		if name, ok := strings.CutPrefix(address, "sqlite://"); ok {
			driver, dsn = "sqlite", "file:"+name
		}
		db, err := sql.Open(driver, dsn)
		require.NoError(t, err)
		defer db.Close()
		_, err = db.Exec(statement)
		require.NoError(t, err, statement)
	}
	run(t, broken, `DROP TABLE clock`) // so that nothing can be read from it
	for name, to := range map[string]string{"sqlite": file(t), "postgres": sqldbtest.EmptyPostgres(t)} {
		t.Run(name, func(t *testing.T) {
			run(t, to, `CREATE TABLE resources (x TEXT)`) // so that the first migration fails
			_, err := sqldb.Copy(t.Context(), from, to, nil)
			require.Error(t, err)
			run(t, to, `DROP TABLE resources`)
			_, err = sqldb.Open(t.Context(), to)
			require.ErrorIs(t, err, sqldb.ErrUnfinished, "broken off in the first migration")
			require.ErrorContains(t, err, "commonplace migrate-database")

			_, err = sqldb.Copy(t.Context(), broken, to, nil)
			require.Error(t, err)
			_, err = sqldb.Open(t.Context(), to)
			require.ErrorIs(t, err, sqldb.ErrUnfinished, "broken off after the last migration")

			_, err = sqldb.Copy(t.Context(), from, to, nil)
			require.NoError(t, err)
			db, err := sqldb.Open(t.Context(), to)
			require.NoError(t, err)
			defer db.Close()
			var n int
			require.NoError(t, db.Read().QueryRow(`SELECT COUNT(*) FROM records`).Scan(&n))
			assert.Equal(t, 1000, n)
		})
	}
}

// What PostgreSQL cannot hold has another place in the order once it is there. Rows after it are copied all the same, and a
// copy that was broken off behind it goes on behind it.
func TestKeysThatPostgreSQLWritesOtherwiseLoseNoRow(t *testing.T) {
	from, to := file(t), sqldbtest.Postgres(t)
	db, err := sqldb.Open(t.Context(), from)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range 1000 {
			target := fmt.Sprintf("oai:x.example:%04d", i)
			if i%200 == 199 { // the last one of what is copied at once
				target = fmt.Sprintf("oai:x.example:%03d\x00%s", i/10, string([]byte{0xff}))
			}
			if _, err := tx.Exec(`INSERT INTO links (resource, kind, target) VALUES ('a', 'source', $1)`, target); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, db.Close())
	ctx, cancel := context.WithCancel(t.Context())
	_, err = sqldb.Copy(ctx, from, to, func(table string, rows int64) {
		if table == "links" && rows >= 400 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	all, err := sqldb.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	for _, c := range all {
		if c.Table == "links" {
			assert.EqualValues(t, 1000, c.Rows)
		}
	}
	db, err = sqldb.Open(t.Context(), to)
	require.NoError(t, err)
	defer db.Close()
	var n int
	require.NoError(t, db.Read().QueryRow(`SELECT COUNT(*) FROM links`).Scan(&n))
	assert.Equal(t, 1000, n)
}

func TestACopyOfSomethingElseIsRefused(t *testing.T) {
	from, to := file(t), sqldbtest.Postgres(t)
	filled(t, from)
	filled(t, to)
	_, err := sqldb.Copy(t.Context(), from, to, nil)
	require.ErrorIs(t, err, sqldb.ErrNotEmpty)

	to = sqldbtest.Postgres(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = sqldb.Copy(ctx, from, to, func(string, int64) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	db, err := sqldb.Open(t.Context(), from)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(`UPDATE clock SET seq = 8`); return err }))
	require.NoError(t, db.Close())
	_, err = sqldb.Copy(t.Context(), from, to, nil)
	require.ErrorIs(t, err, sqldb.ErrChanged)
}
