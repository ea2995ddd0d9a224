package catalog

import (
	"context"
	"database/sql"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// transaction is one that uses the statements that are prepared for as long as the database is open, and prepares what it is
// asked for a second time: what several publications write in one transaction are the same statements again and again.
type transaction struct {
	*sqldb.Tx
	ready *sqldb.Statements
	known map[string]*sql.Stmt // nil: asked for once
	// remembered says that the driver keeps what it has prepared on a connection: preparing here would be a round trip more.
	remembered bool
	queued     []sqldb.Statement // that nobody waits for the answers of
	size       int               // bytes in them
	failed     error             // of some that were queued
}

// queuedAtMost bounds the bytes of statements that wait to go to the database together.
const queuedAtMost = 8 << 20

// later runs a statement before the next one that is waited for, or at the end: a database that others share gets it with
// others, in their order.
func (t *transaction) later(ctx context.Context, query string, args ...any) error {
	if !t.remembered {
		_, err := t.ExecContext(ctx, query, args...)
		return err
	}
	t.queued = append(t.queued, sqldb.Statement{Query: query, Args: args})
	for _, arg := range args {
		switch arg := arg.(type) {
		case string:
			t.size += len(arg)
		case []byte:
			t.size += len(arg)
		}
	}
	if t.size > queuedAtMost {
		return t.flush(ctx)
	}
	return nil
}

// ask runs queries, where the database is shared all with one round trip, and what was queued before them.
func (t *transaction) ask(ctx context.Context, list []sqldb.Statement) error {
	if t.remembered {
		t.queued = append(t.queued, list...)
		return t.flush(ctx)
	}
	for _, s := range list {
		_, err := sqldb.All(ctx, t, func(row *sql.Rows, _ *struct{}) error { return s.Row(row.Scan) }, s.Query, s.Args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// flush sends what is queued. After an error it says so for ever: what was queued is not there, and the rest must not be.
func (t *transaction) flush(ctx context.Context) error {
	if t.failed == nil && len(t.queued) > 0 {
		t.failed = t.Send(ctx, t.queued)
		t.queued, t.size = nil, 0
	}
	return t.failed
}

// preparedAtOnce bounds how many statements a transaction keeps: some have lists of any length in them.
const preparedAtOnce = 64

func (t *transaction) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if t.remembered {
		return nil, t.flush(ctx)
	}
	ready, again := t.known[query]
	if ready != nil || !again && len(t.known) >= preparedAtOnce {
		return ready, nil
	}
	if !again {
		if t.known == nil {
			t.known = map[string]*sql.Stmt{}
		}
		if always := t.ready.Known(query); always != nil {
			ready = t.StmtContext(ctx, always)
		}
		t.known[query] = ready
		return ready, nil
	}
	ready, err := t.PrepareContext(ctx, query) // closed with the transaction
	if err == nil {
		t.known[query] = ready
	}
	return ready, err
}

func (t *transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ready, err := t.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if ready == nil {
		return t.Tx.ExecContext(ctx, query, args...)
	}
	return ready.ExecContext(ctx, args...)
}

func (t *transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ready, err := t.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if ready == nil {
		return t.Tx.QueryContext(ctx, query, args...)
	}
	return ready.QueryContext(ctx, args...)
}

func (t *transaction) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ready, err := t.statement(ctx, query)
	if ready == nil || err != nil { // then the row says why, or flush does at the end
		return t.Tx.QueryRowContext(ctx, query, args...)
	}
	return ready.QueryRowContext(ctx, args...)
}
