package validate

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// Options are the bounds of a validation. Zero fields take their default.
type Options struct {
	Client *http.Client  // http.DefaultClient
	Delay  time.Duration // between requests; none
	// Deep asks for every page of every list, up to Requests; else three pages of each.
	Deep     bool
	Requests int                       // at most; 500, deep 100,000
	Bytes    int64                     // of one answer, after decompression; 32 MB
	Progress func(requests int)        // called after each request; nil
	Sleep    func(time.Duration) error // waits; nil: as the context allows
	Now      func() time.Time          // time.Now
}

// errBound says that the last request that is allowed was made.
var errBound = errors.New("the bound of requests is met")

// session is one validation.
type session struct {
	ctx     context.Context
	o       Options
	base    string
	results map[string]*Result
	report  Report
	grammar *shape
	known   map[string]*shape

	identify identity
	formats  map[string]oaipmh.Format
	order    []string // of the formats
	sets     []string
	hasSets  bool
}

// identity is what Identify said.
type identity struct {
	granularity oaipmh.Granularity
	earliest    time.Time
	deletions   string
	compression []string
}

// answer is an answer to one request.
type answer struct {
	query  string // as a GET request
	args   url.Values
	status int
	header http.Header
	body   []byte // decompressed
	zipped bool
	root   *node // nil if it is no XML
	at     time.Time
}

// maxFindings is how many failures of one check are told.
const maxFindings = 5

// ok passes a check, unless it failed before.
func (s *session) ok(ids ...string) {
	for _, id := range ids {
		if r := s.results[id]; r.Outcome == Skipped {
			r.Outcome = Passed
		}
	}
}

// fail fails a check.
func (s *session) fail(id string, a *answer, format string, args ...any) {
	r := s.results[id]
	r.Outcome = Failed
	if r.Times++; len(r.Found) < maxFindings {
		query := ""
		if a != nil {
			query = s.base + "?" + a.query
		}
		r.Found = append(r.Found, Finding{Request: query, Detail: fmt.Sprintf(format, args...)})
	}
}

// expect passes or fails a check.
func (s *session) expect(good bool, id string, a *answer, format string, args ...any) bool {
	if good {
		s.ok(id)
	} else {
		s.fail(id, a, format, args...)
	}
	return good
}

// query makes the form of a request: pairs of names and values, in that order.
func query(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

// ask makes a GET request and checks what is true of every answer.
func (s *session) ask(pairs ...string) (*answer, error) {
	a, err := s.send(http.MethodGet, query(pairs...), "")
	if err == nil {
		s.general(a)
	}
	return a, err
}

// send makes a request. An answer that cannot be had at all is a failed check and an answer without root; an error ends
// the validation.
func (s *session) send(method, form, encoding string) (*answer, error) {
	if s.report.Requests >= s.o.Requests {
		s.report.Complete = false
		return nil, errBound
	}
	if s.report.Requests > 0 && s.o.Delay > 0 {
		if err := s.o.Sleep(s.o.Delay); err != nil {
			return nil, err
		}
	}
	s.report.Requests++
	if s.o.Progress != nil {
		s.o.Progress(s.report.Requests)
	}
	a := &answer{query: form, at: s.o.Now()}
	a.args, _ = url.ParseQuery(form)
	for wait := 0; ; wait++ {
		err := s.roundTrip(method, form, encoding, a)
		if s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		if err != nil {
			s.fail("http-reachable", a, "%v", err)
			return a, nil
		}
		// Flow control, section 3.5: 503 with Retry-After is no failure.
		after, err := time.ParseDuration(a.header.Get("Retry-After") + "s")
		if a.status != http.StatusServiceUnavailable || err != nil || wait >= 3 {
			break
		}
		if err := s.o.Sleep(min(max(after, time.Second), time.Minute)); err != nil {
			return nil, err
		}
	}
	s.ok("http-reachable")
	good := s.expect(a.status == http.StatusOK, "http-status", a, "status %d", a.status)
	root, err := parse(bytes.TrimPrefix(a.body, []byte("\xef\xbb\xbf")))
	if a.root = root; good || err == nil { // what comes with another status need not be XML
		s.expect(err == nil, "xml-well-formed", a, "%v; it begins with %q", err, short(string(a.body[:min(len(a.body), 200)])))
	}
	return a, nil
}

func (s *session) roundTrip(method, form, encoding string, a *answer) error {
	address, body := s.base, io.Reader(nil)
	if method == http.MethodPost {
		body = strings.NewReader(form)
	} else if form != "" {
		address += "?" + form
	}
	req, err := http.NewRequestWithContext(s.ctx, method, address, body)
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if encoding == "" {
		encoding = "identity"
	}
	req.Header.Set("Accept-Encoding", encoding) // set by hand: then the transport does not decompress
	a.at = s.o.Now()
	resp, err := s.o.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	raw, err := limited(resp.Body, s.o.Bytes)
	if err != nil {
		return err
	}
	a.body = raw
	if a.zipped = strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip"); a.zipped {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		if a.body, err = limited(z, s.o.Bytes); err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
	}
	return nil
}

