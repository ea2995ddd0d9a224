package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newDoctor(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that a server needs, and say what to do about what is wrong",
		Long: "Look at everything that a server needs: settings, data folder, disk, bucket and its conditional writes, database, clocks,\n" +
			"and whether bucket, catalog and index agree. Nothing is mended. The exit code is 1 if anything failed; hints are no failure.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			var all []app.Finding
			failed := 0
			report := func(f app.Finding) {
				all = append(all, f)
				if f.Health == app.Failed {
					failed++
				}
				if !s.json {
					s.printFinding(f)
				}
			}
			if s.app != nil {
				err = s.app.Doctor(c.Context(), report)
			} else if err = app.Doctor(c.Context(), s.config, report); errors.Is(err, app.ErrLocked) {
				return s.forward(c.Context())
			}
			if err != nil {
				return err
			}
			if s.json {
				if err := s.printJSON(map[string]any{"ok": failed == 0, "findings": all}); err != nil {
					return err
				}
			}
			if failed > 0 {
				return fmt.Errorf("%d of %s failed", failed, count(len(all), "check"))
			}
			return nil
		},
	}
}

func (s *session) printFinding(f app.Finding) {
	s.printf("%-6s %s: %s\n", f.Health, f.Check, strings.TrimSpace(f.Found))
	if f.Remedy != "" {
		s.printf("       %s\n", f.Remedy)
	}
}
