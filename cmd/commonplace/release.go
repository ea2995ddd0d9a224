package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
)

// maxNotes bounds what is read of notes; the service says how many may be released.
const maxNotes = 1 << 20

func newRelease(s *session) *cobra.Command {
	var x repository.Releasing
	var file string
	c := &cobra.Command{
		Use:   "release OWNER/SLUG [VERSION]",
		Short: "Give a published revision a version and notes; without a version, list the releases",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			a, ok := repository.ParseAddress(args[0])
			if !ok || a.Part != "" {
				return usagef("%s is no address of a resource: OWNER/SLUG", args[0])
			}
			x.Address = a
			if file != "" {
				notes, err := s.notes(file)
				if err != nil {
					return err
				}
				x.Notes = notes
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				if len(args) == 1 {
					list, err := a.Repository.Releases(c.Context(), x.Address)
					for _, one := range list {
						if err := s.tellRelease(a, x.Address, one, ""); err != nil {
							return err
						}
					}
					return err
				}
				x.Version, x.Actor = args[1], repository.Actor{Name: "operator", Display: "operator"}
				made, err := a.Repository.Release(c.Context(), x)
				if invalid, ok := errors.AsType[*repository.InvalidError](err); ok {
					for _, p := range invalid.Problems {
						fmt.Fprintln(s.err, p)
					}
					return usageError{fmt.Errorf("%s is not released: its report has errors", x.Address)}
				}
				if err != nil {
					return err
				}
				if x.DryRun {
					return s.tellRelease(a, x.Address, made, "checked ")
				}
				return s.tellRelease(a, x.Address, made, "released ")
			})
		},
	}
	c.Flags().StringVar(&x.Notes, "notes", "", "what is new, for those who use it")
	c.Flags().StringVar(&file, "notes-file", "", "file with the notes; - is standard input")
	c.Flags().StringVar(&x.Revision, "revision", "", "published revision (default: the newest)")
	c.Flags().BoolVar(&x.DryRun, "dry-run", false, "check everything, write nothing")
	return c
}

// tellRelease prints one release.
func (s *session) tellRelease(a *app.App, at repository.Address, r repository.Release, did string) error {
	url := a.Repository.URL(at) + "/releases/" + r.Version
	if s.json {
		return s.printJSON(struct {
			URL string `json:"url"`
			repository.Release
		}{url, r})
	}
	s.printf("%s%s  %.12s  %s  %s\n", did, r.Version, r.Revision, r.At.Format("2006-01-02"), url)
	return nil
}

func (s *session) notes(file string) (string, error) {
	in := s.input()
	if file != "-" {
		f, err := os.Open(s.path(file))
		if err != nil {
			return "", usagef("%s: %w", file, err)
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxNotes))
	return string(raw), err
}
