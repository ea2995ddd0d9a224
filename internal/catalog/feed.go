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

// Document implements search.Feed.
func (c *Catalog) Document(ctx context.Context, id string) (search.Document, bool, error) {
	r, err := c.ByID(ctx, repository.ID(id))
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
	if d.Lists, err = column(ctx, c.db.Read(), `SELECT list FROM list_members WHERE identifier = $1 ORDER BY list`, r.Identifier); err != nil {
		return d, true, err
	}
	err = c.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM links WHERE target = $1 AND kind = $2`,
		r.Identifier, string(repository.SourceLink)).Scan(&d.Remixes)
	return d, true, err
}
