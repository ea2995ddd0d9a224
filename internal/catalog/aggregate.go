package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// Rendering makes the records of a copy, or says that it must not be passed on. Several calls may be under way.
type Rendering func(context.Context, federation.Copy) (repository.Records, bool, error)

// Aggregate brings the list that harvesters get up to date with at most limit of the changes that harvests brought, and
// reports whether there may be more. With render nil nothing is passed on, and what was becomes deleted. Only one call may be
// under way. It works on one processor, and on those that nobody waits for.
//
// An identifier is listed once, whoever sends it. One of this server's own is never a peer's. One in the namespace of a
// peer is that peer's alone, its tombstone included; others are of the first peer that has them.
func (c *Catalog) Aggregate(ctx context.Context, limit int, render Rendering) (more bool, err error) {
	all, upTo, err := c.waiting(ctx, limit)
	if err != nil || len(all) == 0 && upTo == 0 {
		return false, err
	}
	choices, err := c.chooseAll(ctx, all, render)
	if err != nil {
		return false, err
	}
	if n := len(choices); n < len(all) { // they are large: the others come with the next call
		upTo = all[n-1].seq
	}
	more = len(all) > 0
	if !slices.ContainsFunc(choices, choice.writes) && upTo == 0 {
		return more, nil
	}
	err = c.change(ctx, func(t *ticket) error {
		if err := t.begin(ctx); err != nil {
			return err
		}
		if err := t.listAll(ctx, choices); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, `UPDATE clock SET listed = $1 WHERE listed < $1`, upTo); err != nil {
			return err
		}
		return t.end(ctx)
	})
	return more && err == nil, err
}

// unseen is an identifier to look at.
type unseen struct {
	identifier string
	seq        int64 // of the change; 0 where whose it is has changed
}

// farBehind is how many changes of own resources the list may not know of: each Aggregate reads over them.
const farBehind = 1000

// waiting returns identifiers to look at, and the change that the list then knows of; 0: the same as before.
func (c *Catalog) waiting(ctx context.Context, limit int) (all []unseen, upTo int64, err error) {
	var listed, newest int64
	if err := c.db.Read().QueryRowContext(ctx, `SELECT listed, seq FROM clock`).Scan(&listed, &newest); err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	read := func(query string, args ...any) (n int, err error) {
		rows, err := c.db.Read().QueryContext(ctx, query, args...)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for ; rows.Next(); n++ {
			var u unseen
			if err := rows.Scan(&u.identifier, &u.seq); err != nil {
				return n, err
			}
			upTo = max(upTo, u.seq)
			if !seen[u.identifier] {
				seen[u.identifier] = true
				all = append(all, u)
			}
		}
		return n, rows.Err()
	}
	n, err := read(`SELECT identifier, 0 FROM unlisted ORDER BY identifier LIMIT $1`, limit)
	if err != nil || n == limit {
		return all, 0, err
	}
	n, err = read(`SELECT identifier, seq FROM resources WHERE peer <> '' AND seq > $1 ORDER BY seq LIMIT $2`, listed, limit-n)
	if err == nil && n == 0 && newest-listed > farBehind {
		upTo = newest
	}
	return all, upTo, err
}

// choice is what is to be listed of an identifier, as of some state of those that have it.
type choice struct {
	item
	state string
	again bool // it is in the table of those to look at again
	none  bool // nothing may be listed but a tombstone of what is
	shown bool // it is listed so already
}

// writes reports whether anything is to be stored.
func (it choice) writes() bool { return it.again || !it.shown }

// Identifiers that are read by one statement, and how many bytes of records are made for one transaction, about.
const (
	chosenAtOnce = 20
	maxChosen    = 16 << 20
)

// chooseAll decides who is listed of each identifier, from the first on until there is enough for one transaction. What it
// takes one processor for, others help with while nobody waits for them.
func (c *Catalog) chooseAll(ctx context.Context, all []unseen, render Rendering) (made []choice, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	peers, err := c.claims(ctx)
	if err != nil {
		return nil, err
	}
	parts := slices.Collect(slices.Chunk(all, chosenAtOnce))
	results, failed := make([][]choice, len(parts)), make([]error, len(parts))
	var next, size atomic.Int64
	work := func(helper bool) {
		for size.Load() < maxChosen && !(helper && busy()) {
			i := int(next.Add(1)) - 1
			if i >= len(parts) {
				return
			}
			if results[i], failed[i] = c.choose(ctx, parts[i], peers, render); failed[i] != nil {
				size.Store(maxChosen)
				return
			}
			for _, it := range results[i] {
				for _, xml := range it.records.Formats {
					size.Add(int64(len(xml)))
				}
			}
		}
	}
	var helpers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) - 1 {
		helpers.Go(func() { work(true) })
	}
	work(false)
	helpers.Wait()
	return slices.Concat(results...), errors.Join(failed...)
}

// busy reports whether something waits for a processor.
func busy() bool {
	sample := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}
	metrics.Read(sample)
	return sample[0].Value.Kind() == metrics.KindUint64 && sample[0].Value.Uint64() > 0
}

// claims are what is said of the peers.
type claims struct {
	addresses map[string]string // of the peers' providers, by name
	owners    map[string]string // the peer that a namespace is of
}

func (c *Catalog) claims(ctx context.Context) (claims, error) {
	known := claims{map[string]string{}, map[string]string{}}
	rows, err := c.db.Read().QueryContext(ctx, `SELECT name, doc, namespace FROM peers ORDER BY name`)
	if err != nil {
		return known, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, doc, namespace string
		if err := rows.Scan(&name, &doc, &namespace); err != nil {
			return known, err
		}
		var p federation.Peer
		if err := json.Unmarshal([]byte(doc), &p); err != nil {
			return known, err
		}
		known.addresses[name] = p.URL
		if namespace != "" {
			known.owners[namespace] = name
		}
	}
	return known, rows.Err()
}

