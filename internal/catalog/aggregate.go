package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// Aggregate brings the list that harvesters get up to date with at most limit of the changes that harvests brought, and
// reports whether there are more. render makes the records of a copy, or says that it must not be passed on; nil: nothing
// is, and what was becomes deleted. Only one call may be under way.
//
// An identifier is listed once, whoever sends it. One of this server's own is never a peer's. One in the namespace of a
// peer is that peer's alone, its tombstone included; others are of the first peer that has them.
func (c *Catalog) Aggregate(
	ctx context.Context, limit int, render func(context.Context, federation.Copy) (repository.Records, bool, error),
) (more bool, err error) {
	waiting, upTo, err := c.waiting(ctx, limit)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	items := make([]choice, 0, len(waiting))
	for _, identifier := range waiting {
		item, err := c.choose(ctx, identifier, render)
		if err != nil {
			return false, fmt.Errorf("list %s: %w", identifier, err)
		}
		items = append(items, item)
	}
	err = c.change(ctx, func(t *ticket) error {
		if err := t.begin(ctx); err != nil {
			return err
		}
		for _, it := range items {
			if err := t.list(ctx, it); err != nil {
				return fmt.Errorf("list %s: %w", it.identifier, err)
			}
		}
		if _, err := t.tx.ExecContext(ctx, `UPDATE clock SET listed = $1 WHERE listed < $1`, upTo); err != nil {
			return err
		}
		return t.end(ctx)
	})
	return err == nil, err
}

// choice is what is to be listed of an identifier, as of some state of those that have it.
type choice struct {
	item
	state string
	none  bool // nothing may be listed but a tombstone of what is
}

// waiting returns identifiers to look at, and the change that the list then knows of.
func (c *Catalog) waiting(ctx context.Context, limit int) (identifiers []string, upTo int64, err error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT identifier, 0 AS seq FROM unlisted
		UNION ALL SELECT identifier, seq FROM resources WHERE peer <> '' AND seq > (SELECT listed FROM clock)
		ORDER BY seq LIMIT $1`, limit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var identifier string
		if err := rows.Scan(&identifier, &upTo); err != nil {
			return nil, 0, err
		}
		if !slices.Contains(identifiers, identifier) {
			identifiers = append(identifiers, identifier)
		}
	}
	return identifiers, upTo, rows.Err()
}

// held is a resource that has an identifier.
type held struct {
	federation.Copy
	peer      string
	namespace string // that its peer has
}

// choose decides who is listed.
func (c *Catalog) choose(
	ctx context.Context, identifier string, render func(context.Context, federation.Copy) (repository.Records, bool, error),
) (choice, error) {
	it := choice{item: item{identifier: identifier, deleted: true}, none: true}
	var err error
	if it.state, err = state(ctx, c.db.Read(), identifier); err != nil {
		return it, err
	}
	all, err := c.held(ctx, identifier)
	if err != nil {
		return it, err
	}
	namespace := federation.NamespaceOf(identifier)
	var claimed string
	if namespace != "" {
		err := c.db.Read().QueryRowContext(ctx, `SELECT COALESCE(MAX(name), '') FROM peers WHERE namespace = $1`, namespace).Scan(&claimed)
		if err != nil {
			return it, err
		}
	}
	for _, h := range all {
		if h.peer == "" {
			return choice{item: it.item, state: it.state}, nil // own: listed by Apply
		}
	}
	for _, h := range all {
		if h.Resource.Deleted || render == nil || claimed != "" && h.peer != claimed {
			continue
		}
		records, ok, err := render(ctx, h.Copy)
		if err != nil {
			return it, err
		}
		if ok {
			it.resource, it.peer, it.records, it.deleted, it.none = h.Resource.ID, h.peer, records, false, false
			return it, nil
		}
	}
	return it, nil
}

// held returns all that have an identifier, in the order of their peers.
func (c *Catalog) held(ctx context.Context, identifier string) ([]held, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT `+resourceColumns+`, r.peer, COALESCE(p.doc, '{}'), COALESCE(p.namespace, ''),
			COALESCE(h.prefix, ''), COALESCE(h.stamp, ''), COALESCE(h.raw, ''), COALESCE(h.about, '[]')
		FROM resources r LEFT JOIN harvested h ON h.peer = r.peer AND h.identifier = r.identifier LEFT JOIN peers p ON p.name = r.peer
		WHERE r.identifier = $1 ORDER BY r.peer, r.id`, identifier)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []held
	for rows.Next() {
		var h held
		var peer, about, raw string
		h.Resource, err = scanResource(func(dest ...any) error {
			return rows.Scan(append(dest, &h.peer, &peer, &h.namespace, &h.Prefix, &h.Stamp, &raw, &about)...)
		})
		if err != nil {
			return nil, err
		}
		var p federation.Peer
		var abouts []string
		if err := json.Unmarshal([]byte(peer), &p); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(about), &abouts); err != nil {
			return nil, err
		}
		h.BaseURL, h.Raw = p.URL, []byte(raw)
		for _, a := range abouts {
			h.About = append(h.About, []byte(a))
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// state changes whenever the choice for an identifier may.
func state(ctx context.Context, q querier, identifier string) (string, error) {
	var n, newest int64
	err := q.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM resources WHERE identifier = $1`, identifier).Scan(&n, &newest)
	return fmt.Sprint(n, " ", newest), err
}

// list shows what was chosen, unless something has changed since: the change comes up in a later call.
func (t *ticket) list(ctx context.Context, it choice) error {
	now, err := state(ctx, t.tx.Tx, it.identifier)
	if err != nil {
		return err
	}
	if now != it.state {
		return nil
	}
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM unlisted WHERE identifier = $1`, it.identifier); err != nil {
		return err
	}
	if !it.none && it.resource == "" {
		return nil
	}
	if it.none {
		// What was never listed needs no tombstone.
		var id, peer string
		err := t.tx.QueryRowContext(ctx, `SELECT resource, peer FROM items WHERE identifier = $1`, it.identifier).Scan(&id, &peer)
		if err == sql.ErrNoRows || err == nil && peer == "" { //nolint:errorlint // as database/sql documents it
			return nil
		}
		if err != nil {
			return err
		}
		it.resource, it.peer = repository.ID(id), peer
	}
	_, err = t.show(ctx, it.item)
	return err
}

// reconsider has Aggregate look at the listed identifiers of some namespaces that are not from the peer itself: whose they
// are has changed.
func reconsider(ctx context.Context, tx *sql.Tx, peer string, namespaces ...string) error {
	identifiers, err := column(ctx, tx, `SELECT DISTINCT identifier FROM resources WHERE peer <> '' AND peer <> $1`, peer)
	if err != nil {
		return err
	}
	for _, identifier := range identifiers {
		if namespace := federation.NamespaceOf(identifier); namespace == "" || !slices.Contains(namespaces, namespace) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO unlisted (identifier) VALUES ($1) ON CONFLICT DO NOTHING`, identifier); err != nil {
			return err
		}
	}
	return nil
}
