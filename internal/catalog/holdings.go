package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// holding names something that is counted: the live resources of a peer, with no name those of this server, or what an owner
// has published and stored. Every transaction that changes any of it adds the difference at its end, so that the counts are
// those of the tables at any moment.
//
// A version of the program from before there were counts may write to the same database while the nodes are brought up to
// date. It moves the clock on without saying that it has counted; until Recount has been there, whoever asks counts the tables.
type holding struct{ kind, name string }

const (
	ofPeer  = "peer"
	ofOwner = "owner"
)

// size is how much a holding is.
type size struct{ resources, stored int64 }

// live adds to the number of a peer's live resources.
func (t *ticket) live(peer string, by int64) { t.hold(holding{ofPeer, peer}, size{resources: by}) }

func (t *ticket) hold(h holding, by size) {
	s := t.holdings[h]
	t.holdings[h] = size{s.resources + by.resources, s.stored + by.stored}
}

// countHoldings stores what the transaction has changed.
func (t *ticket) countHoldings(ctx context.Context) error {
	// In one order, because transactions that lock the same rows in two orders wait for each other.
	keys := slices.SortedFunc(maps.Keys(t.holdings), func(a, b holding) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
	var values []any
	for _, h := range keys {
		if by := t.holdings[h]; by != (size{}) {
			values = append(values, h.kind, h.name, by.resources, by.stored)
		}
	}
	return t.execRows(ctx, `INSERT INTO holdings (kind, name, resources, stored) VALUES `,
		` ON CONFLICT (kind, name) DO UPDATE SET resources = holdings.resources + excluded.resources, stored = holdings.stored + excluded.stored`, 4, values)
}

const (
	// exact says whether the holdings are counted up to the newest change.
	exact = `(SELECT k.seq = k.counted FROM clock k)`

	// counting are the holdings as the tables have them.
	counting = `SELECT 'peer' AS kind, peer AS name, COUNT(*) AS resources, 0 AS stored FROM resources WHERE deleted = 0 GROUP BY peer
		UNION ALL SELECT 'owner', owner, COUNT(*), SUM(stored) FROM addresses WHERE tag <> '' GROUP BY owner`
)

// Miscounted is how many holdings are not counted as the tables have them, which happens only after a version of the program
// wrote that does not count.
func (c *Catalog) Miscounted(ctx context.Context) (n int, err error) {
	// In one query, which sees one moment.
	err = c.db.Read().QueryRowContext(ctx, `SELECT CASE WHEN `+exact+` THEN 0 ELSE 1 END + (SELECT COUNT(*) FROM (
		SELECT kind, name, SUM(resources) AS resources, SUM(stored) AS stored FROM (
			SELECT kind, name, resources, stored FROM (`+counting+`) AS there UNION ALL SELECT kind, name, -resources, -stored FROM holdings
		) AS both_of GROUP BY kind, name) AS compared WHERE resources <> 0 OR stored <> 0)`).Scan(&n)
	if err != nil {
		err = fmt.Errorf("compare counts: %w", err)
	}
	return n, err
}

// Recount counts all holdings anew if any is Miscounted, and says whether one was.
func (c *Catalog) Recount(ctx context.Context) (wrong bool, err error) {
	n, err := c.Miscounted(ctx)
	if err != nil || n == 0 {
		return false, err
	}
	err = c.db.Write(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			`DELETE FROM holdings`, `INSERT INTO holdings (kind, name, resources, stored) ` + counting, `UPDATE clock SET counted = seq`,
		} {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return true, fmt.Errorf("count anew: %w", err)
	}
	return true, nil
}

// Counts is how many live resources there are.
type Counts struct {
	Own       int // of this server, parts included
	Harvested int
}

// Counts says how many live resources there are.
func (c *Catalog) Counts(ctx context.Context) (n Counts, err error) {
	query, err := c.kept(ctx, `SELECT name, resources AS n FROM holdings WHERE kind = 'peer'`, `SELECT peer AS name, COUNT(*) AS n FROM resources WHERE deleted = 0 GROUP BY peer`)
	if err == nil {
		query = `SELECT COALESCE(SUM(CASE WHEN name = '' THEN n ELSE 0 END), 0), COALESCE(SUM(CASE WHEN name = '' THEN 0 ELSE n END), 0) FROM (` + query + `) AS held`
		err = c.db.Read().QueryRowContext(ctx, query).Scan(&n.Own, &n.Harvested)
	}
	if err != nil {
		err = fmt.Errorf("count resources: %w", err)
	}
	return n, err
}

// kept returns the query that reads the counts, or the one that counts the tables where the counts are not those of now.
func (c *Catalog) kept(ctx context.Context, counts, tables string) (string, error) {
	var upToDate bool
	if err := c.db.Read().QueryRowContext(ctx, `SELECT seq = counted FROM clock`).Scan(&upToDate); err != nil {
		return "", fmt.Errorf("read the clock: %w", err)
	}
	if upToDate {
		return counts, nil
	}
	return tables, nil
}
