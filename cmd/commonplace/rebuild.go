package main

import (
	"fmt"

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
				n, failed, err := a.Rebuild(c.Context(), func(done, total int) { bar.set(done, total) })
				bar.end()
				if err != nil {
					return err
				}
				if s.json {
					err = s.printJSON(map[string]int{"repositories": n, "failed": failed})
				} else {
					s.printf("%d repositories rebuilt\n", n)
				}
				if err == nil && failed > 0 {
					err = fmt.Errorf("%d repositories cannot be read; the log names them, commonplace verify says what is wrong", failed)
				}
				return err
			})
		},
	}
}
