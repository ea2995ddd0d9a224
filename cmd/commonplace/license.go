package main

import (
	"bufio"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/licensing"
)

// maxLine bounds one line of standard input.
const maxLine = 4 << 20

func newLicense(s *session) *cobra.Command {
	c := &cobra.Command{Use: "license", Short: "Read license statements, judge remixes, write credits (information, not legal advice)"}
	c.AddCommand(newLicenseNormalize(s), newLicenseEvaluate(s), newLicenseAttribute(s))
	return c
}

// lines calls f for each line of standard input with its number from 1.
func (s *session) lines(f func(n int, line string) error) error {
	in := bufio.NewScanner(s.input())
	in.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; in.Scan(); n++ {
		if err := f(n, in.Text()); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return usagef("standard input: %w", err)
	}
	return nil
}

func newLicenseNormalize(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "normalize [TEXT…]",
		Short: "Say what texts mean as licenses: one JSON object for each argument, or for each line of standard input",
		RunE: func(_ *cobra.Command, args []string) error {
			for _, text := range args {
				if err := s.printJSON(licensing.Normalize(text)); err != nil {
					return err
				}
			}
			if len(args) > 0 {
				return nil
			}
			return s.lines(func(_ int, line string) error { return s.printJSON(licensing.Normalize(line)) })
		},
	}
}

func newLicenseEvaluate(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "evaluate",
		Short: "Judge uses of licensed works: JSON Lines of questions on standard input, a verdict a line",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return s.lines(func(n int, line string) error {
				if strings.TrimSpace(line) == "" {
					return nil
				}
				var q licensing.Question
				if err := json.Unmarshal([]byte(line), &q); err != nil {
					return usagef("standard input, line %d: %w", n, err)
				}
				return s.printJSON(licensing.Evaluate(q))
			})
		},
	}
}

func newLicenseAttribute(s *session) *cobra.Command {
	var format, language string
	c := &cobra.Command{
		Use:   "attribute ID",
		Short: "Write the credit for a resource: its UUID, OAI identifier or address",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				r, err := a.Repository.Find(c.Context(), args[0])
				if err != nil {
					return err
				}
				g, ref := a.Repository.Graph(r)
				credit := licensing.Attribute(g, ref, language)
				switch format {
				case "text":
					s.printf("%s\n", credit.Text())
				case "markdown":
					s.printf("%s\n", credit.Markdown())
				case "html":
					s.printf("%s\n", credit.HTML())
				case "json":
					s.printf("%s\n", credit.JSONLD())
				default:
					return usagef("--format %q: use text, markdown, html or json", format)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, markdown, html or json")
	c.Flags().StringVar(&language, "language", "en", "en or es")
	return c
}
