package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/valyala/fasthttp"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/internal/metrics"
	"github.com/commonplace-oer/commonplace/internal/word"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/themes"
)

// Options are what a Server is made of. All are required but Harvests, Letters, Boards, Elsewhere, Erase, Media, Drafts, Printer, Notice, Indexing, Changed,
// State, Metrics, Logger and Now.
type Options struct {
	Repository *repository.Service
	Git        *gitstore.Store
	Catalog    Catalog
	Search     Searcher
	Standards  func() *standards.Library // may change while the server runs
	Accounts   *accounts.Service
	Renderer   *render.Renderer
	Theme      *themes.Set
	OAI        *federation.Provider
	Harvests   Harvester           // runs harvests; nil: this server harvests nobody
	Letters    Letters             // suggestions to and from other servers; nil: there are none
	Boards     Boards              // calls for submissions and approved lists; nil: there are none
	Elsewhere  *accounts.Elsewhere // providers whose people may sign in; nil: none
	Media      *media.Store        // large files, the same as the Repository's; nil: there are none, and no git LFS
	Printer    Printer             // makes PDF of pages; nil: readers print with their browser
	Mail       Mailer              // sends notices; nil: there is no mail
	Drafts     *drafts.Store       // what people write and have not published; nil: nothing is kept

	BaseURL  string // of this server, without a slash at its end
	SiteName string
	Notice   string // shown above the sign-in form; "" for none
	Demo     themes.DemoAccount
	Version  string

	Metrics          *metrics.Metrics // counts what is answered; nil: nobody looks at it
	MetricsElsewhere bool             // another address serves it, and /metrics is not there

	// State is what the process knows of itself; nil: nothing.
	State func(context.Context) (State, error)

	// OwnerResources is how many resources one owner may publish; 0: any number. It is enforced by the Repository.
	OwnerResources int
	// OwnerBytes is how much of the bucket one owner's histories may take; 0: any number. It is enforced likewise.
	OwnerBytes int64

	// Connections and ConnectionsOfOne bound the open connections, in all and of one client that is no proxy of this machine or
	// network; 0: three quarters of the files that the process may have open, and no bound.
	Connections, ConnectionsOfOne int

	// AtOnce is how many requests that read are worked on at once, as many that change something, and a quarter as many of
	// harvesters; 0: 16 for each processor, and 32 at least. Others wait for a second, and are turned away then.
	AtOnce int

	// SearchRate is how many searches and calls of the API an address may make each minute without saying who it is; 0: any.
	SearchRate int

	// Only, unless nil, says which paths this server answers; others are 404, as those that there are not.
	Only func(path string) bool
	// Indexing says why the index is being made anew, "" while it is not. nil: it never is.
	Indexing func() string

	// Erase removes files from every revision of a resource and of its remixes for good; nil: only the command line does.
	Erase func(ctx context.Context, at repository.Address, paths []string, media bool) error

	// Changed is called after every change that a request made, before the request is answered: what follows the catalog
	// (the index) catches up in it.
	Changed func(context.Context)

	Now    func() time.Time
	Logger *slog.Logger
}

// Server answers HTTP requests.
type Server struct {
	o      Options
	app    *fiber.App
	hosts  map[*themes.Set]fasthttp.RequestHandler // what answers for hosts that have a theme of their own
	secure bool                                    // the base URL is https
	host   string
	*shared
}

// shared is what the servers of all hosts have together.
type shared struct {
	packed     *packer
	pages      *lru.Cache[pageKey, shown]
	coverages  *lru.Cache[coverageKey, *covered]
	texts      *lru.Cache[textKey, written]
	editions   *lru.Cache[*standards.Framework, *edition]
	upstreams  *lru.Cache[upstreamKey, merge.Counts] // what came from upstream, by the revisions
	pdfs       *lru.Cache[[32]byte, []byte]          // by the hash of the page that was printed
	papers     *lru.Cache[paperKey, paper]
	judged     sync.Map // by language: themes.Charts, which nothing changes
	tallied    tallies
	grantsRead fundedWorks
	word       *word.Reader
	stall      time.Duration // how long an upload may stand still
	work       work
	busyPages  *lru.Cache[busyKey, busyPage]
	room       *room
	slow       *waitingRoom
	started    time.Time
	rates      *rates
	draining   atomic.Bool // the server is about to stop
	readiness  readiness
}

