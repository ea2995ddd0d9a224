package validate

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// Run validates the repository at a base URL. An error is the context's: all that a repository does is in the report.
func Run(ctx context.Context, base string, o Options) (Report, error) {
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Requests == 0 {
		o.Requests = 500
		if o.Deep {
			o.Requests = 100_000
		}
	}
	if o.Bytes == 0 {
		o.Bytes = 32 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = func(d time.Duration) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		}
	}
	s := &session{
		ctx: ctx, o: o, base: base, results: map[string]*Result{}, grammar: protocol(), known: containers(),
		formats: map[string]oaipmh.Format{}, report: Report{BaseURL: base, Complete: true},
	}
	checks := List()
	for _, c := range checks {
		s.results[c.ID] = &Result{Check: c, Outcome: Skipped}
	}
	err := s.run()
	for _, c := range checks {
		s.report.Results = append(s.report.Results, *s.results[c.ID])
	}
	if errors.Is(err, errBound) {
		err = nil
	}
	return s.report, err
}

// run makes all checks. Who does not answer Identify is asked no more.
func (s *session) run() error {
	known, err := s.checkIdentify()
	if err != nil || !known {
		return err
	}
	for _, check := range []func() error{
		s.checkVerbs, s.checkFormats, s.checkSets, s.checkArguments, s.checkLists, s.checkCompression,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}
