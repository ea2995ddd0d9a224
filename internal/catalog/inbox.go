package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// see stamps what the headers of a page name with the round.
func (t *ticket) see(ctx context.Context, p federation.Page, tally *federation.Tally) error {
	var seen, gone []string
	for _, h := range p.Headers {
		if seen = append(seen, h.Identifier); h.Deleted {
			gone = append(gone, h.Identifier)
		}
	}
	if err := t.named(ctx, p, seen); err != nil {
		return err
	}
	for some := range chunks(gone) {
		n, err := t.buryAll(ctx, `SELECT r.id FROM harvested h JOIN resources r ON r.id = h.resource
			WHERE h.peer = $1 AND r.deleted = 0 AND h.identifier IN `+list(1, len(some)), args(some, p.Peer)...)
		if err != nil {
			return err
		}
		tally.Deleted += n
	}
	return nil
}

// named stamps some identifiers of a page's peer with the round.
func (t *ticket) named(ctx context.Context, p federation.Page, identifiers []string) error {
	for some := range chunks(identifiers) {
		if _, err := t.tx.ExecContext(ctx, `UPDATE harvested SET round = $1 WHERE peer = $2 AND identifier IN `+list(2, len(some)),
			args(some, p.State.Round, p.Peer)...); err != nil {
			return err
		}
	}
	return nil
}

// Missing implements federation.Inbox.
func (c *Catalog) Missing(ctx context.Context, peer string, headers []federation.Header) (missing []string, err error) {
	var wanted []string
	for _, h := range headers {
		if !h.Deleted {
			wanted = append(wanted, h.Identifier)
		}
	}
	stamps := map[string]map[string]bool{}
	for some := range chunks(wanted) {
		for _, query := range []string{
			`SELECT h.identifier, h.stamp FROM harvested h JOIN resources r ON r.id = h.resource WHERE h.peer = $1 AND r.deleted = 0 AND h.identifier IN `,
			`SELECT entry, stamp FROM quarantine WHERE peer = $1 AND entry IN `,
		} {
			if err := c.stamps(ctx, stamps, query+list(1, len(some)), args(some, peer)...); err != nil {
				return nil, fmt.Errorf("compare records of %s: %w", peer, err)
			}
		}
	}
	for _, h := range headers {
		if !h.Deleted && !stamps[h.Identifier][h.Stamp] {
			missing = append(missing, h.Identifier)
		}
	}
	return missing, nil
}

// stamps reads rows of an identifier and a datestamp.
func (c *Catalog) stamps(ctx context.Context, into map[string]map[string]bool, query string, args ...any) error {
	rows, err := c.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var identifier, stamp string
		if err := rows.Scan(&identifier, &stamp); err != nil {
			return err
		}
		if into[identifier] == nil {
			into[identifier] = map[string]bool{}
		}
		into[identifier][stamp] = true
	}
	return rows.Err()
}

// maxRead is how many bytes of records are read at once: one alone may have some megabytes.
const maxRead = 8 << 20

// Stored implements federation.Inbox.
func (c *Catalog) Stored(ctx context.Context, peer, after string, limit int) ([]federation.Harvested, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT h.identifier, h.datestamp, h.stamp, h.sets, h.prefix, h.raw, h.about
		FROM harvested h JOIN resources r ON r.id = h.resource
		WHERE h.peer = $1 AND h.identifier > $2 AND r.deleted = 0 ORDER BY h.identifier LIMIT $3`, peer, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read records of %s: %w", peer, err)
	}
	defer rows.Close()
	var all []federation.Harvested
	for size := 0; size < maxRead && rows.Next(); {
		var h federation.Harvested
		var at int64
		var sets, raw, about string
		if err := rows.Scan(&h.Identifier, &at, &h.Stamp, &sets, &h.Prefix, &raw, &about); err != nil {
			return nil, err
		}
		var abouts []string
		if err := json.Unmarshal([]byte(sets), &h.Sets); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(about), &abouts); err != nil {
			return nil, err
		}
		h.Datestamp, h.Raw = stamp(at), []byte(raw)
		for _, a := range abouts {
			h.About = append(h.About, []byte(a))
		}
		all = append(all, h)
		size += len(raw) + len(about)
	}
	return all, rows.Err()
}

// quarantine stores the records of a page that could not be accepted.
func quarantine(ctx context.Context, tx *transaction, p federation.Page, tally *federation.Tally) error {
	if len(p.Quarantine) == 0 {
		return nil
	}
	for _, q := range p.Quarantine {
		q.Peer, q.Run = p.Peer, p.Run
		if q.At.IsZero() {
			q.At = p.At
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO quarantine (peer, entry, at, reason, stamp, doc) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (peer, entry) DO UPDATE SET at = excluded.at, reason = excluded.reason, stamp = excluded.stamp, doc = excluded.doc`,
			p.Peer, q.Entry(), q.At.Unix(), q.Reason, q.Stamp, encode(q)); err != nil {
			return err
		}
		// The peer named the record, so a sweep must not take the version that is held.
		if _, err := tx.ExecContext(ctx, `UPDATE harvested SET round = $3 WHERE peer = $1 AND identifier = $2`,
			p.Peer, q.Identifier, p.State.Round); err != nil {
			return err
		}
		tally.Quarantined++
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM quarantine WHERE peer = $1`, p.Peer).Scan(&n); err != nil || n <= federation.MaxQuarantine {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM quarantine WHERE peer = $1 AND entry IN
		(SELECT entry FROM quarantine WHERE peer = $1 ORDER BY at, entry LIMIT $2)`, p.Peer, n-federation.MaxQuarantine)
	return err
}

