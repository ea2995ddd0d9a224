package repository

import (
	"context"
)

// Catalog is the projection of the bucket that pages, search and harvesters read. internal/catalog implements it.
type Catalog interface {
	// Reserve gives an address to a repository unless it has one already, and returns who has it. The reservation is
	// durable before anything is written to the bucket, so two publications never take the same address.
	Reserve(ctx context.Context, r Reservation) (Reservation, error)
	// Reservation returns who has an address, or kind.ErrNotFound.
	Reservation(ctx context.Context, owner, slug string) (Reservation, error)
	// Reservations returns all of them, by repository.
	Reservations(ctx context.Context) (map[ID]Reservation, error)
	// AnyReservation reports whether there is one.
	AnyReservation(ctx context.Context) (bool, error)
	// Release gives back an address that was reserved for a repository that was never saved.
	Release(ctx context.Context, repository ID) error

	// Resource returns the newest state at an address of this server, tombstones included, or kind.ErrNotFound.
	Resource(ctx context.Context, a Address) (Resource, error)
	// ByID returns a resource, own or harvested, tombstones included, or kind.ErrNotFound.
	ByID(ctx context.Context, id ID) (Resource, error)
	// Resources returns those of some ids in the order of the ids, tombstones included; unknown ids are left out. What is
	// inside of them is shared with others who ask, and not to be changed.
	Resources(ctx context.Context, ids []ID) ([]Resource, error)
	// ByIdentifier returns the resource of an OAI identifier: this server's own, or the one of the peer whose namespace the
	// identifier is in. What others serve under the identifier is found by its ID only.
	ByIdentifier(ctx context.Context, identifier string) (Resource, error)
	// Linked returns the live resources that name the identifier as a source or as what they translate.
	Linked(ctx context.Context, link Link, identifier string) ([]Resource, error)

	// Apply makes the catalog show a repository's resources as they are now, in one transaction. Each one that differs
	// from what is stored takes a change number and a datestamp; the others keep theirs. A projection of an older
	// generation than the one stored changes nothing. It returns kind.ErrConflict if the address belongs to another
	// repository.
	Apply(ctx context.Context, p Projection) error
}

// Reservation says which repository an address belongs to.
type Reservation struct {
	Owner, Slug string
	Repository  ID
	Family      string
	Tag         string // of the manifest that the catalog shows; "" before the first Apply
	Stored      int64  // bytes that it adds to the bucket: packs of its own, and large files of its newest revision
}

// Projection is the state of one repository as its manifest says.
type Projection struct {
	Reservation
	Generation int64      // counts the manifest's changes
	Resources  []Resource // the root first, then its parts in order, then tombstones
	Records    map[ID]Records
	Releases   []Release // all of them, newest first; those that the catalog does not know are news
}

// Records is one resource as harvesters get it, rendered when it is written. Of a tombstone only the formats' names and
// the sets count.
type Records struct {
	Formats map[string][]byte // the metadata element by OAI-PMH prefix
	Sets    []string          // specs of the OAI-PMH sets that it is in
	Rights  string            // address of the license; empty where it is not cleared
	About   map[string][]byte // by prefix, where a harvested record came from, as an XML element; nil for own ones
}

// Link is a way in which one resource refers to another.
type Link string

// The links that a catalog can follow backward.
const (
	SourceLink      Link = "source"
	TranslationLink Link = "translation"
)
