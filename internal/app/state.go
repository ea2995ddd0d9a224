package app

import (
	"context"

	"github.com/commonplace-oer/commonplace/internal/web"
)

// state is what the page of the state shows of this process and of the jobs of all nodes.
func (a *App) state(ctx context.Context) (web.State, error) {
	s := web.State{Database: string(a.db.Engine()), Shared: a.shared()}
	if free, _, err := freeBytes(a.Config.Data); err == nil {
		s.Free = free
	}
	totals, nodes, err := a.jobs.Totals(ctx)
	if err != nil {
		return s, err
	}
	s.Nodes = nodes
	for _, t := range totals {
		s.AllJobs += t.Running + t.Waiting + t.Later
	}
	list, err := a.jobs.List(ctx, web.ShownJobs)
	if err != nil {
		return s, err
	}
	for _, j := range list {
		s.Jobs = append(s.Jobs, web.Job{Kind: j.Kind, Name: j.Name, Running: j.Running, Waiting: j.Waiting, Attempts: j.Attempts})
	}
	return s, nil
}
