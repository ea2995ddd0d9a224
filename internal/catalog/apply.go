package catalog

import (
	"context"
	"database/sql"
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
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		stale, err := claim(ctx, tx, p)
		if err != nil || stale {
			return err
		}
		t, err := c.begin(ctx, tx)
		if err != nil {
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
		if !old.found {
			if err := t.insert(ctx, r, encode(r)); err != nil {
				return false, err
			}
			return true, t.describe(ctx, r, records)
		}
		if old.deleted {
			return false, nil
		}
		return true, t.bury(ctx, r.ID)
	}
	body := r.Text
	r.Text, r.Seq = "", 0
	doc := encode(r)
	if old.found && !old.deleted && old.doc == doc && old.body == body {
		same, err := t.sameRecords(ctx, r.ID, records)
		if err != nil || same {
			return false, err
		}
	}
	r.Text = body
	if err := t.insert(ctx, r, doc); err != nil {
		return false, err
	}
	return true, t.describe(ctx, r, records)
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
		`UPDATE sets SET seq = $2 WHERE resource = $1 AND $3 > 0`,
		`UPDATE records SET xml = '' WHERE resource = $1 AND $2 > 0 AND $3 > 0`,
		`DELETE FROM links WHERE resource = $1 AND $2 > 0 AND $3 > 0`,
	} {
		if _, err := t.tx.ExecContext(ctx, query, string(id), seq, t.datestamp); err != nil {
			return err
		}
	}
	return nil
}

// describe stores what hangs on a resource: what it is based on, its records, the sets that it is in.
func (t *ticket) describe(ctx context.Context, r repository.Resource, records repository.Records) error {
	for _, table := range []string{"links", "records", "sets"} {
		if _, err := t.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE resource = $1`, string(r.ID)); err != nil {
			return err
		}
	}
	link := func(kind repository.Link, target string) error {
		_, err := t.tx.ExecContext(ctx, `INSERT INTO links (resource, kind, target) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			string(r.ID), string(kind), target)
		return err
	}
	for _, source := range r.Metadata.Sources {
		if r.Deleted {
			break
		}
		if err := link(repository.SourceLink, source.ID); err != nil {
			return err
		}
	}
	if pin := r.Metadata.TranslationOf; pin != nil && !r.Deleted {
		if err := link(repository.TranslationLink, pin.ID); err != nil {
			return err
		}
	}
	for prefix, xml := range records.Formats {
		if r.Deleted {
			xml = nil
		}
		if _, err := t.tx.ExecContext(ctx, `INSERT INTO records (resource, prefix, xml) VALUES ($1, $2, $3)`,
			string(r.ID), prefix, string(xml)); err != nil {
			return err
		}
	}
	for _, spec := range records.Sets {
		if _, err := t.tx.ExecContext(ctx, `INSERT INTO sets (spec, resource, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			spec, string(r.ID), t.seq); err != nil {
			return err
		}
	}
	return nil
}

// sameRecords reports whether the stored records are these.
func (t *ticket) sameRecords(ctx context.Context, id repository.ID, records repository.Records) (bool, error) {
	rows, err := t.tx.QueryContext(ctx, `SELECT prefix, xml FROM records WHERE resource = $1`, string(id))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var prefix, xml string
		if err := rows.Scan(&prefix, &xml); err != nil {
			return false, err
		}
		if string(records.Formats[prefix]) != xml {
			return false, rows.Close()
		}
		n++
	}
	return n == len(records.Formats), rows.Err()
}
