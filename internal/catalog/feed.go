package catalog

import (
	"context"
	"errors"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/search"
)

// Changes implements search.Feed. A resource that changed several times is listed each time.
func (c *Catalog) Changes(ctx context.Context, after int64, limit int) ([]search.Change, error) {
	rows, err := c.db.Read().QueryContext(ctx,
		`SELECT seq, resource FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []search.Change
	for rows.Next() {
		var change search.Change
		if err := rows.Scan(&change.Seq, &change.ID); err != nil {
			return nil, err
		}
		list = append(list, change)
	}
	return list, rows.Err()
}

// readDocument has with a resource how many others are made from it, and how many lists it is on, which is seldom any.
const readDocument = `SELECT ` + resourceColumns + `,
		(SELECT COUNT(*) FROM links l WHERE l.target = r.identifier AND l.kind = $1),
		(SELECT COUNT(*) FROM list_members m WHERE m.identifier = r.identifier)
	FROM resources r WHERE r.id = $2`

// Document implements search.Feed.
func (c *Catalog) Document(ctx context.Context, id string) (search.Document, bool, error) {
	var remixes, lists int
	row := c.db.Ready().QueryRowContext(ctx, readDocument, string(repository.SourceLink), id)
	r, err := scanResource(func(into ...any) error { return row.Scan(append(into, &remixes, &lists)...) })
	if errors.Is(err, kind.ErrNotFound) || err == nil && r.Deleted {
		return search.Document{}, false, nil
	}
	if err != nil {
		return search.Document{}, false, err
	}
	m := r.Metadata
	d := search.Document{
		ID: string(r.ID), Title: m.Title, Description: m.Description, Body: r.Text, Keywords: m.Keywords,
		Language: m.Language, Type: string(m.Type), Owner: r.Address.Owner, License: r.License, Grades: m.Grades,
		Subjects: m.Subjects, Modified: r.Modified, Origin: r.Identifier,
	}
	d.Minutes, _ = metadata.Minutes(m.Time)
	if r.Origin != nil {
		d.Source = r.Origin.Peer
	}
	for _, creator := range m.Creators {
		d.Creators = append(d.Creators, creator.Name)
	}
	d.Teaches, d.Assesses, d.Requires = m.Alignments.Teaches, m.Alignments.Assesses, m.Alignments.Requires
	d.Remixes = remixes
	if lists > 0 {
		d.Lists, err = column(ctx, c.db.Ready(), readLists+` ORDER BY list`, r.Identifier)
	}
	return d, true, err
}
