package catalog

import (
	"context"
	"database/sql"
	"sync"
)

// statements are prepared once for as long as the database is open, because preparing them takes a good part of their time:
// those that a harvest writes every record with, and those that pages are read with.
type statements struct {
	mu  sync.Mutex
	all map[string]*sql.Stmt
}

// preparer is a database, or its side that writes.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// get returns the statement of a query. For one that writes, it must not be asked for the first time inside a transaction:
// preparing waits for its end.
func (s *statements) get(ctx context.Context, db preparer, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	known := s.all[query]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	prepared, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.all[query]; known != nil {
		return known, prepared.Close() // somebody else was faster
	}
	if s.all == nil {
		s.all = map[string]*sql.Stmt{}
	}
	s.all[query] = prepared
	return prepared, nil
}
