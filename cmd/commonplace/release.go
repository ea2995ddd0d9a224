package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
)

// maxNotes bounds what is read of notes; the service says how many may be released.
const maxNotes = 1 << 20

func newRelease(s *session) *cobra.Command {
	var x repository.Releasing
	var file, at, by string
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
			if at != "" && len(args) == 1 || at != "" && x.DryRun {
				return usagef("--at is for a VERSION, and plans it: it goes with no --dry-run")
			}
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
				if at != "" {
					return s.planRelease(c.Context(), a, x, at, by)
				}
				made, err := a.Repository.Release(c.Context(), x)
				if err != nil {
					return s.releaseRefused(x, err)
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
	c.Flags().StringVar(&at, "at", "", "plan the release for a time, such as 2026-09-01T07:30-04:00, 2026-09-01T07:30 (of this machine) or 2026-09-01; a server makes it then")
	c.Flags().StringVar(&by, "by", "", "with --at: account whose release it is, and who must be allowed to make it then")
	return c
}

// planRelease plans a release, if it could be made now.
func (s *session) planRelease(ctx context.Context, a *app.App, x repository.Releasing, at, by string) error {
	due, err := parseTime(at)
	if err != nil {
		return err
	}
	if by == "" {
		return usagef("say whose release it is: --by NAME")
	}
	who, err := a.Accounts.Account(ctx, by)
	if err != nil {
		return err
	}
	x.Actor = repository.Actor{Name: who.Name, Display: who.Display}
	p, err := a.PlanRelease(accounts.As(ctx, accounts.Operator), who, x, due, "")
	if err != nil {
		return s.releaseRefused(x, err)
	}
	if s.json {
		return s.printJSON(p)
	}
	s.printf("planned %s  %.12s  %s\n", p.Version, p.Revision, p.Due.Format(time.RFC3339))
	return nil
}

// parseTime reads a time as people type it; without a zone it is one of this machine.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usagef("--at %s: use a time such as 2026-09-01T07:30-04:00", text)
}

// releaseRefused prints what the report of a revision has against its release.
func (s *session) releaseRefused(x repository.Releasing, err error) error {
	invalid, ok := errors.AsType[*repository.InvalidError](err)
	if !ok {
		return err
	}
	for _, p := range invalid.Problems {
		fmt.Fprintln(s.err, p)
	}
	return usageError{fmt.Errorf("%s is not released: its report has errors", x.Address)}
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
