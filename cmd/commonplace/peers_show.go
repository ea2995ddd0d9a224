package main

import (
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/app"
)

func newPeersPreview(s *session) *cobra.Command {
	var o federation.PreviewOptions
	c := &cobra.Command{
		Use:   "preview URL",
		Short: "Show what the repository at an address would bring, and keep nothing",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				p, err := a.Harvests.Preview(c.Context(), args[0], o)
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(p)
				}
				s.printPreview(p)
				return nil
			})
		},
	}
	c.Flags().StringVar(&o.Prefix, "prefix", "", "metadata format (default: the richest that is understood)")
	c.Flags().StringSliceVar(&o.Sets, "set", nil, "only these sets")
	c.Flags().IntVar(&o.Samples, "samples", 20, "records to map")
	return c
}

func (s *session) printPreview(p federation.Preview) {
	s.printf("%s, %s\n", p.Title, p.URL)
	if p.Size > 0 {
		s.printf("%d records\n", p.Size)
	}
	s.printf("formats: %v; read as %s\n", p.Formats, p.Prefix)
	for _, set := range p.Sets {
		s.printf("set %s: %s\n", set.Spec, set.Name)
	}
	for _, id := range slices.Sorted(maps.Keys(p.Licenses)) {
		name := string(id)
		if name == "" {
			name = "license not cleared"
		}
		s.printf("%4d of %d records: %s\n", p.Licenses[id], p.Counted, name)
	}
	for _, reason := range slices.Sorted(maps.Keys(p.Refused)) {
		s.printf("%4d of %d records refused: %s\n", p.Refused[reason], p.Counted, reason)
	}
	for _, sample := range p.Samples {
		s.printf("  %s  %s\n", sample.Identifier, sample.Record.Metadata.Title)
	}
}

func newPeersShow(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show how a peer does: its last runs, what is in quarantine and why, the next run",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				h, err := a.Harvests.Health(c.Context(), args[0], 10)
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(h)
				}
				s.printf("%s: %s, %s, %d records\n", h.Peer.Name, h.Peer.Title, h.Peer.URL, h.Peer.Records)
				switch {
				case h.Peer.Paused:
					s.printf("paused\n")
				case !h.Next.IsZero():
					s.printf("next run: %s\n", h.Next.Format(time.RFC3339))
				}
				for _, r := range h.Runs {
					s.printf("%s  %d new, %d changed, %d deleted, %d unchanged, %d quarantined", r.Started.Format(time.RFC3339),
						r.New, r.Changed, r.Deleted, r.Unchanged, r.Quarantined)
					if r.Error != "" {
						s.printf("; incomplete: %s", r.Error)
					}
					s.printf("\n")
				}
				for _, reason := range slices.Sorted(maps.Keys(h.Quarantine)) {
					s.printf("%6d in quarantine: %s\n", h.Quarantine[reason], reason)
				}
				return nil
			})
		},
	}
}

func newPeersQuarantine(s *session) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "quarantine NAME",
		Short: "List the records of a peer that could not be accepted, and why; with --json, their bytes",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				if _, err := a.Catalog.Peer(c.Context(), args[0]); err != nil {
					return err
				}
				bad, err := a.Catalog.Quarantine(c.Context(), args[0], 0, limit)
				if err != nil {
					return err
				}
				for _, q := range bad {
					if s.json {
						if err := s.printJSON(q); err != nil {
							return err
						}
						continue
					}
					s.printf("%s  %s  %s\n", q.At.Format(time.RFC3339), q.Identifier, q.Reason)
				}
				return nil
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 1000, "records to list, the newest first")
	return c
}

func newPeersSuggested(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "suggested",
		Short: "List repositories that the peers name as their friends",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				peers, err := a.Catalog.Peers(c.Context())
				for _, friend := range a.Harvests.Suggested(peers) {
					s.printf("%s\n", friend)
				}
				return err
			})
		},
	}
}
