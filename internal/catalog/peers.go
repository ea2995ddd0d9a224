package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const peerColumns = `p.doc, p.state, p.namespace, CASE WHEN ` + exact + `
	THEN COALESCE((SELECT h.resources FROM holdings h WHERE h.kind = 'peer' AND h.name = p.name), 0)
	ELSE (SELECT COUNT(*) FROM resources r WHERE r.peer = p.name AND r.deleted = 0) END`

func scanPeer(scan func(...any) error) (p federation.Peer, err error) {
	var doc, state, namespace string
	var records int
	if err := scan(&doc, &state, &namespace, &records); err != nil {
		return p, notFound(err)
	}
	p, err = decodePeer(doc, state)
	p.Records, p.Namespace = records, namespace
	return p, err
}

func decodePeer(doc, state string) (p federation.Peer, err error) {
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return p, err
	}
	p.State = federation.State{}
	return p, json.Unmarshal([]byte(state), &p.State)
}

// knownPeer is a peer as its documents tell.
type knownPeer struct {
	doc, state string
	peer       federation.Peer
}

// apart is a peer that shares nothing with what is kept.
func (k knownPeer) apart() federation.Peer {
	p := k.peer
	p.Sets, p.Filter = slices.Clone(p.Sets), filterApart(p.Filter)
	p.State.Sets, p.State.Filter, p.State.Friends = slices.Clone(p.State.Sets), filterApart(p.State.Filter), slices.Clone(p.State.Friends)
	if p.State.Resume != nil {
		resume := *p.State.Resume
		p.State.Resume = &resume
	}
	return p
}

func filterApart(f federation.Filter) federation.Filter {
	f.Languages, f.Types = slices.Clone(f.Languages), slices.Clone(f.Types)
	return f
}

