package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"time"
)

// Load is what a database has done for this process so far.
type Load struct {
	Queries, Errors int64         // queries and statements, without prepared ones, and those of them that failed
	QueryTime       time.Duration // until their first rows
	Writes          int64         // transactions of Write
	WriteTime       time.Duration // from asking for a turn to the end of the commit
	Readers         sql.DBStats   // connections for reading
}

type load struct {
	queries, errors, queryTime, writes, writeTime atomic.Int64
}

func (l *load) query(began time.Time, err error) {
	l.queries.Add(1)
	l.queryTime.Add(int64(time.Since(began)))
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, driver.ErrSkip) {
		l.errors.Add(1)
	}
}

func (l *load) write(began time.Time) {
	l.writes.Add(1)
	l.writeTime.Add(int64(time.Since(began)))
}

// Load says how much there was to do.
func (db *DB) Load() Load {
	l := &db.load
	return Load{
		Queries: l.queries.Load(), Errors: l.errors.Load(), QueryTime: time.Duration(l.queryTime.Load()),
		Writes: l.writes.Load(), WriteTime: time.Duration(l.writeTime.Load()), Readers: db.read.Stats(),
	}
}
