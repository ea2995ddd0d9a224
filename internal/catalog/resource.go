package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

const resourceColumns = `r.doc, r.body, r.deleted, r.seq, r.datestamp`

func scanResource(scan func(...any) error) (repository.Resource, error) {
	r, _, err := scanSized(scan)
	return r, err
}

// scanSized says how many bytes it was read from, too.
func scanSized(scan func(...any) error) (r repository.Resource, size int, err error) {
	var doc, body string
	var deleted int
	var seq, datestamp int64
	if err := scan(&doc, &body, &deleted, &seq, &datestamp); err != nil {
		return r, 0, notFound(err)
	}
	if r, err = decode(doc); err != nil {
		return r, 0, err
	}
	r.Text, r.Deleted, r.Seq, r.Datestamp = body, deleted != 0, seq, stamp(datestamp)
	return r, len(doc) + len(body), nil
}

func decode(doc string) (r repository.Resource, err error) {
	if err := json.Unmarshal([]byte(doc), &r); err != nil {
		return r, fmt.Errorf("the catalog's entry is damaged, run rebuild: %w", err)
	}
	return r, nil
}

// one is the resource that a query finds; its text is one of a few.
func (c *Catalog) one(ctx context.Context, where string, args ...any) (repository.Resource, error) {
	return scanResource(c.db.Ready().QueryRowContext(ctx, `SELECT `+resourceColumns+` FROM resources r `+where, args...).Scan)
}

// many are those that a query finds; its text is one of a few.
func (c *Catalog) many(ctx context.Context, rest string, args ...any) ([]repository.Resource, error) {
	rows, err := c.db.Ready().QueryContext(ctx, `SELECT `+resourceColumns+` FROM resources r `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []repository.Resource
	for rows.Next() {
		r, err := scanResource(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Resource implements repository.Catalog. Where a folder had several resources one after the other, the live one counts,
// else the newest.
func (c *Catalog) Resource(ctx context.Context, a repository.Address) (repository.Resource, error) {
	return c.one(ctx, `WHERE r.owner = $1 AND r.slug = $2 AND r.part = $3 AND r.peer = '' ORDER BY r.deleted, r.seq DESC LIMIT 1`,
		a.Owner, a.Slug, a.Part)
}

// ByID implements repository.Catalog.
func (c *Catalog) ByID(ctx context.Context, id repository.ID) (repository.Resource, error) {
	return c.one(ctx, `WHERE r.id = $1`, string(id))
}

// ByIdentifier implements repository.Catalog. Anybody can serve records under anybody's identifiers: what a peer says
// counts only where the identifier is in the peer's own namespace.
func (c *Catalog) ByIdentifier(ctx context.Context, identifier string) (repository.Resource, error) {
	return c.one(ctx, `WHERE r.identifier = $1
		AND (r.peer = '' OR r.peer IN (SELECT p.name FROM peers p WHERE p.namespace = $2 AND p.namespace <> ''))
		ORDER BY r.peer, r.deleted LIMIT 1`, identifier, federation.NamespaceOf(identifier))
}

// Linked implements repository.Catalog.
func (c *Catalog) Linked(ctx context.Context, link repository.Link, identifier string) ([]repository.Resource, error) {
	return c.many(ctx, `JOIN links l ON l.resource = r.id WHERE l.target = $1 AND l.kind = $2 AND r.deleted = 0
		ORDER BY r.modified, r.identifier LIMIT 1000`, identifier, string(link))
}

// Resources returns the resources of some ids in the order of the ids; unknown ids are left out. What is inside of them, such
// as the metadata's lists, is shared with others who ask, and not to be changed.
func (c *Catalog) Resources(ctx context.Context, ids []repository.ID) ([]repository.Resource, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	seq, err := c.follow(ctx)
	if err != nil {
		return nil, err
	}
	found := make(map[repository.ID]repository.Resource, len(ids))
	var others []repository.ID
	for _, id := range ids {
		if r, ok := c.recent.kept.Get(id); ok {
			found[id] = r
		} else {
			others = append(others, id)
		}
	}
	for some := range slices.Chunk(others, idsAtOnce) {
		args := make([]any, 0, idsAtOnce)
		for _, id := range some {
			args = append(args, string(id))
		}
		for len(args) < idsAtOnce { // so that it is one query, which is prepared
			args = append(args, args[0])
		}
		rows, err := c.db.Ready().QueryContext(ctx, `SELECT `+resourceColumns+` FROM resources r WHERE r.id IN `+list(0, idsAtOnce), args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			r, size, err := scanSized(rows.Scan)
			if err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			if found[r.ID] = r; size <= recentSize {
				c.recent.keep(seq, r)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	all := make([]repository.Resource, 0, len(ids))
	for _, id := range ids {
		if r, ok := found[id]; ok {
			all = append(all, r)
		}
	}
	return all, nil
}

// idsAtOnce is how many resources one query looks up: about a page of results.
const idsAtOnce = 20

// OfOwner returns the live resources in an owner's namespace that are not parts, the newest first.
func (c *Catalog) OfOwner(ctx context.Context, owner string, limit int) ([]repository.Resource, error) {
	return c.many(ctx, `WHERE r.owner = $1 AND r.peer = '' AND r.deleted = 0 AND r.part = '' ORDER BY r.modified DESC, r.slug LIMIT $2`, owner, limit)
}

// Newest returns the live resources that changed last, own and harvested, without the parts of units, newest first.
func (c *Catalog) Newest(ctx context.Context, limit int) ([]repository.Resource, error) {
	return c.many(ctx, newest, limit)
}

const newest = `WHERE r.deleted = 0 AND r.part = '' ORDER BY r.modified DESC, r.identifier LIMIT $1`

// stored is what a transaction needs to know of a resource's present state.
type stored struct {
	doc, body string
	deleted   bool
	found     bool
}

func load(ctx context.Context, tx *transaction, id repository.ID) (s stored, err error) {
	err = tx.ask(ctx, []sqldb.Statement{{Query: readResource, Args: []any{string(id)}, Row: s.scan}})
	return s, err
}
