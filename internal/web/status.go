package web

import (
	"context"
	"runtime"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/themes"
)

// State is what only the process that serves knows of itself.
type State struct {
	Database string // engine
	Shared   bool   // other nodes use the same database and bucket
	Nodes    int    // that have jobs at this moment
	Free     uint64 // bytes of the disk of the data folder; 0: not known
	AllJobs  int
	Jobs     []Job // those that run first; ShownJobs of them are enough
}

// Job is a job of the list of all nodes.
type Job struct {
	Kind, Name string
	Running    bool
	Waiting    time.Duration // negative: it is due later
	Attempts   int64
}

// What the page of the state shows at most, so that it stays a page.
const (
	ShownJobs   = 30
	shownOwners = 15
	shownPeers  = 30
)

// status shows administrators how the server does.
func (s *Server) status(c *fiber.Ctx) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	ctx := c.UserContext()
	state, err := s.o.State(ctx)
	if err != nil {
		return err
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	v := themes.Status{
		Version: s.o.Version, Started: s.started, Database: state.Database, Shared: state.Shared, Nodes: state.Nodes, Free: int64(state.Free), //nolint:gosec // no disk is that large

		Memory:      int64(memory.HeapAlloc), //nolint:gosec // nor memory
		Connections: s.room.open(), Indexed: s.o.Search.Seq(), Indexing: s.o.Indexing(), AllJobs: state.AllJobs,
	}
	if v.Changes, err = s.o.Catalog.Seq(ctx); err != nil {
		return err
	}
	counts, err := s.o.Catalog.Counts(ctx)
	if err != nil {
		return err
	}
	v.Own, v.Harvested = counts.Own, counts.Harvested
	now := s.o.Now()
	for _, j := range state.Jobs[:min(len(state.Jobs), ShownJobs)] {
		line := themes.StatusJob{Kind: j.Kind, Name: j.Name, Running: j.Running, Attempts: int(j.Attempts)}
		if j.Waiting < 0 {
			line.Due = now.Add(-j.Waiting)
		}
		v.Jobs = append(v.Jobs, line)
	}
	owners, err := s.o.Catalog.Owners(ctx, shownOwners)
	if err != nil {
		return err
	}
	for _, o := range owners {
		v.Owners = append(v.Owners, themes.StatusOwner{Name: o.Owner, Count: o.Count, Most: s.o.OwnerResources, Stored: o.Stored, Room: s.o.OwnerBytes})
	}
	return s.statusPeers(ctx, v, c)
}

// statusPeers adds the harvests, those that need a look first.
func (s *Server) statusPeers(ctx context.Context, v themes.Status, c *fiber.Ctx) error {
	peers, err := s.o.Catalog.Peers(ctx)
	if err != nil {
		return err
	}
	v.AllPeers = len(peers)
	for _, incomplete := range []bool{true, false} {
		for _, p := range peers {
			if (p.State.Resume != nil) == incomplete && len(v.Peers) < shownPeers {
				v.Peers = append(v.Peers, themes.StatusPeer{Name: p.Name, Records: p.Records, Ended: p.State.Ended, Incomplete: incomplete, Paused: p.Paused})
			}
		}
	}
	return s.page(c, "status", themes.Frame{}, v)
}
