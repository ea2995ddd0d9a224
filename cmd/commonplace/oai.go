package main

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/federation/oaipmh/validate"
	"github.com/commonplace-oer/commonplace/internal/fetch"
)

func newOAI(s *session) *cobra.Command {
	c := &cobra.Command{Use: "oai", Short: "Look at OAI-PMH repositories, this one or any other"}
	c.AddCommand(newOAIValidate(s))
	return c
}

func newOAIValidate(s *session) *cobra.Command {
	var o validate.Options
	var all bool
	c := &cobra.Command{
		Use:   "validate URL",
		Short: "Check a repository against OAI-PMH 2.0 and its guidelines; exit 1 if it breaks a MUST",
		Long: `Check the repository at a base URL against OAI-PMH 2.0 and its implementation guidelines, by asking it. Each failure is
told with its level, the section of the specification, and the request that shows it. The exit code is 1 if the repository
breaks a MUST. Nothing of a server of your own is needed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			base, err := url.Parse(args[0])
			if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" {
				return usagef("%q is no base URL, such as https://oer.example.org/oai", args[0])
			}
			if o.Requests < 0 || o.Delay < 0 {
				return usagef("--requests and --delay must not be negative")
			}
			// The address itself is the user's choice; where it redirects to is not.
			o.Client = fetch.New(fetch.Options{Allow: []string{base.Host, base.Hostname()}, UserAgent: "Commonplace OAI-PMH validator"})
			bar := s.progress("asking "+args[0], 0)
			o.Progress = func(n int) { bar.set(n, 0) }
			report, err := validate.Run(c.Context(), args[0], o)
			bar.end()
			if err != nil {
				return err
			}
			if err := s.validated(report, all); err != nil {
				return err
			}
			if report.Count(validate.Must, validate.Failed) > 0 {
				return exitError(exitFailed)
			}
			return nil
		},
	}
	f := c.Flags()
	f.BoolVar(&o.Deep, "deep", false, "follow every list to its end")
	f.BoolVar(&all, "all", false, "name the checks that passed, too")
	f.DurationVar(&o.Delay, "delay", 100*time.Millisecond, "time between two requests")
	f.IntVar(&o.Requests, "requests", 0, "how many requests at most (default 500, with --deep 100000)")
	return c
}

// validated prints a report.
func (s *session) validated(r validate.Report, all bool) error {
	if s.json {
		return s.printJSON(r)
	}
	for _, result := range r.Results {
		if result.Outcome != validate.Failed && !all {
			continue
		}
		s.printf("%-7s %-6s %-24s %s (%s)\n", result.Outcome, result.Level, result.ID, result.Title, result.Section)
		for _, f := range result.Found {
			s.printf("        %s\n", f.Detail)
			if f.Request != "" {
				s.printf("        %s\n", f.Request)
			}
		}
		if more := result.Times - len(result.Found); more > 0 {
			s.printf("        and %d more\n", more)
		}
	}
	for _, level := range []validate.Level{validate.Must, validate.Should, validate.May} {
		passed, failed, skipped := r.Count(level, validate.Passed), r.Count(level, validate.Failed), r.Count(level, validate.Skipped)
		if passed+failed+skipped > 0 {
			s.printf("%-6s %d passed, %d failed, %d without occasion\n", level, passed, failed, skipped)
		}
	}
	pages := "all pages that there are"
	if !r.Complete {
		pages = "not every page; --deep follows every list"
	}
	s.printf("%d requests, %d headers and records: %s\n", r.Requests, r.Records, pages)
	return nil
}
