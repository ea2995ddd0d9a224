package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func newPeers(s *session) *cobra.Command {
	c := &cobra.Command{Use: "peers", Short: "Keep the list of repositories that are harvested"}
	var o federation.Subscription
	var types []string
	add := &cobra.Command{
		Use:   "add URL",
		Short: "Add the repository at an address: its home page or its OAI-PMH address",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				for _, t := range types {
					o.Filter.Types = append(o.Filter.Types, metadata.Type(t))
				}
				p, err := a.Harvests.Keep(c.Context(), args[0], o)
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
	flags := add.Flags()
	flags.StringVar(&o.Name, "name", "", "what to call it here (default: made from its address)")
	flags.StringVar(&o.Prefix, "prefix", "", "metadata format (default: the richest that is understood)")
	flags.StringSliceVar(&o.Sets, "set", nil, "only these sets")
	flags.BoolVar(&o.Filter.Cleared, "cleared", false, "only records whose license is known")
	flags.StringSliceVar(&o.Filter.Languages, "language", nil, "only records in these languages")
	flags.StringSliceVar(&types, "type", nil, "only records of these types")
	flags.DurationVar(&o.Interval, "every", 0, "time between harvests (default: the setting harvest-interval)")
	flags.DurationVar(&o.Reconcile, "reconcile", 0, "longest time between comparisons of everything (default: by what the peer tells of deletions)")
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
				return a.Harvests.Remove(c.Context(), args[0])
			})
		},
	}
	c.AddCommand(add, list, remove, newPeersPreview(s), newPeersShow(s), newPeersQuarantine(s), newPeersSuggested(s),
		s.peerCommand("pause NAME", "End a harvest that is under way and begin no more", (*app.Harvests).Pause),
		s.peerCommand("resume NAME", "Harvest a paused peer again, from where it was", (*app.Harvests).Resume),
	)
	return c
}

// peerCommand does one thing to one peer.
func (s *session) peerCommand(use, short string, do func(*app.Harvests, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error { return do(a.Harvests, c.Context(), args[0]) })
		},
	}
}
