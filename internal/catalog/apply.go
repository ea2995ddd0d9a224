package catalog

import (
	"context"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository"
)

// Kinds of change in the feed.
const (
	changePut    = "put"
	changeDelete = "delete"
)

// Apply implements repository.Catalog.
func (c *Catalog) Apply(ctx context.Context, p repository.Projection) error {
	err := c.change(ctx, func(t *ticket) error {
		stale, err := claim(ctx, t.tx, p)
		if err != nil || stale {
			return err
		}
		if err := t.begin(ctx); err != nil {
			return err
		}
		for _, r := range p.Resources {
			if _, err := t.put(ctx, r, p.Records[r.ID]); err != nil {
				return err
			}
		}
		return t.end(ctx)
	})
	if err != nil {
		return fmt.Errorf("show %s/%s in the catalog: %w", p.Owner, p.Slug, err)
	}
	return nil
}

// put stores a resource and its records if anything about them differs from what is stored, and reports whether it did.
// A tombstone keeps what the resource last was, and the sets it was in.
func (t *ticket) put(ctx context.Context, r repository.Resource, records repository.Records) (changed bool, err error) {
	old, err := load(ctx, t.tx, r.ID)
	if err != nil {
		return false, err
	}
	if r.Deleted {
		if old.found && old.deleted {
			return false, nil
		}
		if old.found {
			err = t.bury(ctx, r.ID)
		} else if err = t.insert(ctx, r, encode(r)); err == nil {
			err = t.link(ctx, r)
		}
		if err != nil {
			return false, err
		}
		_, err = t.show(ctx, itemOf(r, records))
		return true, err
	}
	body := r.Text
	r.Text, r.Seq = "", 0
	doc := encode(r)
	if !old.found || old.deleted || old.doc != doc || old.body != body {
		r.Text = body
		if err := t.insert(ctx, r, doc); err != nil {
			return false, err
		}
		if err := t.link(ctx, r); err != nil {
			return false, err
		}
		changed = true
	}
	shown, err := t.show(ctx, itemOf(r, records))
	return changed || shown, err
}

// itemOf is what harvesters get of a resource of this server.
func itemOf(r repository.Resource, records repository.Records) item {
	return item{identifier: r.Identifier, resource: r.ID, deleted: r.Deleted, records: records}
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
	peer, part := "", r.Address.Part
	if r.Origin != nil {
		peer, part = r.Origin.Peer, r.Origin.Path
	}
	_, err = t.tx.ExecContext(ctx,
		`INSERT INTO resources (id, identifier, repository, owner, slug, part, peer, deleted, seq, datestamp, modified, doc, body)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		 ON CONFLICT (id) DO UPDATE SET identifier = excluded.identifier, repository = excluded.repository,
			owner = excluded.owner, slug = excluded.slug, part = excluded.part, peer = excluded.peer,
			deleted = excluded.deleted, seq = excluded.seq, datestamp = excluded.datestamp, modified = excluded.modified,
			doc = excluded.doc, body = excluded.body`,
		string(r.ID), r.Identifier, string(r.Repository), r.Address.Owner, r.Address.Slug, part, peer, flag(r.Deleted),
		seq, t.datestamp, unix(r.Modified), doc, r.Text)
	return err
}

// bury makes a live resource a tombstone.
func (t *ticket) bury(ctx context.Context, id repository.ID) error {
	seq, err := t.next(ctx, id, changeDelete)
	if err != nil {
		return err
	}
	for _, query := range []string{
		`UPDATE resources SET deleted = 1, seq = $2, datestamp = $3 WHERE id = $1`,
		`DELETE FROM links WHERE resource = $1 AND $2 > 0 AND $3 > 0`,
	} {
		if _, err := t.tx.ExecContext(ctx, query, string(id), seq, t.datestamp); err != nil {
			return err
		}
	}
	return nil
}

// link stores what a resource is based on.
func (t *ticket) link(ctx context.Context, r repository.Resource) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM links WHERE resource = $1`, string(r.ID)); err != nil {
		return err
	}
	if r.Deleted {
		return nil
	}
	link := func(kind repository.Link, target string) error {
		_, err := t.tx.ExecContext(ctx, `INSERT INTO links (resource, kind, target) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			string(r.ID), string(kind), target)
		return err
	}
	for _, source := range r.Metadata.Sources {
		if err := link(repository.SourceLink, source.ID); err != nil {
			return err
		}
	}
	if pin := r.Metadata.TranslationOf; pin != nil {
		return link(repository.TranslationLink, pin.ID)
	}
	return nil
}
