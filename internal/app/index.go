package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/commonplace-oer/commonplace/search"
)

func (a *App) indexFolder() string { return filepath.Join(a.Config.Data, "index") }

// openIndex opens the search index. One that is corrupt, of another format, or ahead of the catalog is made anew.
func (a *App) openIndex(ctx context.Context) (err error) {
	a.Search, err = search.Open(a.indexFolder(), search.Options{Library: a.Standards()})
	if err == nil {
		seq, err := a.Catalog.Seq(ctx)
		if err != nil {
			return errors.Join(err, a.Search.Close())
		}
		if a.Search.Seq() > seq {
			err = errors.Join(fmt.Errorf("it is of another catalog"), a.Search.Close())
			return a.freshIndex(err)
		}
		a.closers = append(a.closers, a.Search.Close)
		return nil
	}
	if errors.Is(err, search.ErrCorrupt) {
		return a.freshIndex(err)
	}
	return err
}

// freshIndex replaces the index by an empty one.
func (a *App) freshIndex(why error) (err error) {
	a.log.Warn("the search index cannot be used; it is built anew", "err", why)
	if err := os.RemoveAll(a.indexFolder()); err != nil {
		return err
	}
	if a.Search, err = search.Open(a.indexFolder(), search.Options{Library: a.Standards()}); err != nil {
		return err
	}
	a.closers = append(a.closers, a.Search.Close)
	return nil
}

// Reindex indexes every resource of the catalog anew; searches go on meanwhile.
func (a *App) Reindex(ctx context.Context) error {
	a.indexing.Lock()
	err := a.Search.Apply(ctx, 0, nil, nil)
	a.indexing.Unlock()
	if err != nil {
		return err
	}
	return a.CatchUp(ctx)
}

// CatchUp brings the index to the newest change of the catalog.
func (a *App) CatchUp(ctx context.Context) error {
	a.indexing.Lock()
	defer a.indexing.Unlock()
	return a.Search.CatchUp(ctx, a.Catalog)
}

// Rebuild makes the catalog's view of this server's own resources, and the index, anew from the bucket. It returns how many
// repositories are shown, and how many are damaged and were passed over.
func (a *App) Rebuild(ctx context.Context, progress func(done, total int)) (healed, failed int, err error) {
	if err := a.Catalog.Forget(ctx); err != nil {
		return 0, 0, err
	}
	healed, failed, err = a.Repository.Heal(ctx, progress)
	if err != nil {
		return healed, failed, err
	}
	return healed, failed, a.Reindex(ctx)
}
