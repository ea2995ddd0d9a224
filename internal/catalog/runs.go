package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Begin implements federation.Runs.
func (c *Catalog) Begin(ctx context.Context, r federation.Run) (federation.Run, error) {
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		var one int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM peers WHERE name = $1`, r.Peer).Scan(&one)
		if err != nil {
			return notFound(err)
		}
		unfinished, err := column(ctx, tx, `SELECT doc FROM runs WHERE peer = $1 AND finished = 0`, r.Peer)
		if err != nil {
			return err
		}
		for _, doc := range unfinished {
			var old federation.Run
			if err := json.Unmarshal([]byte(doc), &old); err != nil {
				return err
			}
			old.Finished, old.Error = r.Started, "interrupted"
			if err := saveRun(ctx, tx, old); err != nil {
				return err
			}
		}
		if err := tx.QueryRowContext(ctx, `UPDATE clock SET run = run + 1 RETURNING run`).Scan(&r.ID); err != nil {
			return err
		}
		return saveRun(ctx, tx, r)
	})
	if err != nil {
		return federation.Run{}, fmt.Errorf("begin harvest of %s: %w", r.Peer, err)
	}
	return r, nil
}

const (
	readRun = `SELECT r.doc FROM runs r JOIN peers p ON p.name = r.peer WHERE r.id = $1 AND r.peer = $2 AND r.finished = 0`
	setRun  = `INSERT INTO runs (id, peer, finished, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET finished = excluded.finished, doc = excluded.doc`
	setState = `UPDATE peers SET state = $1 WHERE name = $2`
)

func saveRun(ctx context.Context, tx execer, r federation.Run) error {
	_, err := tx.ExecContext(ctx, setRun, r.ID, r.Peer, unix(r.Finished), encode(r))
	return err
}

// alive returns a run that may still store something.
func alive(ctx context.Context, tx querier, id int64, peer string) (r federation.Run, err error) {
	var doc string
	err = tx.QueryRowContext(ctx, readRun, id, peer).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("%w: the harvest of %s was replaced by another or the peer was removed", kind.ErrConflict, peer)
	}
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(doc), &r)
}

// End implements federation.Runs.
func (c *Catalog) End(ctx context.Context, e federation.Ending) (federation.Run, error) {
	var run federation.Run
	err := c.change(ctx, func(t *ticket) (err error) {
		tx := t.tx
		if run, err = alive(ctx, tx, e.Run.ID, e.Run.Peer); err != nil {
			return err
		}
		counts, pages, size := run.Tally, run.Pages, run.Size
		run = e.Run
		run.Tally, run.Pages, run.Size = counts, pages, size
		if e.Sweep {
			if err := t.begin(ctx); err != nil {
				return err
			}
			gone, err := t.buryAll(ctx, `SELECT r.id FROM resources r JOIN harvested h ON h.resource = r.id
				WHERE h.peer = $1 AND h.round <> $2 AND r.deleted = 0`, e.Run.Peer, e.State.Round)
			if err != nil {
				return err
			}
			run.Deleted += gone
			if err := t.end(ctx); err != nil {
				return err
			}
		}
		if err := saveRun(ctx, tx, run); err != nil {
			return err
		}
		return saveState(ctx, tx, e.Run.Peer, e.State)
	})
	if err != nil {
		return federation.Run{}, fmt.Errorf("end harvest of %s: %w", e.Run.Peer, err)
	}
	return run, nil
}

func saveState(ctx context.Context, tx execer, peer string, s federation.State) error {
	_, err := tx.ExecContext(ctx, setState, encode(s), peer)
	return err
}

// Runs implements federation.Runs.
func (c *Catalog) Runs(ctx context.Context, peer string, limit int) ([]federation.Run, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT doc FROM runs WHERE peer = $1 ORDER BY id DESC LIMIT $2`, peer, limit)
	if err != nil {
		return nil, err
	}
	return decodeAll[federation.Run](rows)
}

// Lately is the newest run of each of some peers, by their names; none for one that was never asked.
func (c *Catalog) Lately(ctx context.Context, peers []string) (map[string]federation.Run, error) {
	latest := make(map[string]federation.Run, len(peers))
	for some := range chunks(peers) {
		rows, err := c.db.Read().QueryContext(ctx, `SELECT r.doc FROM peers p JOIN runs r ON r.id = (SELECT MAX(n.id) FROM runs n WHERE n.peer = p.name)
			WHERE p.name IN `+list(0, len(some)), args(some)...)
		if err != nil {
			return nil, fmt.Errorf("read newest runs: %w", err)
		}
		runs, err := decodeAll[federation.Run](rows)
		if err != nil {
			return nil, fmt.Errorf("read newest runs: %w", err)
		}
		for _, r := range runs {
			latest[r.Peer] = r
		}
	}
	return latest, nil
}

// decodeAll reads rows of one column of JSON.
func decodeAll[T any](rows *sql.Rows) ([]T, error) {
	defer rows.Close()
	var list []T
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		var v T
		if err := json.Unmarshal(doc, &v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
