package catalog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// clock gives datestamps to changes and times to answers so that whoever asks for "all since that answer" misses nothing:
//   - a change carries no earlier time than any answer or change before it, even where the computer's clock went back;
//   - an answer that is given while a transaction is under way says the transaction's time, not a later one, because what
//     the transaction writes is not visible yet.
//
// Over several nodes the database's clock is everybody's, and a node knows of the others' transactions by the locks that they
// hold.
//
// Where the computer's clock went back over a restart, the newest stored datestamp stands for the time until the clock has
// caught up: for those who harvest, time stands still, but nothing is hidden and nothing is of the future.
type clock struct {
	now func() time.Time // nil: the database's

	mu      sync.Mutex
	last    int64   // the latest time that was given to anything
	writing *ticket // the transaction under way
}

// start gives a transaction its datestamp; newest is the newest one stored.
func (c *clock) start(t *ticket, now, newest int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last, newest, now)
	c.writing, t.datestamp = t, c.last
}

// done says that the transaction has ended: its changes are visible, or never will be.
func (c *clock) done(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing == t {
		c.writing = nil
	}
}

// answer is the time to give to an answer that reads from now on.
func (c *clock) answer(now, newest int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing != nil {
		return c.writing.datestamp
	}
	c.last = max(c.last, newest, now)
	return c.last
}

// patience is how often Now looks, a millisecond apart, whether a write has got its time, before it answers with the time of
// the newest change, which is always true but may be long ago.
const patience = 20

// time is the present one in seconds.
func (c *Catalog) time(ctx context.Context) (int64, error) {
	if c.clock.now != nil {
		return c.clock.now().Unix(), nil
	}
	now, err := c.db.Now(ctx)
	return now.Unix(), err
}

// Now implements federation.Records.
func (c *Catalog) Now(ctx context.Context) (time.Time, error) {
	for tries := 0; ; tries++ {
		// The order counts: a write that begins after the look at the locks carries no earlier time than the one read before.
		now, err := c.time(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the clock: %w", err)
		}
		writing, stamped, err := c.db.Writing(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the clock: %w", err)
		}
		var newest int64
		if err := c.db.Read().QueryRowContext(ctx, `SELECT datestamp FROM clock`).Scan(&newest); err != nil {
			return time.Time{}, fmt.Errorf("read the clock: %w", err)
		}
		switch {
		case !writing:
			return stamp(c.clock.answer(now, newest)), nil
		case stamped > 0:
			return stamp(stamped), nil
		case newest > 0 && tries >= patience:
			return stamp(newest), nil
		}
		select { // a write is about to get its time, or is one that needs none
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// ticket hands out the numbers and the datestamp of one transaction.
type ticket struct {
	tx        *transaction
	c         *Catalog
	seq       int64 // of changes
	item      int64 // of items
	datestamp int64
	sets      map[string]int   // how many more items each set holds than is stored
	holdings  map[holding]size // how much more is held than is stored
	began     int64            // seq before it
	newest    int64            // datestamp of the newest change before it
	now       int64            // when it got its turn
	opened    bool             // seq, item and newest are read
	stamped   int64            // what was told to other nodes; 0: nothing
	applied   map[string]bool  // addresses, repositories, resources and identifiers that it shows a state of
	formats   map[string]int64 // numbers of metadata formats met in this transaction
}

// change runs f in a transaction that may take a ticket with begin.
func (c *Catalog) change(ctx context.Context, f func(*ticket) error) error {
	return c.changeAhead(ctx, nil, f)
}

// changeAhead is change for what asks for something first. A database that is shared answers that, and gives a ticket, with the
// turn; another one runs those statements later, where begin is called, with those that are prepared.
func (c *Catalog) changeAhead(ctx context.Context, first []sqldb.Statement, f func(*ticket) error) error {
	t := &ticket{c: c}
	defer c.clock.done(t)
	var ahead []sqldb.Statement
	if c.db.Engine() == sqldb.Postgres && first != nil {
		ahead, first = append([]sqldb.Statement{t.open()}, first...), nil
	}
	err := c.db.WriteTogether(ctx, ahead, func(tx *sqldb.Tx) error {
		t.tx = &transaction{Tx: tx, ready: &c.writing, remembered: c.db.Engine() == sqldb.Postgres}
		if err := t.tx.ask(ctx, first); err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		return t.tx.flush(ctx)
	})
	if err == nil {
		for prefix, number := range t.formats {
			c.formats.Store(prefix, number)
		}
	}
	return err
}

const (
	readClock = `SELECT seq, item, datestamp FROM clock`
	setClock  = `UPDATE clock SET seq = $1, item = $2, datestamp = $3, counted = CASE WHEN counted = $4 THEN $1 ELSE counted END`
)

// readClocks reads the database's clock as well, in the transaction: another connection may be busy, while all that write
// wait for this one. It tells the others the later one of the two times.
var readClocks = `SELECT seq, item, datestamp, at, ` + sqldb.Stamped(`GREATEST(datestamp, at)`) + ` IS NULL
	FROM (SELECT seq, item, datestamp, CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp())) AS BIGINT) AS at FROM clock) AS now`

// open is the query that begin makes of a database that is shared.
func (t *ticket) open() sqldb.Statement {
	if t.c.clock.now != nil {
		return sqldb.Statement{Query: readClock, Row: func(scan func(...any) error) error {
			t.opened = true
			return scan(&t.seq, &t.item, &t.newest)
		}}
	}
	return sqldb.Statement{Query: readClocks, Row: func(scan func(...any) error) error {
		var stamped bool
		t.opened = true
		err := scan(&t.seq, &t.item, &t.newest, &t.now, &stamped)
		t.stamped = max(t.newest, t.now)
		return err
	}}
}

// begin reads the clock, unless that was done ahead.
func (t *ticket) begin(ctx context.Context) error {
	var err error
	if !t.opened {
		if t.c.db.Engine() == sqldb.Postgres {
			err = t.tx.ask(ctx, []sqldb.Statement{t.open()})
		} else {
			err = t.tx.QueryRowContext(ctx, readClock).Scan(&t.seq, &t.item, &t.newest)
		}
	}
	if err == nil && t.stamped == 0 {
		t.now, err = t.c.time(ctx)
	}
	if err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	t.c.clock.start(t, t.now, t.newest)
	if t.stamped != t.datestamp { // the database's clock went back, or there is another one
		if err := t.c.db.Stamp(ctx, t.tx.Tx.Tx, t.datestamp); err != nil {
			return fmt.Errorf("stamp a change: %w", err)
		}
	}
	t.began = t.seq
	t.sets, t.formats, t.holdings = map[string]int{}, map[string]int64{}, map[holding]size{}
	return nil
}

// next records a change and returns its number.
func (t *ticket) next(ctx context.Context, id repository.ID, what string) (int64, error) {
	t.seq++
	return t.seq, t.tx.later(ctx, insertChange, t.seq, string(id), what, t.datestamp)
}

// end writes the clock back.
func (t *ticket) end(ctx context.Context) error {
	if err := t.countSets(ctx); err != nil {
		return err
	}
	if err := t.countHoldings(ctx); err != nil {
		return err
	}
	return t.tx.later(ctx, setClock, t.seq, t.item, t.datestamp, t.began)
}
