package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newStandardsMigrate(s *session) *cobra.Command {
	var owner, undo string
	var apply bool
	c := &cobra.Command{
		Use:   "migrate FROM TO",
		Short: "Move alignments from one framework, or edition of it, to another: a report, and with --apply the move itself",
		Long: `Report where the alignments of this server's resources to the framework FROM lead in TO (names of imported frameworks, or
NAME@EDITION). With --apply those that are certain are moved: where a standard was replaced by exactly one, or is the same
as exactly one. What became several, was merged, or is only related is listed for people to decide.

Each resource gets one revision. A run that was broken off goes on when the same command is given again. The run's name
takes all of it back: migrate --undo RUN restores every resource that nobody has edited since.`,
		Args: cobra.RangeArgs(0, 2),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case undo != "" && (len(args) > 0 || apply || owner != ""):
				return usagef("--undo takes back a whole run; give nothing but its name")
			case undo == "" && len(args) != 2:
				return usagef("name the framework that is left and the one that takes its place: %s", c.UseLine())
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				if undo != "" {
					return s.undoMigration(c.Context(), a, undo)
				}
				return s.migrate(c.Context(), a, args[0], args[1], owner, apply)
			})
		},
	}
	c.Flags().StringVar(&owner, "owner", "", "only the resources of this person or team")
	c.Flags().BoolVar(&apply, "apply", false, "publish the revisions; without, nothing is changed")
	c.Flags().StringVar(&undo, "undo", "", "take this run back")
	return c
}

func (s *session) migrate(ctx context.Context, a *app.App, from, to, owner string, apply bool) error {
	if owner != "" {
		if err := ownerExists(ctx, a, owner); err != nil {
			return err
		}
	}
	if !apply {
		m, err := a.PlanMigration(ctx, from, to, owner)
		if err != nil {
			return err
		}
		return s.printMigration(m)
	}
	bar := s.progress("migrating", 0)
	m, err := a.Migrate(ctx, from, to, owner, func(app.Realignment) { bar.step() })
	bar.end()
	if err != nil {
		if m.Run != "" {
			err = fmt.Errorf("run %s was broken off; give the same command again to go on: %w", m.Run, err)
		}
		return err
	}
	if err := s.printMigration(m); err != nil {
		return err
	}
	return failures(m, app.Refused)
}

func (s *session) undoMigration(ctx context.Context, a *app.App, run string) error {
	bar := s.progress("undoing", 0)
	m, err := a.UndoMigration(ctx, run, func(app.Realignment) { bar.step() })
	bar.end()
	if err != nil {
		return err
	}
	if s.json {
		err = s.printJSON(m)
	} else {
		for _, r := range m.Resources {
			s.printf("%-9s %s\n", r.State, strings.TrimSpace(r.Address+" "+r.Problem))
		}
		s.printf("run %s: %s restored\n", m.Run, count(inState(m, app.Restored), "resource"))
	}
	if err != nil {
		return err
	}
	return failures(m, app.EditedSince, app.Refused)
}

// failures is an error where some resources could not be changed.
func failures(m app.Migration, states ...app.RealignmentState) error {
	n := 0
	for _, state := range states {
		n += inState(m, state)
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%s not changed", count(n, "resource"))
}

func inState(m app.Migration, state app.RealignmentState) int {
	n := 0
	for _, r := range m.Resources {
		if r.State == state {
			n++
		}
	}
	return n
}

func (s *session) printMigration(m app.Migration) error {
	if s.json {
		return s.printJSON(m)
	}
	for _, step := range m.Steps {
		sure := "for people"
		if step.Certain {
			sure = "certain"
		}
		to := strings.Join(step.Codes, ", ")
		if to == "" {
			to = "nothing"
		}
		s.printf("%s → %s (%s, %s): %s\n", step.Code, to, step.Why, sure, count(step.Resources, "resource"))
	}
	for _, r := range m.Resources {
		s.printf("%-9s %s\n", r.State, r.Address)
		for _, c := range r.Changes {
			s.printf("  %s: %s → %s\n", c.Kind, c.Before, c.After)
		}
		for _, c := range r.Left {
			s.printf("  %s: %s stays (%s)\n", c.Kind, c.Before, c.Why)
		}
		if r.Problem != "" {
			s.printf("  %s\n", r.Problem)
		}
	}
	switch {
	case m.Run != "":
		s.printf("run %s: %s realigned; commonplace standards migrate --undo %s takes that back\n", m.Run, count(inState(m, app.Realigned), "resource"), m.Run)
	default:
		s.printf("%s would be realigned with --apply; nothing was changed\n", count(inState(m, app.Planned), "resource"))
	}
	return nil
}
