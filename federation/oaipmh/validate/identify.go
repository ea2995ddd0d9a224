package validate

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// placeholder is an address that nobody reads.
var placeholder = regexp.MustCompile(`(?i)@(localhost|([a-z0-9\-]+\.)*(localdomain|invalid|test|localhost))$|^(changeme|your)`)

// checkIdentify reads Identify; false if it cannot be read at all.
func (s *session) checkIdentify() (bool, error) {
	a, err := s.ask("verb", "Identify")
	if err != nil {
		return false, err
	}
	id := a.container()
	if id == nil {
		if a.root != nil {
			s.fail("identify-fields", a, "there is no Identify element")
		}
		return false, nil
	}
	s.report.Name = id.child("repositoryName").value()
	s.expect(s.results["xml-schema"].Outcome != Failed, "identify-fields", a, "an element is missing, or stands out of order")
	s.expect(id.child("baseURL").value() == s.base, "identify-base-url", a, "baseURL is %q", short(id.child("baseURL").value()))
	for _, e := range id.all("adminEmail") {
		email := e.value()
		s.expect(isEmail(email), "identify-email", a, "adminEmail is %q", short(email))
		s.expect(!placeholder.MatchString(email), "identify-email-real", a, "adminEmail is %q", short(email))
	}
	s.identify.granularity = oaipmh.Granularity(id.child("granularity").value())
	earliest, g, ok := oaipmh.ParseStamp(id.child("earliestDatestamp").value())
	s.expect(ok && g == s.identify.granularity, "identify-earliest", a, "earliestDatestamp is %q, granularity %s",
		short(id.child("earliestDatestamp").value()), s.identify.granularity)
	s.identify.earliest, s.identify.deletions = earliest, id.child("deletedRecord").value()
	for _, c := range id.all("compression") {
		s.identify.compression = append(s.identify.compression, c.value())
		s.expect(c.value() != "identity", "identify-compression", a, "compression is identity")
	}
	identifiers := 0
	for _, d := range id.all("description") {
		for _, c := range d.children {
			if c.name.Local == "oai-identifier" {
				identifiers++
			}
			problem := wrongContainer(s.known, c)
			s.expect(problem == "", "identify-descriptions", a, "%s", problem)
		}
	}
	s.expect(identifiers <= 1, "identify-identifier-once", a, "there are %d", identifiers)
	s.expect(identifiers > 0, "identify-identifier", a, "there is no oai-identifier description")

	b, err := s.send(http.MethodPost, query("verb", "Identify"), "")
	if err != nil {
		return false, err
	}
	s.expect(b.container() != nil, "http-post", b, "POST of verb=Identify is not answered by Identify")
	return true, nil
}

// badVerbs are requests that must be badVerb.
var badVerbs = []struct{ check, form string }{
	{"verb-missing", ""},
	{"verb-missing", "metadataPrefix=oai_dc"},
	{"verb-unknown", "verb=ListEverything"},
	{"verb-case", "verb=identify"},
	{"verb-empty", "verb="},
	{"verb-repeated", "verb=Identify&verb=Identify"},
}

func (s *session) checkVerbs() error {
	for _, c := range badVerbs {
		if err := s.wants(c.check, c.form, "badVerb"); err != nil {
			return err
		}
	}
	return nil
}

// wants makes a request that must be answered by one of the codes.
func (s *session) wants(check, form string, codes ...string) error {
	a, err := s.send(http.MethodGet, form, "")
	if err != nil {
		return err
	}
	s.general(a)
	for _, code := range codes {
		if a.has(code) {
			s.ok(check)
			return nil
		}
	}
	if a.root != nil || a.status != http.StatusOK {
		got := "no error"
		if found := a.codes(); len(found) > 0 {
			got = strings.Join(found, ", ")
		}
		s.fail(check, a, "%s was answered, not %s", got, strings.Join(codes, " or "))
	}
	return nil
}

func (s *session) checkArguments() error {
	type request struct{ check, form string }
	const list = "verb=ListIdentifiers&metadataPrefix=oai_dc"
	requests := []request{
		{"argument-unknown", "verb=Identify&nope=1"},
		{"argument-unknown", "verb=ListMetadataFormats&metadataPrefix=oai_dc"},
		{"argument-unknown", "verb=GetRecord&identifier=oai%3Ax%3A1&metadataPrefix=oai_dc&set=x"},
		{"argument-missing", "verb=ListRecords"},
		{"argument-missing", "verb=ListIdentifiers"},
		{"argument-missing", "verb=GetRecord&metadataPrefix=oai_dc"},
		{"argument-missing", "verb=GetRecord&identifier=oai%3Ax%3A1"},
		{"argument-repeated", list + "&metadataPrefix=oai_dc"},
		{"argument-date", list + "&from=yesterday"},
		{"argument-date", list + "&from=2001"},
		{"argument-date", list + "&until=2001-02"},
		{"argument-date", list + "&from=2001-02-30"},
		{"argument-date", list + "&from=2001-02-03T04:05:06"},
		{"argument-date", list + "&until=2001-02-03T04:05:06%2B01:00"},
		{"argument-order-of-dates", list + "&from=2002-01-01&until=2001-01-01"},
	}
	if s.identify.granularity == oaipmh.Seconds {
		requests = append(requests, request{"argument-mixed-dates", list + "&from=2001-01-01&until=2002-01-01T00:00:00Z"},
			request{"argument-date", list + "&from=2001-02-03T04:05:06.7Z"})
	} else {
		requests = append(requests, request{"argument-finer-date", list + "&from=2001-01-01T00:00:00Z"})
	}
	for _, r := range requests {
		if err := s.wants(r.check, r.form, "badArgument"); err != nil {
			return err
		}
	}
	a, err := s.ask("verb", "ListRecords", "nope", "1", "from", "yesterday")
	if err != nil {
		return err
	}
	s.expect(len(a.codes()) >= 2, "errors-each", a, "an unknown argument, a bad date and no metadataPrefix are reported as %d errors", len(a.codes()))
	return s.wants("token-bad", query("verb", "ListRecords", "resumptionToken", "this-was-never-issued"), "badResumptionToken")
}

// checkCompression asks for the same with and without compression.
func (s *session) checkCompression() error {
	form := query("verb", "ListRecords", "metadataPrefix", "oai_dc")
	plain, err := s.send(http.MethodGet, form, "")
	if err != nil {
		return err
	}
	s.expect(!plain.zipped, "http-identity", plain, "the answer is compressed though only identity is accepted")
	refused, err := s.send(http.MethodGet, form, "gzip;q=0, identity")
	if err != nil {
		return err
	}
	s.expect(!refused.zipped, "http-identity", refused, "the answer is compressed though gzip is refused with q=0")
	zipped, err := s.send(http.MethodGet, form, "gzip")
	if err != nil || !zipped.zipped {
		return err
	}
	s.expect(zipped.root != nil && plain.root != nil && sameList(zipped.container(), plain.container()), "http-gzip", zipped,
		"it holds something else than the uncompressed answer")
	s.expect(strings.Contains(strings.Join(s.identify.compression, " "), "gzip"), "http-gzip-advertised", zipped, "gzip is used and not advertised")
	s.expect(strings.Contains(strings.ToLower(strings.Join(zipped.header.Values("Vary"), ",")), "accept-encoding"), "http-vary", zipped,
		"Vary is %q", zipped.header.Values("Vary"))
	return nil
}
