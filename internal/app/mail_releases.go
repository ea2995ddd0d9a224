package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

const (
	toldElsewhere = "mail: releases elsewhere told"
	elsewhereFor  = 30 * 24 * time.Hour // a release on another server that is older when a harvest brings it is no news
	changesAtOnce = 20_000              // that one look goes through
	mostReaders   = 2000                // accounts that are told of one release
)

func (m *Mail) tellReleases(ctx context.Context) error {
	after, err := m.told(ctx, toldReleases, m.app.Catalog.Seq)
	if err != nil {
		return err
	}
	newest, err := m.app.Catalog.Seq(ctx)
	if err != nil || newest == after {
		return err
	}
	list, err := m.app.Catalog.ReleasesAfter(ctx, after, newest, tellAtOnce)
	if err != nil {
		return err
	}
	for _, one := range list {
		if m.app.now().Sub(one.At) < tellFor {
			if err := m.tellRelease(ctx, one); err != nil {
				return errors.Join(err, m.toldUpTo(ctx, toldReleases, after))
			}
		}
		after = one.Seq
	}
	if len(list) < tellAtOnce {
		after = newest
	}
	return m.toldUpTo(ctx, toldReleases, after)
}

// tellRelease tells the owners of remixes and translations of what was released or of its parts, and the boards whose lists
// have it.
func (m *Mail) tellRelease(ctx context.Context, one catalog.Released) error {
	r, err := m.app.Repository.ByID(ctx, one.Resource)
	if errors.Is(err, kind.ErrNotFound) || err == nil && r.Deleted {
		return nil
	}
	if err != nil {
		return err
	}
	identifiers := []string{r.Identifier}
	for _, id := range r.Parts {
		identifiers = append(identifiers, m.app.Repository.Identifier(id))
	}
	owners := map[string]bool{}
	for _, identifier := range identifiers {
		for _, link := range []repository.Link{repository.SourceLink, repository.TranslationLink} {
			list, err := m.app.Catalog.Linked(ctx, link, identifier)
			if err != nil {
				return err
			}
			for _, made := range list {
				if made.Own() && made.Repository != r.Repository {
					owners[made.Address.Owner] = true
				}
			}
		}
	}
	if err := m.boardsWith(ctx, r.Identifier, owners); err != nil {
		return err
	}
	page := m.app.Repository.URL(r.Address) + repository.ReleasePath + one.Version
	return m.tellOwners(ctx, owners, "release-"+one.Tag, "mail.release", "Title", r.Metadata.Title, "Version", one.Version, "URL", page)
}

// boardsWith adds the boards that have a resource on a list.
func (m *Mail) boardsWith(ctx context.Context, identifier string, owners map[string]bool) error {
	lists, err := m.app.Boards.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		for _, e := range l.Entries {
			if e.Withdrawn.IsZero() && e.Identifier == identifier {
				owners[l.Board] = true
			}
		}
	}
	return nil
}

// tellOwners tells the people behind some owners of a release.
func (m *Mail) tellOwners(ctx context.Context, owners map[string]bool, id, key string, pairs ...any) error {
	people, err := m.people(ctx, owners)
	if err != nil {
		return err
	}
	pairs = append(pairs, "News", m.app.Config.BaseURL+"/account/news")
	for _, name := range people[:min(len(people), mostReaders)] {
		if err := m.tell(ctx, name, id+"-"+name, key, pairs...); err != nil {
			return err
		}
	}
	return nil
}

// tellElsewhere tells of releases on other servers, as harvests bring them.
func (m *Mail) tellElsewhere(ctx context.Context) error {
	after, err := m.told(ctx, toldElsewhere, m.app.Catalog.Seq)
	if err != nil {
		return err
	}
	newest, err := m.app.Catalog.Seq(ctx)
	if err != nil {
		return err
	}
	for after < newest {
		upTo := min(after+changesAtOnce, newest)
		list, err := m.app.Catalog.FollowedElsewhere(ctx, after, upTo)
		if err != nil {
			return err
		}
		for _, r := range list {
			if e := r.Released; e != nil && m.app.now().Sub(e.At) < elsewhereFor {
				if err := m.tellOneElsewhere(ctx, r, *e); err != nil {
					return err
				}
			}
		}
		after = upTo
		if err := m.toldUpTo(ctx, toldElsewhere, after); err != nil {
			return err
		}
	}
	return nil
}

// tellOneElsewhere tells the owners of what was made from a harvested resource and has not its newest release, and the boards
// whose lists have another revision. Nobody is told twice of a version, however often its record comes.
func (m *Mail) tellOneElsewhere(ctx context.Context, r repository.Resource, e metadata.Edition) error {
	// Anybody can serve a record under anybody's identifier; only the one in its server's own namespace counts.
	own, err := m.app.Repository.ByIdentifier(ctx, r.Identifier)
	if errors.Is(err, kind.ErrNotFound) || err == nil && own.ID != r.ID {
		return nil
	}
	if err != nil {
		return err
	}
	if told, err := m.app.Accounts.ToldElsewhere(ctx, r.Identifier, e.Version); err != nil || told {
		return err
	}
	owners := map[string]bool{}
	for _, link := range []repository.Link{repository.SourceLink, repository.TranslationLink} {
		made, err := m.app.Catalog.Linked(ctx, link, r.Identifier)
		if err != nil {
			return err
		}
		news, err := m.app.Repository.News(ctx, made)
		if err != nil {
			return err
		}
		for _, one := range news {
			if one.Source.ID == r.ID {
				owners[one.Of.Address.Owner] = true
			}
		}
	}
	if err := m.boardsWith(ctx, r.Identifier, owners); err != nil {
		return err
	}
	page := m.app.Repository.Permalink(r.ID) // of this server: where another leads, the page there says
	sum := sha256.Sum256([]byte(r.Identifier + "\n" + e.Version))
	if err := m.tellOwners(ctx, owners, "release-"+hex.EncodeToString(sum[:12]), "mail.elsewhere",
		"Title", r.Metadata.Title, "Version", e.Version, "Peer", r.Origin.Peer, "URL", page); err != nil {
		return err
	}
	return m.app.Accounts.NoteToldElsewhere(ctx, r.Identifier, e.Version)
}
