package sqldb

import (
	"context"
	"database/sql"
)

// Ready reads by statements that stay prepared for as long as the database is open: for queries of a few texts that many pages
// ask, whose preparing takes longer than they do. PostgreSQL's driver keeps what it has prepared by itself.
type Ready struct{ db *DB }

// Ready is Read for a query of one text among few.
func (db *DB) Ready() Ready { return Ready{db} }

// QueryContext is that of Read.
func (r Ready) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	q, err := r.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if q == nil {
		return r.db.read.QueryContext(ctx, query, args...)
	}
	return q.QueryContext(ctx, args...)
}

// QueryRowContext is that of Read.
func (r Ready) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	q, err := r.statement(ctx, query)
	if q == nil || err != nil { // then the row says why
		return r.db.read.QueryRowContext(ctx, query, args...)
	}
	return q.QueryRowContext(ctx, args...)
}

// statement is the one of a query, or nil where the driver keeps it.
func (r Ready) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if r.db.engine == Postgres {
		return nil, nil
	}
	return r.db.ready.Get(ctx, r.db.read, query)
}
