package app

import "github.com/commonplace-oer/commonplace/internal/jobs"

// Jobs are the jobs of the server, for tests.
func (a *App) Jobs() *jobs.Queue { return a.jobs }