// held is a resource that has an identifier.
type held struct {
	federation.Copy
	peer string
}

// choose decides who is listed of some identifiers.
func (c *Catalog) choose(ctx context.Context, some []unseen, peers claims, render Rendering) (list []choice, err error) {
	held, err := c.held(ctx, some, peers)
	if err != nil {
		return nil, err
	}
	for _, u := range some {
		it, err := chosen(ctx, u.identifier, held[u.identifier], peers, render)
		if err == nil && it.resource != "" {
			it.shown, err = c.shows(ctx, it.item)
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", u.identifier, err)
		}
		it.again = u.seq == 0
		list = append(list, it)
	}
	return list, nil
}

// chosen decides who is listed of those that have an identifier.
func chosen(ctx context.Context, identifier string, all []held, peers claims, render Rendering) (choice, error) {
	it := choice{item: item{identifier: identifier, deleted: true}, none: true, state: stateOf(all)}
	for _, h := range all {
		if h.peer == "" {
			return choice{item: it.item, state: it.state, shown: true}, nil // own: listed by Apply
		}
	}
	claimed := ""
	if namespace := federation.NamespaceOf(identifier); namespace != "" {
		claimed = peers.owners[namespace]
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

// held returns all that have some identifiers, at most chosenAtOnce, in the order of their peers.
func (c *Catalog) held(ctx context.Context, some []unseen, peers claims) (map[string][]held, error) {
	args := make([]any, chosenAtOnce) // one text for any number, so that it is prepared
	for i := range args {
		args[i] = ""
		if i < len(some) {
			args[i] = some[i].identifier
		}
	}
	rows, err := c.db.Ready().QueryContext(ctx, `SELECT `+resourceColumns+`, r.peer,
			COALESCE(h.prefix, ''), COALESCE(h.stamp, ''), COALESCE(h.raw, ''), COALESCE(h.about, '[]')
		FROM resources r LEFT JOIN harvested h ON h.peer = r.peer AND h.identifier = r.identifier
		WHERE r.identifier IN `+list(0, chosenAtOnce)+` ORDER BY r.identifier, r.peer, r.id`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string][]held{}
	for rows.Next() {
		var h held
		var about, raw string
		h.Resource, err = scanResource(func(dest ...any) error {
			return rows.Scan(append(dest, &h.peer, &h.Prefix, &h.Stamp, &raw, &about)...)
		})
		if err != nil {
			return nil, err
		}
		var abouts []string
		if err := json.Unmarshal([]byte(about), &abouts); err != nil {
			return nil, err
		}
		h.BaseURL, h.Raw = peers.addresses[h.peer], []byte(raw)
		for _, a := range abouts {
			h.About = append(h.About, []byte(a))
		}
		all[h.Resource.Identifier] = append(all[h.Resource.Identifier], h)
	}
	return all, rows.Err()
}

// shows reports whether an item is listed already as it is to be.
func (c *Catalog) shows(ctx context.Context, it item) (bool, error) {
	r := c.db.Ready()
	old, found, err := listedBy(ctx, r, it.identifier)
	if err != nil || !found || old.resource != string(it.resource) || old.peer != it.peer {
		return false, err
	}
	sets, err := setsOf(ctx, r, it)
	return err == nil && old.shows(it, sets), err
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// asker is a database or a transaction, for one row or many.
type asker interface {
	querier
	sqldb.Asker
}

// stateOf changes whenever the choice for an identifier may.
func stateOf(all []held) string {
	newest := int64(0)
	for _, h := range all {
		newest = max(newest, h.Resource.Seq)
	}
	return fmt.Sprint(len(all), " ", newest)
}

// states reads what stateOf says of some identifiers now.
func (t *ticket) states(ctx context.Context, identifiers []string) (map[string]string, error) {
	now := map[string]string{}
	for some := range chunks(identifiers) {
		_, err := sqldb.All(ctx, t.tx, func(row *sql.Rows, _ *struct{}) error {
			var identifier string
			var n, newest int64
			err := row.Scan(&identifier, &n, &newest)
			now[identifier] = fmt.Sprint(n, " ", newest)
			return err
		}, `SELECT identifier, COUNT(*), COALESCE(MAX(seq), 0) FROM resources WHERE identifier IN `+list(0, len(some))+` GROUP BY identifier`, args(some)...)
		if err != nil {
			return nil, err
		}
	}
	return now, nil
}

// listAll shows what was chosen, but for that of which something has changed since: the change comes up in a later call.
func (t *ticket) listAll(ctx context.Context, all []choice) error {
	var identifiers []string
	for _, it := range all {
		if it.writes() {
			identifiers = append(identifiers, it.identifier)
		}
	}
	now, err := t.states(ctx, identifiers)
	if err != nil {
		return err
	}
	for _, it := range all {
		if !it.writes() || now[it.identifier] != it.state && !(now[it.identifier] == "" && it.state == stateOf(nil)) {
			continue
		}
		if it.again {
			if _, err := t.tx.ExecContext(ctx, `DELETE FROM unlisted WHERE identifier = $1`, it.identifier); err != nil {
				return err
			}
		}
		if !it.shown {
			if err := t.list(ctx, it); err != nil {
				return fmt.Errorf("list %s: %w", it.identifier, err)
			}
		}
	}
	return nil
}

// list shows what was chosen.
func (t *ticket) list(ctx context.Context, it choice) error {
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
	_, err := t.show(ctx, it.item)
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
