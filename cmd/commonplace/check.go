package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

func newCheck(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "check PATH…",
		Short: "Name every problem of a folder, with file and line; needs no server",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folders, err := s.folders(args)
			if err != nil {
				return err
			}
			renderer, err := render.New(render.Options{})
			if err != nil {
				return err
			}
			errors, warnings := 0, 0
			for _, f := range folders {
				_, problems := repository.Check(f.files, metadata.CheckOptions{Ignore: []string{".git"}}, renderer)
				for _, p := range problems {
					p.File = filepath.Join(f.name, p.File)
					if strings.HasSuffix(f.name, ".md") {
						p.File = f.name
					}
					if p.Severity == metadata.Error {
						errors++
					} else {
						warnings++
					}
					if s.json {
						if err := s.printJSON(p); err != nil {
							return err
						}
					} else {
						s.printf("%s\n", p)
					}
				}
			}
			if errors > 0 {
				return usageError{fmt.Errorf("%s, %s in %s", count(errors, "error"), count(warnings, "warning"), count(len(folders), "resource"))}
			}
			if !s.json {
				s.printf("%s checked: no errors, %s\n", count(len(folders), "resource"), count(warnings, "warning"))
			}
			return nil
		},
	}
}

// count says how many there are of something.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
