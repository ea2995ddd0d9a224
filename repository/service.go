package repository

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// Options are what a Service is made of. All but Standards, Limits, Media, Renderer, Bucket and Remote are required.
type Options struct {
	Store     *gitstore.Store
	Catalog   Catalog
	Namespace string                                // repository identifier: the middle of oai:<namespace>:<uuid>
	BaseURL   string                                // of this server, without a slash at its end
	Standards func() metadata.Standards             // resolves alignments; may change while the server runs
	Render    func(Resource, metadata.View) Records // makes what harvesters get
	Publisher metadata.Agent                        // this repository, as records name it
	Remote    *http.Client                          // reaches peers' git servers; guards which addresses it may reach
	Limits    metadata.CheckOptions
	Room      Room                    // refuses what an owner has no room for; nil: there is always room
	Hold      Hold                    // keeps publications out of the catalog; nil: none
	Grown     func(gitstore.Location) // told of a repository that is worth a Compact; must return at once
	Missed    func(gitstore.Location) // told of a repository that the bucket has and the catalog could not show; must return at once
	Media     *media.Store            // keeps large files beside git; nil: they stay in git
	Renderer  *render.Renderer        // looks into texts before they are published; nil: only their metadata is checked
	Bucket    blob.Store              // keeps reports of revisions; nil: they are made anew each time
	Now       func() time.Time
	Logger    *slog.Logger
}

// Room says, before something is published or revised, whether its owner may store more; if not, with an error that is
// kind.ErrInvalid and says what is stored and allowed.
type Room func(ctx context.Context, owner string) error

// HasRoom is nil where an owner may store more; else it is the error of Room.
func (s *Service) HasRoom(ctx context.Context, owner string) error {
	if s.o.Room == nil {
		return nil
	}
	return s.o.Room(ctx, owner)
}

// Service publishes, revises and remixes. It is safe for concurrent use, and any number of them may share a bucket.
type Service struct {
	o      Options
	looker looker
	// saving keeps writers of one repository in line, so that they need not retry against each other. What is right does
	// not depend on it: the manifest's conditional replace does that.
	saving   keyed
	pointers *lru.Cache[Revision, map[media.OID]media.Pointer] // all that a revision and those before it point to
	// fetched keeps what was brought from peers while a remix is written, so that publishing it needs the peer no more.
	fetched *expirable.LRU[string, *gitstore.Repository]
}

// keepFetched is how long: far less than the grace that unlisted packs have before they are swept.
const keepFetched = 10 * time.Minute

// New returns a service.
func New(o Options) *Service {
	s := &Service{o: o, looker: newLooker(o.Renderer), fetched: expirable.NewLRU[string, *gitstore.Repository](64, nil, keepFetched)}
	s.pointers, _ = lru.New[Revision, map[media.OID]media.Pointer](knownPointers) // fails for a size of 0 only
	return s
}

// Actor is who does something: the author of a revision.
type Actor struct {
	Name    string // account name
	Display string // how credits name the person
	URL     string // page of the person, may be empty
}

func (s *Service) email(a Actor) string { return a.Name + "@" + s.o.Namespace }

// Identifier is the OAI identifier of a resource of this server.
func (s *Service) Identifier(id ID) string { return "oai:" + s.o.Namespace + ":" + string(id) }

// Permalink is the address of a resource that never changes.
func (s *Service) Permalink(id ID) string { return s.o.BaseURL + "/id/" + string(id) }

// URL is the address of a resource's page.
func (s *Service) URL(a Address) string { return s.o.BaseURL + "/r/" + a.String() }

// GitURL is the address that git clone takes.
func (s *Service) GitURL(a Address) string { return s.o.BaseURL + "/r/" + a.Root().String() + ".git" }

func newID() ID { return ID(uuid.NewString()) }

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Second) }

func location(r Reservation) gitstore.Location {
	return gitstore.Location{Family: r.Family, Repository: string(r.Repository)}
}

// keyed is a set of locks by name.
type keyed struct {
	mu    sync.Mutex
	locks map[string]*entry
}

type entry struct {
	mu   sync.Mutex
	uses int
}

// lock waits for the name and returns what gives it back.
func (k *keyed) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*entry{}
	}
	e := k.locks[name]
	if e == nil {
		e = &entry{}
		k.locks[name] = e
	}
	e.uses++
	k.mu.Unlock()
	e.mu.Lock()
	return func() {
		e.mu.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if e.uses--; e.uses == 0 {
			delete(k.locks, name)
		}
	}
}

// ParseAddress reads owner/slug or owner/slug/part.
func ParseAddress(s string) (Address, bool) {
	parts := strings.SplitN(strings.Trim(s, "/"), "/", 3)
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" || strings.ContainsAny(s, ": ") {
		return Address{}, false
	}
	a := Address{Owner: parts[0], Slug: parts[1]}
	if len(parts) == 3 {
		a.Part = parts[2]
	}
	return a, true
}
