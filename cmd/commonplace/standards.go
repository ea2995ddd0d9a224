package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

func newStandards(s *session) *cobra.Command {
	c := &cobra.Command{Use: "standards", Short: "Import frameworks of standards, read codes"}
	c.AddCommand(newStandardsImport(s), newStandardsList(s), newStandardsExport(s), newStandardsRemove(s), newStandardsNormalize(s), newStandardsShow(s))
	return c
}

func newStandardsNormalize(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "normalize [CODE…]",
		Short: "Say which statements codes mean: one JSON object for each argument, or for each line of standard input",
		RunE: func(c *cobra.Command, args []string) error {
			codes := args
			if len(codes) == 0 {
				if err := s.lines(func(_ int, line string) error {
					codes = append(codes, line)
					return nil
				}); err != nil {
					return err
				}
			}
			return s.withLibrary(c, func(l *standards.Library) error {
				for _, code := range codes {
					if err := s.printJSON(l.Resolve(code)); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

// withLibrary uses the frameworks of the data folder where there is one; codes are known by their grammar without.
func (s *session) withLibrary(c *cobra.Command, f func(*standards.Library) error) error {
	if _, err := os.Stat(s.config.Data); err != nil && s.app == nil {
		return f(standards.NewLibrary())
	}
	return s.withApp(c.Context(), func(a *app.App) error { return f(a.Standards()) })
}
