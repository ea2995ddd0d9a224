package gitstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// SetRecord changes a manifest and nothing else: it replaces the record, unless that is nil, and sets refs to revisions that
// the repository has, or deletes those with an empty hash. It answers kind.ErrConflict unless the manifest still has the
// tag, kind.ErrNotFound where there is no repository, and kind.ErrInvalid for a revision that no ref led to.
func (s *Store) SetRecord(ctx context.Context, at Location, tag string, record json.RawMessage, refs map[string]Hash) (r *Repository, err error) {
	defer annotate(&err, "set record of %s", at)
	view, err := s.Open(ctx, at)
	if err != nil {
		return nil, err
	}
	if view.tag != tag {
		return nil, fmt.Errorf("%w: the record changed", kind.ErrConflict)
	}
	for name, rev := range refs {
		if err := checkRef(name); err != nil {
			return nil, err
		}
		if rev == "" {
			continue
		}
		if _, _, err := view.revision(ctx, rev); err != nil {
			return nil, fmt.Errorf("%w: %w", kind.ErrInvalid, err)
		}
	}
	txn := newID(s.o.Now())
	return s.replace(ctx, at, view, true, txn, func(m Manifest, _ bool) (Manifest, error) {
		if m.Txn != view.manifest.Txn {
			return m, fmt.Errorf("%w: the record changed", kind.ErrConflict)
		}
		next := m.next(txn)
		if record != nil {
			next.Record = record
		}
		for name, rev := range refs {
			if rev == next.Refs[name] {
				continue
			}
			next.Closed = next.Closed && next.Refs[name] == "" // what a ref led to may be reachable no more
			if rev == "" {
				delete(next.Refs, name)
			} else {
				next.Refs[name] = rev
			}
		}
		return next, nil
	})
}