// New returns a server.
func New(o Options) (*Server, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("base URL %q is not the address of a web site", o.BaseURL)
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Indexing == nil {
		o.Indexing = func() string { return "" }
	}
	if o.Metrics == nil {
		o.Metrics = metrics.New(o.Version)
	}
	if o.State == nil {
		o.State = func(context.Context) (State, error) { return State{}, nil }
	}
	if o.Changed == nil {
		o.Changed = func(context.Context) {}
	}
	s := &Server{o: o, secure: base.Scheme == "https", host: base.Host, shared: &shared{stall: stallTime, work: newWork(o.AtOnce), word: word.NewReader(1), started: o.Now()}}
	s.slow = newWaitingRoom(o.Metrics)
	s.room = &room{most: o.Connections, mostOfOne: o.ConnectionsOfOne, metrics: o.Metrics}
	if s.room.most == 0 {
		s.room.most = min(mostConnections, openFiles()/4*3)
	}
	if s.rates, err = newRates(o.SearchRate, o.Now); err != nil {
		return nil, err
	}
	if s.packed, err = newPacker(); err != nil {
		return nil, err
	}
	if s.busyPages, err = lru.New[busyKey, busyPage](busyKept); err != nil {
		return nil, err
	}
	if s.pages, err = lru.New[pageKey, shown](pagesKept); err != nil {
		return nil, err
	}
	if s.pdfs, err = lru.New[[32]byte, []byte](pdfKept); err != nil {
		return nil, err
	}
	if s.papers, err = lru.New[paperKey, paper](textsKept); err != nil {
		return nil, err
	}
	if s.upstreams, err = lru.New[upstreamKey, merge.Counts](upstreamsKept); err != nil {
		return nil, err
	}
	if s.coverages, err = lru.New[coverageKey, *covered](coverageKept); err != nil {
		return nil, err
	}
	if s.texts, err = lru.New[textKey, written](textsKept); err != nil {
		return nil, err
	}
	if s.editions, err = lru.New[*standards.Framework, *edition](editionsKept); err != nil {
		return nil, err
	}
	s.build()
	s.app.Server().CloseOnShutdown = true // clients that keep connections learn that this one ends
	return s, nil
}

// build makes what answers, for all hosts.
func (s *Server) build() {
	s.hosts = map[*themes.Set]fasthttp.RequestHandler{}
	for _, view := range s.o.Theme.Views() {
		under := *s // with the words of that theme, and all else that this one has
		under.o.Theme = view
		under.build()
		s.hosts[view] = under.app.Handler()
	}
	s.app = fiber.New(fiber.Config{
		AppName:                      "commonplace",
		DisableStartupMessage:        true,
		Immutable:                    true, // strings of a request outlive it
		CaseSensitive:                true,
		StreamRequestBody:            true, // bodies are read by bounded, and by nothing else
		BodyLimit:                    prefetched,
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               16 << 10,
		ReadTimeout:                  2 * time.Minute, // of heads and small bodies; see patient
		WriteTimeout:                 15 * time.Minute,
		IdleTimeout:                  2 * time.Minute,
		ErrorHandler:                 s.failed,
	})
	if len(s.hosts) > 0 {
		s.app.Use(s.byHost)
	}
	s.routes(s.app)
}

// byHost hands a request on to the server whose theme the host has.
func (s *Server) byHost(c *fiber.Ctx) error {
	under, ok := s.hosts[s.o.Theme.For(string(c.Request().Host()))]
	if !ok {
		return c.Next()
	}
	under(c.Context())
	return nil
}

// Serve answers requests until Shutdown. It returns nil after one.
func (s *Server) Serve(l net.Listener) error { return s.app.Listener(lingering{l, s.room, s.stall}) }

// Drain has the server say that it is not ready, so that a balancer sends no more to it. It answers as before.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown stops listening and waits for the requests under way until the context ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }

// Test answers one request without a network.
func (s *Server) Test(r *http.Request) (*http.Response, error) { return s.app.Test(r, -1) }

// Route is a method and a pattern that this server answers.
type Route struct{ Method, Path string }

// Routes lists all of them, in order. The actions of a resource are one pattern.
func (s *Server) Routes() []Route {
	var list []Route
	for _, r := range s.app.GetRoutes(true) {
		list = append(list, Route{r.Method, r.Path})
	}
	return list
}
