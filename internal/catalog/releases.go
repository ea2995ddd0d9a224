package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/repository"
)

// Released is a release of a resource of this server, with the number of the change that told of it.
type Released struct {
	Seq      int64
	Resource repository.ID // the root of what was released
	repository.Release
}

// released notes the releases of a repository that are not known yet, each as a change. What was noted stays: a release
// never changes.
func (t *ticket) released(ctx context.Context, p repository.Projection, known []string) error {
	if len(p.Resources) == 0 {
		return nil
	}
	for i := len(p.Releases) - 1; i >= 0; i-- { // the oldest is the first change
		r := p.Releases[i]
		if slices.Contains(known, r.Version) {
			continue
		}
		seq, err := t.next(ctx, p.Repository, changeRelease)
		if err != nil {
			return err
		}
		if err := t.tx.later(ctx, `INSERT INTO releases (resource, version, revision, at, seq, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(p.Repository), r.Version, r.Revision, unix(r.At), seq, encode(r)); err != nil {
			return err
		}
	}
	return nil
}

const releaseColumns = `SELECT l.seq, l.resource, l.doc FROM releases l `

// ReleasesAfter are the releases whose change has a number after one and up to another, in the order of the changes.
func (c *Catalog) ReleasesAfter(ctx context.Context, after, upTo int64, limit int) ([]Released, error) {
	return c.releases(ctx, releaseColumns+`WHERE l.seq > $1 AND l.seq <= $2 ORDER BY l.seq LIMIT $3`, after, upTo, limit)
}

// FollowedElsewhere are the harvested resources that changed after one number and up to another, and that something of this
// server was made from or translates, or a list has. The range bounds what is looked at.
func (c *Catalog) FollowedElsewhere(ctx context.Context, after, upTo int64) ([]repository.Resource, error) {
	return c.many(ctx, `WHERE r.seq > $1 AND r.seq <= $2 AND r.peer <> '' AND r.deleted = 0
		AND (EXISTS (SELECT 1 FROM links l WHERE l.target = r.identifier AND l.kind IN ($3, $4))
			OR EXISTS (SELECT 1 FROM list_members m WHERE m.identifier = r.identifier)) ORDER BY r.seq`,
		after, upTo, string(repository.SourceLink), string(repository.TranslationLink))
}

// NewestReleases are the newest releases of what is not withdrawn.
func (c *Catalog) NewestReleases(ctx context.Context, limit int) ([]Released, error) {
	return c.releases(ctx, releaseColumns+`JOIN resources r ON r.id = l.resource WHERE r.deleted = 0 ORDER BY l.at DESC, l.resource, l.version LIMIT $1`, limit)
}

func (c *Catalog) releases(ctx context.Context, query string, args ...any) ([]Released, error) {
	rows, err := c.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list releases: %w", err)
	}
	defer rows.Close()
	var list []Released
	for rows.Next() {
		var one Released
		var id, doc string
		if err := rows.Scan(&one.Seq, &id, &doc); err != nil {
			return nil, fmt.Errorf("list releases: %w", err)
		}
		if err := json.Unmarshal([]byte(doc), &one.Release); err != nil {
			return nil, fmt.Errorf("the catalog's entry of a release is damaged, run rebuild: %w", err)
		}
		one.Resource = repository.ID(id)
		list = append(list, one)
	}
	return list, rows.Err()
}
