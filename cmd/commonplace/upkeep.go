package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

func newVerify(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read the whole bucket and name every damage, with what it hurts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				bar := s.progress("verifying", 0)
				damages := 0
				all, err := a.Verify(c.Context(), func(d gitstore.Damage) {
					damages++
					s.printDamage(d)
				}, bar.set)
				bar.end()
				if err != nil {
					return err
				}
				if damages > 0 {
					return fmt.Errorf("%s; bring the named files back from a backup", count(damages, "damage"))
				}
				if s.json {
					return s.printJSON(all)
				}
				s.printf("%d repositories, %d packs, %d objects: no damage\n", all.Repositories, all.Packs, all.Objects)
				return nil
			})
		},
	}
}

func (s *session) printDamage(d gitstore.Damage) {
	if s.json {
		if err := s.printJSON(d); err != nil {
			fmt.Fprintln(s.err, err)
		}
		return
	}
	s.printf("%s: %s %s\n", d.Key, d.Problem, d.Object)
	for _, hurt := range d.Hurts {
		s.printf("  hurts repository %s: %s\n", hurt.Location.Repository, strings.Join(hurt.Revisions, " "))
	}
}

func newSweep(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "sweep",
		Short: "Delete packs that nothing has needed for the grace period; run it daily",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				bar := s.progress("sweeping", 0)
				swept, err := a.Sweep(c.Context(), bar.set)
				bar.end()
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(swept)
				}
				s.printf("%d packs deleted (%d bytes), %d wait for the end of the grace period\n", swept.Deleted, swept.Bytes, swept.Marked)
				return nil
			})
		},
	}
}

func newErase(s *session) *cobra.Command {
	var sure, media bool
	c := &cobra.Command{
		Use:   "erase ADDRESS PATH…",
		Short: "Remove files from every revision of a resource and all its remixes, for good",
		Long: "Remove files from every revision of a resource (owner/name) and of all its remixes on this server, for good, as the law\n" +
			"may demand. Revisions get new ids. Clones, peers and backups keep what they have: tell their owners.",
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if !sure {
				return usagef("this cannot be undone; say so with --for-good")
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				r, err := a.Repository.Find(c.Context(), args[0])
				if err != nil {
					return err
				}
				bar := s.progress("erasing", 0)
				done, err := a.Erase(c.Context(), r.Address, args[1:], media, bar.set)
				bar.end()
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(done)
				}
				s.printf("%s erased from %s; %s rewritten\n", count(len(done.Blobs), "content"), count(len(done.Repositories), "repository"),
					count(len(done.Revisions), "revision"))
				if !media && len(done.Media) > 0 {
					s.printf("large files whose bytes are still in the bucket (erase them with --media): %s\n", strings.Join(done.Media, " "))
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&sure, "for-good", false, "say that you know that this cannot be undone")
	c.Flags().BoolVar(&media, "media", false, "delete the bytes of large files too, even if other resources use the same file")
	return c
}
