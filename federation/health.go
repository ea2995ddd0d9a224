package federation

import (
	"context"
	"fmt"
	"time"
)

// Health is how a peer does.
type Health struct {
	Peer       Peer           `json:"peer"`
	Runs       []Run          `json:"runs"`       // the last ones, newest first
	Quarantine map[string]int `json:"quarantine"` // records that could not be accepted, by the reason
	Next       time.Time      `json:"next,omitzero"`
	Running    bool           `json:"running"` // a run is under way in this process
	// Failures is how many of the last runs ended incomplete, counted back from the newest.
	Failures int `json:"failures"`
}

// Health tells of a peer, with at most the given number of its runs. It returns kind.ErrNotFound if there is no such peer.
func (h *Harvester) Health(ctx context.Context, peer string, runs int) (v Health, err error) {
	if v.Peer, err = h.o.Inbox.Peer(ctx, peer); err != nil {
		return v, err
	}
	if v.Runs, err = h.o.Inbox.Runs(ctx, peer, runs); err != nil {
		return v, fmt.Errorf("runs of %s: %w", peer, err)
	}
	if v.Quarantine, err = h.o.Inbox.Reasons(ctx, peer); err != nil {
		return v, fmt.Errorf("quarantine of %s: %w", peer, err)
	}
	for _, r := range v.Runs {
		if r.Complete || r.Finished.IsZero() && v.Failures == 0 {
			if r.Complete {
				break
			}
			continue
		}
		v.Failures++
	}
	h.mu.Lock()
	v.Running = h.busy[peer]
	h.mu.Unlock()
	v.Next = v.Peer.Next()
	return v, nil
}
