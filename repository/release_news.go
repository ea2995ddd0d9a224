package repository

import (
	"context"
	"errors"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// News is a release of something that a resource was made from, or translates, and that it has not taken in.
type News struct {
	Of      Resource // the remix or translation
	Source  Resource
	Release Release
}

// News tells of each of some resources of this server the newest release of each of its sources, here or at a peer as its
// newest harvest told, unless the resource has that in it. A part of a unit is released with the unit. Nothing is kept of who
// was told: taking a release in ends its news.
func (s *Service) News(ctx context.Context, list []Resource) (news []News, err error) {
	for _, r := range list {
		if !r.Own() || r.Deleted || r.Address.Part != "" {
			continue
		}
		type pin struct{ id, revision string }
		var pins []pin
		for _, source := range r.Metadata.Sources {
			pins = append(pins, pin{source.ID, source.Revision})
		}
		if t := r.Metadata.TranslationOf; t != nil {
			pins = append(pins, pin{t.ID, t.Revision})
		}
		seen := map[string]bool{}
		for _, p := range pins {
			if seen[p.id] {
				continue
			}
			seen[p.id] = true
			source, found, err := s.find(ctx, p.id)
			if err != nil {
				return nil, err
			}
			if !found || source.Deleted || source.Own() && source.Repository == r.Repository {
				continue
			}
			newer := s.newer
			if !source.Own() {
				newer = s.newerElsewhere(r)
			}
			one, is, err := newer(ctx, source, p.revision)
			if err != nil {
				return nil, err
			}
			if is {
				news = append(news, News{Of: r, Source: source, Release: one})
			}
		}
	}
	return news, nil
}

// NewerRelease is the newest release of a resource of this server, and whether a revision is without it.
func (s *Service) NewerRelease(ctx context.Context, r Resource, than Revision) (one Release, newer bool, err error) {
	defer annotate(&err, "releases of", r.Address)
	return s.newer(ctx, r, than)
}

// newer is the newest release of a resource, and whether a revision is without it.
func (s *Service) newer(ctx context.Context, source Resource, revision Revision) (one Release, newer bool, err error) {
	view, err := s.view(ctx, source)
	if errors.Is(err, kind.ErrNotFound) {
		return one, false, nil
	}
	if err != nil {
		return one, false, err
	}
	list, err := releases(ctx, view)
	if err != nil || len(list) == 0 || list[0].Revision == revision {
		return one, false, err
	}
	has := false
	if revision != "" {
		has, err = view.Ancestor(ctx, list[0].Revision, revision)
		if errors.Is(err, kind.ErrNotFound) || errors.Is(err, kind.ErrInvalid) { // the revision was erased, or is none
			has, err = false, nil
		}
	}
	return list[0], !has, err
}

// newerElsewhere is newer for a source that was harvested: its record names the newest release there. What a remix has taken in
// is part of its own history.
func (s *Service) newerElsewhere(of Resource) func(context.Context, Resource, Revision) (Release, bool, error) {
	return func(ctx context.Context, source Resource, pin Revision) (one Release, newer bool, err error) {
		e := source.Released
		if e == nil || e.Revision == pin || pin != "" && pin == source.Revision {
			return one, false, nil
		}
		one = Release{Version: e.Version, Revision: e.Revision, At: e.At}
		view, err := s.view(ctx, of)
		if err != nil {
			return one, false, err
		}
		has, err := view.Ancestor(ctx, e.Revision, of.Revision)
		if errors.Is(err, kind.ErrNotFound) || errors.Is(err, kind.ErrInvalid) {
			has, err = false, nil
		}
		return one, !has, err
	}
}
