package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// Listed is a job as the list has it.
type Listed struct {
	Kind, Name string
	Running    bool
	Attempts   int64
	Holder     string // the node that runs it, or ran it; a random name of the process
	// Waiting is how long it has been due and nobody does it; negative for one that is due later. Zero while it runs, and for
	// one that was due at once.
	Waiting time.Duration
}

// List is the list of all nodes: those that run first, then by kind and name, at most limit of them.
func (q *Queue) List(ctx context.Context, limit int) ([]Listed, error) {
	now, err := q.now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := q.db.Read().QueryContext(ctx, `SELECT kind, name, due, until, attempts, holder FROM jobs
		ORDER BY CASE WHEN until > $1 THEN 0 ELSE 1 END, kind, name LIMIT $2`, now, limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	defer rows.Close()
	var all []Listed
	for rows.Next() {
		var l Listed
		var due, until int64
		if err := rows.Scan(&l.Kind, &l.Name, &due, &until, &l.Attempts, &l.Holder); err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		if l.Running = until > now; !l.Running && due > 0 {
			l.Waiting = time.Duration(now-due) * time.Millisecond
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

// Total is how many jobs of a kind all nodes have.
type Total struct {
	Kind             string
	Running, Waiting int           // Waiting: due, and nobody does them
	Later            int           // due later
	Oldest           time.Duration // since the one that waits longest was due
}

// Totals counts the list of all nodes, by kind, and the nodes that have jobs of it.
func (q *Queue) Totals(ctx context.Context) (all []Total, nodes int, err error) {
	now, err := q.now(ctx)
	if err != nil {
		return nil, 0, err
	}
	all, err = sqldb.All(ctx, q.db.Read(), func(row *sql.Rows, t *Total) error {
		var due int64
		err := row.Scan(&t.Kind, &t.Running, &t.Waiting, &t.Later, &due)
		t.Oldest = time.Duration(now-due) * time.Millisecond
		return err
	}, `SELECT kind, SUM(CASE WHEN until > $1 THEN 1 ELSE 0 END), SUM(CASE WHEN until <= $1 AND due <= $1 THEN 1 ELSE 0 END),
			SUM(CASE WHEN until <= $1 AND due > $1 THEN 1 ELSE 0 END), MIN(CASE WHEN until <= $1 AND due > 0 AND due <= $1 THEN due ELSE $1 END)
		FROM jobs GROUP BY kind ORDER BY kind`, now)
	if err == nil {
		err = q.db.Read().QueryRowContext(ctx, `SELECT COUNT(DISTINCT holder) FROM jobs WHERE until > $1`, now).Scan(&nodes)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("count jobs: %w", err)
	}
	return all, nodes, nil
}

// Count is how many jobs of a kind there are, waiting and running.
func (q *Queue) Count(ctx context.Context, kind string) (n int, err error) {
	err = q.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM jobs WHERE kind = $1`, kind).Scan(&n)
	return n, err
}
