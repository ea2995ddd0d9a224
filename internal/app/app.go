// Package app builds a whole server out of the packages of this module, and runs it. The command line and tests that need
// a server use it.
package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/internal/metrics"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// App is a repository with everything that belongs to it, open in one process.
type App struct {
	Config     config.Config
	Repository *repository.Service
	Catalog    *catalog.Catalog
	Accounts   *accounts.Service
	Search     *search.Live
	Harvests   *Harvests
	Letters    *Letters
	Boards     *Boards

	demo        themes.DemoAccount
	counts      *metrics.Metrics
	opened      atomic.Bool // what is published from here on is new
	db          *sqldb.DB
	jobs        *jobs.Queue
	log         *slog.Logger
	now         func() time.Time
	still       bool // nothing is done because time has passed
	settings    settings
	bucket      blob.Store
	git         *gitstore.Store
	media       *media.Store
	renderer    *render.Renderer
	client      *http.Client
	frameworks  *frameworks
	keeper      *keeper
	compactor   *compactor
	missed      *missed
	indexer     *indexer
	healer      sync.WaitGroup // what is healed beside
	aggregating sync.Mutex     // one list of what was harvested at a time
	closers     []func() error // in the order of opening
}

// Options are what may be given to an App beside its settings.
type Options struct {
	Now    func() time.Time // nil: the clock
	Logger *slog.Logger     // nil: none

	Version string // of the program, for who watches it

	Demo themes.DemoAccount // of a demonstration: everybody who would sign in is told of it

	// SharedTime has datestamps go by the database's clock even where Now is given, as they go without it.
	SharedTime bool

	// Background has Open and imports of standards return before the index is what it should be, as a server wants that
	// is to answer at once. Without it they wait.
	Background bool

	// CheapPasswords is for tests: what hashes of passwords cost is most of what such a server does. No setting leads here,
	// and internal/arch holds every program to leaving it.
	CheapPasswords bool

	// Still is for tests that say themselves when mail goes out, what is due is released, and others are asked: a server
	// does none of that because time has passed. No setting leads here either.
	Still bool
}

// Open opens the data folder, or makes it, and heals what an earlier process left undone. It returns ErrLocked if another
// process holds the folder. Close it.
func Open(ctx context.Context, c config.Config, o Options) (a *App, err error) {
	stamps := o.Now // nil: the database's clock
	if o.SharedTime {
		stamps = nil
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	a = &App{Config: c, demo: o.Demo, still: o.Still, log: o.Logger, now: o.Now, counts: metrics.New(o.Version)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(ctx))
		}
	}()
	lock, err := lockFolder(c.Data)
	if err != nil {
		return a, err
	}
	a.closers = append(a.closers, lock.Close)
	bucket, err := blob.Open(ctx, c.Bucket)
	if err != nil {
		return a, err
	}
	bucket = observe(bucket, a.counts)
	if err := restored(ctx, bucket); err != nil {
		return a, err
	}
	if a.settings, err = loadSettings(ctx, bucket, c); err != nil {
		return a, err
	}
	a.bucket = bucket
	a.git = gitstore.New(bucket, gitstore.Options{CacheDir: filepath.Join(c.Data, "cache"), Now: o.Now, Logger: o.Logger})
	if a.frameworks, err = loadFrameworks(ctx, bucket, o.Logger); err != nil {
		return a, err
	}
	if err := a.openCatalog(ctx, bucket, stamps, o.CheapPasswords); err != nil {
		return a, err
	}
	a.client = fetch.New(fetch.Options{
		Allow: c.AllowPeers, UserAgent: "Commonplace (+" + a.Config.BaseURL + ")", From: c.Email, Bytes: maxAnswer,
	})
	if a.media, err = a.openMedia(bucket); err != nil {
		return a, err
	}
	if a.renderer, err = render.New(render.Options{}); err != nil {
		return a, err
	}
	a.compactor = newCompactor(a)
	a.missed = newMissed(a, missedAgain)
	a.Repository = repository.New(repository.Options{
		Store: a.git, Catalog: publications{a.Catalog, a.counts, a.opened.Load, c.OwnerResources}, Namespace: a.settings.Identifier, BaseURL: a.Config.BaseURL,
		Standards: func() metadata.Standards { return a.Standards() }, Render: records,
		Publisher: metadata.Agent{Name: c.Name, URL: a.Config.BaseURL}, Remote: a.client, Media: a.media, Renderer: a.renderer, Now: o.Now, Logger: o.Logger,
		Grown: a.compactor.add, Missed: a.missed.add, Bucket: bucket, Room: room(a.Catalog, c.OwnerMegabytes),
		Hold: func(ctx context.Context, p repository.Held) (string, error) {
			return a.Accounts.Hold(ctx, p.Address.Root().String(), p.Actor.Name, p.New)
		},
	})
	if err := a.openIndex(ctx, o.Background); err != nil {
		return a, err
	}
	if err := a.heal(ctx, o.Background); err != nil {
		return a, err
	}
	a.Harvests = newHarvests(a)
	a.Letters = newLetters(a)
	a.Boards = newBoards(a)
	a.counts.Watch(a.measured)
	a.opened.Store(true)
	return a, nil
}

