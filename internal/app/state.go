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
	list, err := a.jobs.List(ctx, jobsListed)
	if err != nil {
		return s, err
	}
	holders := map[string]bool{}
	for _, running := range []bool{true, false} {
		for _, j := range list {
			if j.Running == running {
				s.Jobs = append(s.Jobs, web.Job{Kind: j.Kind, Name: j.Name, Running: j.Running, Waiting: j.Waiting, Attempts: j.Attempts})
			}
			if j.Running {
				holders[j.Holder] = true
			}
		}
	}
	s.Nodes = len(holders)
	return s, nil
}
