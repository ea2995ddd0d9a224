package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// Kinds of change in the feed.
const (
	changePut    = "put"
	changeDelete = "delete"
	changeRemix  = "remix" // of a source: what is made from it is another number
	changeList   = "list"  // it joined or left an approved list
	// changeRelease says that a revision of it was released under a version: see Released.
	changeRelease = "release"
)

// Apply implements repository.Catalog.
func (c *Catalog) Apply(ctx context.Context, p repository.Projection) error {
	docs := make([]string, len(p.Resources)) // outside the transaction, which others wait for
	for i, r := range p.Resources {
		r.Text, r.Seq = "", 0
		docs[i] = encode(r)
	}
	one := &commit{ctx: ctx, weight: 1, done: make(chan struct{})}
	var ahead *present
	one.ahead = func() []sqldb.Statement {
		ahead = newPresent(p)
		return ahead.queries(p)
	}
	one.do = func(ctx context.Context, t *ticket) error {
		now := ahead
		if t.touches(p) { // by another state of it that is stored together with this one
			now = newPresent(p)
			if err := t.tx.ask(ctx, now.queries(p)); err != nil {
				return err
			}
		}
		stale, err := t.claim(ctx, p, now.address)
		if err != nil || stale {
			return err
		}
		for i, r := range p.Resources {
			if _, err := t.put(ctx, r, docs[i], p.Records[r.ID], now); err != nil {
				return err
			}
		}
		return t.released(ctx, p, now.releases)
	}
	if err := c.commits.wait(c, one); err != nil {
		return fmt.Errorf("show %s/%s in the catalog: %w", p.Owner, p.Slug, err)
	}
	return nil
}

// touches notes what a state of a repository writes to, and reports whether any of it was written to before in the transaction.
func (t *ticket) touches(p repository.Projection) (again bool) {
	if t.applied == nil {
		t.applied = map[string]bool{}
	}
	keys := []string{p.Owner + "/" + p.Slug, string(p.Repository)}
	for _, r := range p.Resources {
		keys = append(keys, string(r.ID), r.Identifier)
	}
	for _, key := range keys {
		again = again || t.applied[key]
	}
	for _, key := range keys {
		t.applied[key] = true
	}
	return again
}

// put stores a resource and its records if anything about them differs from what is stored, and reports whether it did.
// A tombstone keeps what the resource last was, and the sets it was in.
func (t *ticket) put(ctx context.Context, r repository.Resource, doc string, records repository.Records, now *present) (changed bool, err error) {
	old := now.resources[r.ID]
	if r.Deleted {
		if old.found && old.deleted {
			return false, nil
		}
		if old.found {
			err = t.bury(ctx, r.ID)
		} else if err = t.insert(ctx, r, encode(r)); err == nil {
			err = t.relink(ctx, r, now)
		}
		if err != nil {
			return false, err
		}
		_, err = t.showOver(ctx, itemOf(r, records), old.entry)
		return true, err
	}
	r.Seq = 0
	if !old.found || old.deleted || old.doc != doc || old.body != r.Text {
		if err := t.insert(ctx, r, doc); err != nil {
			return false, err
		}
		if err := t.relink(ctx, r, now); err != nil {
			return false, err
		}
		if !old.found || old.deleted {
			t.live(peerOf(r), 1)
		}
		changed = true
	}
	shown, err := t.showOver(ctx, itemOf(r, records), old.entry)
	return changed || shown, err
}

// itemOf is what harvesters get of a resource of this server.
func itemOf(r repository.Resource, records repository.Records) item {
	return item{identifier: r.Identifier, resource: r.ID, deleted: r.Deleted, records: records}
}

// peerOf is the peer that a resource came from; empty for own ones.
func peerOf(r repository.Resource) string {
	if r.Origin == nil {
		return ""
	}
	return r.Origin.Peer
}

// insert stores a resource under a new number.
func (t *ticket) insert(ctx context.Context, r repository.Resource, doc string) error {
	what := changePut
	if r.Deleted {
		what = changeDelete
	}
	seq, err := t.next(ctx, r.ID, what)
	if err != nil {
		return err
	}
	peer, part := peerOf(r), r.Address.Part
	if r.Origin != nil {
		part = r.Origin.Path
	}
	return t.tx.later(ctx,
		`INSERT INTO resources (id, identifier, repository, owner, slug, part, peer, deleted, seq, datestamp, modified, doc, body)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		 ON CONFLICT (id) DO UPDATE SET identifier = excluded.identifier, repository = excluded.repository,
			owner = excluded.owner, slug = excluded.slug, part = excluded.part, peer = excluded.peer,
			deleted = excluded.deleted, seq = excluded.seq, datestamp = excluded.datestamp, modified = excluded.modified,
			doc = excluded.doc, body = excluded.body`,
		string(r.ID), r.Identifier, string(r.Repository), r.Address.Owner, r.Address.Slug, part, peer, flag(r.Deleted),
		seq, t.datestamp, unix(r.Modified), doc, r.Text)
}

