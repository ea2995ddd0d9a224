package main

import (
	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newPeers(s *session) *cobra.Command {
	c := &cobra.Command{Use: "peers", Short: "Keep the list of repositories that are harvested"}
	var name string
	add := &cobra.Command{
		Use:   "add URL",
		Short: "Add the repository at an address: its home page or its OAI-PMH address",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				p, err := a.Harvests.Register(c.Context(), name, args[0])
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(p)
				}
				s.printf("%s: %s, %s; harvest it with commonplace harvest %s\n", p.Name, p.Title, p.URL, p.Name)
				return nil
			})
		},
	}
	add.Flags().StringVar(&name, "name", "", "what to call it here (default: made from its address)")
	list := &cobra.Command{
		Use:   "list",
		Short: "List the peers",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				peers, err := a.Catalog.Peers(c.Context())
				if err != nil {
					return err
				}
				for _, p := range peers {
					if s.json {
						if err := s.printJSON(p); err != nil {
							return err
						}
						continue
					}
					s.printf("%-20s %6d records  %s\n", p.Name, p.Records, p.URL)
				}
				return nil
			})
		},
	}
	remove := &cobra.Command{
		Use:   "remove NAME",
		Short: "Forget a peer and everything harvested from it",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				if err := a.Catalog.RemovePeer(c.Context(), args[0]); err != nil {
					return err
				}
				return a.CatchUp(c.Context())
			})
		},
	}
	c.AddCommand(add, list, remove)
	return c
}
