package web

import (
	"context"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

// Catalog lists what pages show. Lists hold live resources only.
type Catalog interface {
	federation.Peers
	federation.Runs
	// Quarantine returns the records of a peer that could not be accepted, newest first.
	Quarantine(ctx context.Context, peer string, limit int) ([]federation.Quarantined, error)
	search.Feed

	// Resources returns the resources of the ids, in their order; what is gone is left out.
	Resources(ctx context.Context, ids []repository.ID) ([]repository.Resource, error)
	// Newest returns the resources that changed last, own and harvested, without the parts of units, the newest first.
	Newest(ctx context.Context, limit int) ([]repository.Resource, error)
	// OfOwner returns the resources of a namespace, the newest first.
	OfOwner(ctx context.Context, owner string, limit int) ([]repository.Resource, error)
	// Between returns this server's own resources whose newest change has a number after one and up to another, in the
	// order of the changes; deleted ones only where they are asked for.
	Between(ctx context.Context, after, upTo int64, deleted bool) ([]repository.Resource, error)
	// Seq is the number of the newest change.
	Seq(ctx context.Context) (int64, error)
}

// Harvester runs harvests in the background.
type Harvester interface {
	// Add asks the repository at an OAI-PMH address who it is, keeps it as a peer, and starts its first harvest. Something
	// that is not a repository is kind.ErrInvalid, with the reason.
	Add(ctx context.Context, url string) (federation.Peer, error)
	// Start begins a harvest of a peer and returns at once; one that is running already goes on.
	Start(ctx context.Context, peer string) error
	// StartFull is Start for everything that the peer has; what it does not name any more goes.
	StartFull(ctx context.Context, peer string) error
}
