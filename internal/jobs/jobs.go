// Package jobs gives out work that several nodes could do, so that each piece is done once in effect.
//
// A job has a kind and a name, and there is one of each at a time. Who takes it leases it: a heartbeat renews the lease, and
// a node that is killed or cut off loses it after [Lease], when another takes the job over. A holder that was cut off learns
// of it before: its context ends. What it does in the last moment is refused where it matters, inside the transaction, by the
// number that grew with the next holder ([Job.Check], [Job.Finish]).
//
// Everything is in SQL, and goes by the database's clock.
package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

var (
	// ErrHeld says that another has the job.
	ErrHeld = errors.New("somebody else is doing it")
	// ErrLost says that the lease ended before the work did.
	ErrLost = errors.New("the job was lost to another node")
	// ErrStopped says that somebody wants the job to end.
	ErrStopped = errors.New("the job was stopped")
)

// Lease is how long a job stays with a node that no longer says that it is there.
const Lease = 15 * time.Second

// Queue gives out jobs to one node.
type Queue struct {
	db     *sqldb.DB
	holder string
	log    *slog.Logger
	lease  time.Duration
}

// New returns the queue of a node. Two in one process are two nodes.
func New(db *sqldb.DB, log *slog.Logger) *Queue {
	return &Queue{db: db, holder: rand.Text(), log: log, lease: Lease}
}

// Add puts a job on the list, to be done from a time on; the zero time is now. One of its kind and name that waits already
// gets the payload and keeps the earlier time; one that is being done goes on as it is, and nothing is added.
func (q *Queue) Add(ctx context.Context, kind, name, payload string, due time.Time) error {
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO jobs (kind, name, payload, due, holder, until, token, attempts, stop)
			VALUES ($1, $2, $3, $4, '', 0, 0, 0, 0)
			ON CONFLICT (kind, name) DO UPDATE SET payload = excluded.payload,
				due = CASE WHEN jobs.due < excluded.due THEN jobs.due ELSE excluded.due END WHERE jobs.holder = ''`,
			kind, name, payload, milliseconds(due))
		return err
	})
	if err != nil {
		return fmt.Errorf("add job %s %s: %w", kind, name, err)
	}
	return nil
}

// Take leases a job of a kind that is due and that nobody does, the one that is due the longest; nil if there is none.
// Finish or Release it.
func (q *Queue) Take(ctx context.Context, kind string) (*Job, error) {
	now, err := q.now(ctx)
	if err != nil {
		return nil, err
	}
	const waiting = ` FROM jobs WHERE kind = $1 AND due <= $2 AND until <= $2 ORDER BY due, name LIMIT 1`
	var name string
	err = q.db.Read().QueryRowContext(ctx, `SELECT name`+waiting, kind, now).Scan(&name) // nobody waits for a turn in vain
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take a job: %w", err)
	}
	j := &Job{Kind: kind, queue: q}
	err = q.db.Write(ctx, func(tx *sql.Tx) error {
		now, err := q.nowIn(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT name`+waiting, kind, now).Scan(&j.Name); err != nil {
			return err
		}
		return j.lease(ctx, tx, now)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // another was faster
	}
	if err != nil {
		return nil, fmt.Errorf("take a job: %w", err)
	}
	j.beat(ctx)
	return j, nil
}

// Hold leases the job of a kind and name now, whether it is on the list or not. It is ErrHeld while another does it.
func (q *Queue) Hold(ctx context.Context, kind, name string) (*Job, error) {
	j := &Job{Kind: kind, Name: name, queue: q}
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		now, err := q.nowIn(ctx, tx)
		if err != nil {
			return err
		}
		var until int64
		err = tx.QueryRowContext(ctx, `SELECT until FROM jobs WHERE kind = $1 AND name = $2`, kind, name).Scan(&until)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err = tx.ExecContext(ctx, `INSERT INTO jobs (kind, name, payload, due, holder, until, token, attempts, stop)
				VALUES ($1, $2, '', $3, '', 0, 0, 0, 0)`, kind, name, now)
		case err == nil && until > now:
			err = ErrHeld
		}
		if err != nil {
			return err
		}
		return j.lease(ctx, tx, now)
	})
	if err != nil {
		return nil, fmt.Errorf("hold job %s %s: %w", kind, name, err)
	}
	j.beat(ctx)
	return j, nil
}

// HoldWhenFree is Hold that waits while another does the job.
func (q *Queue) HoldWhenFree(ctx context.Context, kind, name string) (*Job, error) {
	for {
		j, err := q.Hold(ctx, kind, name)
		if !errors.Is(err, ErrHeld) {
			return j, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop wants a job to end: one that waits is taken off the list, one that is being done, on whatever node, is told so at its
// next heartbeat. A job that there is none of is none to stop.
func (q *Queue) Stop(ctx context.Context, kind, name string) error {
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		now, err := q.nowIn(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM jobs WHERE kind = $1 AND name = $2 AND until <= $3`, kind, name, now); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE jobs SET stop = 1 WHERE kind = $1 AND name = $2`, kind, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("stop job %s %s: %w", kind, name, err)
	}
	return nil
}

// Reset gives every leased job back to be done. Only who knows that no other node uses the database may call it, such as the
// one process that has a file.
func (q *Queue) Reset(ctx context.Context) error {
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE jobs SET holder = '', until = 0 WHERE holder <> ''`)
		return err
	})
	if err != nil {
		return fmt.Errorf("reset jobs: %w", err)
	}
	return nil
}

func (q *Queue) now(ctx context.Context) (int64, error) {
	now, err := q.db.Now(ctx)
	return milliseconds(now), err
}

// nowIn is now in a transaction: whoever waited long for its turn would lease a job for a time that has passed.
func (q *Queue) nowIn(ctx context.Context, tx *sql.Tx) (int64, error) {
	now, err := q.db.NowIn(ctx, tx)
	return milliseconds(now), err
}

func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
