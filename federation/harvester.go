package federation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// HarvesterOptions are what a Harvester is made of. Zero bounds take their default.
type HarvesterOptions struct {
	Inbox  Inbox
	Client *http.Client // from internal/fetch; nil: one that goes to public addresses only

	// Namespace is this server's own repository identifier. Records of it that come back from a peer are left out.
	Namespace string

	Bounds   oaipmh.Bounds // of one answer
	Attempts int           // for one page; 6
	Wait     time.Duration // longest single wait that a peer can ask for; 10 minutes
	Restarts int           // of a list whose token the peer does not know any more; 2
	Pages    int           // of one list; 1,000,000
	Records  int           // of one list; 20,000,000
	Pause    time.Duration // between two pages of a web site, where it does not ask for more; 200 ms
	Overlap  time.Duration // asked for again before the watermark, beyond one step of the peer's granularity; 0

	Now    func() time.Time                                 // time.Now
	Sleep  func(ctx context.Context, d time.Duration) error // waits, or returns the context's error
	Logger *slog.Logger
}

// Harvester brings what changed at peers into the Inbox. It is safe for concurrent use; one peer is harvested once at a
// time.
type Harvester struct {
	o HarvesterOptions

	mu   sync.Mutex
	busy map[string]bool
}

// NewHarvester returns a harvester.
func NewHarvester(o HarvesterOptions) *Harvester {
	for n, fallback := range map[*int]int{&o.Attempts: 6, &o.Restarts: 2, &o.Pages: 1_000_000, &o.Records: 20_000_000} {
		if *n == 0 {
			*n = fallback
		}
	}
	if o.Wait == 0 {
		o.Wait = 10 * time.Minute
	}
	if o.Pause == 0 {
		o.Pause = 200 * time.Millisecond
	}
	if o.Client == nil {
		o.Client = fetch.New(fetch.Options{})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Harvester{o: o, busy: map[string]bool{}}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// RunOptions say how to harvest.
type RunOptions struct {
	// Full lists everything that the peer has, not only what changed, and lets go of what it does not name.
	Full bool
	// Progress, if set, is told of the run after each page.
	Progress func(Run)
}

// Run harvests a peer: what changed since the last complete round, everything if there was none, or the rest of a round
// that was interrupted. It returns the run as it was stored. A run that did not complete returns an error that says why;
// everything that had arrived is kept, and the next run goes on from there.
//
// It returns kind.ErrNotFound if there is no such peer and kind.ErrConflict if it is being harvested.
func (h *Harvester) Run(ctx context.Context, peer string, o RunOptions) (Run, error) {
	if !h.claim(peer) {
		return Run{}, fmt.Errorf("harvest %s: %w: a run is going on", peer, kind.ErrConflict)
	}
	defer h.release(peer)
	p, err := h.o.Inbox.Peer(ctx, peer)
	if err != nil {
		return Run{}, fmt.Errorf("harvest %s: %w", peer, err)
	}
	r := &round{Harvester: h, peer: p, state: p.State, progress: o.Progress, full: o.Full}
	began := h.o.Now()
	r.run, err = h.o.Inbox.Begin(ctx, Run{Peer: p.Name, Started: began.UTC(), Full: o.Full || p.State.Watermark.IsZero()})
	if err != nil {
		return Run{}, fmt.Errorf("harvest %s: %w", peer, err)
	}
	cause := r.harvest(ctx)
	run, err := r.end(ctx, cause)
	if err != nil {
		run, cause = r.run, errors.Join(cause, err)
		run.Error = cause.Error()
	}
	h.o.Logger.InfoContext(ctx, "harvest ended", "peer", peer, "complete", run.Complete, "pages", run.Pages,
		"new", run.New, "changed", run.Changed, "deleted", run.Deleted, "quarantined", run.Quarantined,
		"took", h.o.Now().Sub(began), "err", cause)
	if cause != nil {
		return run, fmt.Errorf("harvest %s: %w", peer, cause)
	}
	return run, nil
}

// claim reserves a peer for one run.
func (h *Harvester) claim(peer string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy[peer] {
		return false
	}
	h.busy[peer] = true
	return true
}

// running is how many peers are being harvested.
func (h *Harvester) running() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(1, len(h.busy))
}

func (h *Harvester) release(peer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.busy, peer)
}