// bury makes a live resource a tombstone; what is not live stays as it is.
func (t *ticket) bury(ctx context.Context, id repository.ID) error {
	var peer string
	err := t.tx.QueryRowContext(ctx, `UPDATE resources SET deleted = 1, seq = $2, datestamp = $3 WHERE id = $1 AND deleted = 0 RETURNING peer`,
		string(id), t.seq+1, t.datestamp).Scan(&peer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := t.next(ctx, id, changeDelete); err != nil {
		return err
	}
	t.live(peer, -1)
	gone, err := t.unlink(ctx, id)
	if err != nil {
		return err
	}
	return t.remixed(ctx, gone, nil)
}

// unlink forgets what a resource is based on, and returns its sources.
func (t *ticket) unlink(ctx context.Context, id repository.ID) (sources []string, err error) {
	rows, err := t.tx.QueryContext(ctx, `DELETE FROM links WHERE resource = $1 RETURNING kind, target`, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, target string
		if err := rows.Scan(&kind, &target); err != nil {
			return nil, err
		}
		if kind == string(repository.SourceLink) {
			sources = append(sources, target)
		}
	}
	return sources, rows.Err()
}

// remixed tells those that follow the feed that something else is made from some resources than before: search orders by
// how much that is. The resources themselves, their numbers and datestamps stay as they are. Known are the resources of some
// identifiers.
func (t *ticket) remixed(ctx context.Context, identifiers []string, known map[string][]repository.ID) error {
	for _, identifier := range identifiers {
		ids, ok := known[identifier]
		if !ok {
			var err error
			if ids, err = t.ids(ctx, identifier); err != nil {
				return err
			}
		}
		if err := t.tellOf(ctx, ids, changeRemix); err != nil {
			return err
		}
	}
	return nil
}

// tell records a change of each live resource with an identifier: there is one for each peer that sent it.
func (t *ticket) tell(ctx context.Context, identifier, what string) error {
	ids, err := t.ids(ctx, identifier)
	if err != nil {
		return err
	}
	return t.tellOf(ctx, ids, what)
}

func (t *ticket) tellOf(ctx context.Context, ids []repository.ID, what string) error {
	for _, id := range ids {
		if _, err := t.next(ctx, id, what); err != nil {
			return err
		}
	}
	return nil
}

// ids are the live resources with an identifier.
func (t *ticket) ids(ctx context.Context, identifier string) (ids []repository.ID, err error) {
	rows, err := t.tx.QueryContext(ctx, readLive, identifier)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, repository.ID(id))
	}
	return ids, rows.Err()
}

// link stores what a resource is based on.
func (t *ticket) link(ctx context.Context, r repository.Resource) error {
	before, err := t.unlink(ctx, r.ID)
	if err != nil {
		return err
	}
	return t.linkTo(ctx, r, before, nil)
}

// relink is link where it is known what is stored.
func (t *ticket) relink(ctx context.Context, r repository.Resource, now *present) error {
	old := now.resources[r.ID]
	if old.linked {
		if err := t.tx.later(ctx, `DELETE FROM links WHERE resource = $1`, string(r.ID)); err != nil {
			return err
		}
	}
	return t.linkTo(ctx, r, old.sources, now.sources)
}

// linkTo stores what a resource is based on that has no links; before are the sources that it had, known the resources of some
// identifiers.
func (t *ticket) linkTo(ctx context.Context, r repository.Resource, before []string, known map[string][]repository.ID) error {
	if r.Deleted {
		return nil
	}
	link := func(kind repository.Link, target string) error {
		return t.tx.later(ctx, `INSERT INTO links (resource, kind, target) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			string(r.ID), string(kind), target)
	}
	var now []string
	for _, source := range r.Metadata.Sources {
		if err := link(repository.SourceLink, source.ID); err != nil {
			return err
		}
		now = append(now, source.ID)
	}
	if err := t.remixed(ctx, slices.Concat(without(now, before), without(before, now)), known); err != nil {
		return err
	}
	if pin := r.Metadata.TranslationOf; pin != nil {
		return link(repository.TranslationLink, pin.ID)
	}
	return nil
}

// without are the texts of a that are not in b, each once.
func without(a, b []string) (list []string) {
	for _, s := range a {
		if !slices.Contains(b, s) && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
