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
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
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

// Start begins a harvest of a peer and returns at once; one that is running already goes on.
func (h *Harvests) Start(ctx context.Context, peer string) error { return h.start(ctx, peer, false) }

// StartFull is Start for everything that the peer has; what it does not name any more goes.
func (h *Harvests) StartFull(ctx context.Context, peer string) error { return h.start(ctx, peer, true) }

func (h *Harvests) start(ctx context.Context, peer string, full bool) error {
	what := harvestChanges
	if full {
		what = harvestAll
	}
	return h.add(ctx, peer, what)
}

// harvestJob is the kind of the jobs that are harvests; their names are peers'. Only who has the job harvests the peer.
const harvestJob = "harvest"

// What a job of a harvest is to bring.
const (
	harvestChanges = "changes"
	harvestDue     = "due" // changes, if the peer is still due then
	harvestAll     = "all"
	harvestReplay  = "replay" // what came before, read again
)

// atOnce bounds the harvests that one node does at a time; the others wait for it, or for another node.
const atOnce = 16

// add puts a harvest on the list of all nodes, and looks at the list.
func (h *Harvests) add(ctx context.Context, peer, what string) error {
	if _, err := h.app.Catalog.Peer(ctx, peer); err != nil || h.ctx.Err() != nil {
		return err
	}
	if err := h.app.jobs.Add(ctx, harvestJob, peer, what, time.Time{}); err != nil {
		return err
	}
	h.done.Go(h.work)
	return nil
}

// work does the harvests that are on the list, as many at a time as this node may.
func (h *Harvests) work() {
	for h.ctx.Err() == nil {
		select {
		case h.slots <- struct{}{}:
		default:
			return // who has finished looks at the list again
		}
		job, err := h.app.jobs.Take(h.ctx, harvestJob)
		if err != nil || job == nil {
			<-h.slots
			if err != nil && h.ctx.Err() == nil {
				h.app.log.Error("harvests on the list not read", "err", err)
			}
			return
		}
		h.done.Go(func() {
			err := h.do(job)
			<-h.slots
			if err != nil && !errors.Is(err, kind.ErrConflict) && !errors.Is(err, kind.ErrNotFound) {
				h.app.log.Error("harvest ended incomplete", "peer", job.Name, "err", err)
			}
			h.work()
		})
	}
}

// do does a job of the list. One that the end of this node interrupts goes back on the list.
func (h *Harvests) do(job *jobs.Job) (err error) {
	ctx, leave := h.enter(job)
	defer func() { err = errors.Join(err, leave(h.ctx.Err() != nil)) }()
	switch job.Payload {
	case harvestReplay:
		_, err = h.replay(ctx, job.Name)
		return err
	case harvestDue:
		p, err := h.app.Catalog.Peer(ctx, job.Name)
		if err != nil || !p.Due(h.app.now()) {
			return err
		}
	}
	_, err = h.run(ctx, job.Name, job.Payload == harvestAll, nil)
	return err
}

// underWay is a harvest in this process.
type underWay struct {
	cancel context.CancelFunc
	done   chan struct{} // closed once another may have the job
}

