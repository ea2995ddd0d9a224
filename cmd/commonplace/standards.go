package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// maxPackage bounds a framework file.
const maxPackage = 256 << 20

func newStandards(s *session) *cobra.Command {
	c := &cobra.Command{Use: "standards", Short: "Import frameworks of standards, read codes"}
	c.AddCommand(newStandardsImport(s), newStandardsNormalize(s), newStandardsShow(s))
	return c
}

func newStandardsImport(s *session) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Import a framework in CASE 1.0 or 1.1",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			src, err := readFile(s.path(args[0]), maxPackage)
			if err != nil {
				return err
			}
			if name == "" {
				name = strings.TrimSuffix(strings.TrimSuffix(filepath.Base(args[0]), ".json"), ".case")
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				framework, changed, err := a.ImportFramework(c.Context(), name, src)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				if s.json {
					return s.printJSON(framework)
				}
				state := "imported"
				if !changed {
					state = "unchanged"
				}
				s.printf("%s %s: %s, %d statements\n", state, framework.Name, framework.Title, len(framework.Statements))
				for _, p := range framework.Problems {
					s.printf("  %s %s\n", p.Subject, p.Message)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "short name, such as ccss-math (default: the name of the file)")
	return c
}

// readFile reads a file within a bound.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = usagef("%s has more than %d bytes", name, limit)
	}
	return b, err
}

func newStandardsNormalize(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "normalize [CODE…]",
		Short: "Say which statements codes mean: one JSON object for each argument, or for each line of standard input",
		RunE: func(c *cobra.Command, args []string) error {
			codes := args
			if len(codes) == 0 {
				if err := s.lines(func(_ int, line string) error {
					codes = append(codes, line)
					return nil
				}); err != nil {
					return err
				}
			}
			return s.withLibrary(c, func(l *standards.Library) error {
				for _, code := range codes {
					if err := s.printJSON(l.Resolve(code)); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

// withLibrary uses the frameworks of the data folder where there is one; codes are known by their grammar without.
func (s *session) withLibrary(c *cobra.Command, f func(*standards.Library) error) error {
	if _, err := os.Stat(s.config.Data); err != nil && s.app == nil {
		return f(standards.NewLibrary())
	}
	return s.withApp(c.Context(), func(a *app.App) error { return f(a.Standards()) })
}

func newStandardsShow(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "show [CODE|FRAMEWORK]",
		Short: "Show a statement with what is above and below it, or a framework, or all frameworks",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				l := a.Standards()
				if len(args) == 0 {
					for _, f := range l.Frameworks() {
						s.printf("%-16s %5d statements  %s\n", f.Name, len(f.Statements), f.Title)
					}
					return nil
				}
				if f, ok := l.Framework(args[0]); ok {
					s.printf("%s: %s\n", f.Name, f.Title)
					for _, key := range l.Roots(f.Name) {
						s.printStatement(l, key, 1, true)
					}
					return nil
				}
				found := l.Resolve(args[0])
				if found.Resolution == standards.Ambiguous {
					for _, candidate := range found.Candidates {
						s.printf("%s %s  %s\n", candidate.Framework, candidate.Code, candidate.Text)
					}
					return usagef("%s may mean %d statements", args[0], len(found.Candidates))
				}
				if _, ok := l.Statement(found.Key()); !ok {
					return fmt.Errorf("standard %s: %w in the imported frameworks", args[0], kind.ErrNotFound)
				}
				above := l.Ancestors(found.Key())
				for i := range above {
					s.printStatement(l, above[len(above)-1-i], i, false)
				}
				s.printStatement(l, found.Key(), len(above), true)
				return nil
			})
		},
	}
}

// printStatement prints one statement and, if asked, everything below it.
func (s *session) printStatement(l *standards.Library, key string, depth int, below bool) {
	statement, ok := l.Statement(key)
	if !ok {
		return
	}
	s.printf("%s%s  %s\n", strings.Repeat("  ", depth), statement.Code, statement.Text)
	if below {
		for _, child := range l.Children(key) {
			s.printStatement(l, child, depth+1, true)
		}
	}
}
