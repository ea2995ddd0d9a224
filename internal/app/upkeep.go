package app

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Verify reads the whole bucket and reports all damage, with what it hurts.
func (a *App) Verify(ctx context.Context, report func(gitstore.Damage), progress func(done, total int)) (gitstore.Verified, error) {
	return a.git.Verify(ctx, report, progress)
}

// Sweep deletes packs that nothing has needed for the grace period.
func (a *App) Sweep(ctx context.Context, progress func(done, total int)) (gitstore.Swept, error) {
	return a.git.Sweep(ctx, gitstore.SweepOptions{Progress: progress})
}

// Erase removes files from a resource and all its remixes for good, and letters and drafts that would bring them back; with
// media, the bytes of large files too.
func (a *App) Erase(ctx context.Context, at repository.Address, paths []string, media bool, progress func(done, total int)) (gitstore.Erased, error) {
	if err := errors.Join(a.Letters.erase(ctx, at, paths), a.eraseDrafts(ctx, at, paths)); err != nil {
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

// eraseDrafts deletes the drafts of texts that are erased: of the resource and of all its remixes, as they are.
func (a *App) eraseDrafts(ctx context.Context, at repository.Address, paths []string) error {
	root, err := a.Catalog.Resource(ctx, at.Root())
	if err != nil {
		return err
	}
	return drafts.New(a.bucket, a.now).EraseOf(ctx, func(resource string) (bool, error) {
		r, err := a.Catalog.ByID(ctx, repository.ID(resource))
		if errors.Is(err, kind.ErrNotFound) { // of something new
			return false, nil
		}
		return r.Family == root.Family && within(path.Join(r.Address.Part, "index.md"), paths), err
	})
}

// within reports whether a file is one of the paths, or in one of them.
func within(file string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return file == p || strings.HasPrefix(file, p+"/") })
}
