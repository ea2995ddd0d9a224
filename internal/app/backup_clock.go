package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// The bucket has how far numbers and datestamps have come, so that a catalog that is made anew begins beyond: who follows
// the feed of changes by number, or harvests by time, then gets everything once more and misses nothing. As writing it for
// every change would cost a request each, numbers are kept ahead by a stride, which is far more than are given between two looks
// of the indexer, and times behind by less than a lag.
const (
	clockKey    = "backup/clock.json"
	clockStride = 5_000
	clockLag    = time.Minute
)

// restoredStride is by how many numbers a bucket that was restored goes on beyond its backup: more than were given between the
// backup and the loss, which nothing knows any more. Ten million records are a whole first harvest of the largest catalogs.
const restoredStride = 10_000_000

// leap has the catalog that is made of a restored bucket begin beyond all numbers that the lost one gave after the backup.
func leap(ctx context.Context, bucket blob.Store) error {
	k := &keeper{bucket: bucket}
	f, err := k.readClock(ctx)
	if err != nil || f.Seq == 0 {
		return err
	}
	f.Seq, f.Item = f.Seq+restoredStride, f.Item+restoredStride
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return k.put(ctx, clockKey, content)
}

// keepClock writes the floor where the one in the bucket comes close.
func (k *keeper) keepClock(ctx context.Context) error {
	now, err := k.catalog.Floor(ctx)
	if err != nil || now.Seq == 0 {
		return err
	}
	if k.jobs != nil || k.floor == (catalog.Floor{}) {
		if k.floor, err = k.readClock(ctx); err != nil {
			return err
		}
		k.reach.Store(k.floor.Seq)
	}
	if now.Seq+clockStride/2 < k.floor.Seq && now.Item+clockStride/2 < k.floor.Item && now.Datestamp.Sub(k.floor.Datestamp) < clockLag {
		return nil
	}
	floor := catalog.Floor{Seq: now.Seq + clockStride, Item: now.Item + clockStride, Datestamp: now.Datestamp}
	content, err := json.Marshal(floor)
	if err != nil {
		return err
	}
	if err := k.put(ctx, clockKey, content); err != nil {
		return err
	}
	k.floor = floor
	k.reach.Store(floor.Seq)
	return nil
}

// keepAhead keeps the floor beyond a number of a change, which was just given.
func (k *keeper) keepAhead(ctx context.Context, seq int64) error {
	if seq == 0 || seq+clockStride/2 < k.reach.Load() {
		return nil
	}
	return k.keep(ctx)
}

// readClock reads the floor; the zero value where there is none.
func (k *keeper) readClock(ctx context.Context) (f catalog.Floor, err error) {
	content, err := k.read(ctx, clockKey)
	if err != nil || content == nil {
		return f, err
	}
	if err := json.Unmarshal(content, &f); err != nil {
		return f, damaged(clockKey, err)
	}
	return f, nil
}

// restoreClock has a new catalog begin beyond what the bucket's earlier one gave.
func (k *keeper) restoreClock(ctx context.Context) error {
	f, err := k.readClock(ctx)
	if err != nil || f.Seq == 0 {
		return err
	}
	f.Datestamp = f.Datestamp.Add(clockLag) // time stands still for harvesters until then, at most
	if err := k.catalog.Raise(ctx, f); err != nil {
		return fmt.Errorf("begin beyond %s: %w", clockKey, err)
	}
	return nil
}
