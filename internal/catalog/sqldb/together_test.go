package sqldb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

const setSetting = `INSERT INTO settings (name, value) VALUES ($1, $2)`

func value(into *string, name string) sqldb.Statement {
	return sqldb.Statement{Query: `SELECT value FROM settings WHERE name = $1`, Args: []any{name}, Row: func(scan func(...any) error) error {
		return scan(into)
	}}
}

func TestStatementsThatGoTogetherSeeThoseBeforeThem(t *testing.T) {
	db := sqldbtest.Open(t)
	var none, before, after string
	first := []sqldb.Statement{value(&none, "a"), {Query: setSetting, Args: []any{"a", "one\x00\xff"}}, value(&before, "a")}
	require.NoError(t, db.WriteTogether(t.Context(), first, func(tx *sqldb.Tx) error {
		if db.Engine() == sqldb.Postgres {
			assert.Equal(t, "one\uFFFD\uFFFD", before, "as the engine can hold it")
		}
		if _, err := tx.ExecContext(t.Context(), `UPDATE settings SET value = 'two'`); err != nil {
			return err
		}
		return tx.Send(t.Context(), []sqldb.Statement{value(&after, "a")})
	}))
	assert.Empty(t, none)
	assert.Equal(t, "two", after)
}

func TestNothingIsLeftOfStatementsOfWhichOneFails(t *testing.T) {
	db := sqldbtest.Open(t)
	mistake := errors.New("mistake")
	for _, last := range []sqldb.Statement{
		{Query: setSetting, Args: []any{"a", "again"}}, // the name is taken
		{Query: `SELECT name FROM settings WHERE name = 'a'`, Row: func(func(...any) error) error { return mistake }},
		{Query: `SELECT nothing FROM nowhere`},
		{Query: setSetting, Args: []any{"b", make(chan int)}},
	} {
		err := db.WriteTogether(t.Context(), []sqldb.Statement{{Query: setSetting, Args: []any{"a", "one"}}, last}, func(*sqldb.Tx) error { return nil })
		require.Error(t, err)
		err = db.WriteTogether(t.Context(), nil, func(tx *sqldb.Tx) error {
			return tx.Send(t.Context(), []sqldb.Statement{{Query: setSetting, Args: []any{"a", "one"}}, last})
		})
		require.Error(t, err, "%s", last.Query)
		var n int
		require.NoError(t, db.Read().QueryRow(`SELECT COUNT(*) FROM settings WHERE name IN ('a', 'b')`).Scan(&n))
		assert.Zero(t, n, "%s", last.Query)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, db.WriteTogether(ctx, nil, func(*sqldb.Tx) error { return nil }))
	require.NoError(t, db.WriteTogether(t.Context(), []sqldb.Statement{{Query: setSetting, Args: []any{"a", "one"}}}, func(*sqldb.Tx) error { return nil }),
		"the connections are as good as before")
}
