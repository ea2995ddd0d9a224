package main

import (
	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newRebuild(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Make the catalog and the search index anew from the bucket",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				bar := s.progress("rebuilding", 0)
				n, err := a.Rebuild(c.Context(), func(done, total int) { bar.set(done, total) })
				bar.end()
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(map[string]int{"repositories": n})
				}
				s.printf("%d repositories rebuilt\n", n)
				return nil
			})
		},
	}
}
