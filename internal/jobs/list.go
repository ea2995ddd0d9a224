package jobs

import (
	"context"
	"fmt"
	"time"
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

// List is the list of all nodes, by kind and name, at most limit of them.
func (q *Queue) List(ctx context.Context, limit int) ([]Listed, error) {
	now, err := q.now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := q.db.Read().QueryContext(ctx, `SELECT kind, name, due, until, attempts, holder FROM jobs ORDER BY kind, name LIMIT $1`, limit)
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

// Count is how many jobs of a kind there are, waiting and running.
func (q *Queue) Count(ctx context.Context, kind string) (n int, err error) {
	err = q.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM jobs WHERE kind = $1`, kind).Scan(&n)
	return n, err
}
