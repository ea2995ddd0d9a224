package catalog

import (
	"context"
	"database/sql"
	"sync"
)

// statements are those that a harvest carries out for every record, prepared once.
type statements struct {
	mu  sync.Mutex
	all map[string]*sql.Stmt
}

// prepare makes the statements ready. It must not be called inside a transaction.
func (s *statements) prepare(ctx context.Context, c *Catalog, queries ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, query := range queries {
		if s.all[query] != nil {
			continue
		}
		prepared, err := c.db.Prepare(ctx, query)
		if err != nil {
			return err
		}
		if s.all == nil {
			s.all = map[string]*sql.Stmt{}
		}
		s.all[query] = prepared
	}
	return nil
}

// in is a prepared statement for use in a transaction.
func (s *statements) in(ctx context.Context, tx *sql.Tx, query string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return tx.StmtContext(ctx, s.all[query])
}
