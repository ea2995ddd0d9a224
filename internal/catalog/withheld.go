package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// withheldPrefix begins the address of the takedown of a harvested record, in the table that accounts write.
const withheldPrefix = "record:"

// withheld are the ids of harvested records that moderators took down.
func (t *ticket) withheld(ctx context.Context) (map[repository.ID]bool, error) {
	list, err := column(ctx, t.tx, `SELECT address FROM takedowns WHERE address >= 'record:' AND address < 'record;'`)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	down := make(map[repository.ID]bool, len(list))
	for _, address := range list {
		down[repository.ID(strings.TrimPrefix(address, withheldPrefix))] = true
	}
	return down, nil
}

// withhold is a page's arrivals with those that moderators took down as deleted ones, whatever their peer says of them.
func (t *ticket) withhold(ctx context.Context, arrivals []arrival) ([]arrival, error) {
	down, err := t.withheld(ctx)
	if err != nil || len(down) == 0 {
		return arrivals, err
	}
	kept := make([]arrival, len(arrivals))
	for i, a := range arrivals {
		if down[a.id] && !a.Deleted {
			h := a.Harvested
			h.Deleted = true
			a = arrival{Harvested: h, id: a.id, sum: a.sum}
		}
		kept[i] = a
	}
	return kept, nil
}

// Withhold makes a harvested record a tombstone: search forgets it, and who harvests from here learns that it is gone. It stays
// one at the next harvests as long as the takedown of its id is in force.
func (c *Catalog) Withhold(ctx context.Context, id repository.ID) error {
	err := c.together(ctx, 1, func(ctx context.Context, t *ticket) error {
		old, err := load(ctx, t.tx, id)
		if err != nil {
			return err
		}
		if !old.found {
			return kind.ErrNotFound
		}
		if old.deleted {
			return nil
		}
		return t.bury(ctx, id)
	})
	if err != nil {
		return fmt.Errorf("withhold %s: %w", id, err)
	}
	return nil
}

// Unwithhold brings a harvested record back as it last was, and has the next harvest of all its peer has look at it anew.
func (c *Catalog) Unwithhold(ctx context.Context, id repository.ID) error {
	r, err := c.ByID(ctx, id)
	if err != nil {
		return fmt.Errorf("bring back %s: %w", id, err)
	}
	if r.Own() {
		return fmt.Errorf("bring back %s: %w: it is no harvested record", id, kind.ErrInvalid)
	}
	err = c.together(ctx, 1, func(ctx context.Context, t *ticket) error {
		old, err := load(ctx, t.tx, id)
		if err != nil || !old.found || !old.deleted {
			return err
		}
		r.Deleted, r.Seq = false, 0
		seq, err := t.next(ctx, id, changePut)
		if err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, `UPDATE resources SET deleted = 0, seq = $2, datestamp = $3 WHERE id = $1`, string(id), seq, t.datestamp); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, `UPDATE harvested SET digest = '', stamp = '' WHERE resource = $1`, string(id)); err != nil {
			return err
		}
		t.live(peerOf(r), 1)
		return t.link(ctx, r)
	})
	if err != nil {
		return fmt.Errorf("bring back %s: %w", id, err)
	}
	return nil
}
