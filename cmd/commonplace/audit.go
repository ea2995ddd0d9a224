package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
)

func newAudit(s *session) *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "Read the log of decisions and rights"}
	export := &cobra.Command{
		Use:   "export",
		Short: "Print the whole log as JSON lines; fails where it was tampered with",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				_, err := a.Accounts.ExportAudit(c.Context(), s.out)
				return err
			})
		},
	}
	verify := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check that an exported log (- for standard input) is whole, and print its length and last hash",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			in := io.Reader(s.in)
			if args[0] != "-" {
				f, err := os.Open(s.path(args[0]))
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			n, head, err := accounts.VerifyAudit(in)
			if err != nil {
				return err
			}
			if s.json {
				return s.printJSON(map[string]any{"events": n, "head": head})
			}
			s.printf("%d events, %s\n", n, head)
			return nil
		},
	}
	c.AddCommand(export, verify)
	return c
}
