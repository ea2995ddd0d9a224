package repository

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// How many repositories are healed at once. Their changes are stored together, and their trees read while others are stored.
const (
	healAtOnce   = 8
	healedBeside = 2 // while readers and writers are served
)

// Heal shows in the catalog every repository whose manifest is not the one that the catalog last saw: what a server
// committed to the bucket before it died, or all of it if the catalog is new. It returns how many it showed, and how many it
// could not because they are damaged: those are logged, hide no others, and are tried again by the next Heal. Progress, if
// not nil, is called after each with how many are done of how many. Others may read and publish meanwhile.
func (s *Service) Heal(ctx context.Context, progress func(done, total int)) (healed, failed int, err error) {
	return s.heal(ctx, healAtOnce, progress)
}

// HealBeside is Heal that leaves most of the machine to what else the server does.
func (s *Service) HealBeside(ctx context.Context) (healed, failed int, err error) {
	return s.heal(ctx, healedBeside, nil)
}

// Known reports whether the catalog knows any repository: one that does not is new, or was lost.
func (s *Service) Known(ctx context.Context) (bool, error) {
	return s.o.Catalog.AnyReservation(ctx)
}

func (s *Service) heal(ctx context.Context, workers int, progress func(done, total int)) (healed, failed int, err error) {
	defer annotate(&err, "heal", "the catalog")
	known, err := s.o.Catalog.Reservations(ctx)
	if err != nil {
		return 0, 0, err
	}
	var waiting []gitstore.Location
	for listed, err := range s.o.Store.Manifests(ctx) {
		if err != nil {
			return 0, 0, err
		}
		id := ID(listed.Location.Repository)
		if known[id].Tag != listed.Tag {
			waiting = append(waiting, listed.Location)
		}
		delete(known, id)
	}
	for _, at := range known {
		if at.Tag == "" {
			if err := s.giveBack(ctx, at); err != nil {
				return 0, 0, err
			}
		}
	}
	// A remix names its source by its address, so its source must be known first: what waits for another is tried again
	// as long as that helps anything.
	h := healing{s: s, total: len(waiting), progress: progress}
	for settled := false; len(waiting) > 0; {
		h.waiting, h.later = waiting, nil
		var all sync.WaitGroup
		for range min(workers, len(waiting)) {
			all.Go(func() { h.work(ctx, settled) })
		}
		all.Wait()
		if ctx.Err() != nil {
			return h.healed, h.failed, ctx.Err()
		}
		settled = len(h.later) == len(waiting)
		waiting = h.later
	}
	return h.healed, h.failed, nil
}

// giveBack gives an address back that was reserved for a repository that is not in the bucket, unless it is being published
// there by now.
func (s *Service) giveBack(ctx context.Context, at Reservation) error {
	unlock := s.saving.lock(at.Owner + "/" + at.Slug)
	defer unlock()
	if _, err := s.o.Store.Open(ctx, location(at)); !errors.Is(err, kind.ErrNotFound) {
		return err
	}
	return s.o.Catalog.Release(ctx, at.Repository)
}

// healing is one pass over what waits to be shown.
type healing struct {
	s        *Service
	total    int
	progress func(done, total int)

	mu             sync.Mutex
	waiting, later []gitstore.Location
	healed, failed int
}

func (h *healing) work(ctx context.Context, settled bool) {
	for ctx.Err() == nil {
		h.mu.Lock()
		if len(h.waiting) == 0 {
			h.mu.Unlock()
			return
		}
		at := h.waiting[0]
		h.waiting = h.waiting[1:]
		h.mu.Unlock()
		done, err := h.s.reconcile(ctx, at, settled)
		if ctx.Err() == nil {
			h.tally(at, done, err)
		}
	}
}

func (h *healing) tally(at gitstore.Location, done bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.failed++
		h.s.o.Logger.Error("repository not shown", "resource", at.String(), "err", err)
	case !done:
		h.later = append(h.later, at)
		return
	default:
		h.healed++
	}
	if h.progress != nil {
		h.progress(h.healed+h.failed, h.total)
	}
}

// reconcile shows one repository as its manifest says; false if it names a source that is not known (yet), unless all
// that can be known is. One that cannot be read keeps its address.
func (s *Service) reconcile(ctx context.Context, loc gitstore.Location, settled bool) (done bool, err error) {
	now, err := s.stand(ctx, loc)
	if err != nil {
		if now.at.Repository != "" {
			err = fmt.Errorf("%s/%s: %w", now.at.Owner, now.at.Slug, err)
			if _, failed := s.o.Catalog.Reserve(ctx, now.at); failed != nil {
				err = errors.Join(err, failed)
			}
		}
		return false, err
	}
	if len(now.unknown) > 0 && !settled {
		return false, nil
	}
	return true, s.o.Catalog.Apply(ctx, s.projection(now.at, now.record.Generation, now.list, now.releases))
}

// standing is a repository as its manifest says.
type standing struct {
	at       Reservation
	record   record
	list     []Resource
	releases []Release
	unknown  map[string][]string // addresses among the sources that the catalog does not know, by file
}

// stand reads how a repository stands. The address is known even where the rest cannot be read, unless it is the manifest.
func (s *Service) stand(ctx context.Context, loc gitstore.Location) (now standing, err error) {
	view, err := s.o.Store.Open(ctx, loc)
	if err != nil {
		return now, err
	}
	rec, err := readRecord(view.Manifest())
	if err != nil {
		return now, err
	}
	now.record = rec
	now.at = Reservation{Owner: rec.Owner, Slug: rec.Slug, Repository: ID(loc.Repository), Family: loc.Family, Tag: view.Tag()}
	var contents []content
	if rec.Withdrawn == "" {
		fsys, err := view.Tree(ctx, view.Manifest().Refs[mainRef])
		if err != nil {
			return now, err
		}
		if contents, err = s.read(fsys); err != nil {
			return now, err
		}
	}
	now.at.Stored = stored(view.Manifest(), contents)
	gone, err := s.gone(ctx, view, rec)
	if err != nil {
		return now, err
	}
	if now.releases, err = releases(ctx, view); err != nil {
		return now, err
	}
	now.list, now.unknown, err = s.project(ctx, now.at, rec, contents, gone)
	return now, err
}

// gone reads what the tombstones of a record last were.
func (s *Service) gone(ctx context.Context, view *gitstore.Repository, rec record) (map[ID]content, error) {
	last := map[ID]content{}
	trees := map[Revision][]content{}
	for _, e := range rec.Resources {
		if !e.Deleted {
			continue
		}
		contents, ok := trees[e.Revision]
		if !ok {
			fsys, err := view.Tree(ctx, e.Revision)
			if err != nil {
				return nil, err
			}
			if contents, err = s.read(fsys); err != nil {
				return nil, err
			}
			trees[e.Revision] = contents
		}
		for _, c := range contents {
			if c.path == e.Path {
				last[e.ID] = c
			}
		}
	}
	return last, nil
}
