package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
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

// Backup copies the bucket, with accounts and peers, to another one or brings such a copy up to date. Everything goes on
// meanwhile.
func (a *App) Backup(ctx context.Context, to string, progress func(done, total int)) (gitstore.Copied, error) {
	if err := a.keeper.keep(ctx); err != nil {
		return gitstore.Copied{}, err
	}
	target, err := openOther(ctx, to)
	if err != nil {
		return gitstore.Copied{}, err
	}
	return gitstore.Copy(ctx, a.bucket, target, progress)
}

// Restore fills the empty bucket of a data folder from a backup. The next start shows everything.
func Restore(ctx context.Context, c config.Config, from string, progress func(done, total int)) (done gitstore.Copied, err error) {
	if err := c.Check(); err != nil {
		return done, err
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	bucket, err := blob.Open(ctx, c.Bucket)
	if err != nil {
		return done, err
	}
	for info, err := range bucket.List(ctx, "") {
		if err == nil {
			err = fmt.Errorf("%w: the bucket %s is not empty (it has %s); restore into a new --data folder", kind.ErrInvalid, c.Bucket, info.Key)
		}
		return done, err
	}
	source, err := openOther(ctx, from)
	if err != nil {
		return done, err
	}
	return gitstore.Copy(ctx, source, bucket, progress)
}

// openOther opens another bucket: an address, or a folder of this machine.
func openOther(ctx context.Context, name string) (blob.Store, error) {
	if !strings.Contains(name, "://") {
		full, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		name = (&url.URL{Scheme: "file", Path: full}).String()
	}
	return blob.Open(ctx, name)
}
