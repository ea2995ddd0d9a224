package sqldb

import (
	"context"
	"database/sql"
)

// Writer prepares statements for the connections that write, once for many transactions: use them there by
// sql.Tx.StmtContext. Of SQLite there is one connection, so that preparing waits for a transaction that is under way.
type Writer struct{ db *sql.DB }

// Writer is the side of the database that writes.
func (db *DB) Writer() Writer { return Writer{db.write} }

// PrepareContext prepares a statement.
func (w Writer) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return w.db.PrepareContext(ctx, query)
}