// Peers implements federation.Peers. Pages, metrics and whoever begins harvests ask for all of them: the documents of those
// that are as they were are not read again.
func (c *Catalog) Peers(ctx context.Context) ([]federation.Peer, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT p.name, `+peerColumns+` FROM peers p ORDER BY p.name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []federation.Peer
	var before map[string]knownPeer
	if kept := c.peersKnown.Load(); kept != nil {
		before = *kept
	}
	now, changed := make(map[string]knownPeer, len(before)), false
	for rows.Next() {
		var name, doc, state, namespace string
		var records int
		if err := rows.Scan(&name, &doc, &state, &namespace, &records); err != nil {
			return nil, err
		}
		k, ok := before[name]
		if !ok || k.doc != doc || k.state != state {
			p, err := decodePeer(doc, state)
			if err != nil {
				return nil, err
			}
			k, changed = knownPeer{doc, state, p}, true
		}
		now[name] = k
		p := k.apart()
		p.Records, p.Namespace = records, namespace
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if changed || len(now) != len(before) {
		c.peersKnown.Store(&now)
	}
	return list, nil
}

// Peer implements federation.Peers.
func (c *Catalog) Peer(ctx context.Context, name string) (federation.Peer, error) {
	return peerIn(ctx, c.db.Read(), name)
}

func peerIn(ctx context.Context, from querier, name string) (federation.Peer, error) {
	p, err := scanPeer(from.QueryRowContext(ctx, `SELECT `+peerColumns+` FROM peers p WHERE p.name = $1`, name).Scan)
	if err != nil {
		return p, fmt.Errorf("peer %s: %w", name, err)
	}
	return p, nil
}

// OnPeersChange has f called after every change to the list of peers, once it is committed and before the change is
// answered. An error of f is the answer: the change stands, but was not passed on. Call it before the catalog is shared.
func (c *Catalog) OnPeersChange(f func(context.Context) error) { c.peersChanged = f }

// writePeers commits a change to the list of peers, and passes it on.
func (c *Catalog) writePeers(ctx context.Context, f func(*ticket) error) error {
	err := c.change(ctx, f)
	c.titles.changed()
	if err != nil || c.peersChanged == nil {
		return err
	}
	return c.peersChanged(ctx)
}

// SavePeer implements federation.Peers.
func (c *Catalog) SavePeer(ctx context.Context, p federation.Peer) error {
	return c.writePeers(ctx, func(t *ticket) error {
		old, err := peerIn(ctx, t.tx, p.Name)
		if err != nil && !errors.Is(err, kind.ErrNotFound) {
			return err
		}
		return savePeer(ctx, t.tx.Tx.Tx, p, old)
	})
}

// ChangePeer implements federation.Peers.
func (c *Catalog) ChangePeer(ctx context.Context, name string, change func(*federation.Peer)) error {
	return c.writePeers(ctx, func(t *ticket) error {
		old, err := peerIn(ctx, t.tx, name)
		if err != nil {
			return err
		}
		p := old
		p.Sets = slices.Clone(old.Sets)
		change(&p)
		p.Name = name
		return savePeer(ctx, t.tx.Tx.Tx, p, old)
	})
}

// savePeer replaces the settings of a peer; old is the zero Peer for a new one.
func savePeer(ctx context.Context, tx *sql.Tx, p, old federation.Peer) error {
	if old.Name != "" {
		p.Added = old.Added
		if p.Key == "" {
			p.Key = old.Key
		}
		if p.Namespace == "" {
			p.Namespace = old.Namespace
		}
	}
	namespace := p.Namespace
	if err := free(ctx, tx, p.Name, namespace); err != nil {
		return err
	}
	p.State, p.Records, p.Namespace = federation.State{}, 0, ""
	_, err := tx.ExecContext(ctx, `INSERT INTO peers (name, doc, state, namespace) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET doc = excluded.doc, namespace = excluded.namespace`,
		p.Name, encode(p), encode(federation.State{}), namespace)
	if err == nil && namespace != old.Namespace {
		err = reconsider(ctx, tx, p.Name, namespace, old.Namespace)
	}
	return err
}

// Claim implements federation.Peers.
func (c *Catalog) Claim(ctx context.Context, name, namespace string) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		var old string
		if err := tx.QueryRowContext(ctx, `SELECT namespace FROM peers WHERE name = $1`, name).Scan(&old); err != nil {
			return fmt.Errorf("peer %s: %w", name, notFound(err))
		}
		if old != "" {
			return nil
		}
		if err := free(ctx, tx, name, namespace); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE peers SET namespace = $2 WHERE name = $1`, name, namespace); err != nil {
			return err
		}
		return reconsider(ctx, tx, name, namespace)
	})
}

// free returns kind.ErrConflict if a peer other than the named one has the namespace.
func free(ctx context.Context, tx *sql.Tx, name, namespace string) error {
	others, err := column(ctx, tx, `SELECT name FROM peers WHERE namespace = $1 AND namespace <> '' AND name <> $2`, namespace, name)
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("namespace %s: %w: peer %s has it", namespace, kind.ErrConflict, others[0])
	}
	return err
}

// RemovePeer implements federation.Peers.
func (c *Catalog) RemovePeer(ctx context.Context, name string) error {
	return c.writePeers(ctx, func(t *ticket) error {
		tx := t.tx
		done, err := tx.ExecContext(ctx, `DELETE FROM peers WHERE name = $1`, name)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fmt.Errorf("peer %s: %w", name, kind.ErrNotFound)
		}
		if err := t.begin(ctx); err != nil {
			return err
		}
		if _, err := t.buryAll(ctx, `SELECT id FROM resources WHERE peer = $1 AND deleted = 0`, name); err != nil {
			return err
		}
		for _, table := range []string{"runs", "quarantine", "harvested"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE peer = $1`, name); err != nil {
				return err
			}
		}
		return t.end(ctx)
	})
}

// buryAll makes tombstones of the resources whose ids the query gives, and counts them.
func (t *ticket) buryAll(ctx context.Context, query string, args ...any) (int, error) {
	ids, err := column(ctx, t.tx, query, args...)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := t.bury(ctx, repository.ID(id)); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// column reads a query of one column of text.
func column(ctx context.Context, from sqldb.Asker, query string, args ...any) ([]string, error) {
	return sqldb.Strings(ctx, from, query, args...)
}
