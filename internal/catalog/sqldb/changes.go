package sqldb

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is the name under which writes are told to other nodes.
const channel = "commonplace"

// relisten is how long a node waits before it asks again to be told of writes.
const relisten = time.Second

// Changes returns a channel that gets a value after writes of any node, several of them at once where nobody receives. It
// is closed when the context ends. Being told can fail without a sign, so who follows looks from time to time as well.
func (db *DB) Changes(ctx context.Context) <-chan struct{} {
	told := make(chan struct{}, 1)
	db.told.add(told)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if db.engine == Postgres {
			db.listen(ctx, told)
		}
		<-ctx.Done()
	}()
	go func() {
		<-done
		db.told.remove(told)
		close(told)
	}()
	return told
}

// listen passes on what other nodes tell until the context ends.
func (db *DB) listen(ctx context.Context, told chan<- struct{}) {
	for ctx.Err() == nil {
		if err := db.listenOnce(ctx, told); err == nil || ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(relisten):
		}
	}
}

func (db *DB) listenOnce(ctx context.Context, told chan<- struct{}) error {
	conn, err := pgx.ConnectConfig(ctx, db.config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it only listens
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return err
	}
	tell(told) // of what happened before
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
		tell(told)
	}
}

func tell(told chan<- struct{}) {
	select {
	case told <- struct{}{}:
	default:
	}
}

// listeners are those in this process who follow writes.
type listeners struct {
	mu  sync.Mutex
	all map[chan struct{}]bool
}

func (l *listeners) add(c chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[chan struct{}]bool{}
	}
	l.all[c] = true
}

func (l *listeners) remove(c chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, c)
}

func (l *listeners) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.all {
		tell(c)
	}
}