// enter lets halt end what is done for a job, until leave finishes the job or, if it is to be done again, gives it back.
func (h *Harvests) enter(job *jobs.Job) (ctx context.Context, leave func(again bool) error) {
	ctx, cancel := context.WithCancel(job.Context())
	mine := underWay{cancel, make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running[job.Name] = mine
	return ctx, func(again bool) (err error) {
		cancel()
		if again {
			err = job.Release(context.WithoutCancel(ctx))
		} else {
			err = job.Finish(context.WithoutCancel(ctx), nil)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.running[job.Name].done == mine.done {
			delete(h.running, job.Name)
		}
		close(mine.done)
		return err
	}
}

// hold enters the job of a harvest for who waits for it. It is kind.ErrConflict while another has it.
func (h *Harvests) hold(ctx context.Context, peer string) (context.Context, func(again bool) error, error) {
	if _, err := h.app.Catalog.Peer(ctx, peer); err != nil {
		return nil, nil, fmt.Errorf("harvest %s: %w", peer, err)
	}
	job, err := h.app.jobs.Hold(ctx, harvestJob, peer)
	if errors.Is(err, jobs.ErrHeld) {
		err = fmt.Errorf("harvest %s: %w: a run is going on", peer, kind.ErrConflict)
	}
	if err != nil {
		return nil, nil, err
	}
	ctx, leave := h.enter(job)
	return ctx, leave, nil
}

// Run harvests a peer now and waits for it. It is kind.ErrConflict while a harvest of that peer is under way.
func (h *Harvests) Run(ctx context.Context, peer string, full bool, progress func(federation.Run)) (run federation.Run, err error) {
	ctx, leave, err := h.hold(ctx, peer)
	if err != nil {
		return run, err
	}
	defer func() { err = errors.Join(err, leave(false)) }()
	return h.run(ctx, peer, full, progress)
}

// run harvests a peer whose job this node has.
func (h *Harvests) run(ctx context.Context, peer string, full bool, progress func(federation.Run)) (federation.Run, error) {
	run, err := h.harvester.Run(ctx, peer, federation.RunOptions{Full: full, Progress: progress})
	// What arrived is searchable and passed on, whether the run was complete or not.
	ctx = context.WithoutCancel(ctx)
	if err := h.app.Boards.Visit(ctx, peer); err != nil { // approvals are shown beside what was harvested, and are no part of it
		h.app.log.Warn("lists of a peer not taken over", "peer", peer, "err", err)
	}
	return run, errors.Join(err, h.app.CatchUp(ctx), h.app.aggregate(ctx))
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

// Replay reads what came from a peer again: the given identifiers of its quarantine or, if none are given, everything.
func (h *Harvests) Replay(ctx context.Context, peer string, ids ...string) (run federation.Run, err error) {
	ctx, leave, err := h.hold(ctx, peer)
	if err != nil {
		return run, err
	}
	defer func() { err = errors.Join(err, leave(false)) }()
	return h.replay(ctx, peer, ids...)
}

func (h *Harvests) replay(ctx context.Context, peer string, ids ...string) (federation.Run, error) {
	run, err := h.harvester.Replay(ctx, peer, ids...)
	ctx = context.WithoutCancel(ctx)
	return run, errors.Join(err, h.app.CatchUp(ctx), h.app.aggregate(ctx))
}

// StartReplay begins to read all that came from a peer again, and returns at once.
func (h *Harvests) StartReplay(ctx context.Context, peer string) error {
	return h.add(ctx, peer, harvestReplay)
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

// halt ends the harvest of a peer that is under way: in this process now, on another node with its next heartbeat.
func (h *Harvests) halt(ctx context.Context, peer string) error {
	if err := h.app.jobs.Stop(ctx, harvestJob, peer); err != nil {
		return err
	}
	h.mu.Lock()
	mine, here := h.running[peer]
	h.mu.Unlock()
	if !here {
		return nil
	}
	mine.cancel()
	select {
	case <-mine.done:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// follow starts the harvests that are due until the server stops.
func (h *Harvests) follow(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.app.aggregate(h.ctx); err != nil { // a peer may have been removed
			h.app.log.Error("harvested records not passed on", "err", err)
		}
		peers, err := h.app.Catalog.Peers(h.ctx)
		if err != nil {
			h.app.log.Error("peers not read", "err", err)
			continue
		}
		for _, p := range peers {
			if p.Due(h.app.now()) {
				if err := h.app.jobs.Add(h.ctx, harvestJob, p.Name, harvestDue, time.Time{}); err != nil {
					h.app.log.Error("harvest not started", "peer", p.Name, "err", err)
				}
			}
		}
		h.work() // what other nodes did not come to, too
	}
}

// post brings suggestions on their way until the server stops.
func (h *Harvests) post(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.deliver(); err != nil && h.ctx.Err() == nil {
			h.app.log.Warn("suggestions not brought on their way", "err", err)
		}
	}
}

// deliver brings suggestions on their way, unless another node does.
func (h *Harvests) deliver() error {
	job, err := h.app.jobs.Hold(h.ctx, "letters", "")
	if errors.Is(err, jobs.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(h.app.Letters.Follow(job.Context()), job.Finish(context.WithoutCancel(h.ctx), nil))
}

func (h *Harvests) stop() {
	h.cancel()
	h.done.Wait()
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

// passedOnAtOnce is how many harvested records are listed in one transaction: others who write wait for it.
const passedOnAtOnce = 100

// aggregate lists what was harvested for those who harvest this server, if the operator wants that.
func (a *App) aggregate(ctx context.Context) error {
	a.aggregating.Lock()
	defer a.aggregating.Unlock()
	var render catalog.Rendering
	if a.Config.Aggregate {
		render = federation.Aggregator{BaseURL: a.Config.BaseURL + "/oai", View: a.view}.Records
	}
	for {
		more, err := a.Catalog.Aggregate(ctx, passedOnAtOnce, render)
		if err != nil || !more {
			return err
		}
	}
}

// view is all that is known of a harvested resource; parts that were not harvested are left out.
func (a *App) view(ctx context.Context, r repository.Resource) (metadata.View, error) {
	v, err := a.Repository.View(ctx, r)
	if errors.Is(err, kind.ErrNotFound) {
		r.Parts, r.Unit = nil, ""
		v, err = a.Repository.View(ctx, r)
	}
	return v, err
}
