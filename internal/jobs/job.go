package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Job is work that this node has leased.
type Job struct {
	Kind, Name string
	Payload    string
	// Token is larger than that of every job that was leased before.
	Token int64
	// Attempts is how often the job has been begun, this time included.
	Attempts int64

	queue  *Queue
	leased time.Time // by this machine, no later than by the database
	ctx    context.Context
	end    context.CancelCauseFunc
	beats  sync.WaitGroup
}

// Context ends when the lease does: with the cause ErrLost, or ErrStopped.
func (j *Job) Context() context.Context { return j.ctx }

// lease takes the job's row.
func (j *Job) lease(ctx context.Context, tx *sql.Tx, now int64) error {
	j.leased = time.Now()
	if err := tx.QueryRowContext(ctx, `UPDATE clock SET token = token + 1 RETURNING token`).Scan(&j.Token); err != nil {
		return err
	}
	return tx.QueryRowContext(ctx, `UPDATE jobs SET holder = $1, until = $2, token = $3, attempts = attempts + 1, stop = 0
		WHERE kind = $4 AND name = $5 RETURNING payload, attempts`,
		j.queue.holder, now+j.queue.lease.Milliseconds(), j.Token, j.Kind, j.Name).Scan(&j.Payload, &j.Attempts)
}

// beat renews the lease until the job ends.
func (j *Job) beat(ctx context.Context) {
	j.ctx, j.end = context.WithCancelCause(ctx)
	j.beats.Go(func() {
		every := j.queue.lease / 5
		renewed := j.leased
		for {
			select {
			case <-j.ctx.Done():
				return
			case <-time.After(every):
			}
			began := time.Now()
			err := j.renew(j.ctx)
			switch {
			case err == nil:
				renewed = began
			case errors.Is(err, ErrLost), errors.Is(err, ErrStopped):
				j.end(err)
				return
			case time.Since(renewed) > j.queue.lease-2*every: // before another may take it
				j.end(fmt.Errorf("%w: %w", ErrLost, err))
				return
			default:
				j.queue.log.Warn("heartbeat of a job did not get through", "job", j.Kind+" "+j.Name, "err", err)
			}
		}
	})
}

func (j *Job) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, j.queue.lease/5)
	defer cancel()
	return j.queue.db.Write(ctx, func(tx *sql.Tx) error {
		now, err := j.queue.nowIn(ctx, tx)
		if err != nil {
			return err
		}
		var stop int
		err = tx.QueryRowContext(ctx, `UPDATE jobs SET until = $1 WHERE kind = $2 AND name = $3 AND token = $4 RETURNING stop`,
			now+j.queue.lease.Milliseconds(), j.Kind, j.Name, j.Token).Scan(&stop)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrLost
		}
		if err == nil && stop != 0 {
			return ErrStopped
		}
		return err
	})
}

// Check returns ErrLost if the job is another's by now. Inside the transaction that stores what was done, it makes sure that
// it is stored once.
func (j *Job) Check(ctx context.Context, tx *sql.Tx) error {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM jobs WHERE kind = $1 AND name = $2 AND token = $3`, j.Kind, j.Name, j.Token).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("job %s %s: %w", j.Kind, j.Name, ErrLost)
	}
	return err
}

// Finish takes the job off the list, in one transaction with what it has effect in, if that is not nil. It is ErrLost, and
// has no effect, if the job is another's by now.
func (j *Job) Finish(ctx context.Context, effect func(*sql.Tx) error) error {
	return j.over(ctx, `DELETE FROM jobs WHERE kind = $1 AND name = $2 AND token = $3`, effect)
}

// Release gives the job back for others to do, at once.
func (j *Job) Release(ctx context.Context) error {
	return j.over(ctx, `UPDATE jobs SET holder = '', until = 0 WHERE kind = $1 AND name = $2 AND token = $3`, nil)
}

// Defer gives the job back to be done later.
func (j *Job) Defer(ctx context.Context, wait time.Duration) error {
	now, err := j.queue.now(ctx)
	if err != nil {
		return err
	}
	return j.over(ctx, fmt.Sprintf(`UPDATE jobs SET holder = '', until = 0, due = %d WHERE kind = $1 AND name = $2 AND token = $3`, now+wait.Milliseconds()), nil)
}

func (j *Job) over(ctx context.Context, query string, effect func(*sql.Tx) error) error {
	j.end(context.Canceled)
	j.beats.Wait()
	return j.queue.db.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, query, j.Kind, j.Name, j.Token)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fmt.Errorf("job %s %s: %w", j.Kind, j.Name, ErrLost)
		}
		if effect == nil {
			return nil
		}
		return effect(tx)
	})
}