// openMedia keeps large files in the bucket. Files on their way wait in the data folder, which is on the same disk as an
// embedded bucket.
func (a *App) openMedia(bucket blob.Store) (*media.Store, error) {
	temp := filepath.Join(a.Config.Data, "incoming")
	if err := os.RemoveAll(temp); err != nil { // what an earlier process did not finish
		return nil, err
	}
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, err
	}
	return media.New(bucket, media.Options{BaseURL: a.Config.BaseURL, Secret: a.settings.Secret, Temp: temp, Now: a.now})
}

// maxAnswer bounds one answer of a peer: a repository's pack is the largest of them.
const maxAnswer = 1 << 30

// records renders what harvesters get of a resource, when it is written.
func records(r repository.Resource, v metadata.View) repository.Records {
	return federation.Render(federation.Formats(), r, v)
}

// openCatalog opens the database. A file that is seen to be damaged is set aside and made anew from the bucket.
func (a *App) openCatalog(ctx context.Context, bucket blob.Store, stamps func() time.Time, cheapPasswords bool) error {
	opened := len(a.closers)
	err := a.openDatabase(ctx, bucket, stamps, cheapPasswords)
	file, embedded := strings.CutPrefix(a.Config.Database, "sqlite://")
	if !embedded || !sqldb.Damaged(err) {
		return err
	}
	for _, end := range a.closers[opened:] {
		_ = end() // it is damaged
	}
	a.closers = a.closers[:opened]
	aside := file + ".damaged-" + a.now().UTC().Format("20060102T150405Z")
	a.log.Error("the catalog is damaged; it is set aside and made anew from the bucket", "resource", aside, "err", err)
	if err := os.Rename(file, aside); err != nil {
		return err
	}
	for _, rest := range []string{"-wal", "-shm"} {
		if err := os.Remove(file + rest); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return a.openDatabase(ctx, bucket, stamps, cheapPasswords)
}

func (a *App) openDatabase(ctx context.Context, bucket blob.Store, stamps func() time.Time, cheapPasswords bool) error {
	db, err := sqldb.Open(ctx, a.Config.Database)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, db.Close)
	a.db, a.jobs = db, jobs.New(db, a.log)
	a.Catalog = catalog.New(db, stamps)
	newAccounts := accounts.New
	if cheapPasswords {
		newAccounts = accounts.NewWithCheapPasswords
	}
	if a.Accounts, err = newAccounts(db, a.now, a.log); err != nil {
		return err
	}
	a.Accounts.ReviewNewAccounts(a.Config.ReviewNew)
	k := &keeper{bucket: bucket, accounts: a.Accounts, catalog: a.Catalog, audited: -1}
	if a.shared() {
		k.jobs = a.jobs
		a.Accounts.ShareGuesses(a.secretFor("failed attempts to sign in"))
	} else if err := a.jobs.Reset(ctx); err != nil {
		return err
	}
	// Nodes that start at one moment find the database new one after the other.
	start, err := a.jobs.HoldWhenFree(ctx, "start", "")
	if err != nil {
		return err
	}
	return errors.Join(a.settleCatalog(start.Context(), k), start.Finish(context.WithoutCancel(ctx), nil))
}

