package repository

import (
	"context"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Withdraw takes a whole repository out of the catalog. Its address and ids stay as tombstones, which reach peers; its
// history stays in the bucket, and remixes of it are untouched. Publishing at the address again brings it back.
func (s *Service) Withdraw(ctx context.Context, a Address, reason string) (err error) {
	defer annotate(&err, "withdraw", a)
	if a.Part != "" {
		return fmt.Errorf("%w: take a part out by publishing the unit without it", kind.ErrInvalid)
	}
	unlock := s.saving.lock(a.String())
	defer unlock()
	at, view, rec, err := s.stored(ctx, a)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = "withdrawn by its owner"
	}
	if rec.Withdrawn != "" {
		return nil
	}
	next := rec.withdraw(reason)
	view, err = s.o.Store.SetRecord(ctx, location(at), view.Tag(), next.encode(), nil)
	if err != nil {
		return err
	}
	_, err = s.show(ctx, at, view, next, nil)
	return err
}
