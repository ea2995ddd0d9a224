package catalog

import (
	"context"
	"fmt"
)

// OwnerCount is how many addresses an owner has published at, withdrawn ones included: their histories are kept.
type OwnerCount struct {
	Owner  string
	Count  int
	Stored int64 // bytes that these take in the bucket
}

const (
	mostOwners  = `SELECT name, resources, stored FROM holdings WHERE kind = 'owner' ORDER BY resources DESC, name LIMIT $1`
	oneOwner    = `SELECT COALESCE(SUM(resources), 0), COALESCE(SUM(stored), 0) FROM holdings WHERE kind = 'owner' AND name = $1`
	countOwners = `SELECT owner, COUNT(*) AS n, SUM(stored) FROM addresses WHERE tag <> '' GROUP BY owner ORDER BY n DESC, owner LIMIT $1`
	countOwner  = `SELECT COUNT(*), COALESCE(SUM(stored), 0) FROM addresses WHERE tag <> '' AND owner = $1`
)

// Owners are the owners that have most, at most limit of them, the largest first.
func (c *Catalog) Owners(ctx context.Context, limit int) ([]OwnerCount, error) {
	query, err := c.kept(ctx, mostOwners, countOwners)
	if err != nil {
		return nil, err
	}
	rows, err := c.db.Read().QueryContext(ctx, query, limit)
	if err != nil {
		return nil, fmt.Errorf("count by owner: %w", err)
	}
	defer rows.Close()
	var list []OwnerCount
	for rows.Next() {
		var o OwnerCount
		if err := rows.Scan(&o.Owner, &o.Count, &o.Stored); err != nil {
			return nil, fmt.Errorf("count by owner: %w", err)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// Held is what one owner has.
func (c *Catalog) Held(ctx context.Context, owner string) (OwnerCount, error) {
	o := OwnerCount{Owner: owner}
	query, err := c.kept(ctx, oneOwner, countOwner)
	if err == nil {
		err = c.db.Read().QueryRowContext(ctx, query, owner).Scan(&o.Count, &o.Stored)
	}
	return o, err
}
