package sqldb

import (
	"context"
	"sync/atomic"
	"time"
)

// SQLite appends what is written to a log and moves it into the file of the database when the log has grown long. Whoever
// writes then would wait for that, and everybody behind: it is moved beside the writes instead, and the writer does it itself
// only where that falls behind.
const (
	checkpointEvery = 8                      // writes
	checkpointPause = 250 * time.Millisecond // at least, between two
	maxLog          = "8000"                 // pages of 4 kB
)

// checkpoints moves the log of a SQLite database.
type checkpoints struct {
	writes atomic.Int64
	due    chan struct{}
	stop   context.CancelFunc
	done   chan struct{}
}

func (db *DB) startCheckpoints() {
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpoints{due: make(chan struct{}, 1), stop: stop, done: make(chan struct{})}
	db.checkpoints = c
	go func() {
		defer close(c.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-c.due:
			}
			// What cannot be moved now, since somebody reads it or the disk is full, stays in the log.
			_, _ = db.read.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
			select {
			case <-ctx.Done():
				return
			case <-time.After(checkpointPause):
			}
		}
	}()
}

// wrote counts a write.
func (c *checkpoints) wrote() {
	if c == nil || c.writes.Add(1)%checkpointEvery != 0 {
		return
	}
	select {
	case c.due <- struct{}{}:
	default:
	}
}

// close ends what is under way.
func (c *checkpoints) close() {
	if c != nil {
		c.stop()
		<-c.done
	}
}
