package jobs

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
)

func TestMain(m *testing.M) { sqldbtest.Main(m) }

// nodes are queues that share one database, with leases that end soon.
func nodes(t *testing.T, n int, lease time.Duration) []*Queue {
	t.Helper()
	db := sqldbtest.Open(t)
	list := make([]*Queue, n)
	for i := range list {
		list[i] = New(db, slog.New(slog.DiscardHandler))
		list[i].lease = lease
	}
	return list
}

// die ends a holder's heartbeat, as a kill does.
func (j *Job) die() {
	j.end(errors.New("killed"))
	j.beats.Wait()
}

// TestALeaseBeginsWhenItIsGiven: who waits for the turn to write longer than a lease lasts has all of it afterwards.
func TestALeaseBeginsWhenItIsGiven(t *testing.T) {
	const lease = time.Hour
	for _, take := range []string{"hold", "take"} {
		t.Run(take, func(t *testing.T) {
			all := nodes(t, 2, lease)
			require.NoError(t, all[0].Add(t.Context(), "slow", "a", "", time.Time{}))
			writing, turn := make(chan struct{}), make(chan struct{})
			var others sync.WaitGroup
			others.Go(func() {
				assert.NoError(t, all[1].db.Write(t.Context(), func(*sql.Tx) error {
					close(writing)
					<-turn
					return nil
				}))
			})
			<-writing
			var j *Job
			var err error
			others.Go(func() {
				if take == "hold" {
					j, err = all[0].Hold(t.Context(), "slow", "a")
				} else {
					j, err = all[0].Take(t.Context(), "slow")
				}
			})
			time.Sleep(100 * time.Millisecond) // it waits
			given, nowErr := all[1].now(t.Context())
			require.NoError(t, nowErr)
			close(turn)
			others.Wait()
			require.NoError(t, err)
			require.NotNil(t, j)
			var until int64
			require.NoError(t, all[1].db.Read().QueryRow(`SELECT until FROM jobs WHERE kind = 'slow'`).Scan(&until))
			assert.GreaterOrEqual(t, until, given+lease.Milliseconds())
			require.NoError(t, j.Finish(t.Context(), nil))
		})
	}
}

func TestEachJobIsTakenByOneNode(t *testing.T) {
	all := nodes(t, 4, Lease)
	const jobs = 40
	for i := range jobs {
		require.NoError(t, all[0].Add(t.Context(), "count", string(rune('A'+i)), "", time.Time{}))
	}
	var mu sync.Mutex
	done := map[string]int{}
	var work sync.WaitGroup
	for _, q := range all {
		work.Go(func() {
			for {
				j, err := q.Take(t.Context(), "count")
				if !assert.NoError(t, err) || j == nil {
					return
				}
				mu.Lock()
				done[j.Name]++
				mu.Unlock()
				if !assert.NoError(t, j.Finish(t.Context(), nil)) {
					return
				}
			}
		})
	}
	work.Wait()
	assert.Len(t, done, jobs)
	for name, times := range done {
		assert.Equal(t, 1, times, name)
	}
}

func TestTheHeartOfAHolderBeats(t *testing.T) {
	all := nodes(t, 2, 3*time.Second)
	until := func() (at int64) {
		require.NoError(t, all[1].db.Read().QueryRow(`SELECT until FROM jobs WHERE kind = 'harvest'`).Scan(&at))
		return at
	}
	for range 20 { // a heart stops on a machine that stands still
		j, err := all[0].Hold(t.Context(), "harvest", "state")
		require.NoError(t, err)
		first := until()
		for patience := time.Now().Add(time.Minute); until() == first && j.Context().Err() == nil && time.Now().Before(patience); {
			time.Sleep(10 * time.Millisecond)
		}
		beaten := until() > first
		require.NoError(t, j.Finish(t.Context(), nil))
		if beaten {
			return
		}
	}
	t.Fatal("no heart beats")
}

func TestAHeldJobIsNobodyElses(t *testing.T) {
	all := nodes(t, 2, time.Hour)
	j, err := all[0].Hold(t.Context(), "harvest", "state")
	require.NoError(t, err)
	_, err = all[1].Hold(t.Context(), "harvest", "state")
	require.ErrorIs(t, err, ErrHeld)
	taken, err := all[1].Take(t.Context(), "harvest")
	require.NoError(t, err)
	require.Nil(t, taken)
	other, err := all[1].Hold(t.Context(), "harvest", "district")
	require.NoError(t, err)
	require.NoError(t, other.Finish(t.Context(), nil))
	require.NoError(t, j.Context().Err())
	require.NoError(t, j.Finish(t.Context(), nil))
	again, err := all[1].Hold(t.Context(), "harvest", "state")
	require.NoError(t, err)
	assert.Greater(t, again.Token, j.Token)
	require.NoError(t, again.Finish(t.Context(), nil))
}

