package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// How far clocks may be apart. Stores of objects refuse requests at 15 minutes; datestamps that harvesters go by come from
// the database's clock, sessions and tokens from this machine's.
const (
	clockHinted = 2 * time.Second
	clockFailed = time.Minute
)

// racers is how many writers of the probe want the same key at once.
const racers = 8

// store proves on a key of its own that of several writers exactly one wins, and that what was written is read.
func (d *doctor) store(ctx context.Context, bucket blob.Store) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	key := "doctor/" + rand.Text()
	err := probeStore(ctx, bucket, key)
	if derr := bucket.Delete(context.WithoutCancel(ctx), key); err == nil && derr != nil {
		err = fmt.Errorf("delete: %w", derr)
	}
	if err != nil {
		otherwise := "use a store with conditional writes (If-Match and If-None-Match on PUT) and rights to read, write, list and delete; without them two writers could overwrite one another"
		if errors.Is(err, fs.ErrPermission) {
			otherwise = "have the user that runs the server own the folder of the bucket: chown -R USER " + strings.TrimPrefix(d.config.Bucket, "file://")
		}
		d.failed("bucket", err.Error(), remedyOf(err, otherwise))
		return
	}
	d.fine("bucket", fmt.Sprintf("of %d writers of one key exactly one wins, on both conditions", racers))
}

func probeStore(ctx context.Context, bucket blob.Store, key string) error {
	first, err := race(ctx, bucket, key, blob.IfAbsent())
	if err != nil {
		return fmt.Errorf("If-None-Match: %w", err)
	}
	if _, err := race(ctx, bucket, key, blob.IfMatch(first)); err != nil {
		return fmt.Errorf("If-Match: %w", err)
	}
	if _, err := bucket.Put(ctx, key, strings.NewReader("late"), blob.IfMatch(first)); !errors.Is(err, blob.ErrConflict) {
		return fmt.Errorf("If-Match: a tag that is no longer the newest was not refused (%w)", err)
	}
	for info, err := range bucket.List(ctx, key) {
		if err != nil {
			return err
		}
		if info.Key == key {
			return nil
		}
	}
	return errors.New("what was written is not listed")
}

// race has several writers put a key on one condition, and returns the tag of the one that won.
func race(ctx context.Context, bucket blob.Store, key string, when blob.Condition) (tag blob.Tag, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	won := 0
	for i := range racers {
		all.Go(func() {
			t, perr := bucket.Put(ctx, key, strings.NewReader(fmt.Sprint(i, rand.Text())), when)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case perr == nil:
				won++
				tag = t
			case !errors.Is(perr, blob.ErrConflict):
				err = perr
			}
		})
	}
	all.Wait()
	if err == nil && won != 1 {
		err = fmt.Errorf("%d of %d writers were told that they won; want exactly one", won, racers)
	}
	return tag, err
}

// clock compares this machine's clock with the database's, and with that of a store over HTTP.
func (d *doctor) clock(ctx context.Context, db *sqldb.DB) {
	if db.Engine() == sqldb.Postgres {
		began := d.now()
		theirs, err := db.Now(ctx)
		d.apart("clock of the database", theirs, began, d.now(), 0, err)
	}
	u, err := url.Parse(d.config.Bucket)
	if err != nil || u.Scheme != "s3" {
		return
	}
	endpoint := u.Query().Get("endpoint")
	if endpoint == "" {
		endpoint = "https://s3.amazonaws.com"
	}
	began := d.now()
	theirs, err := dateOf(ctx, endpoint)
	d.apart("clock of the store", theirs, began, d.now(), time.Second, err)
}

// dateOf is the time that a server says in the Date of an answer, which may be any.
func dateOf(ctx context.Context, address string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return time.Time{}, err
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // no redirect is followed
	if err != nil {
		return time.Time{}, err
	}
	answer.Body.Close()
	return http.ParseTime(answer.Header.Get("Date"))
}

// apart judges a clock that was read between two moments of this machine's, to so much.
func (d *doctor) apart(check string, theirs, began, ended time.Time, grain time.Duration, err error) {
	if err != nil {
		d.hint(check, "it is not known: "+err.Error(), "compare the clocks yourself")
		return
	}
	var off time.Duration // beyond what the time of the question explains
	switch {
	case theirs.Before(began.Add(-grain)):
		off = began.Add(-grain).Sub(theirs)
	case theirs.After(ended):
		off = theirs.Sub(ended)
	}
	found := fmt.Sprintf("it and this machine's are %s apart", off.Round(time.Millisecond))
	const remedy = "set the clock of each machine by NTP: timedatectl set-ntp true"
	switch {
	case off > clockFailed:
		d.failed(check, found, remedy)
	case off > clockHinted:
		d.hint(check, found, remedy)
	default:
		d.fine(check, found)
	}
}
