package catalog

import (
	"context"
	"fmt"
)

// OwnerCount is how many addresses an owner has published at, withdrawn ones included: their histories are kept.
type OwnerCount struct {
	Owner string
	Count int
}

// Owners are the owners that have most, at most limit of them, the largest first.
func (c *Catalog) Owners(ctx context.Context, limit int) ([]OwnerCount, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT owner, COUNT(*) AS n FROM addresses GROUP BY owner ORDER BY n DESC, owner LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("count by owner: %w", err)
	}
	defer rows.Close()
	var list []OwnerCount
	for rows.Next() {
		var o OwnerCount
		if err := rows.Scan(&o.Owner, &o.Count); err != nil {
			return nil, fmt.Errorf("count by owner: %w", err)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// CountOf is how many addresses one owner has published at.
func (c *Catalog) CountOf(ctx context.Context, owner string) (n int, err error) {
	err = c.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM addresses WHERE owner = $1`, owner).Scan(&n)
	return n, err
}
