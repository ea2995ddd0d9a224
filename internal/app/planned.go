package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/internal/web"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	plannedEvery  = 10 * time.Second // how late a planned release may be
	plannedAtOnce = 100
	plannedJob    = "planned release"
)

// releasePlanned makes the releases whose time has come, until the context ends.
func (a *App) releasePlanned(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := a.ReleaseDue(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("planned releases not made", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ReleaseDue makes the planned releases whose time has come. Each is made by one node: it is leased, and a release of the same
// revision with the same notes is the same release, so that one that was made before its node died is not made again.
func (a *App) ReleaseDue(ctx context.Context) error {
	due, err := a.Accounts.DuePlans(ctx, plannedAtOnce)
	var errs []error
	for _, p := range due {
		if err := a.releaseOne(ctx, p); err != nil {
			errs = append(errs, fmt.Errorf("release %s of %s: %w", p.Version, p.Address, err))
		}
	}
	return errors.Join(append(errs, err)...)
}

func (a *App) releaseOne(ctx context.Context, p accounts.Planned) error {
	job, err := a.jobs.Hold(ctx, plannedJob, p.Address+" "+p.Version)
	if errors.Is(err, jobs.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	err = a.releaseLeased(job.Context(), p)
	return errors.Join(err, job.Finish(context.WithoutCancel(ctx), nil))
}

func (a *App) releaseLeased(ctx context.Context, p accounts.Planned) error {
	now, err := a.Accounts.Planned(ctx, p.Address, p.Version)
	if errors.Is(err, kind.ErrNotFound) || err == nil && (!now.Due.Equal(p.Due) || now.Problem != "") {
		return nil // taken back, changed or made meanwhile
	}
	if err != nil {
		return err
	}
	made, err := a.releaseAs(ctx, now)
	why := ""
	switch {
	case err == nil:
		a.log.Info("planned release made", "resource", now.Address, "revision", made.Revision, "actor", now.Account)
		return errors.Join(a.Accounts.Released(ctx, now), a.CatchUp(ctx))
	case errors.Is(err, kind.ErrInvalid):
		why = accounts.PlanReport
	case errors.Is(err, kind.ErrDenied):
		why = accounts.PlanRights
	case errors.Is(err, kind.ErrNotFound):
		why = accounts.PlanGone
	case errors.Is(err, kind.ErrConflict):
		why = accounts.PlanTaken
	default:
		return err // the next round tries again
	}
	a.log.Warn("planned release not made", "resource", now.Address, "actor", now.Account, "err", err)
	return a.Accounts.NotReleased(ctx, now, why) // for its team to mend
}

// releaseAs makes a planned release, if its account still may.
func (a *App) releaseAs(ctx context.Context, p accounts.Planned) (repository.Release, error) {
	at, ok := repository.ParseAddress(p.Address)
	if !ok {
		return repository.Release{}, fmt.Errorf("%s: %w", p.Address, kind.ErrInvalid)
	}
	who, err := a.Accounts.Account(ctx, p.Account)
	if err != nil {
		return repository.Release{}, err
	}
	if err := a.Accounts.May(ctx, accounts.Signed(who), accounts.Revise, accounts.OnResource(at.Owner, at.Slug)); err != nil {
		return repository.Release{}, err
	}
	return a.Repository.Release(accounts.As(ctx, who.Name), repository.Releasing{
		Address: at, Revision: p.Revision, Version: p.Version, Notes: p.Notes, Actor: repository.Actor{Name: who.Name, Display: who.Display},
	})
}

// PlanRelease plans a release in the name of an account that may make it, and that would be made if it were made now; zone is
// the name that forms have for the zone of the time.
func (a *App) PlanRelease(ctx context.Context, who accounts.Account, x repository.Releasing, due time.Time, zone string) (accounts.Planned, error) {
	if err := a.Accounts.May(ctx, accounts.Signed(who), accounts.Revise, accounts.OnResource(x.Address.Owner, x.Address.Slug)); err != nil {
		return accounts.Planned{}, err
	}
	return web.PlanRelease(ctx, a.Repository, a.Accounts, x, due, zone)
}
