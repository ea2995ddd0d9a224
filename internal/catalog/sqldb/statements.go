package sqldb

import (
	"context"
	"database/sql"
	"sync"
)

// Statements are prepared once, by their queries, and stay so for as long as the database is open, because preparing them
// takes a good part of their time. The zero value has none.
type Statements struct {
	mu  sync.RWMutex
	all map[string]*sql.Stmt
}

// Preparer is a database, or a side of it.
type Preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// Known returns the statement of a query that was asked for before; nil for another.
func (s *Statements) Known(query string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.all[query]
}

// Get returns the statement of a query. For one that writes, it must not be asked for the first time inside a transaction:
// preparing waits for its end.
func (s *Statements) Get(ctx context.Context, db Preparer, query string) (*sql.Stmt, error) {
	if known := s.Known(query); known != nil {
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