func limited(r io.Reader, most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("the answer has more than %d bytes", most)
	}
	return body, err
}

// general checks what is true of every answer.
func (s *session) general(a *answer) {
	if a.status != http.StatusOK && a.root == nil {
		return
	}
	media, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	s.expect(err == nil && media == "text/xml" && (charset == "" || charset == "utf-8"), "http-content-type", a,
		"Content-Type is %q", a.header.Get("Content-Type"))
	if a.root == nil {
		return
	}
	s.expect(declaration.Match(a.body), "xml-declaration", a, "it begins with %q", short(string(a.body[:min(len(a.body), 60)])))
	if location := a.root.location(oaipmh.Namespace); location != oaipmh.Schema {
		s.fail("xml-schema-location", a, "schemaLocation is %q for %s", location, oaipmh.Namespace)
	} else {
		s.ok("xml-schema-location")
	}
	problem := ""
	if a.root.name.Local != "OAI-PMH" || a.root.name.Space != oaipmh.Namespace {
		problem = fmt.Sprintf("the root is <%s> of %q", a.root.name.Local, a.root.name.Space)
	} else {
		problem = s.grammar.wrong(a.root, oaipmh.Namespace)
	}
	// What has a check of its own is not told twice.
	stamp := a.root.child("responseDate").value()
	request := a.root.child("request")
	if strings.Contains(problem, "<responseDate>") || strings.Contains(problem, "of <request>") {
		problem = ""
	}
	s.expect(problem == "", "xml-schema", a, "%s", problem)
	if s.expect(isInstant(stamp), "xml-response-date", a, "responseDate is %q", short(stamp)) {
		t, _, _ := oaipmh.ParseStamp(stamp)
		off := t.Sub(a.at)
		s.expect(off < 5*time.Minute && off > -5*time.Minute, "xml-response-date-now", a, "responseDate is %s off", off.Round(time.Second))
	}
	s.request(a, request)
}

// request checks the request element.
func (s *session) request(a *answer, request *node) {
	if a.has("badVerb") || a.has("badArgument") {
		s.expect(request != nil && len(request.attrs) == 0, "xml-request-error", a, "the request element has attributes")
		return
	}
	if request == nil {
		s.fail("xml-request", a, "there is no request element")
		return
	}
	if request.value() != s.base {
		s.fail("xml-request", a, "the request element holds %q", short(request.value()))
		return
	}
	for _, at := range request.attrs {
		if want, ok := a.args[at.Name.Local]; !ok || len(want) != 1 || want[0] != at.Value {
			s.fail("xml-request", a, "the request element has %s=%q", at.Name.Local, short(at.Value))
			return
		}
	}
	s.expect(len(request.attrs) == len(a.args), "xml-request", a, "the request element has %d attributes, the request %d arguments",
		len(request.attrs), len(a.args))
}

// codes are the codes of an answer's errors.
func (a *answer) codes() (codes []string) {
	for _, e := range a.root.all("error") {
		code, _ := e.attr("", "code")
		codes = append(codes, code)
	}
	return codes
}

func (a *answer) has(code string) bool {
	for _, c := range a.codes() {
		if c == code {
			return true
		}
	}
	return false
}

// container is the element of the verb's answer; nil if there is none.
func (a *answer) container() *node { return a.root.child(a.args.Get("verb")) }
