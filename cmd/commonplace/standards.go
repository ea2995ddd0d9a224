package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

func newStandards(s *session) *cobra.Command {
	c := &cobra.Command{Use: "standards", Short: "Import frameworks of standards, read codes"}
	c.AddCommand(newStandardsImport(s), newStandardsList(s), newStandardsExport(s), newStandardsRemove(s), newStandardsNormalize(s), newStandardsShow(s), newStandardsMigrate(s))
	return c
}

func newStandardsNormalize(s *session) *cobra.Command {
	var h standards.Hint
	c := &cobra.Command{
		Use:   "normalize [CODE…]",
		Short: "Say which statements codes mean: one JSON object for each argument, or for each line of standard input",
		Long: `Say which statements codes mean: one JSON object for each argument, or for each line of standard input, an empty one
included. A list or a range of codes gives one object for each of its codes. A line may be a JSON object
{"input": CODE, "subject": …, "jurisdiction": …, "framework": …} with what is known beside the code.`,
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
					for _, r := range l.ResolveLine(code, h) {
						if err := s.printJSON(r); err != nil {
							return err
						}
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&h.Subject, "subject", "", "subject of the codes, such as math")
	c.Flags().StringVar(&h.Jurisdiction, "jurisdiction", "", "postal code of the state that they are from, such as TX")
	c.Flags().StringVar(&h.Framework, "framework", "", "short name of the framework to look in")
	return c
}

// withLibrary uses the frameworks of the data folder where there is one; codes are known by their grammar without.
func (s *session) withLibrary(c *cobra.Command, f func(*standards.Library) error) error {
	if _, err := os.Stat(s.config.Data); err != nil && s.app == nil {
		return f(standards.NewLibrary())
	}
	return s.withApp(c.Context(), func(a *app.App) error { return f(a.Standards()) })
}
