package web

import (
	"context"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

// Catalog lists what pages show. Lists hold live resources only.
type Catalog interface {
	federation.Peers
	federation.Runs
	// Quarantine returns the records of a peer that could not be accepted, newest first, without the first skip of them.
	Quarantine(ctx context.Context, peer string, skip, limit int) ([]federation.Quarantined, error)
	// Quarantined returns one of them by its entry, or kind.ErrNotFound.
	Quarantined(ctx context.Context, peer, entry string) (federation.Quarantined, error)
	// Reasons counts the records of a peer in quarantine by what is wrong with them.
	Reasons(ctx context.Context, peer string) (map[string]int, error)
	// Lately are the newest runs of some peers, and InQuarantine how many records of theirs could not be accepted, by their
	// names; peers that have none are not in the maps.
	Lately(ctx context.Context, peers []string) (map[string]federation.Run, error)
	InQuarantine(ctx context.Context, peers []string) (map[string]int, error)
	search.Feed

	// PeerTitles returns what peers call themselves, by their names here; the map is shared and not to be changed. Every page
	// asks for it.
	PeerTitles(ctx context.Context) (map[string]string, error)
	// Resources returns the resources of the ids, in their order; what is gone is left out.
	Resources(ctx context.Context, ids []repository.ID) ([]repository.Resource, error)
	// Newest returns the resources that changed last, own and harvested, without the parts of units, the newest first.
	Newest(ctx context.Context, limit int) ([]repository.Resource, error)
	// OfOwner returns the resources of a namespace, the newest first.
	OfOwner(ctx context.Context, owner string, limit int) ([]repository.Resource, error)
	// Between returns this server's own resources whose newest change has a number after one and up to another, in the
	// order of the changes; deleted ones only where they are asked for.
	Between(ctx context.Context, after, upTo int64, deleted bool) ([]repository.Resource, error)
	Filled(ctx context.Context, size int64) ([]int, error)
	// ReleasesAfter are the releases whose change has a number after one and up to another, in the order of the changes.
	ReleasesAfter(ctx context.Context, after, upTo int64, limit int) ([]catalog.Released, error)
	// NewestReleases are the newest releases of what is not withdrawn.
	NewestReleases(ctx context.Context, limit int) ([]catalog.Released, error)
	// Withhold makes a harvested record a tombstone that stays one while a takedown names it; Unwithhold brings it back as it was.
	Withhold(ctx context.Context, id repository.ID) error
	Unwithhold(ctx context.Context, id repository.ID) error
	// Counts counts the live resources.
	Counts(ctx context.Context) (catalog.Counts, error)
	// Owners are the owners that have most resources, the largest first.
	Owners(ctx context.Context, limit int) ([]catalog.OwnerCount, error)
	// Seq is the number of the newest change.
	Seq(ctx context.Context) (int64, error)
}

// Harvester looks at repositories, keeps them as peers, and runs harvests in the background.
type Harvester interface {
	// Preview finds the repository at an address and shows what it would bring. Nothing is kept. What is no repository is
	// kind.ErrInvalid, what must not be asked kind.ErrDenied; both with the reason.
	Preview(ctx context.Context, address string, o federation.PreviewOptions) (federation.Preview, error)
	// Subscribe keeps the repository at an address as a peer and starts its first harvest. Errors are as for Preview, and
	// kind.ErrConflict where the name or namespace is taken.
	Subscribe(ctx context.Context, address string, o federation.Subscription) (federation.Peer, error)
	// Start begins a harvest of a peer and returns at once; one that is running already goes on.
	Start(ctx context.Context, peer string) error
	// StartFull is Start for everything that the peer has; what it does not name any more goes.
	StartFull(ctx context.Context, peer string) error
	// Replay reads records in quarantine again, by their identifiers; kind.ErrConflict while a harvest is under way.
	Replay(ctx context.Context, peer string, ids ...string) (federation.Run, error)
	// StartReplay reads all that came from a peer again, and returns at once.
	StartReplay(ctx context.Context, peer string) error
	// Pause ends the harvest that is under way and begins no more until Resume.
	Pause(ctx context.Context, peer string) error
	Resume(ctx context.Context, peer string) error
	// Remove forgets a peer; its records become tombstones.
	Remove(ctx context.Context, peer string) error
	// Suggested are repositories that the peers, which are all there are, name as their friends and that are no peers yet.
	Suggested(peers []federation.Peer) []string
}
