package sqldb_test

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

func TestMain(m *testing.M) { sqldbtest.Main(m) }

// several opens one database several times, as nodes do.
func several(t *testing.T, n int) []*sqldb.DB {
	t.Helper()
	address := sqldbtest.Address(t)
	all := make([]*sqldb.DB, n)
	for i := range all {
		var err error
		all[i], err = sqldb.Open(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, all[i].Close()) })
	}
	return all
}

func TestNobodySeesANumberBeforeTheOnesBelowIt(t *testing.T) {
	nodes := several(t, 3)
	const each = 40
	written, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		var writers sync.WaitGroup
		for _, db := range nodes {
			writers.Go(func() {
				for range each {
					assert.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
						var seq int64
						if err := tx.QueryRow(`SELECT seq FROM clock`).Scan(&seq); err != nil {
							return err
						}
						if _, err := tx.Exec(`INSERT INTO changes (seq, resource, kind, at) VALUES ($1, 'r', 'put', 0)`, seq+1); err != nil {
							return err
						}
						_, err := tx.Exec(`UPDATE clock SET seq = $1`, seq+1)
						return err
					}))
				}
			})
		}
		writers.Wait()
	}()
	var readers sync.WaitGroup
	for _, db := range nodes {
		readers.Go(func() {
			for last := int64(0); ; {
				var rows, newest int64
				if !assert.NoError(t, db.Read().QueryRow(`SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM changes`).Scan(&rows, &newest)) {
					return
				}
				if !assert.Equal(t, newest, rows, "a number is missing below the newest") || !assert.GreaterOrEqual(t, newest, last) {
					return
				}
				last = newest
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	<-written
	close(stop)
	readers.Wait()
	var rows int
	require.NoError(t, nodes[0].Read().QueryRow(`SELECT COUNT(*) FROM changes`).Scan(&rows))
	assert.Equal(t, each*len(nodes), rows)
}

func TestWritesAreToldToOtherNodes(t *testing.T) {
	nodes := several(t, 2)
	if nodes[0].Engine() == sqldb.SQLite {
		nodes[1] = nodes[0] // a file has one process
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := nodes[1].Changes(ctx)
	require.Eventually(t, func() bool { // until it listens
		require.NoError(t, nodes[0].Write(t.Context(), func(*sql.Tx) error { return nil }))
		select {
		case <-told:
			return true
		default:
			return false
		}
	}, time.Minute, 10*time.Millisecond)
	cancel()
	for range told { //nolint:revive // until it is closed
	}
}

func TestAWriteUnderWayIsKnownToAll(t *testing.T) {
	address := sqldbtest.Postgres(t)
	var nodes []*sqldb.DB
	for range 2 {
		db, err := sqldb.Open(t.Context(), address)
		require.NoError(t, err)
		defer db.Close()
		nodes = append(nodes, db)
	}
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Unix()
	check := func(wantWriting bool, wantStamp int64) {
		t.Helper()
		writing, stamp, err := nodes[1].Writing(t.Context())
		require.NoError(t, err)
		assert.Equal(t, wantWriting, writing)
		assert.Equal(t, wantStamp, stamp)
	}
	check(false, 0)
	require.NoError(t, nodes[0].Write(t.Context(), func(tx *sql.Tx) error {
		check(true, 0)
		require.NoError(t, nodes[0].Stamp(t.Context(), tx, at))
		check(true, at)
		return nil
	}))
	check(false, 0)
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	address := sqldbtest.EmptyPostgres(t)
	var start sync.WaitGroup
	for range 4 {
		start.Go(func() {
			db, err := sqldb.Open(t.Context(), address)
			if assert.NoError(t, err) {
				assert.NoError(t, db.Close())
			}
		})
	}
	start.Wait()
}

func TestTextThatNoDatabaseHoldsIsStored(t *testing.T) {
	db := sqldbtest.Open(t)
	for _, text := range []string{"a\x00b", "a\xffb", "ä\u2028"} {
		require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, "k", text)
			return err
		}), "%q", text)
		var got string
		require.NoError(t, db.Read().QueryRow(`SELECT value FROM settings`).Scan(&got))
		assert.NotEmpty(t, got)
	}
}

func TestTextIsOrderedByItsBytes(t *testing.T) {
	db := sqldbtest.Open(t)
	require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ('b', ''), ('ä', ''), ('B', ''), ('a-c', ''), ('ab', '')`)
		return err
	}))
	rows, err := db.Read().Query(`SELECT name FROM settings WHERE name > 'A' ORDER BY name`)
	require.NoError(t, err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, []string{"B", "a-c", "ab", "b", "ä"}, names)
}

func TestADatabaseThatNeedsANewerProgramIsRefused(t *testing.T) {
	address := sqldbtest.Address(t)
	set := func(needs int) {
		db, err := sqldb.Open(t.Context(), address)
		require.NoError(t, err)
		defer db.Close()
		require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
			// What the next version adds beside this one hurts nobody.
			if _, err := tx.Exec(`ALTER TABLE settings ADD COLUMN c` + string(rune('a'+needs%26)) + ` TEXT NOT NULL DEFAULT ''`); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE clock SET needs = $1`, needs)
			return err
		}))
	}
	set(1)
	set(9999)
	_, err := sqldb.Open(t.Context(), address)
	require.ErrorIs(t, err, sqldb.ErrNewer)
	require.ErrorContains(t, err, "install the newer one here too")
}

func TestAPasswordIsInNoError(t *testing.T) {
	for _, address := range []string{
		"postgres://rosa:opensesame@127.0.0.1:1/commonplace?connect_timeout=2", "postgres://rosa:opensesame@[::1", "mysql://rosa:opensesame@127.0.0.1/x",
	} {
		_, err := sqldb.Open(t.Context(), address)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "opensesame")
	}
}
