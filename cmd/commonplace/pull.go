package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
)

func newPull(s *session) *cobra.Command {
	var rest string
	var dryRun bool
	c := &cobra.Command{
		Use:   "pull ID",
		Short: "Take what changed at a remix's source into the remix",
		Long: "Take what changed at a remix's source into the remix: its UUID, OAI identifier or address.\n" +
			"Where both changed the same, nothing is published until you say with --conflicts which to keep.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			take := merge.Take(rest)
			if rest != "" && take != merge.Mine && take != merge.Theirs && take != merge.Both {
				return usagef("--conflicts %q: use mine, theirs or both", rest)
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				r, err := a.Repository.Find(c.Context(), args[0])
				if err != nil {
					return err
				}
				pulled, err := a.Repository.Pull(c.Context(), repository.Pull{
					Address: r.Address, Rest: take, DryRun: dryRun, Actor: repository.Actor{Name: "operator", Display: "operator"},
				})
				if err != nil && !errors.Is(err, kind.ErrConflict) {
					return err
				}
				if pulled.UpToDate {
					s.printf("%s is up to date with %s\n", r.Address, pulled.Source.Metadata.Title)
					return nil
				}
				n := pulled.Merge.Summary()
				s.printf("%s upstream: %d merge cleanly, %d need you\n", count(n.Upstream, "change"), n.Clean, n.Conflicts)
				if err != nil {
					for _, conflict := range pulled.Merge.Conflicts {
						s.printf("\n%s:%d %s %s\n--- mine\n%s\n--- theirs\n%s\n", conflict.Path, conflict.Line, conflict.Kind, conflict.Field,
							conflict.Ours, conflict.Theirs)
					}
					return err
				}
				if !dryRun {
					s.printf("%s\n", a.Repository.URL(pulled.Resource.Address))
				}
				return a.CatchUp(c.Context())
			})
		},
	}
	c.Flags().StringVar(&rest, "conflicts", "", "where both changed the same: mine, theirs or both")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would change, write nothing")
	return c
}
