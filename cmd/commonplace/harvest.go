package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func newHarvest(s *session) *cobra.Command {
	var full, replay bool
	var ids []string
	c := &cobra.Command{
		Use:   "harvest [PEER]",
		Short: "Fetch what changed at a peer, or at all of them",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				names := args
				if len(names) == 0 {
					peers, err := a.Catalog.Peers(c.Context())
					if err != nil {
						return err
					}
					for _, p := range peers {
						names = append(names, p.Name)
					}
				}
				if len(ids) > 0 && (!replay || len(args) == 0) {
					return usagef("--id goes with --replay and the name of a peer")
				}
				if len(names) == 0 {
					return usagef("there are no peers; add one with commonplace peers add URL")
				}
				var failed []error
				for _, name := range names {
					harvest := func() error { return s.harvest(c, a, name, full) }
					if replay {
						harvest = func() error { return s.replay(c, a, name, ids) }
					}
					if err := harvest(); err != nil {
						failed = append(failed, fmt.Errorf("harvest %s: %w", name, err))
					}
				}
				return errors.Join(failed...)
			})
		},
	}
	c.Flags().BoolVar(&full, "full", false, "fetch everything anew")
	c.Flags().BoolVar(&replay, "replay", false, "fetch nothing: read what came before again, the quarantine first")
	c.Flags().StringSliceVar(&ids, "id", nil, "with --replay, only these identifiers of the quarantine")
	c.MarkFlagsMutuallyExclusive("full", "replay")
	return c
}

// harvest runs after the run that is going on, if there is one: a server begins the first one of a new peer by itself.
func (s *session) harvest(c *cobra.Command, a *app.App, name string, full bool) error {
	bar := s.progress("harvesting "+name, 0)
	for again := time.Tick(200 * time.Millisecond); ; {
		run, err := a.Harvests.Run(c.Context(), name, full, func(r federation.Run) { bar.set(r.Received(), r.Size) })
		if run.ID != 0 || !errors.Is(err, kind.ErrConflict) {
			bar.end()
			return s.printRun(name, run, err)
		}
		select {
		case <-again:
		case <-c.Context().Done():
			bar.end()
			return c.Context().Err()
		}
	}
}

func (s *session) replay(c *cobra.Command, a *app.App, name string, ids []string) error {
	run, err := a.Harvests.Replay(c.Context(), name, ids...)
	return s.printRun(name, run, err)
}

func (s *session) printRun(name string, run federation.Run, err error) error {
	if err != nil && run.ID == 0 {
		return err
	}
	if s.json {
		return errors.Join(err, s.printJSON(run))
	}
	s.printf("%s: %d new, %d changed, %d deleted, %d unchanged, %d quarantined\n",
		name, run.New, run.Changed, run.Deleted, run.Unchanged, run.Quarantined)
	if run.Filtered > 0 {
		s.printf("  %d left out by the filter\n", run.Filtered)
	}
	for _, warning := range run.Warnings {
		s.printf("  %s\n", warning)
	}
	return err
}
