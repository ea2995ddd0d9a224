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
