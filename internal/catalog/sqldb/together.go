package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Statement is one of several that go to the database together.
type Statement struct {
	Query string
	Args  []any
	Row   func(scan func(into ...any) error) error // called with each row; nil where there are none
}

// Tx is a transaction of WriteTogether.
type Tx struct {
	*sql.Tx
	db   *DB
	conn *sql.Conn // of PostgreSQL
}

// Send runs statements in their order. PostgreSQL gets all of them before it answers the first, and takes as long as for one
// round trip; each sees what those before it did. After an error none of them counts, and the transaction is over.
func (t *Tx) Send(ctx context.Context, list []Statement) error {
	if len(list) == 0 {
		return nil
	}
	if t.conn != nil {
		return t.pipeline(ctx, list)
	}
	for _, s := range list {
		if err := s.run(ctx, t.Tx); err != nil {
			return err
		}
	}
	return nil
}

// run runs one statement alone.
func (s Statement) run(ctx context.Context, tx *sql.Tx) error {
	if s.Row == nil {
		_, err := tx.ExecContext(ctx, s.Query, s.Args...)
		return err
	}
	_, err := All(ctx, tx, func(row *sql.Rows, _ *struct{}) error { return s.Row(row.Scan) }, s.Query, s.Args...)
	return err
}

func (t *Tx) pipeline(ctx context.Context, list []Statement) error {
	return t.conn.Raw(func(inner any) (err error) {
		c := inner.(conn)
		var batch pgx.Batch
		for _, s := range list {
			values := make([]any, len(s.Args))
			for i, arg := range s.Args {
				v := driver.NamedValue{Ordinal: i + 1, Value: arg}
				if err := c.CheckNamedValue(&v); err != nil {
					return err
				}
				values[i] = v.Value
			}
			batch.Queue(s.Query, values...)
		}
		began := time.Now()
		defer func() { t.db.load.query(began, err) }()
		results := c.whole.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		err = read(results, list)
		if closed := results.Close(); err == nil {
			err = closed
		}
		return away(err)
	})
}

// read takes the results of statements in their order.
func read(results pgx.BatchResults, list []Statement) error {
	for _, s := range list {
		if s.Row == nil {
			if _, err := results.Exec(); err != nil {
				return err
			}
			continue
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := s.Row(rows.Scan); err != nil {
				rows.Close()
				return err
			}
		}
		if err := rows.Err(); err != nil { // Next has closed them
			return err
		}
	}
	return nil
}

// WriteTogether is Write for one that knows what it asks first: PostgreSQL gets those statements with the request for the turn,
// so that they are answered as soon as it is there. F runs after them.
func (db *DB) WriteTogether(ctx context.Context, first []Statement, f func(*Tx) error) error {
	defer db.load.write(time.Now())
	tx, done, err := db.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer done()
	if db.engine == Postgres {
		first = append([]Statement{takeTurn()}, first...)
	}
	if err := tx.Send(ctx, first); err != nil {
		return errors.Join(fmt.Errorf("begin: %w", err), tx.Rollback())
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", away(err))
	}
	db.told.tell()
	db.checkpoints.wrote()
	return nil
}

// begin begins a transaction. Call done after its end.
func (db *DB) begin(ctx context.Context) (t *Tx, done func(), err error) {
	if db.engine != Postgres {
		tx, err := db.write.BeginTx(ctx, nil)
		return &Tx{Tx: tx, db: db}, func() {}, err
	}
	for range staleConnections {
		var c *sql.Conn
		if c, err = db.write.Conn(ctx); err != nil {
			return nil, nil, err
		}
		var tx *sql.Tx
		if tx, err = c.BeginTx(ctx, nil); err == nil {
			return &Tx{Tx: tx, db: db, conn: c}, func() { _ = c.Close() }, nil // it goes back to the others
		}
		_ = c.Close() // it is closed already where it was stale
		if !errors.Is(err, driver.ErrBadConn) {
			return nil, nil, err
		}
	}
	return nil, nil, err
}

// staleConnections is how many connections are tried that may have broken while nobody used them: all that there are, and a
// new one.
const staleConnections = maxWriters + 1
