package repository

import (
	"context"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// Compact puts the many small packs of a repository into few. What the catalog shows stays the same.
func (s *Service) Compact(ctx context.Context, at gitstore.Location) (c gitstore.Compaction, err error) {
	defer annotate(&err, "compact repository", at.Repository)
	if c, err = s.o.Store.Compact(ctx, at); err != nil {
		return c, err
	}
	_, err = s.reconcile(ctx, at, true) // the manifest is another one now, and need not be healed at the next start
	return c, err
}
