package web

import (
	"context"
	"errors"
	"strings"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// shownBadges bounds the approvals beside one resource.
const shownBadges = 5

// badges are the approvals of a resource at the revision that is shown, and those of what it is a remix of, on lists of this
// server and of its peers. With compare it is said by how much a copy differs, which takes reading both.
func (s *Server) badges(ctx context.Context, r repository.Resource, compare bool) ([]themes.Badge, error) {
	if s.o.Boards == nil {
		return nil, nil
	}
	seen, err := s.o.Boards.Seen(ctx, r.Identifier)
	if err != nil {
		return nil, err
	}
	var list []themes.Badge
	for _, one := range seen[:min(len(seen), shownBadges)] {
		list = append(list, s.badge(one, r.Revision))
	}
	for _, source := range r.Metadata.Sources {
		if len(list) >= shownBadges || !strings.HasPrefix(source.ID, "oai:") {
			break
		}
		seen, err := s.o.Boards.Seen(ctx, source.ID)
		if err != nil {
			return nil, err
		}
		for _, one := range seen[:min(len(seen), shownBadges-len(list))] {
			if !one.Item.Approval.At(s.o.Now()).InForce() {
				continue
			}
			b := s.badge(one, "")
			b.Kind = "copy"
			if compare && r.Own() {
				if err := s.differs(ctx, r, one.Item.Item.Revision, &b); err != nil {
					return nil, err
				}
			}
			list = append(list, b)
		}
	}
	return list, nil
}

// badge says what an approval is worth for a revision.
func (s *Server) badge(one approval.Seen, revision string) themes.Badge {
	w := one.Item.Item
	b := themes.Badge{Kind: "newer", List: one.List, Board: one.Board, Peer: one.Peer, URL: web(one.URL), Pinned: pinnedURL(w), Short: short(w.Revision)}
	if one.Slug != "" {
		b.URL = listPath(one.Slug) + "/" + strings.TrimPrefix(w.ID, "urn:uuid:")
	}
	switch standing := one.Item.Approval.At(s.o.Now()); {
	case standing == approval.Expired, standing == approval.Ended:
		b.Kind = string(standing)
	case w.Revision == revision:
		b.Kind = "exact"
	}
	return b
}

// differs counts the blocks by which a copy of this server differs from an approved revision that its history has; it says
// nothing where that is not there.
func (s *Server) differs(ctx context.Context, r repository.Resource, approved string, b *themes.Badge) error {
	changed, err := s.o.Repository.WhatChanged(ctx, r, approved)
	if errors.Is(err, kind.ErrNotFound) {
		return nil
	}
	b.Blocks, b.Same = changed.Blocks, err == nil && changed.Unread()
	return err
}
