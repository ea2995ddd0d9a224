package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// Verify reads the whole bucket and reports all damage, with what it hurts.
func (a *App) Verify(ctx context.Context, report func(gitstore.Damage), progress func(done, total int)) (gitstore.Verified, error) {
	return a.git.Verify(ctx, report, progress)
}

// Sweep deletes packs that nothing has needed for the grace period.
func (a *App) Sweep(ctx context.Context, progress func(done, total int)) (gitstore.Swept, error) {
	return a.git.Sweep(ctx, gitstore.SweepOptions{Progress: progress})
}

// Erase removes files from a resource and all its remixes for good, and letters that would bring them back; with media, the
// bytes of large files too.
func (a *App) Erase(ctx context.Context, at repository.Address, paths []string, media bool, progress func(done, total int)) (gitstore.Erased, error) {
	if err := a.Letters.erase(ctx, at, paths); err != nil {
		return gitstore.Erased{}, err
	}
	done, err := a.Repository.Erase(ctx, at, paths, progress)
	if err != nil {
		return done, err
	}
	if media {
		for _, sum := range done.Media {
			if err := a.bucket.Delete(ctx, "media/"+sum); err != nil {
				return done, fmt.Errorf("delete large file %s: %w", sum, err)
			}
		}
	}
	if err := a.Accounts.Record(ctx, "erase", "resource:"+at.Root().String(), map[string]string{"paths": strings.Join(paths, " ")}); err != nil {
		return done, err
	}
	return done, a.CatchUp(ctx)
}
