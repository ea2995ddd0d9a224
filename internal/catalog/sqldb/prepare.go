package sqldb

import (
	"context"
	"database/sql"
)

// Prepare prepares a statement for the connection that writes, once for many transactions: use it there by
// sql.Tx.StmtContext. It waits for a transaction that is under way, so it must not be called inside one.
func (db *DB) Prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	return db.write.PrepareContext(ctx, query)
}
