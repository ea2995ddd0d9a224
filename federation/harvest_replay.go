package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// replayed is how many records one transaction of a replay stores at most.
const replayed = 200

// Replay reads what came from a peer again, without asking the peer: after a crosswalk has learned more, a license
// statement is understood, or the peer's filter has become narrower. It takes the records in quarantine with the given
// identifiers or, if none are given, all of them and then all that are held. What can be accepted now leaves the
// quarantine; what cannot stays there with the newest reason. It returns the run as it was stored; errors are as for Run.
func (h *Harvester) Replay(ctx context.Context, peer string, ids ...string) (Run, error) {
	if !h.claim(peer) {
		return Run{}, fmt.Errorf("replay %s: %w: a run is going on", peer, kind.ErrConflict)
	}
	defer h.release(peer)
	p, err := h.o.Inbox.Peer(ctx, peer)
	if err != nil {
		return Run{}, fmt.Errorf("replay %s: %w", peer, err)
	}
	r := &round{Harvester: h, peer: p, state: p.State}
	r.state.Filter = p.Filter
	r.run, err = h.o.Inbox.Begin(ctx, Run{Peer: p.Name, Started: h.o.Now().UTC(), Replay: true})
	if err != nil {
		return Run{}, fmt.Errorf("replay %s: %w", peer, err)
	}
	r.run.Replay = true
	cause := r.replay(ctx, ids)
	e := Ending{Run: r.run, State: p.State} // what was harvested last, and when, is as it was
	e.Run.Finished, e.Run.Complete = h.o.Now().UTC(), cause == nil
	if cause != nil {
		e.Run.Error = cause.Error()
	}
	run, err := h.o.Inbox.End(context.WithoutCancel(ctx), e)
	if cause = errors.Join(cause, err); cause != nil {
		return run, fmt.Errorf("replay %s: %w", peer, cause)
	}
	return run, nil
}

func (r *round) replay(ctx context.Context, ids []string) error {
	for after := ""; ; {
		bad, err := r.o.Inbox.Refused(ctx, r.peer.Name, after, replayed)
		if err != nil {
			return err
		}
		if len(bad) == 0 {
			break
		}
		after = bad[len(bad)-1].Entry()
		if err := r.againRefused(ctx, bad, ids); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		return nil
	}
	for after := ""; ; {
		held, err := r.o.Inbox.Stored(ctx, r.peer.Name, after, replayed)
		if err != nil || len(held) == 0 {
			return err
		}
		var records []oaipmh.Record
		var prefixes []string
		for _, h := range held {
			rec := oaipmh.Record{Stamp: h.Stamp, Metadata: h.Raw, About: h.About}
			rec.Identifier, rec.Sets, rec.Datestamp = h.Identifier, h.Sets, h.Datestamp
			records, prefixes, after = append(records, rec), append(prefixes, h.Prefix), h.Identifier
		}
		if err := r.again(ctx, records, prefixes); err != nil {
			return err
		}
	}
}

// againRefused judges those records from the quarantine anew that can be read, and that are wanted; no ids: all.
func (r *round) againRefused(ctx context.Context, bad []Quarantined, ids []string) error {
	var records []oaipmh.Record
	var prefixes []string
	for _, q := range bad {
		if q.Broken || q.Identifier == "" || len(q.Raw) == 0 || len(ids) > 0 && !slices.Contains(ids, q.Identifier) {
			continue
		}
		rec := oaipmh.Record{Stamp: q.Stamp, Metadata: q.Raw, About: q.About}
		rec.Identifier, rec.Sets = q.Identifier, q.Sets
		rec.Datestamp, _, _ = oaipmh.ParseLoose(q.Stamp)
		records, prefixes = append(records, rec), append(prefixes, q.Prefix)
	}
	if len(records) == 0 {
		return nil
	}
	return r.again(ctx, records, prefixes)
}

// again judges records anew and stores what became of them.
func (r *round) again(ctx context.Context, records []oaipmh.Record, prefixes []string) error {
	batch := Page{Run: r.run.ID, Peer: r.peer.Name, At: r.o.Now().UTC(), State: r.peer.State}
	for i, rec := range records {
		good, reason := r.harvested(rec, prefixes[i])
		if reason == "" {
			good.Filtered = !r.state.Filter.Keeps(good)
			batch.Records = append(batch.Records, good)
			continue
		}
		q := quarantined(rec, prefixes[i], reason)
		q.Peer, q.Run, q.At = r.peer.Name, r.run.ID, batch.At
		batch.Quarantine = append(batch.Quarantine, q)
	}
	tally, err := r.o.Inbox.Commit(ctx, batch)
	if err == nil {
		r.run.Pages++
		r.run.Add(tally)
	}
	return err
}
