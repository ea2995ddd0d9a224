package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// turn is the number of the advisory lock that a write holds until it is committed: the next one sees all that it did. A
// lock of the class stamps says which time its changes carry.
const (
	turn   = 4847
	stamps = 4848
	// stampBase is 2020-01-01, so that seconds fit into the 31 bits of a lock's number until 2088.
	stampBase = 1577836800
)

// takeTurn waits for the turn of a transaction, and has the others told when it is committed.
func takeTurn() Statement {
	return Statement{Query: fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d), pg_notify('%s', '')`, turn, channel)}
}

// Now is the time by which all nodes go: PostgreSQL's where it is shared, this machine's for a file.
func (db *DB) Now(ctx context.Context) (now time.Time, err error) {
	if db.engine != Postgres {
		return time.Now(), nil
	}
	err = db.read.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&now)
	return now, err
}

// NowIn is Now within a transaction of Write, once it has its turn, for which it may have waited.
func (db *DB) NowIn(ctx context.Context, tx *sql.Tx) (now time.Time, err error) {
	if db.engine != Postgres {
		return time.Now(), nil
	}
	err = tx.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&now)
	return now, err
}

// Stamp says which time, in seconds since 1970, the changes of a transaction of Write will carry. No other node can know. Of
// two that it says the earlier one counts.
func (db *DB) Stamp(ctx context.Context, tx *sql.Tx, seconds int64) error {
	if db.engine != Postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT `+Stamped(fmt.Sprint(seconds)))
	return err
}

// Stamped is Stamp as a column of a query of PostgreSQL, with an expression for the seconds.
func Stamped(seconds string) string {
	return fmt.Sprintf(`pg_advisory_xact_lock(%d, CAST(GREATEST(%s - %d, 0) AS INTEGER))`, stamps, seconds, stampBase)
}

// Writing reports whether a write is under way on any node, and the time that it was stamped with; 0 if it is not known
// yet. It knows nothing of writes to a file.
func (db *DB) Writing(ctx context.Context) (writing bool, stamp int64, err error) {
	if db.engine != Postgres {
		return false, 0, nil
	}
	var offset sql.NullInt64
	err = db.read.QueryRowContext(ctx, fmt.Sprintf(`SELECT COUNT(*) FILTER (WHERE objsubid = 1 AND classid = 0 AND objid = %d) > 0,
			MIN(CAST(objid AS BIGINT)) FILTER (WHERE objsubid = 2 AND classid = %d)
		FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, turn, stamps)).Scan(&writing, &offset)
	if offset.Valid && offset.Int64 > 0 {
		stamp = offset.Int64 + stampBase
	}
	return writing, stamp, err
}
