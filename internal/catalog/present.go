package catalog

import (
	"context"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// present is what the catalog shows of a repository before another state of it is shown. All of it is asked for at once, so
// that a database over the network takes one round trip to say it, and no more for a unit of many parts.
type present struct {
	address   claimed
	resources map[repository.ID]*holder
	sources   map[string][]repository.ID // live resources by the identifiers that the new state names as sources
	releases  []string                   // versions that are known
}

// claimed is who has an address, and which manifest is shown.
type claimed struct {
	found           bool
	repository, tag string
	generation      int64
	stored          int64
}

// holder is what is stored of one resource.
type holder struct {
	stored
	sources []string // identifiers
	linked  bool     // there are links of any kind
	entry   *entry
}

// entry is what harvesters get of an identifier.
type entry struct {
	listed
	identifier string
	found      bool
	lists      []string
}

func newPresent(p repository.Projection) *present {
	now := &present{resources: map[repository.ID]*holder{}, sources: map[string][]repository.ID{}}
	for _, r := range p.Resources {
		now.resources[r.ID] = &holder{entry: newEntry(r.Identifier)}
		for _, source := range r.Metadata.Sources {
			now.sources[source.ID] = nil
		}
	}
	return now
}

const (
	readResource = `SELECT doc, body, deleted FROM resources WHERE id = $1`
	readLists    = `SELECT list FROM list_members WHERE identifier = $1`
	readLive     = `SELECT id FROM resources WHERE identifier = $1 AND deleted = 0 LIMIT 100`
)

// queries ask for all of it.
func (now *present) queries(p repository.Projection) []sqldb.Statement {
	list := []sqldb.Statement{{
		Query: `SELECT repository, generation, tag, stored FROM addresses WHERE owner = $1 AND slug = $2`, Args: []any{p.Owner, p.Slug},
		Row: func(scan func(...any) error) error {
			now.address.found = true
			return scan(&now.address.repository, &now.address.generation, &now.address.tag, &now.address.stored)
		},
	}}
	for _, r := range p.Resources {
		h := now.resources[r.ID]
		list = append(list, sqldb.Statement{
			Query: readResource, Args: []any{string(r.ID)}, Row: h.scan,
		}, sqldb.Statement{
			Query: `SELECT kind, target FROM links WHERE resource = $1`, Args: []any{string(r.ID)},
			Row: func(scan func(...any) error) error {
				var kind, target string
				err := scan(&kind, &target)
				if h.linked = true; kind == string(repository.SourceLink) {
					h.sources = append(h.sources, target)
				}
				return err
			},
		})
		list = append(list, h.entry.queries()...)
	}
	for identifier := range now.sources {
		list = append(list, sqldb.Statement{
			Query: readLive, Args: []any{identifier},
			Row: func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				now.sources[identifier] = append(now.sources[identifier], repository.ID(id))
				return err
			},
		})
	}
	if len(p.Releases) > 0 {
		list = append(list, texts(&now.releases, `SELECT version FROM releases WHERE resource = $1`, string(p.Repository)))
	}
	return list
}

// texts is a query of one column of text.
func texts(into *[]string, query string, args ...any) sqldb.Statement {
	return sqldb.Statement{Query: query, Args: args, Row: func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		*into = append(*into, s)
		return err
	}}
}

// scan reads a row of readResource.
func (s *stored) scan(scan func(...any) error) error {
	var deleted int
	err := scan(&s.doc, &s.body, &deleted)
	s.deleted, s.found = deleted != 0, err == nil
	return err
}

// entry asks what is shown of an identifier.
func (t *ticket) entry(ctx context.Context, identifier string) (*entry, error) {
	e := newEntry(identifier)
	ask := e.queries()
	if !t.tx.remembered { // what needs not be asked costs something where nothing has to travel
		if err := t.tx.ask(ctx, ask[:1]); err != nil {
			return nil, err
		}
		if ask = ask[1:]; !e.found {
			ask = ask[1:]
		}
	}
	return e, t.tx.ask(ctx, ask)
}

func newEntry(identifier string) *entry {
	return &entry{identifier: identifier, listed: listed{records: map[string]rendition{}}}
}

// queries ask for the item, for its records, and for the lists that it is on.
func (e *entry) queries() []sqldb.Statement {
	return []sqldb.Statement{{
		Query: `SELECT seq, resource, peer, deleted, sets FROM items WHERE identifier = $1`, Args: []any{e.identifier},
		Row: func(scan func(...any) error) error {
			var deleted int
			err := scan(&e.seq, &e.resource, &e.peer, &deleted, &e.listed.sets)
			e.found, e.deleted = err == nil, deleted != 0
			return err
		},
	}, {
		Query: `SELECT f.prefix, x.place, x.deleted, x.rights, x.about, x.xml
			FROM items i CROSS JOIN formats f JOIN records x ON x.place = f.number * 17592186044416 + i.seq WHERE i.identifier = $1`,
		Args: []any{e.identifier},
		Row: func(scan func(...any) error) error {
			var prefix string
			var s rendition
			var deleted int
			err := scan(&prefix, &s.place, &deleted, &s.rights, &s.about, &s.xml)
			s.deleted = deleted != 0
			e.records[prefix] = s
			return err
		},
	}, texts(&e.lists, readLists, e.identifier)}
}
