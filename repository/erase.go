package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Erase removes files from every revision of a resource and of all its remixes on this server, as the law may demand. The
// catalog shows the histories that are left. Revisions get new ids from the first one on that had the content, so whoever
// has a clone must clone again. Erased.Media are large files whose pointers are gone; their bytes are the caller's to delete.
func (s *Service) Erase(ctx context.Context, a Address, paths []string, progress func(done, total int)) (done gitstore.Erased, err error) {
	defer annotate(&err, "erase from", a)
	r, err := s.o.Catalog.Resource(ctx, a.Root())
	if err != nil {
		return done, err
	}
	done, err = s.o.Store.Erase(ctx, r.Family, gitstore.Erasure{Paths: paths, Record: rerecord, Progress: progress})
	if err != nil {
		return done, err
	}
	for _, at := range done.Repositories {
		_, failed := s.reconcile(ctx, at, true)
		err = errors.Join(err, failed, s.forgetReports(ctx, at.Repository))
	}
	return done, err
}

// rerecord names the rewritten revisions where a record named those before.
func rerecord(_ gitstore.Location, raw json.RawMessage, revisions map[gitstore.Hash]gitstore.Hash) (json.RawMessage, error) {
	var rec record
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, fmt.Errorf("%w: the manifest's record: %w", kind.ErrInvalid, err)
	}
	rec.Generation++
	for i, r := range rec.Resources {
		if next, ok := revisions[r.Revision]; ok {
			rec.Resources[i].Revision = next
		}
	}
	for i, offered := range rec.Suggestions {
		if next, ok := revisions[offered.Revision]; ok {
			rec.Suggestions[i].Revision = next
		}
	}
	return rec.encode(), nil
}