// shared reports whether other nodes use the same database.
func (a *App) shared() bool { return a.db.Engine() == sqldb.Postgres }

// secretFor is a key for one purpose, the same on every node.
func (a *App) secretFor(purpose string) []byte {
	mac := hmac.New(sha256.New, a.settings.Secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// settleCatalog brings accounts and peers back where the database is new, and settles what goes for all nodes.
func (a *App) settleCatalog(ctx context.Context, k *keeper) error {
	if err := a.sameBucket(ctx, k.bucket); err != nil {
		return err
	}
	if err := k.restore(ctx); err != nil {
		return err
	}
	a.keeper = k // from here on the database is the truth, and the bucket its copy
	if err := k.keep(ctx); err != nil {
		return err
	}
	a.Accounts.OnChange(k.changed)
	a.Catalog.OnPeersChange(k.changed)
	if _, err := a.feedName(ctx); err != nil {
		return err
	}
	return a.settle(ctx)
}

// settle finds the base URL where none is given, and has everything shown anew where records would read otherwise.
func (a *App) settle(ctx context.Context) error {
	const key = "rendered for"
	known, err := a.Catalog.Setting(ctx, key)
	if err != nil {
		return err
	}
	rendering := fmt.Sprintf("%s,%t", federation.Rendition(federation.Formats()), a.Config.Aggregate)
	version, base, _ := strings.Cut(known, " ")
	if a.Config.BaseURL == "" {
		a.Config.BaseURL = base
	}
	if a.Config.BaseURL == "" {
		a.Config.BaseURL = "http://" + a.Config.Listen
	}
	if version == rendering && base == a.Config.BaseURL {
		return nil
	}
	switch {
	case known == "":
	case version == rendering:
		err = a.Catalog.Moved(ctx, base, a.Config.BaseURL)
	default:
		err = a.Catalog.Forget(ctx)
	}
	if err != nil {
		return err
	}
	return a.Catalog.SetSetting(ctx, key, rendering+" "+a.Config.BaseURL)
}

// heal shows in the catalog what the bucket holds and the catalog does not know, and brings the index up to date. A server
// that is to answer at once does so beside, unless the catalog is new.
func (a *App) heal(ctx context.Context, background bool) error {
	known, err := a.Repository.Known(ctx)
	if err != nil {
		return err
	}
	if background && known {
		if err := a.indexer.settle(ctx); err != nil {
			return err
		}
		a.healer.Go(a.healBeside)
		return nil
	}
	healed, failed, err := a.Repository.Heal(ctx, nil)
	if err != nil {
		return err
	}
	a.healed(healed, failed)
	return errors.Join(a.recount(ctx), a.indexer.settle(ctx), a.aggregate(ctx))
}

// healBeside heals until that was possible, or the App closes.
func (a *App) healBeside() {
	for ctx := context.WithValue(a.indexer.ctx, beside{}, true); ; {
		healed, failed, err := a.Repository.HealBeside(ctx)
		if err == nil {
			a.healed(healed, failed)
			err = errors.Join(a.recount(ctx), a.aggregate(ctx))
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.Error("bucket and catalog not compared; it is tried again", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryAfter):
		}
	}
}

// recount sees to it that what is counted is what is there, also after a node wrote that is of a version that does not count.
func (a *App) recount(ctx context.Context) error {
	wrong, err := a.Catalog.Recount(ctx)
	if wrong && err == nil {
		a.log.Info("resources and owners counted anew")
	}
	return err
}

func (a *App) healed(healed, failed int) {
	if failed > 0 {
		a.log.Error("repositories cannot be read and are not shown; the next start tries again", "failed", failed)
	}
	if healed > 0 {
		a.log.Info("repositories shown from the bucket", "took", healed)
	}
}

// Close finishes what is under way and gives the data folder back.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	if a.Harvests != nil {
		a.Harvests.stop()
	}
	if a.compactor != nil {
		a.compactor.stop()
	}
	if a.missed != nil {
		a.missed.stop()
	}
	if a.indexer != nil {
		a.indexer.stop()
	}
	a.healer.Wait() // it ends with the indexer
	if a.keeper != nil {
		errs = append(errs, a.keeper.keep(context.WithoutCancel(ctx)))
	}
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}
