package catalog

import (
	"context"

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
