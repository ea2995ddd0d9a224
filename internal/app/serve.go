package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/internal/pdf"
	"github.com/commonplace-oer/commonplace/internal/web"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// Server answers for an App on a network address, and on the socket in the data folder.
type Server struct {
	app     *App
	Mail    *Mail // nil: there is none
	themes  *themes.Set
	web     *web.Server
	control *http.Server
	socket  net.Listener
	watched *http.Server // metrics and profiles at an address of their own; nil: there is none
	watch   net.Listener

	after func(time.Duration) <-chan time.Time
	drain time.Duration
}

// Control answers other processes that were given the data folder of a running server.
type Control = http.Handler

// tendEvery is how long what boards decided waits to be published where that failed, and a list that is followed to be asked.
const tendEvery = 5 * time.Minute

// Drain is how long requests under way may take to finish when the server stops.
const Drain = 10 * time.Second

// NewServer prepares a server. Control, if not nil, answers other processes that were given the same data folder.
func (a *App) NewServer(version string, control Control) (*Server, error) {
	looks, err := themes.OpenSet(themes.SetOptions{Theme: a.Config.Theme, Hosts: a.Config.ThemeHosts, Dir: a.Config.Themes, Logger: a.log})
	if err != nil {
		return nil, err
	}
	provider, err := federation.NewProvider(federation.ProviderOptions{
		Records: a.Catalog, Name: a.Config.Name, BaseURL: a.Config.BaseURL + "/oai", SchemaURL: a.Config.BaseURL + "/oai/lrmi.xsd",
		Namespace: a.settings.Identifier, Emails: []string{a.Config.Email}, Key: a.settings.Secret, PageSize: a.Config.PageSize,
		Icon: a.Config.BaseURL + "/logo.svg", Home: a.Config.BaseURL + "/", Friends: a.friends, Lists: a.Boards.titles, Now: a.now, Logger: a.log,
	})
	if err != nil {
		return nil, err
	}
	elsewhere, err := a.elsewhere()
	if err != nil {
		return nil, err
	}
	s := &Server{app: a, themes: looks, after: time.After, drain: Drain}
	var mailer web.Mailer
	if s.Mail, err = newMail(a, looks); err != nil {
		return nil, err
	}
	if s.Mail != nil {
		mailer = s.Mail
	}
	var printer web.Printer
	if p := pdf.New(printedAtOnce); p != nil {
		printer = p
	}
	s.web, err = web.New(web.Options{
		Repository: a.Repository, Git: a.git, Media: a.media, Catalog: a.Catalog, Search: searches{a.Search, a.counts}, Standards: a.Standards, Accounts: a.Accounts,
		Renderer: a.renderer, Drafts: drafts.New(a.bucket, a.now), Theme: looks, OAI: provider, Harvests: a.Harvests, Letters: a.Letters, Boards: a.Boards, Elsewhere: elsewhere, BaseURL: a.Config.BaseURL,
		SiteName: a.Config.Name, Printer: printer, Mail: mailer, Notice: a.Config.Notice, Demo: a.demo, Version: version, Now: a.now, Logger: a.log,
		Indexing: a.indexer.state, Only: a.only(), Metrics: a.counts, MetricsElsewhere: a.Config.MetricsListen != "",
		State: a.state, OwnerResources: a.Config.OwnerResources, OwnerBytes: int64(a.Config.OwnerMegabytes) * megabyte,
		Connections: a.Config.Connections, ConnectionsOfOne: a.Config.ConnectionsOfOne, SearchRate: a.Config.SearchRate, AtOnce: a.Config.AtOnce,
		Erase: func(ctx context.Context, at repository.Address, paths []string, media bool) error {
			_, err := a.Erase(ctx, at, paths, media, nil)
			return err
		},
		Changed: func(ctx context.Context) {
			if err := a.CatchUp(ctx); err != nil {
				a.log.Error("index not up to date", "err", err)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	if control != nil {
		s.control = &http.Server{Handler: control, ReadHeaderTimeout: 5 * time.Second}
		if s.socket, err = listenControl(a.Config.Data); err != nil {
			return nil, err
		}
	}
	if a.Config.MetricsListen != "" {
		s.watched = newWatched(a.counts)
		if s.watch, err = net.Listen("tcp", a.Config.MetricsListen); err != nil {
			return nil, fmt.Errorf("metrics-listen: %w", err)
		}
	}
	return s, nil
}

// printedAtOnce is how many pages are made into PDF at the same time: each takes a Chromium.
const printedAtOnce = 1

// heapGrowth is by how many percent what lives in memory grows before garbage is collected, where GOGC does not say it. With
// Go's 100 a server of 100,000 resources spends a sixth of its time on that, and each collection delays requests on two cores.
const heapGrowth = 300

// Serve answers on the listener until the context ends, then lets requests finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	failed := make(chan error, 3)
	go func() { failed <- s.web.Serve(l) }()
	if s.control != nil {
		go func() { failed <- s.control.Serve(s.socket) }()
	}
	if s.watched != nil {
		go func() { failed <- s.watched.Serve(s.watch) }()
		defer s.watched.Close()
	}
	s.app.indexer.start()
	if s.app.Config.Role != config.SearchRole && !s.app.still {
		go s.app.Harvests.follow(10 * time.Second)
		go s.app.Harvests.post(time.Minute)
		go s.app.Boards.tend(s.app.Harvests.ctx, tendEvery)
		if s.Mail != nil {
			go s.Mail.run(s.app.Harvests.ctx, postEvery)
		}
		go s.app.releasePlanned(s.app.Harvests.ctx, plannedEvery)
	}
	if every, err := s.app.Config.SnapshotInterval(); err == nil && every > 0 && s.app.shared() {
		go s.app.keepSnapshots(s.app.Harvests.ctx, every)
	}
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go s.themes.Watch(watching)
	stopKeeping := make(chan struct{})
	go s.app.keepOn(stopKeeping)
	defer close(stopKeeping)

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	if delay, _ := s.app.Config.Delay(); err == nil && delay > 0 { // Check has seen it
		s.web.Drain()
		s.app.log.Info("draining", "took", delay)
		select {
		case <-s.after(delay):
		case err = <-failed:
		}
	}
	s.web.Drain()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.drain)
	defer cancel()
	if s.control != nil {
		err = errors.Join(err, ignoreClosed(s.control.Shutdown(drain)))
	}
	if stopped := ignoreClosed(s.web.Shutdown(drain)); stopped != nil {
		err = errors.Join(err, fmt.Errorf("stop: %w", stopped))
	}
	return ignoreClosed(err)
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// searchPaths are what a node that only searches answers, beside how it does.
var searchPaths = []string{"/api/v1/search", "/api/v1/suggest", "/healthz", "/readyz", "/metrics"}

// only says which paths this node answers; nil: all.
func (a *App) only() func(path string) bool {
	if a.Config.Role != config.SearchRole {
		return nil
	}
	return func(path string) bool { return slices.Contains(searchPaths, path) }
}

// keepOn copies new accounts and peers to the bucket while the server runs.
func (a *App) keepOn(stop <-chan struct{}) {
	every := keepEvery
	if a.shared() {
		every = keepEveryShared
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if err := a.keeper.keep(context.Background()); err != nil {
				a.log.Error("accounts and peers not kept", "err", err)
			}
		}
	}
}

// Routes lists what the server answers, for tests of who may.
func (s *Server) Routes() []web.Route { return s.web.Routes() }
