package validate

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

func (s *session) checkFormats() error {
	a, err := s.ask("verb", "ListMetadataFormats")
	if err != nil {
		return err
	}
	for _, f := range a.container().all("metadataFormat") {
		format := oaipmh.Format{
			Prefix: f.child("metadataPrefix").value(), Schema: f.child("schema").value(), Namespace: f.child("metadataNamespace").value(),
		}
		_, twice := s.formats[format.Prefix]
		s.expect(!twice, "formats-unique", a, "%s stands twice", format.Prefix)
		if !twice {
			s.order = append(s.order, format.Prefix)
		}
		s.formats[format.Prefix] = format
	}
	reserved := oaipmh.Format{Prefix: "oai_dc", Namespace: oaipmh.DublinCore, Schema: oaipmh.DublinCoreSchema}
	dc := s.formats["oai_dc"]
	if a.root != nil {
		s.expect(dc == reserved, "formats-oai-dc", a, "oai_dc has the namespace %q and the schema %q", short(dc.Namespace), short(dc.Schema))
	}
	if dc.Prefix == "" {
		s.order = append(s.order, "oai_dc")
	}
	s.formats["oai_dc"] = reserved // what is to be; records are compared with it
	const unknown = "oai:validator.invalid:no-such-item"
	for _, c := range []struct {
		check string
		form  string
		code  string
	}{
		{"formats-unknown-item", query("verb", "ListMetadataFormats", "identifier", unknown), "idDoesNotExist"},
		{"record-unknown", query("verb", "GetRecord", "metadataPrefix", "oai_dc", "identifier", unknown), "idDoesNotExist"},
		{"list-no-format", query("verb", "ListRecords", "metadataPrefix", "no_such_format"), "cannotDisseminateFormat"},
		{"list-no-format", query("verb", "ListIdentifiers", "metadataPrefix", "no_such_format"), "cannotDisseminateFormat"},
	} {
		if err := s.wants(c.check, c.form, c.code); err != nil {
			return err
		}
	}
	return nil
}

// page is a page of a list.
type page struct {
	*answer
	items []*node // records, headers or sets
	token *node
}

// walk follows a list, by its first request, for as many pages as the options say, and checks its tokens. each may end
// it with false.
func (s *session) walk(item string, each func(page) (bool, error), pairs ...string) error {
	most := 3
	if s.o.Deep {
		most = 1 << 30
	}
	verb := pairs[1]
	var pages []page
	seen := map[string]bool{}
	tokens := map[string]bool{}
	count, size, cursors, told := 0, "", 0, 0
	for n := 0; ; n++ {
		a, err := s.ask(pairs...)
		if err != nil {
			return err
		}
		c := a.container()
		if c == nil {
			if n > 0 && a.root != nil {
				s.fail("token-progress", a, "page %d of the list is %s", n+1, strings.Join(a.codes(), ", "))
			}
			return nil
		}
		p := page{answer: a, items: c.all(item), token: c.child("resumptionToken")}
		s.report.Records += len(p.items)
		repeated := s.repeated(p, seen)
		s.expect(repeated == "", "token-progress", a, "%s came on an earlier page already", repeated)
		if p.token != nil {
			s.tokenForm(p)
			told++
			if cursor, ok := p.token.attr("", "cursor"); ok && isNumber(cursor) {
				cursors++
				s.expect(strings.TrimSpace(cursor) == strconv.Itoa(count), "token-cursor", a, "cursor is %s on a page after %d entries", cursor, count)
			}
			if v, ok := p.token.attr("", "completeListSize"); ok {
				size = strings.TrimSpace(v)
			}
		}
		count += len(p.items)
		pages = append(pages, p)
		if more, err := each(p); err != nil || !more {
			return err
		}
		value := p.token.value()
		if value == "" {
			if n > 0 {
				s.expect(p.token != nil, "token-last", a, "page %d is the last one and has no resumptionToken", n+1)
				s.expect(cursors == 0 || cursors == told, "token-cursor", a, "%d of %d tokens have a cursor", cursors, told)
			}
			if total, err := strconv.Atoi(size); err == nil {
				s.expect(total >= count/2 && total <= 2*count+10, "token-size", a, "completeListSize is %d, the list has %d entries", total, count)
			}
			break
		}
		if !s.expect(!tokens[value], "token-progress", a, "the token of page %d was issued before: the list does not end", n+1) || n+1 >= most {
			s.report.Complete = s.report.Complete && n+1 < most
			break
		}
		tokens[value] = true
		pairs = []string{"verb", verb, "resumptionToken", p.token.text}
	}
	return s.again(verb, pages)
}

// repeated returns an entry that was there on an earlier page; "" if none was.
func (s *session) repeated(p page, seen map[string]bool) (found string) {
	here := map[string]bool{}
	for _, item := range p.items {
		key := item.child("setSpec").value()
		if h := headerOf(item); h != nil {
			key = h.child("identifier").value()
			s.expect(!here[key], "header-unique", p.answer, "%s stands twice", short(key))
		} else {
			s.expect(!seen[key] && !here[key], "sets-unique", p.answer, "%s stands twice", short(key))
			here[key] = true
			continue
		}
		if seen[key] {
			found = key
		}
		here[key] = true
	}
	for _, item := range p.items {
		if h := headerOf(item); h != nil {
			seen[h.child("identifier").value()] = true
		} else {
			seen[item.child("setSpec").value()] = true
		}
	}
	return found
}

