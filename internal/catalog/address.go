package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const reservationColumns = `owner, slug, repository, family, tag, stored`

func scanReservation(scan func(...any) error) (r repository.Reservation, err error) {
	err = scan(&r.Owner, &r.Slug, &r.Repository, &r.Family, &r.Tag, &r.Stored)
	return r, notFound(err)
}

const insertAddress = `INSERT INTO addresses (owner, slug, repository, family, reserved) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, slug) DO NOTHING`

// takeAddress is insertAddress, where no time is given by the clock of a database that is shared, and gives back what it made.
const takeAddress = `INSERT INTO addresses (owner, slug, repository, family, reserved)
	VALUES ($1, $2, $3, $4, COALESCE(CAST($5 AS BIGINT), CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp())) AS BIGINT))) ON CONFLICT (owner, slug) DO NOTHING RETURNING ` + reservationColumns

// Reserve implements repository.Catalog.
func (c *Catalog) Reserve(ctx context.Context, r repository.Reservation) (repository.Reservation, error) {
	taken, err := c.reserve(ctx, r)
	if err != nil {
		return repository.Reservation{}, fmt.Errorf("reserve %s/%s: %w", r.Owner, r.Slug, err)
	}
	if taken.Repository != "" {
		return taken, nil
	}
	return c.Reservation(ctx, r.Owner, r.Slug)
}

// reserve takes an address, and returns whose it is now where that is known.
func (c *Catalog) reserve(ctx context.Context, r repository.Reservation) (taken repository.Reservation, err error) {
	values := []any{r.Owner, r.Slug, string(r.Repository), r.Family}
	if c.db.Engine() == sqldb.Postgres { // it takes no turn: it gives no number, and the primary key lets only one win
		var now any
		if c.clock.now != nil {
			now = c.clock.now().Unix()
		}
		taken, err = scanReservation(c.db.Read().QueryRowContext(ctx, takeAddress, append(values, now)...).Scan)
		if errors.Is(err, kind.ErrNotFound) { // somebody has it
			err = nil
		}
		return taken, err
	}
	now, err := c.time(ctx)
	if err != nil {
		return taken, err
	}
	return taken, c.together(ctx, 1, func(ctx context.Context, t *ticket) error {
		_, err := t.tx.ExecContext(ctx, insertAddress, append(values, now)...)
		return err
	})
}

// Reservation implements repository.Catalog.
func (c *Catalog) Reservation(ctx context.Context, owner, slug string) (repository.Reservation, error) {
	return scanReservation(c.db.Read().QueryRowContext(ctx,
		`SELECT `+reservationColumns+` FROM addresses WHERE owner = $1 AND slug = $2`, owner, slug).Scan)
}

// Reservations implements repository.Catalog.
func (c *Catalog) Reservations(ctx context.Context) (map[repository.ID]repository.Reservation, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT `+reservationColumns+` FROM addresses`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[repository.ID]repository.Reservation{}
	for rows.Next() {
		r, err := scanReservation(rows.Scan)
		if err != nil {
			return nil, err
		}
		all[r.Repository] = r
	}
	return all, rows.Err()
}

// AnyReservation implements repository.Catalog.
func (c *Catalog) AnyReservation(ctx context.Context) (any bool, err error) {
	var n int
	err = c.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM addresses LIMIT 1) AS a`).Scan(&n)
	return n > 0, err
}

// unpublished is how long an address stays reserved for a publication on another node.
const unpublished = time.Hour

// Release implements repository.Catalog. Where nodes share the database, one of them may be about to publish what was reserved
// just now: that stays.
func (c *Catalog) Release(ctx context.Context, id repository.ID) error {
	before := int64(math.MaxInt64)
	if c.db.Engine() == sqldb.Postgres {
		now, err := c.time(ctx)
		if err != nil {
			return err
		}
		before = now - int64(unpublished.Seconds())
	}
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM addresses WHERE repository = $1 AND tag = '' AND reserved <= $2`, string(id), before)
		return err
	})
}

// Moved is Forget for a server whose base URL is another now. What was harvested names its origin's addresses, not this
// server's, so that of it only is looked at what may read otherwise: what came through either address, which decides
// whether it is passed on, and all of a peer of whose records any has no page at home, so that one here stands for it.
func (c *Catalog) Moved(ctx context.Context, from, to string) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		for query, args := range map[string][]any{
			`INSERT INTO unlisted (identifier) SELECT DISTINCT identifier FROM harvested WHERE about LIKE $1 OR about LIKE $2 ON CONFLICT DO NOTHING`: {
				"%" + from + "%", "%" + to + "%",
			},
			// Quotes inside a text of JSON have a backslash, and a peer's name neither: nothing else looks like this.
			`INSERT INTO unlisted (identifier) SELECT DISTINCT identifier FROM resources WHERE peer IN
				(SELECT r.peer FROM resources r WHERE r.peer <> '' AND r.deleted = 0 AND r.doc NOT LIKE '%"origin":{"peer":"' || r.peer || '","url":"%')
				ON CONFLICT DO NOTHING`: nil,
		} {
			if _, err := tx.ExecContext(ctx, query, args...); err != nil {
				return err
			}
		}
		return stale(ctx, tx)
	})
}

// Forget makes the next healing show every repository anew, and the next Aggregate everything harvested, because how they
// are shown has changed.
func (c *Catalog) Forget(ctx context.Context) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE clock SET listed = 0`); err != nil {
			return err
		}
		return stale(ctx, tx)
	})
}

func stale(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE addresses SET tag = 'stale', generation = 0 WHERE tag <> ''`)
	return err
}

// claim notes the manifest that a repository is shown from; stale says that a newer one is shown already.
func (t *ticket) claim(ctx context.Context, p repository.Projection, now claimed) (stale bool, err error) {
	if now.found && now.repository != string(p.Repository) {
		return false, fmt.Errorf("%w: %s/%s belongs to repository %s", kind.ErrConflict, p.Owner, p.Slug, now.repository)
	}
	if now.generation > p.Generation {
		return true, nil
	}
	before, after := holds(now.tag, now.stored), holds(p.Tag, p.Stored)
	t.hold(holding{ofOwner, p.Owner}, size{after.resources - before.resources, after.stored - before.stored})
	return false, t.tx.later(ctx,
		`INSERT INTO addresses (owner, slug, repository, family, tag, stored, generation) VALUES ($1, $2, $3, $4, $5, $6, $7)
		 ON CONFLICT (owner, slug) DO UPDATE SET tag = excluded.tag, stored = excluded.stored, generation = excluded.generation, family = excluded.family`,
		p.Owner, p.Slug, string(p.Repository), p.Family, p.Tag, p.Stored, p.Generation)
}

// holds is what an address counts for among what its owner has: nothing while it is only reserved.
func holds(tag string, stored int64) size {
	if tag == "" {
		return size{}
	}
	return size{1, stored}
}
