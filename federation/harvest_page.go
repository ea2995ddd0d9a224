package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/fetch"
)

// page is one answer to ListRecords, read and judged.
type page struct {
	good    []Harvested
	places  map[string]int // of the good ones, by identifier
	bad     []Quarantined
	headers []Header // where only identifiers were listed
	echoes  int      // records of our own that came back
	token   *oaipmh.Token
	date    time.Time // responseDate
	asked   time.Time // our clock before the request
	notes   []string
}

// next is the token of the page that follows, or "".
func (p page) next() string {
	if p.token == nil {
		return ""
	}
	return p.token.Value
}

func (p page) count() int { return len(p.good) + len(p.bad) + len(p.headers) + p.echoes }

// errRestart says that the list must begin anew: what follows cannot be had.
var errRestart = errors.New("the peer lost the list")

// errNoHeaders says that the peer cannot list its identifiers.
var errNoHeaders = errors.New("ListIdentifiers is refused")

// page gets and reads one page, with as many attempts as it takes and is allowed.
func (r *round) page(ctx context.Context, address string) (page, error) {
	var p page
	var records *judging
	resp, err := r.ask(ctx, address, true, func() func(oaipmh.Record) error {
		if records != nil {
			records.end() // a page that broke off is read again from its begin
		}
		p, records = page{asked: r.o.Now(), places: map[string]int{}}, r.startJudging()
		if r.state.Resume.Headers {
			return func(rec oaipmh.Record) error { return r.note(&p, rec) }
		}
		return records.add
	})
	if records != nil {
		records.end()
	}
	if err != nil {
		return page{}, err
	}
	r.takeAll(&p, records)
	p.token, p.date, p.notes = resp.Token, resp.Date, append(p.notes, resp.Notes...)
	if len(resp.Errors) == 0 {
		if resp.Verb != r.verb() {
			return page{}, fmt.Errorf("%s: the answer holds no %s but %q", address, r.verb(), resp.Verb)
		}
		return p, nil
	}
	resumed := r.state.Resume.Token != ""
	switch {
	case resp.Errors.Has(oaipmh.NoRecordsMatch) && !resumed:
		return p, nil // nothing new is a complete answer
	case resumed && (resp.Errors.Has(oaipmh.BadResumptionToken) || resp.Errors.Has(oaipmh.NoRecordsMatch) ||
		resp.Errors.Has(oaipmh.BadArgument)):
		return page{}, fmt.Errorf("%w: %w", errRestart, resp.Errors)
	}
	if r.state.Resume.Headers && !resumed {
		return page{}, fmt.Errorf("%w: %w", errNoHeaders, resp.Errors)
	}
	return page{}, fmt.Errorf("%s: the peer refuses: %w", address, resp.Errors)
}

// statusError is an HTTP status that is not 200.
type statusError struct {
	code   int
	status string
	after  time.Duration // that the peer asks to wait; 0 if it does not say
}

func (e *statusError) Error() string { return "HTTP status " + e.status }

// retry reports whether the same request may succeed later.
func (e *statusError) retry() bool {
	switch e.code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return e.code >= 500 && e.code != http.StatusNotImplemented && e.code != http.StatusHTTPVersionNotSupported
}

// ask sends a request until it is answered, and hands the records of the answer to what begin returns. begin is called
// before each attempt. patient says that the address is known to speak OAI-PMH, so that another answer is a passing fault.
func (h *Harvester) ask(
	ctx context.Context, address string, patient bool, begin func() func(oaipmh.Record) error,
) (resp oaipmh.Response, err error) {
	err = h.insist(ctx, address, patient, func() (err error) {
		resp, err = h.once(ctx, address, begin())
		return err
	})
	return resp, err
}

// insist repeats a request as long as that may help.
func (h *Harvester) insist(ctx context.Context, address string, patient bool, once func() error) error {
	for attempt := 1; ; attempt++ {
		err := once()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var not *oaipmh.NotOAIError
		if !transient(err) || !patient && errors.As(err, &not) {
			return fmt.Errorf("%s: %w", address, err)
		}
		if attempt >= h.o.Attempts {
			return fmt.Errorf("%s: given up after %d attempts: %w", address, attempt, err)
		}
		wait := time.Second << (attempt - 1)
		var status *statusError
		if errors.As(err, &status) {
			switch {
			case status.after > h.o.Wait:
				return fmt.Errorf("%s: %w; the peer asks to come back in %v", address, err, status.after.Round(time.Second))
			case status.after > 0:
				wait = status.after
			case status.code == http.StatusServiceUnavailable || status.code == http.StatusTooManyRequests:
				wait *= 15
			}
		}
		wait = min(wait, h.o.Wait)
		h.o.Logger.WarnContext(ctx, "harvest request repeated", "attempt", attempt, "wait", wait, "err", err)
		if err := h.o.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// transient reports whether the same request may succeed later.
func transient(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		return status.retry()
	}
	var refused *fetch.AddressError
	var bounds *oaipmh.BoundsError
	if errors.As(err, &refused) || errors.As(err, &bounds) || errors.Is(err, fetch.ErrTooLarge) || errors.Is(err, errOther) {
		return false
	}
	// A lost connection, a page that broke off, broken XML, an error page with status 200.
	return true
}

// errOther wraps errors that no repetition helps against.
var errOther = errors.New("cannot be asked")

// once sends a request one time.
func (h *Harvester) once(ctx context.Context, address string, each func(oaipmh.Record) error) (resp oaipmh.Response, err error) {
	err = h.get(ctx, address, "text/xml, application/xml;q=0.9, */*;q=0.1", func(r *http.Response) (err error) {
		resp, err = oaipmh.Decode(r.Body, h.o.Bounds, each)
		return err
	})
	return resp, err
}

// get sends a request and has the answer read, if its status is 200.
func (h *Harvester) get(ctx context.Context, address, accept string, read func(*http.Response) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errOther, err)
	}
	req.Header.Set("Accept", accept)
	resp, err := h.o.Client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address is told by the caller
		}
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
		return &statusError{
			code: resp.StatusCode, status: resp.Status, after: retryAfter(resp.Header.Get("Retry-After"), h.o.Now()),
		}
	}
	return read(resp)
}

// retryAfter reads both forms of the header: seconds, and a date.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.Atoi(value); err == nil {
		const most = 10 * 365 * 24 * 3600
		return time.Duration(max(0, min(n, most))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// address adds arguments to a base URL, which may have a query of its own.
func address(base string, args url.Values) string {
	sep := "?"
	if strings.Contains(base, "?") {
		sep = "&"
	}
	return base + sep + args.Encode()
}
