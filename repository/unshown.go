package repository

import (
	"context"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// Show shows one repository in the catalog as its manifest says: what Heal does for all. It is kind.ErrNotFound where the
// bucket has no such repository.
func (s *Service) Show(ctx context.Context, at gitstore.Location) (err error) {
	defer annotate(&err, "show", at)
	_, err = s.reconcile(ctx, at, true)
	return err
}

// apply has the catalog show what was committed to the bucket. Perhaps only a connection was lost, so it is tried twice.
func (s *Service) apply(ctx context.Context, p Projection) error {
	err := s.o.Catalog.Apply(ctx, p)
	if err != nil && ctx.Err() == nil {
		err = s.o.Catalog.Apply(ctx, p)
	}
	return err
}

// missed says that a repository is in the bucket otherwise than the catalog shows it.
func (s *Service) missed(at Reservation) {
	if s.o.Missed != nil {
		s.o.Missed(location(at))
	}
}
