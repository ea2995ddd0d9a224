package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/app"
)

func newHarvest(s *session) *cobra.Command {
	var full bool
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
				if len(names) == 0 {
					return usagef("there are no peers; add one with commonplace peers add URL")
				}
				var failed []error
				for _, name := range names {
					if err := s.harvest(c, a, name, full); err != nil {
						failed = append(failed, fmt.Errorf("harvest %s: %w", name, err))
					}
				}
				return errors.Join(failed...)
			})
		},
	}
	c.Flags().BoolVar(&full, "full", false, "fetch everything anew")
	return c
}

func (s *session) harvest(c *cobra.Command, a *app.App, name string, full bool) error {
	bar := s.progress("harvesting "+name, 0)
	run, err := a.Harvests.Run(c.Context(), name, full, func(r federation.Run) { bar.set(r.Received(), r.Size) })
	bar.end()
	if err != nil && run.ID == 0 {
		return err
	}
	if s.json {
		return errors.Join(err, s.printJSON(run))
	}
	s.printf("%s: %d new, %d changed, %d deleted, %d unchanged, %d quarantined\n",
		name, run.New, run.Changed, run.Deleted, run.Unchanged, run.Quarantined)
	for _, warning := range run.Warnings {
		s.printf("  %s\n", warning)
	}
	return err
}
