package main

import (
	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

func newListSync(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "sync LIST", Short: "Take over the newest state of the list that a list follows", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				changed, err := a.Boards.Sync(c.Context(), args[0])
				if err == nil && !changed {
					s.printf("up to date\n")
				}
				return err
			})
		},
	}
}

func newListExport(s *session) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "export LIST", Short: "Write a list as json, sig (of the JSON), csv or signers", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				signed, err := a.Boards.Signed(c.Context(), args[0])
				if err != nil {
					return err
				}
				b := map[string][]byte{
					"json": signed.JSON, "sig": signed.Signature, "csv": signed.CSV,
					"signers": []byte(approval.AllowedSigner(a.Boards.Principal(), a.Boards.Key()) + "\n"),
				}[format]
				if b == nil {
					return usagef("--format %s: json, sig, csv or signers", format)
				}
				_, err = s.out.Write(b)
				return err
			})
		},
	}
	c.Flags().StringVar(&format, "format", "json", "json, sig, csv or signers")
	return c
}

func newListLog(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "log LIST", Short: "Write everything that happened to a list, a JSON object a line", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				events, err := a.Boards.ListLog(c.Context(), args[0])
				for _, e := range events {
					if err := s.printJSON(e); err != nil {
						return err
					}
				}
				return err
			})
		},
	}
}