// Quarantine implements federation.Inbox.
func (c *Catalog) Quarantine(ctx context.Context, peer string, skip, limit int) ([]federation.Quarantined, error) {
	rows, err := c.db.Read().QueryContext(ctx,
		`SELECT doc FROM quarantine WHERE peer = $1 ORDER BY at DESC, entry LIMIT $2 OFFSET $3`, peer, limit, skip)
	if err != nil {
		return nil, err
	}
	return decodeAll[federation.Quarantined](rows)
}

// Refused implements federation.Inbox.
func (c *Catalog) Refused(ctx context.Context, peer, after string, limit int) (list []federation.Quarantined, err error) {
	rows, err := c.db.Read().QueryContext(ctx,
		`SELECT doc FROM quarantine WHERE peer = $1 AND entry > $2 ORDER BY entry LIMIT $3`, peer, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read quarantine of %s: %w", peer, err)
	}
	defer rows.Close()
	for size := 0; size < maxRead && rows.Next(); {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		var q federation.Quarantined
		if err := json.Unmarshal(doc, &q); err != nil {
			return nil, err
		}
		list = append(list, q)
		size += len(doc)
	}
	return list, rows.Err()
}

// Quarantined returns the record in quarantine that federation.Quarantined.Entry names, or kind.ErrNotFound.
func (c *Catalog) Quarantined(ctx context.Context, peer, entry string) (q federation.Quarantined, err error) {
	var doc []byte
	err = c.db.Read().QueryRowContext(ctx, `SELECT doc FROM quarantine WHERE peer = $1 AND entry = $2`, peer, entry).Scan(&doc)
	if err != nil {
		return q, fmt.Errorf("quarantine of %s: %w", peer, notFound(err))
	}
	return q, json.Unmarshal(doc, &q)
}

// Reasons implements federation.Inbox.
func (c *Catalog) Reasons(ctx context.Context, peer string) (map[string]int, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT reason, COUNT(*) FROM quarantine WHERE peer = $1 GROUP BY reason`, peer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	reasons := map[string]int{}
	for rows.Next() {
		var reason string
		var n int
		if err := rows.Scan(&reason, &n); err != nil {
			return nil, err
		}
		reasons[reason] = n
	}
	return reasons, rows.Err()
}

// InQuarantine is how many records of each of some peers are in quarantine, by their names; of those that have any.
func (c *Catalog) InQuarantine(ctx context.Context, peers []string) (map[string]int, error) {
	type count struct {
		peer string
		n    int
	}
	counts := make(map[string]int, len(peers))
	for some := range chunks(peers) {
		found, err := sqldb.All(ctx, c.db.Read(), func(row *sql.Rows, into *count) error { return row.Scan(&into.peer, &into.n) },
			`SELECT peer, COUNT(*) FROM quarantine WHERE peer IN `+list(0, len(some))+` GROUP BY peer`, args(some)...)
		if err != nil {
			return nil, fmt.Errorf("count quarantines: %w", err)
		}
		for _, one := range found {
			counts[one.peer] = one.n
		}
	}
	return counts, nil
}