func TestAJobOfADeadNodeGoesToAnotherAndHasEffectOnce(t *testing.T) {
	all := nodes(t, 2, 100*time.Millisecond)
	require.NoError(t, all[0].Add(t.Context(), "mail", "1", "to rosa", time.Time{}))
	dead, err := all[0].Take(t.Context(), "mail")
	require.NoError(t, err)
	require.NotNil(t, dead)
	dead.die()

	var heir *Job
	require.Eventually(t, func() bool {
		heir, err = all[1].Take(t.Context(), "mail")
		return assert.NoError(t, err) && heir != nil
	}, time.Minute, 10*time.Millisecond)
	assert.Equal(t, "to rosa", heir.Payload)
	assert.EqualValues(t, 2, heir.Attempts)

	var effects atomic.Int64
	effect := func(*sql.Tx) error { effects.Add(1); return nil }
	require.ErrorIs(t, dead.Finish(t.Context(), effect), ErrLost, "it was only cut off, and comes back")
	require.ErrorIs(t, dead.Release(t.Context()), ErrLost)
	require.NoError(t, heir.queue.db.Write(t.Context(), func(tx *sql.Tx) error {
		require.NoError(t, heir.Check(t.Context(), tx))
		require.ErrorIs(t, dead.Check(t.Context(), tx), ErrLost)
		return nil
	}))
	require.NoError(t, heir.Finish(t.Context(), effect))
	assert.EqualValues(t, 1, effects.Load())
}

func TestAnEffectThatFailsLeavesTheJob(t *testing.T) {
	q := nodes(t, 1, Lease)[0]
	j, err := q.Hold(t.Context(), "mail", "1")
	require.NoError(t, err)
	planted := errors.New("planted")
	require.ErrorIs(t, j.Finish(t.Context(), func(*sql.Tx) error { return planted }), planted)
	require.NoError(t, j.Release(t.Context()))
	again, err := q.Take(t.Context(), "mail")
	require.NoError(t, err)
	require.NotNil(t, again)
	require.NoError(t, again.Finish(t.Context(), nil))
}

func TestWhoLosesAJobIsTold(t *testing.T) {
	all := nodes(t, 2, 200*time.Millisecond)
	j, err := all[0].Hold(t.Context(), "harvest", "state")
	require.NoError(t, err)
	require.NoError(t, all[1].db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET token = token + 1`)
		return err
	}))
	<-j.Context().Done()
	assert.ErrorIs(t, context.Cause(j.Context()), ErrLost)
}

func TestStopReachesTheNodeThatDoesTheJob(t *testing.T) {
	all := nodes(t, 2, 8*time.Second) // nor may it be lost meanwhile, on a machine that has much else to do
	j, err := all[0].Hold(t.Context(), "harvest", "state")
	require.NoError(t, err)
	require.NoError(t, all[1].Stop(t.Context(), "harvest", "state"))
	<-j.Context().Done()
	assert.ErrorIs(t, context.Cause(j.Context()), ErrStopped)
	require.NoError(t, j.Finish(t.Context(), nil))

	require.NoError(t, all[0].Add(t.Context(), "harvest", "state", "", time.Time{}))
	require.NoError(t, all[1].Stop(t.Context(), "harvest", "state"))
	taken, err := all[0].Take(t.Context(), "harvest")
	require.NoError(t, err)
	assert.Nil(t, taken, "it was only on the list")
}

func TestAJobWaitsForItsTime(t *testing.T) {
	q := nodes(t, 1, Lease)[0]
	now, err := q.db.Now(t.Context())
	require.NoError(t, err)
	require.NoError(t, q.Add(t.Context(), "mail", "later", "", now.Add(time.Hour)))
	j, err := q.Take(t.Context(), "mail")
	require.NoError(t, err)
	require.Nil(t, j)
	require.NoError(t, q.Add(t.Context(), "mail", "later", "new", time.Time{}), "sooner, after all")
	j, err = q.Take(t.Context(), "mail")
	require.NoError(t, err)
	require.NotNil(t, j)
	assert.Equal(t, "new", j.Payload)
	require.NoError(t, q.Add(t.Context(), "mail", "later", "while it is done", time.Time{}))
	require.NoError(t, j.Release(t.Context()))
	j, err = q.Take(t.Context(), "mail")
	require.NoError(t, err)
	require.NotNil(t, j)
	assert.Equal(t, "new", j.Payload, "it went on as it was")
	require.NoError(t, q.Add(t.Context(), "mail", "later", "while it is done", time.Time{}))
	require.NoError(t, j.Finish(t.Context(), nil))
	j, err = q.Take(t.Context(), "mail")
	require.NoError(t, err)
	require.Nil(t, j)
}

func TestAHolderThatCannotReachTheDatabaseGivesUpInTime(t *testing.T) {
	db, err := sqldb.Open(t.Context(), sqldbtest.Address(t))
	require.NoError(t, err)
	q := New(db, slog.New(slog.DiscardHandler))
	q.lease = 200 * time.Millisecond
	j, err := q.Hold(t.Context(), "harvest", "state")
	require.NoError(t, err)
	require.NoError(t, db.Close()) // cut off
	<-j.Context().Done()
	assert.ErrorIs(t, context.Cause(j.Context()), ErrLost)
}
