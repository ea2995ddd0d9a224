package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/metrics"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/search"
)

// What follows stands between a server's parts and counts what goes through.

// observed is a bucket whose requests are counted.
type observed struct {
	blob.Store
	counts *metrics.Metrics
}

// observedLocal is one whose blobs are files, and observedSigner one that signs URLs: what uses a bucket looks for that.
type (
	observedLocal struct {
		observed
		local blob.Local
	}
	observedSigner struct {
		observed
		blob.Presigner
	}
)

func (o observedLocal) Path(key string) string { return o.local.Path(key) }

func observe(b blob.Store, counts *metrics.Metrics) blob.Store {
	o := observed{b, counts}
	switch b := b.(type) {
	case blob.Local:
		return observedLocal{o, b}
	case blob.Presigner:
		return observedSigner{o, b}
	}
	return o
}

func (o observed) count(operation string, began time.Time, err error) {
	outcome := "error"
	switch {
	case err == nil:
		outcome = "ok"
	case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrNotModified):
		outcome = "absent"
	case errors.Is(err, blob.ErrConflict):
		outcome = "conflict"
	case errors.Is(err, context.Canceled):
		outcome = "canceled"
	}
	o.counts.Bucket(operation, outcome, time.Since(began))
}

func (o observed) Get(ctx context.Context, key string, g blob.GetOptions) (object *blob.Object, err error) {
	began := time.Now()
	object, err = o.Store.Get(ctx, key, g)
	o.count("get", began, err)
	return object, err
}

func (o observed) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (tag blob.Tag, err error) {
	began := time.Now()
	tag, err = o.Store.Put(ctx, key, body, when)
	o.count("put", began, err)
	return tag, err
}

func (o observed) Delete(ctx context.Context, key string) error {
	began := time.Now()
	err := o.Store.Delete(ctx, key)
	o.count("delete", began, err)
	return err
}

// List is counted as one request, from its beginning to its end.
func (o observed) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		began := time.Now()
		var failed error
		for info, err := range o.Store.List(ctx, prefix) {
			failed = err
			if !yield(info, err) {
				break
			}
		}
		o.count("list", began, failed)
	}
}

// publications is the catalog as the repository writes to it.
type publications struct {
	*catalog.Catalog
	counts *metrics.Metrics
	live   func() bool // false while the catalog is brought up to date with what was published before
	most   int         // resources of one owner; 0: any number
}

// beside marks the context of what is shown of before while others publish.
type beside struct{}

// isNew reports whether what is shown was published just now.
func (p publications) isNew(ctx context.Context) bool { return p.live() && ctx.Value(beside{}) == nil }

// Reserve implements repository.Catalog. A new address beyond what its owner may have is kind.ErrInvalid, with the numbers.
func (p publications) Reserve(ctx context.Context, r repository.Reservation) (repository.Reservation, error) {
	if p.most > 0 && p.isNew(ctx) {
		_, err := p.Catalog.Reservation(ctx, r.Owner, r.Slug)
		if err != nil && !errors.Is(err, kind.ErrNotFound) {
			return repository.Reservation{}, err
		}
		if err != nil {
			held, err := p.Catalog.Held(ctx, r.Owner)
			if err != nil {
				return repository.Reservation{}, err
			}
			if held.Count >= p.most {
				return repository.Reservation{}, fmt.Errorf("%w: %s has %d resources, and may have %d; ask who runs this server for more room", kind.ErrInvalid, r.Owner, held.Count, p.most)
			}
		}
	}
	return p.Catalog.Reserve(ctx, r)
}

// Apply implements repository.Catalog.
func (p publications) Apply(ctx context.Context, shown repository.Projection) error {
	err := p.Catalog.Apply(ctx, shown)
	if err != nil || !p.isNew(ctx) || len(shown.Resources) == 0 {
		return err
	}
	root := shown.Resources[0]
	what := metrics.Revised
	switch {
	case root.Deleted:
		what = metrics.Withdrawn
	case shown.Generation == 1 && len(root.Metadata.Sources) > 0:
		what = metrics.Remixed
	case shown.Generation == 1:
		what = metrics.Published
	}
	p.counts.Publication(what)
	return nil
}

// megabyte is the unit of the settings, and of sizes on pages.
const megabyte = 1_000_000

// room is what an owner may store before nothing more is published. What is stored for good, such as a history, only an
// erasure makes less.
func room(c *catalog.Catalog, megabytes int) repository.Room {
	if megabytes == 0 {
		return nil
	}
	return func(ctx context.Context, owner string) error {
		held, err := c.Held(ctx, owner)
		if err == nil && held.Stored >= int64(megabytes)*megabyte {
			err = fmt.Errorf("%w: %s has stored %d MB, and may store %d; ask who runs this server for more room", kind.ErrInvalid, owner, held.Stored/megabyte, megabytes)
		}
		return err
	}
}

// inbox is the catalog as harvests write to it.
type inbox struct {
	*catalog.Catalog
	counts *metrics.Metrics
}

// Commit implements federation.Inbox.
func (i inbox) Commit(ctx context.Context, p federation.Page) (federation.Tally, error) {
	t, err := i.Catalog.Commit(ctx, p)
	if err == nil {
		i.counts.Harvested(map[string]int{
			"new": t.New, "changed": t.Changed, "deleted": t.Deleted, "unchanged": t.Unchanged, "quarantined": t.Quarantined, "filtered": t.Filtered,
		})
	}
	return t, err
}

// searches is the index as people and programs search it.
type searches struct {
	*search.Live
	counts *metrics.Metrics
}

// Search implements web.Searcher.
func (s searches) Search(ctx context.Context, r search.Request) (search.Results, error) {
	began := time.Now()
	found, err := s.Live.Search(ctx, r)
	if err == nil {
		s.counts.Searched(found.Total > 0, time.Since(began))
	}
	return found, err
}

// measured reads what is told when Prometheus asks.
func (a *App) measured(ctx context.Context) (out metrics.State, err error) {
	counts, err := a.Catalog.Counts(ctx)
	if err != nil {
		return out, err
	}
	out.Own, out.Harvested = counts.Own, counts.Harvested
	peers, err := a.Catalog.Peers(ctx)
	if err != nil {
		return out, err
	}
	for _, p := range peers {
		if p.Interval > 0 && !p.Paused {
			out.Peers++
			if !p.State.Ended.IsZero() && p.State.Resume != nil {
				out.Failing++
			}
		}
	}
	if out.Changes, err = a.Catalog.Seq(ctx); err != nil {
		return out, err
	}
	out.Indexed, out.Rebuilding = a.Search.Seq(), a.indexer.state() != ""
	if out.Jobs, err = a.jobCounts(ctx); err != nil {
		return out, err
	}
	l := a.db.Load()
	out.Database = metrics.Database{
		Queries: l.Queries, Errors: l.Errors, Writes: l.Writes, QueryTime: l.QueryTime, WriteTime: l.WriteTime,
		Connections: int64(l.Readers.OpenConnections), InUse: int64(l.Readers.InUse), Waited: l.Readers.WaitCount,
	}
	return out, nil
}

// jobCounts counts the jobs of all nodes.
func (a *App) jobCounts(ctx context.Context) ([]metrics.Jobs, error) {
	totals, _, err := a.jobs.Totals(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]metrics.Jobs, len(totals))
	for i, t := range totals {
		all[i] = metrics.Jobs{Kind: t.Kind, Waiting: t.Waiting, Running: t.Running, Oldest: t.Oldest}
	}
	return all, nil
}
