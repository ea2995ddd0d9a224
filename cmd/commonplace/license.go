package main

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/licensing"
)

// maxLine bounds one line of standard input.
const maxLine = 4 << 20

// maxGraph bounds a graph on standard input.
const maxGraph = 64 << 20

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
	var system string
	c := &cobra.Command{
		Use:   "normalize [TEXT…]",
		Short: "Say what texts mean as licenses: one JSON object for each argument, or for each line of standard input",
		Long: `Say what texts mean as licenses: one JSON object for each argument, or for each line of standard input, an empty one
included. A line may be a JSON object {"input": TEXT, "context": SYSTEM} where the text is a short code of a system.`,
		RunE: func(_ *cobra.Command, args []string) error {
			read := func(text string) error {
				r := licensing.NormalizeLine(text)
				if system != "" && r.Input == text {
					r = licensing.NormalizeFrom(text, system)
				}
				return s.printJSON(r)
			}
			for _, text := range args {
				if err := read(text); err != nil {
					return err
				}
			}
			if len(args) > 0 {
				return nil
			}
			return s.lines(func(_ int, line string) error { return read(line) })
		},
	}
	c.Flags().StringVar(&system, "from", "", "where the texts come from: Moodle, Flickr, H5P, Kolibri, LibreTexts, Pressbooks or YouTube, whose codes differ")
	return c
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
	var format, language, target string
	c := &cobra.Command{
		Use:   "attribute [ID]",
		Short: "Write the credit for a resource (its UUID, OAI identifier or address), or for a graph of works on standard input",
		Long: `Write the credit for a resource, named by its UUID, OAI identifier or address, or, without one, for a graph of works on
standard input: a JSON array of works, or an object with "works", in the form that license evaluate reads under "graph".
The credit is for the work that nothing else in the graph was made from, unless --target names another.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				g, err := readGraph(s.input())
				if err != nil {
					return err
				}
				if target == "" {
					var one bool
					if target, one = g.Result(); !one {
						return usagef("several works of the graph are made into nothing else: say which one is meant with --target REF")
					}
				}
				return s.printCredit(licensing.Attribute(g, target, language), format)
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				r, err := a.Repository.Find(c.Context(), args[0])
				if err != nil {
					return err
				}
				parts, err := a.Repository.Parts(c.Context(), r)
				if err != nil {
					return err
				}
				g, ref := a.Repository.Whole(r, parts)
				return s.printCredit(licensing.Attribute(g, ref, language), format)
			})
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, markdown, html or json")
	c.Flags().StringVar(&language, "language", "en", "en or es")
	c.Flags().StringVar(&target, "target", "", "which work of a graph on standard input the credit is for")
	return c
}

func readGraph(in io.Reader) (licensing.Graph, error) {
	var g licensing.Graph
	b, err := io.ReadAll(io.LimitReader(in, maxGraph+1))
	if err != nil {
		return g, err
	}
	if len(b) > maxGraph {
		return g, usagef("standard input: a graph of more than %d MB is not read", maxGraph>>20)
	}
	if err := json.Unmarshal(b, &g); err != nil {
		return g, usagef("standard input: %w", err)
	}
	return g, nil
}

func (s *session) printCredit(credit licensing.Credit, format string) error {
	if credit.Empty() {
		return usagef("there is no such work in the graph")
	}
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
}
