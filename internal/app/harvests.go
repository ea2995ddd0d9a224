package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Harvests runs harvests in the background, one for a peer at a time.
type Harvests struct {
	app       *App
	harvester *federation.Harvester
	ctx       context.Context // ends when the server stops
	cancel    context.CancelFunc
	done      sync.WaitGroup

	slots   chan struct{} // of harvests at a time
	mu      sync.Mutex
	running map[string]underWay // harvests under way in this process, by peer
}

func newHarvests(a *App) *Harvests {
	ctx, cancel := context.WithCancel(context.Background())
	return &Harvests{app: a, ctx: ctx, cancel: cancel, slots: make(chan struct{}, atOnce), running: map[string]underWay{}, harvester: federation.NewHarvester(federation.HarvesterOptions{
		Inbox: inbox{a.Catalog, a.counts}, Client: a.client, Namespace: a.settings.Identifier, Now: a.now, Logger: a.log,
	})}
}

// Register keeps the repository at an address as a peer, under a name or one made from its address.
func (h *Harvests) Register(ctx context.Context, name, address string) (federation.Peer, error) {
	return h.Keep(ctx, address, federation.Subscription{Name: name})
}

// Keep keeps the repository at an address as a peer, as the administrator chose. Nothing is harvested yet.
func (h *Harvests) Keep(ctx context.Context, address string, o federation.Subscription) (federation.Peer, error) {
	found, err := h.harvester.Detect(ctx, address)
	if err != nil {
		return federation.Peer{}, err
	}
	p := found.Peer()
	if o.Name != "" {
		p.Name = o.Name
	}
	if federation.PeerName("http://"+p.Name) != p.Name || p.Name == "letters" { // whose page is another
		return p, fmt.Errorf("name %q: %w: use lower-case letters, digits and inner hyphens", p.Name, kind.ErrInvalid)
	}
	if err := h.mayClaim(ctx, found, &p); err != nil {
		return p, err
	}
	p.Added = h.app.now().UTC().Truncate(time.Second)
	p.Prefix, p.Sets, p.Filter, p.Interval, p.Reconcile = o.Prefix, o.Sets, o.Filter, o.Interval, o.Reconcile
	switch {
	case p.Interval < 0:
		p.Interval = 0
	case p.Interval == 0:
		if p.Interval, err = h.app.Config.Interval(); err != nil {
			return p, err
		}
	}
	return p, h.app.Catalog.SavePeer(ctx, p)
}

// mayClaim refuses a peer that takes the place of another: by its name, or by saying that this server's or another peer's
// namespace is its own. One that only shares its host with another is kept without a namespace.
func (h *Harvests) mayClaim(ctx context.Context, found federation.Detected, p *federation.Peer) error {
	if found.Claimed && strings.EqualFold(p.Namespace, h.app.settings.Identifier) {
		return fmt.Errorf("%s: %w: it says that its repository identifier is %s, which is this server's own", p.URL, kind.ErrConflict, p.Namespace)
	}
	peers, err := h.app.Catalog.Peers(ctx)
	if err != nil {
		return err
	}
	for _, other := range peers {
		if other.Name == p.Name {
			if other.URL != p.URL {
				return fmt.Errorf("%s: %w: there is a peer %s at %s already; give this one another name, or remove the other first",
					p.URL, kind.ErrConflict, other.Name, other.URL)
			}
			continue
		}
		if p.Namespace == "" || other.Namespace != p.Namespace {
			continue
		}
		if found.Claimed {
			return fmt.Errorf("%s: %w: it says that its repository identifier is %s, which is that of the peer %s at %s; "+
				"if that is the wrong one, remove it first", p.URL, kind.ErrConflict, p.Namespace, other.Name, other.URL)
		}
		p.Namespace = ""
	}
	if strings.EqualFold(p.Namespace, h.app.settings.Identifier) {
		p.Namespace = ""
	}
	return nil
}

// Preview finds the repository at an address and shows what it would bring. Nothing is kept.
func (h *Harvests) Preview(ctx context.Context, address string, o federation.PreviewOptions) (federation.Preview, error) {
	return h.harvester.Preview(ctx, address, o)
}

// Subscribe keeps the repository at an address as a peer, as the administrator chose, and starts its first harvest.
func (h *Harvests) Subscribe(ctx context.Context, address string, o federation.Subscription) (federation.Peer, error) {
	p, err := h.Keep(ctx, address, o)
	if err != nil {
		return p, err
	}
	return p, h.Start(ctx, p.Name)
}

// Configure changes what an administrator chose of a peer. Other sets, formats and filters hold from the next run on,
// which is then a full one.
func (h *Harvests) Configure(ctx context.Context, peer string, change func(*federation.Peer)) error {
	return h.app.Catalog.ChangePeer(ctx, peer, change)
}

// Pause ends the harvest of a peer that is under way and begins no more until Resume. What arrived is kept.
func (h *Harvests) Pause(ctx context.Context, peer string) error {
	err := h.Configure(ctx, peer, func(p *federation.Peer) { p.Paused = true })
	return errors.Join(err, h.halt(ctx, peer))
}

// Resume has a paused peer harvested again, from where it was.
func (h *Harvests) Resume(ctx context.Context, peer string) error {
	return h.Configure(ctx, peer, func(p *federation.Peer) { p.Paused = false })
}

// Remove forgets a peer. Its records become tombstones.
func (h *Harvests) Remove(ctx context.Context, peer string) error {
	if err := h.app.Catalog.RemovePeer(ctx, peer); err != nil {
		return err
	}
	return errors.Join(h.halt(ctx, peer), h.app.Boards.Forget(ctx, peer), h.app.CatchUp(ctx), h.app.aggregate(ctx))
}

// Health tells how a peer does.
func (h *Harvests) Health(ctx context.Context, peer string, runs int) (federation.Health, error) {
	return h.harvester.Health(ctx, peer, runs)
}

// Suggested are repositories that the peers, which are all there are, name as their friends and that are no peers yet.
func (h *Harvests) Suggested(peers []federation.Peer) []string {
	known := map[string]bool{h.app.Config.BaseURL + "/oai": true}
	for _, p := range peers {
		known[p.URL] = true
	}
	var all []string
	for _, p := range peers {
		for _, friend := range p.State.Friends {
			if !known[friend] {
				known[friend] = true
				all = append(all, friend)
			}
		}
	}
	return all
}

// friends are the peers' own addresses, for harvesters that look for more repositories.
func (a *App) friends(ctx context.Context) ([]string, error) {
	peers, err := a.Catalog.Peers(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, p := range peers {
		if u, err := url.Parse(p.URL); err == nil && u.User == nil {
			list = append(list, p.URL)
		}
	}
	return list, nil
}
