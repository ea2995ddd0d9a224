package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

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

// StartReplay begins to read all that came from a peer again, and returns at once.
func (h *Harvests) StartReplay(ctx context.Context, peer string) error {
	return h.add(ctx, peer, harvestReplay)
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

func (h *Harvests) stop() {
	h.cancel()
	h.done.Wait()
}

// What a job of a harvest is to bring.
const (
	harvestChanges = "changes"
	harvestDue     = "due" // changes, if the peer is still due then
	harvestAll     = "all"
	harvestReplay  = "replay" // what came before, read again
)

// atOnce bounds the harvests that one node does at a time; the others wait for it, or for another node.
const atOnce = 16

// harvestJob is the kind of the jobs that are harvests; their names are peers'. Only who has the job harvests the peer.
const harvestJob = "harvest"
