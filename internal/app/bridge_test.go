package app

import (
	"context"
	"time"

	"github.com/commonplace-oer/commonplace/internal/jobs"
)

// Jobs are the jobs of the server, for tests.
func (a *App) Jobs() *jobs.Queue { return a.jobs }

// SnapshotIfDue is what every node does from time to time.
func (a *App) SnapshotIfDue(ctx context.Context, every time.Duration) error {
	return a.snapshotIfDue(ctx, every)
}

// SetPatience has the delay before a server drains end otherwise than by the clock, and what is under way have other time.
func (s *Server) SetPatience(after func(time.Duration) <-chan time.Time, drain time.Duration) {
	s.after, s.drain = after, drain
}