// headerOf is the header of a record, or the header itself.
func headerOf(item *node) *node {
	switch item.name.Local {
	case "header":
		return item
	case "record":
		return item.child("header")
	}
	return nil
}

func (s *session) tokenForm(p page) {
	if v, ok := p.token.attr("", "expirationDate"); ok {
		t, _, good := oaipmh.ParseStamp(v)
		if s.expect(good && isInstant(v), "token-form", p.answer, "expirationDate is %q", short(v)) {
			s.expect(t.Sub(p.at) >= 10*time.Minute, "token-lifetime", p.answer, "the token expires after %s", t.Sub(p.at).Round(time.Second))
		}
	}
	for _, name := range []string{"completeListSize", "cursor"} {
		if v, ok := p.token.attr("", name); ok {
			good := isNumber(v) && (name == "cursor" || isSize(v))
			s.expect(good, "token-form", p.answer, "%s is %q", name, short(v))
		}
	}
}

// again asks for the second page once more after the third, and for a token with another argument.
func (s *session) again(verb string, pages []page) error {
	if len(pages) < 2 {
		return nil
	}
	first := pages[len(pages)-2]
	token := first.token.text
	a, err := s.ask("verb", verb, "resumptionToken", token)
	if err != nil {
		return err
	}
	s.expect(sameList(a.container(), pages[len(pages)-1].container()), "token-again", a, "the most recent token brings another page the second time")
	if len(pages) > 2 {
		a, err := s.ask("verb", verb, "resumptionToken", pages[len(pages)-3].token.text)
		if err != nil {
			return err
		}
		s.expect(sameList(a.container(), pages[len(pages)-2].container()), "token-again", a, "the previous token brings another page the second time")
	}
	if err := s.wants("argument-with-token", query("verb", verb, "resumptionToken", token, "metadataPrefix", "oai_dc"), "badArgument"); err != nil {
		return err
	}
	changed := token + "x"
	if verb == "ListRecords" || verb == "ListIdentifiers" {
		return s.wants("token-bad", query("verb", verb, "resumptionToken", changed), "badResumptionToken")
	}
	return nil
}

// sameList reports whether two pages hold the same entries; tokens may differ, because they may hold a time.
func sameList(a, b *node) bool {
	if a == nil || b == nil {
		return a == b
	}
	drop := func(list []*node) (rest []*node) {
		for _, n := range list {
			if n.name.Local != "resumptionToken" {
				rest = append(rest, n)
			}
		}
		return rest
	}
	x, y := drop(a.children), drop(b.children)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !same(x[i], y[i]) {
			return false
		}
	}
	return true
}

func (s *session) checkSets() error {
	listed := map[string]bool{}
	first := true
	err := s.walk("set", func(p page) (bool, error) {
		s.hasSets, first = true, false
		for _, set := range p.items {
			spec := set.child("setSpec").value()
			listed[spec] = true
			s.sets = append(s.sets, spec)
			for _, d := range set.all("setDescription") {
				for _, c := range d.children {
					problem := wrongContainer(s.known, c)
					s.expect(problem == "", "sets-descriptions", p.answer, "%s: %s", short(spec), problem)
				}
			}
		}
		return true, nil
	}, "verb", "ListSets")
	if err != nil {
		return err
	}
	if first {
		return s.wants("sets-none", "verb=ListIdentifiers&metadataPrefix=oai_dc&set=any", "noSetHierarchy")
	}
	if s.report.Complete {
		for _, spec := range s.sets {
			if i := strings.LastIndexByte(spec, ':'); i > 0 {
				s.expect(listed[spec[:i]], "sets-hierarchy", nil, "%s is listed, %s is not", short(spec), short(spec[:i]))
			}
		}
	}
	return s.wants("sets-unknown", "verb=ListIdentifiers&metadataPrefix=oai_dc&set=no-such-set-here", "noRecordsMatch", "badArgument")
}

// set checks that a list of a set holds members only.
func (s *session) set(spec string) error {
	a, err := s.ask("verb", "ListIdentifiers", "metadataPrefix", "oai_dc", "set", spec)
	if err != nil {
		return err
	}
	for _, h := range a.container().all("header") {
		member := false
		for _, in := range h.all("setSpec") {
			member = member || in.value() == spec || strings.HasPrefix(in.value(), spec+":")
		}
		s.expect(member, "sets-members", a, "%s does not say that it is in %s", short(h.child("identifier").value()), short(spec))
	}
	return nil
}

// encoded asks for the same list with every character of its arguments encoded, in another order.
func (s *session) encoded(want *answer) error {
	var b strings.Builder
	for _, c := range []byte("oai_dc") {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	a, err := s.send(http.MethodGet, "metadataPrefix="+b.String()+"&verb=ListIdentifiers", "")
	if err != nil {
		return err
	}
	s.expect(sameList(a.container(), want.container()), "http-encoded-arguments", a, "it is answered otherwise than metadataPrefix=oai_dc")
	return nil
}
