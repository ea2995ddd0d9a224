package validate

import (
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// checkLists looks at the lists of records: of identifiers, and of records in each format.
func (s *session) checkLists() error {
	var headers []*node
	var first *answer
	err := s.walk("header", func(p page) (bool, error) {
		if first == nil {
			first, headers = p.answer, p.items
		}
		for _, h := range p.items {
			s.header(p.answer, h)
		}
		return true, nil
	}, "verb", "ListIdentifiers", "metadataPrefix", "oai_dc")
	if err != nil || first == nil {
		return err
	}
	if err := s.encoded(first); err != nil {
		return err
	}
	samples := map[string]*node{} // headers in ListIdentifiers by identifier
	for _, h := range headers {
		samples[h.child("identifier").value()] = h
	}
	for _, prefix := range s.order {
		err := s.walk("record", func(p page) (bool, error) {
			for _, r := range p.items {
				h := r.child("header")
				s.header(p.answer, h)
				s.record(p.answer, r, s.formats[prefix])
				if other := samples[h.child("identifier").value()]; prefix == "oai_dc" && other != nil {
					s.expect(same(h, other), "header-same", p.answer, "the header of %s differs between ListRecords and ListIdentifiers",
						short(h.child("identifier").value()))
				}
			}
			return true, nil
		}, "verb", "ListRecords", "metadataPrefix", prefix)
		if err != nil {
			return err
		}
	}
	return s.samples(headers)
}

// samples looks closer at a few records: each alone, by its datestamp, by its sets.
func (s *session) samples(headers []*node) error {
	const most = 3
	step := max(len(headers)/most, 1)
	sets := map[string]bool{}
	for i := 0; i < len(headers); i += step {
		if !oaipmh.LegalIdentifier(headers[i].child("identifier").value()) {
			continue
		}
		if err := s.item(headers[i]); err != nil {
			return err
		}
		if err := s.dates(headers[i]); err != nil {
			return err
		}
		for _, spec := range headers[i].all("setSpec") {
			sets[spec.value()] = true
			if above, _, ok := strings.Cut(spec.value(), ":"); ok {
				sets[above] = true
			}
		}
	}
	asked := 0
	for _, spec := range s.sets {
		if sets[spec] && asked < 6 {
			asked++
			if err := s.set(spec); err != nil {
				return err
			}
		}
	}
	future := s.o.Now().Add(10 * 365 * 24 * time.Hour)
	if err := s.wants("dates-future", query("verb", "ListIdentifiers", "metadataPrefix", "oai_dc", "from", oaipmh.Days.Format(future)), "noRecordsMatch"); err != nil {
		return err
	}
	before := s.identify.earliest.AddDate(0, 0, -2)
	if s.identify.earliest.IsZero() || before.Year() < 1 {
		return nil
	}
	return s.wants("dates-unbounded", query("verb", "ListIdentifiers", "metadataPrefix", "oai_dc", "until", oaipmh.Days.Format(before)),
		"noRecordsMatch", "badArgument")
}

// header checks one header.
func (s *session) header(a *answer, h *node) {
	id := h.child("identifier").value()
	s.expect(oaipmh.LegalIdentifier(id), "header-identifier", a, "%q is no URI", short(id))
	stamp := h.child("datestamp").value()
	t, g, ok := oaipmh.ParseStamp(stamp)
	s.expect(ok && g == s.identify.granularity, "header-granularity", a, "%s has the datestamp %q, granularity %s", short(id), short(stamp), s.identify.granularity)
	if ok {
		s.expect(!t.After(a.at.Add(time.Minute)), "header-future", a, "%s has the datestamp %s", short(id), stamp)
		s.expect(g != s.identify.granularity || !t.Before(s.identify.earliest), "identify-earliest", a, "%s has the datestamp %s, which is before earliestDatestamp", short(id), stamp)
	}
	if status, ok := h.attr("", "status"); ok && status == "deleted" {
		s.expect(s.identify.deletions != "no", "header-deleted", a, "%s is deleted, and Identify says deletedRecord no", short(id))
	}
	specs := h.all("setSpec")
	for _, x := range specs {
		for _, y := range specs {
			s.expect(!strings.HasPrefix(y.value(), x.value()+":"), "sets-minimal", a, "%s names %s beside %s", short(id), short(x.value()), short(y.value()))
		}
	}
}

// record checks one record in a format.
func (s *session) record(a *answer, r *node, f oaipmh.Format) {
	id := short(r.child("header").child("identifier").value())
	status, _ := r.child("header").attr("", "status")
	m := r.child("metadata")
	if status == "deleted" {
		s.expect(m == nil && len(r.all("about")) == 0, "record-deleted", a, "%s is deleted and has metadata or about", id)
		return
	}
	if !s.expect(m != nil && len(m.children) == 1 && m.children[0].name.Space == f.Namespace, "record-metadata", a,
		"%s has no metadata element of %s", id, f.Namespace) {
		return
	}
	root := m.children[0]
	location := root.location(f.Namespace)
	s.expect(location == f.Schema, "record-schema-location", a, "%s names the schema %q, ListMetadataFormats %q", id, short(location), short(f.Schema))
	if f.Prefix == "oai_dc" {
		problem := wrongDublinCore(root)
		s.expect(problem == "", "record-dublin-core", a, "%s: %s", id, problem)
	}
	for _, about := range r.all("about") {
		if !s.expect(len(about.children) == 1, "record-about", a, "%s has an about with %d elements", id, len(about.children)) {
			continue
		}
		problem := wrongContainer(s.known, about.children[0])
		s.expect(problem == "", "record-about", a, "%s: %s", id, problem)
	}
}

// item gets one record alone, with its formats.
func (s *session) item(h *node) error {
	id := h.child("identifier").value()
	a, err := s.ask("verb", "GetRecord", "metadataPrefix", "oai_dc", "identifier", id)
	if err != nil {
		return err
	}
	r := a.container().child("record")
	if s.expect(r != nil, "record-get", a, "it is in ListIdentifiers; the answer is %s", strings.Join(a.codes(), ", ")) {
		s.expect(same(r.child("header"), h), "header-same", a, "the header of %s differs between GetRecord and ListIdentifiers", short(id))
		s.record(a, r, s.formats["oai_dc"])
	}
	if a, err = s.ask("verb", "ListMetadataFormats", "identifier", id); err != nil {
		return err
	}
	for _, f := range a.container().all("metadataFormat") {
		prefix := f.child("metadataPrefix").value()
		s.expect(s.formats[prefix].Namespace == f.child("metadataNamespace").value(), "formats-item", a, "%s is not among them", short(prefix))
	}
	return s.wants("record-no-format", query("verb", "GetRecord", "metadataPrefix", "no_such_format", "identifier", id), "cannotDisseminateFormat")
}

// dates asks for the windows around a record's datestamp.
func (s *session) dates(h *node) error {
	id, stamp := h.child("identifier").value(), h.child("datestamp").value()
	t, g, ok := oaipmh.ParseStamp(stamp)
	if !ok || t.After(s.o.Now()) {
		return nil
	}
	if err := s.window("dates-inclusive", id, stamp, stamp, t, t.Add(g.Step()-time.Second)); err != nil {
		return err
	}
	if g == oaipmh.Seconds {
		day := t.Truncate(24 * time.Hour)
		return s.window("dates-day", id, oaipmh.Days.Format(day), oaipmh.Days.Format(day), day, day.Add(24*time.Hour-time.Second))
	}
	return nil
}

// window checks that a list of a window has the record, on one of its first pages, and nothing from outside.
func (s *session) window(check, id, from, until string, first, last time.Time) error {
	found, ended := false, false
	var at *answer
	pairs := []string{"verb", "ListIdentifiers", "metadataPrefix", "oai_dc", "from", from, "until", until}
	for range 20 {
		a, err := s.ask(pairs...)
		if err != nil {
			return err
		}
		at = a
		for _, h := range a.container().all("header") {
			stamp := h.child("datestamp").value()
			t, _, ok := oaipmh.ParseStamp(stamp)
			s.expect(ok && !t.Before(first) && !t.After(last), "dates-window", a, "%s has the datestamp %s", short(h.child("identifier").value()), short(stamp))
			found = found || h.child("identifier").value() == id
		}
		token := a.container().child("resumptionToken")
		if ended = token.value() == ""; ended || found {
			break
		}
		pairs = []string{"verb", "ListIdentifiers", "resumptionToken", token.text}
	}
	if found || ended {
		s.expect(found, check, at, "%s is missing, though its datestamp is in the window", short(id))
	}
	return nil
}
