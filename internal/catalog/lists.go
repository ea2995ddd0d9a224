package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// membersAtOnce is how many records one transaction moves into or out of a list, so that others need not wait long.
const membersAtOnce = 100

// SetList makes the resources with some OAI identifiers, own or harvested, the members of a list, and no others; with none,
// the list is no more. What joins or leaves gets a new datestamp, because its record then names another set. Identifiers
// that are not known are members once they are.
//
// Harvesters get the list as the set that federation.ListSpec names. Setting the same members again changes nothing. A long
// list takes several transactions: after an error some are members already, and setting it again goes on.
func (c *Catalog) SetList(ctx context.Context, slug string, identifiers []string) error {
	held, err := c.List(ctx, slug)
	if err != nil {
		return fmt.Errorf("set the list %s: %w", slug, err)
	}
	wanted := map[string]bool{}
	for _, identifier := range identifiers {
		wanted[identifier] = true
	}
	var moves []string // that join or leave
	for _, identifier := range held {
		if wanted[identifier] {
			delete(wanted, identifier)
		} else {
			moves = append(moves, identifier)
		}
	}
	leaving := len(moves)
	moves = append(moves, slices.Sorted(maps.Keys(wanted))...)
	for from := 0; from < len(moves); from += membersAtOnce {
		err := c.change(ctx, func(t *ticket) error {
			if err := t.begin(ctx); err != nil {
				return err
			}
			for i := from; i < min(from+membersAtOnce, len(moves)); i++ {
				if err := t.enlist(ctx, slug, moves[i], i >= leaving); err != nil {
					return err
				}
			}
			return t.end(ctx)
		})
		if err != nil {
			return fmt.Errorf("set the list %s: %w", slug, err)
		}
	}
	return nil
}

// List returns the identifiers on a list, in byte order; none of a list that is not known.
func (c *Catalog) List(ctx context.Context, slug string) ([]string, error) {
	return column(ctx, c.db.Read(), `SELECT identifier FROM list_members WHERE list = $1 ORDER BY identifier`, slug)
}

// Lists returns the slugs of all lists that have members, in byte order.
func (c *Catalog) Lists(ctx context.Context) ([]string, error) {
	return column(ctx, c.db.Read(), `SELECT DISTINCT list FROM list_members ORDER BY list`)
}

// enlist makes an identifier a member of a list, or not, has its records say so and tells those that follow the feed. Of a
// tombstone the records stay as they are: it names the sets that it was in. What was harvested may have no records yet, or
// not be passed on at all, and is searched for all the same.
func (t *ticket) enlist(ctx context.Context, slug, identifier string, member bool) error {
	statement := `DELETE FROM list_members WHERE list = $1 AND identifier = $2`
	if member {
		statement = `INSERT INTO list_members (list, identifier) VALUES ($1, $2) ON CONFLICT (list, identifier) DO NOTHING`
	}
	if _, err := t.tx.ExecContext(ctx, statement, slug, identifier); err != nil {
		return err
	}
	old, found, err := t.listed(ctx, identifier)
	if err == nil && found && !old.deleted {
		_, err = t.show(ctx, old.item(identifier))
	}
	if err != nil {
		return err
	}
	return t.tell(ctx, identifier, changeList)
}

// item is what is shown of a live identifier, to be shown again.
func (l listed) item(identifier string) item {
	it := item{identifier: identifier, resource: repository.ID(l.resource), peer: l.peer}
	it.records.Formats, it.records.About = map[string][]byte{}, map[string][]byte{}
	for prefix, rendition := range l.records {
		if rendition.deleted {
			continue
		}
		it.records.Formats[prefix], it.records.Rights = rendition.xml, rendition.rights
		if rendition.about != "" {
			it.records.About[prefix] = []byte(rendition.about)
		}
	}
	for _, spec := range l.specs() {
		if !federation.IsListSpec(spec) {
			it.records.Sets = append(it.records.Sets, spec)
		}
	}
	return it
}

// execer is a database or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}
