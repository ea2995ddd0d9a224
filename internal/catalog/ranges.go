package catalog

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// Between returns this server's own resources whose newest change has a number after one and up to another, in the order
// of the changes; with deleted ones only where they are asked for. The range bounds the list.
func (c *Catalog) Between(ctx context.Context, after, upTo int64, deleted bool) ([]repository.Resource, error) {
	where := `WHERE r.peer = '' AND r.seq > $1 AND r.seq <= $2`
	if !deleted {
		where += ` AND r.deleted = 0`
	}
	return c.many(ctx, where+` ORDER BY r.seq`, after, upTo)
}

// Filled says which ranges of so many numbers, counted from 0, this server's own resources have their newest changes in,
// deleted ones included. There may be large gaps: numbers are harvested records', too, and a restore leaves many out.
func (c *Catalog) Filled(ctx context.Context, size int64) (ranges []int, err error) {
	ranges, err = sqldb.All(ctx, c.db.Read(), func(row *sql.Rows, n *int) error { return row.Scan(n) },
		`SELECT DISTINCT (seq - 1) / $1 AS part FROM resources WHERE peer = '' ORDER BY part`, size)
	if err != nil {
		return nil, fmt.Errorf("list ranges of changes: %w", err)
	}
	return ranges, nil
}
