package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/backup"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Backup adds a backup of the bucket, with what SQL has that cannot be derived, to those at an address or in a folder, which
// may be empty. Everything goes on meanwhile.
func (a *App) Backup(ctx context.Context, to string, keys backup.Keys, progress func(done, total int)) (backup.Written, error) {
	if err := a.outside(to); err != nil {
		return backup.Written{}, err
	}
	store, err := openOther(ctx, to)
	if err != nil {
		return backup.Written{}, err
	}
	v, err := backup.OpenToWrite(ctx, store, keys)
	if err != nil {
		return backup.Written{}, err
	}
	return v.Write(ctx, backup.Source{
		Bucket: a.bucket, Name: a.settings.Identifier, Secret: a.secretFor("backups"), Still: a.keeper.still,
		Skip: []string{snapshotPrefix, backup.RestoringKey}, Now: a.now, Progress: progress,
	})
}

// outside refuses a place for backups that is a part of what they are of.
func (a *App) outside(to string) error {
	own, embedded := strings.CutPrefix(a.Config.Bucket, "file://")
	if file, ok := strings.CutPrefix(to, "file://"); ok {
		to = file
	} else if strings.Contains(to, "://") {
		return nil
	}
	if !embedded {
		return nil
	}
	inside, err := filepath.Rel(own, to)
	if err == nil && inside != ".." && !strings.HasPrefix(inside, "../") {
		return fmt.Errorf("%w: %s is in the bucket itself; name another place for backups", kind.ErrInvalid, to)
	}
	return nil
}

// OpenBackups opens the backups at an address or in a folder, to list, verify, prune or restore them. It is
// backup.ErrNoVault where there are none.
func OpenBackups(ctx context.Context, at string, keys backup.Keys) (*backup.Vault, error) {
	store, err := openOther(ctx, at)
	if err != nil {
		return nil, err
	}
	v, err := backup.Open(ctx, store, keys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return v, nil
}

// Restore fills the empty bucket of a data folder from a backup: that of a name, or the newest that began at a time or
// before it; of "" the newest of all. The next start shows everything. Broken off, it goes on when it is called again. A
// plain copy of a bucket is taken, too.
func Restore(ctx context.Context, c config.Config, from, at string, keys backup.Keys, progress func(done, total int)) (done backup.Restored, err error) {
	return restore(ctx, c, from, at, keys, (*backup.Vault).Restore, progress)
}

// Salvage is a Restore, also what goes on with one, that ends without what is damaged in the backup, and names it.
func Salvage(ctx context.Context, c config.Config, from, at string, keys backup.Keys, progress func(done, total int)) (done backup.Restored, err error) {
	return restore(ctx, c, from, at, keys, (*backup.Vault).Salvage, progress)
}

type filling func(v *backup.Vault, ctx context.Context, to blob.Store, at string, progress func(done, total int)) (backup.Restored, error)

func restore(ctx context.Context, c config.Config, from, at string, keys backup.Keys, fill filling, progress func(done, total int)) (done backup.Restored, err error) {
	if err := c.Check(); err != nil {
		return done, err
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := freshDatabase(ctx, c); err != nil {
		return done, err
	}
	bucket, err := blob.Open(ctx, c.Bucket)
	if err != nil {
		return done, err
	}
	v, err := OpenBackups(ctx, from, keys)
	switch {
	case errors.Is(err, backup.ErrNoVault) && at == "":
		done, err = restorePlain(ctx, bucket, from, progress)
	case err == nil:
		done, err = fill(v, ctx, bucket, at, progress)
	}
	if err != nil {
		return done, err
	}
	return done, leap(ctx, bucket)
}

// restorePlain takes the copy of a bucket that is no backup, such as one that was made by other means.
func restorePlain(ctx context.Context, bucket blob.Store, from string, progress func(done, total int)) (done backup.Restored, err error) {
	for info, err := range bucket.List(ctx, "") {
		if err == nil {
			err = fmt.Errorf("%w: the bucket is not empty (it has %s); restore into a new --data folder", kind.ErrInvalid, info.Key)
		}
		return done, err
	}
	source, err := openOther(ctx, from)
	if err != nil {
		return done, err
	}
	if err := readJSON(ctx, source, settingsKey, new(settings)); err != nil {
		return done, fmt.Errorf("%s has neither backups nor the copy of a bucket: %w", from, err)
	}
	copied, err := gitstore.Copy(ctx, source, bucket, progress)
	done.Copied, done.Bytes, done.Blobs = copied.Blobs, copied.Bytes, copied.Blobs
	return done, err
}

// freshDatabase refuses a database that knows another bucket: it would show what that has.
func freshDatabase(ctx context.Context, c config.Config) (err error) {
	if file, embedded := strings.CutPrefix(c.Database, "sqlite://"); embedded {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return nil
		}
	}
	db, err := sqldb.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	known, err := catalog.New(db, nil).Setting(ctx, restoredSetting)
	if err == nil && known != "" {
		err = fmt.Errorf("%w: the database has the catalog of another bucket; restore with a new one", kind.ErrInvalid)
	}
	return err
}

// restored refuses a bucket that a restore has not finished.
func restored(ctx context.Context, bucket blob.Store) error {
	name, err := readBlob(ctx, bucket, backup.RestoringKey, 1<<10)
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("the bucket has only a part of backup %s: commonplace restore was cut off; give the same command again", name)
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
