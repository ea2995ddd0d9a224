package federation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/federation/oaipmh/oaipmhtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	stateURL = "https://state.example.org/oai"
	dcStart  = `<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">`
)

// shelf is a provider over records that a test writes.
type shelf struct {
	*federation.Provider
	records *federationtest.MemoryRecords
	clock   *federationtest.Clock
}

func newShelf(t testing.TB, baseURL string) *shelf {
	t.Helper()
	clock := federationtest.NewClock(federationtest.Start)
	s := &shelf{records: federationtest.NewRecords(clock.Now), clock: clock}
	var err error
	s.Provider, err = federation.NewProvider(federation.ProviderOptions{
		Records: s.records, Name: "State & Friends", BaseURL: baseURL, SchemaURL: "https://state.example.org/schemas/lrmi.xsd",
		Namespace: "state.example.org", Emails: []string{"oer@example.org"}, Key: []byte("0123456789abcdef"), PageSize: 10, Now: clock.Now,
		Icon: "https://state.example.org/icon.png", Home: "https://state.example.org/",
		Friends: func(context.Context) ([]string, error) { return []string{"https://b.example.org/oai?a=1&b=2"}, nil },
		Lists: func(context.Context) (map[string]string, error) {
			return map[string]string{"algebra": "State Algebra <2026>"}, nil
		},
	})
	require.NoError(t, err)
	return s
}

func uuid(i int) string { return fmt.Sprintf("0192d5c0-9a4e-7000-8000-%012d", i) }

func identifier(i int) string { return federation.Identifier("state.example.org", uuid(i)) }

func title(i int) string { return fmt.Sprintf("Lesson %d: <fractions> & more", i) }

func metadataOf(i int, title string) map[string][]byte {
	jsonld := fmt.Appendf(nil, `{"@context":["https://w3id.org/kim/amb/context.jsonld","https://schema.org/"],"id":"https://state.example.org/id/%s","type":["LearningResource"],"name":%q,"inLanguage":["en"],"license":{"id":"https://creativecommons.org/licenses/by/4.0/"},"creator":[{"type":"Person","name":"Rosa Delgado"}]}`, uuid(i), title)
	return map[string][]byte{
		federation.DublinCore: []byte(dcStart + "<dc:title>" + oaipmh.EscapeText(title) + "</dc:title><dc:language>en</dc:language>" +
			"<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights><dc:creator>Rosa Delgado</dc:creator></oai_dc:dc>"),
		federation.LRMI: federation.WrapLRMI(jsonld),
	}
}

func (s *shelf) put(i int, sets ...string) {
	s.records.Put(federationtest.Put{
		Identifier: identifier(i), Sets: sets, Metadata: metadataOf(i, title(i)), Rights: "https://creativecommons.org/licenses/by/4.0/",
	})
}

func (s *shelf) remove(i int, sets ...string) {
	s.records.Put(federationtest.Put{Identifier: identifier(i), Sets: sets, Deleted: true, Metadata: map[string][]byte{federation.DublinCore: nil, federation.LRMI: nil}})
}

// get answers a query and reads the answer.
func (s *shelf) get(t testing.TB, query string) (oaipmh.Response, []oaipmh.Record, []byte) {
	t.Helper()
	a, err := s.AnswerQuery(t.Context(), query)
	require.NoError(t, err)
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, "text/xml; charset=utf-8", a.Type)
	var records []oaipmh.Record
	resp, err := oaipmh.Decode(bytes.NewReader(a.Body), oaipmh.Bounds{}, func(r oaipmh.Record) error {
		records = append(records, r)
		return nil
	})
	require.NoError(t, err, "%s", a.Body)
	return resp, records, a.Body
}

// all follows a list to its end.
func (s *shelf) all(t testing.TB, query string) (ids []string, pages int) {
	t.Helper()
	for {
		resp, records, _ := s.get(t, query)
		require.Empty(t, resp.Errors)
		pages++
		for _, r := range records {
			ids = append(ids, r.Identifier)
		}
		if resp.Token == nil || resp.Token.Value == "" {
			return ids, pages
		}
		query = "verb=" + string(resp.Verb) + "&resumptionToken=" + url.QueryEscape(resp.Token.Value)
	}
}

func filled(t testing.TB, n int) *shelf {
	s := newShelf(t, stateURL)
	for i := range n {
		s.put(i, fmt.Sprintf("grade:%d", i%5), "owner:math-team", "license:CC-BY:4.0", "subject:social_studies", "type:lesson")
		s.clock.Add(time.Second)
	}
	return s
}

func TestEveryAnswerKeepsTheOfficialSchemas(t *testing.T) {
	v := oaipmhtest.New(t, oaipmhtest.Schema{Namespace: federation.LRMINamespace, XSD: federation.LRMISchema})
	s := filled(t, 25)
	s.remove(3, "grade:3")
	for _, query := range []string{
		"verb=Identify",
		"verb=ListMetadataFormats",
		"verb=ListMetadataFormats&identifier=" + identifier(1),
		"verb=ListSets",
		"verb=ListRecords&metadataPrefix=oai_dc",
		"verb=ListRecords&metadataPrefix=lrmi",
		"verb=ListRecords&metadataPrefix=lrmi&set=grade:3&from=2026-01-01&until=2030-01-01",
		"verb=ListIdentifiers&metadataPrefix=lrmi",
		"verb=ListIdentifiers&metadataPrefix=oai_dc&set=grade",
		"verb=GetRecord&metadataPrefix=oai_dc&identifier=" + identifier(1),
		"verb=GetRecord&metadataPrefix=lrmi&identifier=" + identifier(1),
		"verb=GetRecord&metadataPrefix=lrmi&identifier=" + identifier(3),
		"verb=GetRecord&metadataPrefix=lrmi&identifier=a%20b%22%3C",
		"verb=GetRecord&metadataPrefix=lrmi&identifier=oai:x.org:%25zz",
		"verb=GetRecord&metadataPrefix=nope&identifier=oai:x.org:1",
		"verb=ListRecords&metadataPrefix=nope",
		"verb=ListRecords&metadataPrefix=oai_dc&from=2001-01-01&until=2001-01-02",
		"verb=ListRecords&resumptionToken=%3Cx%3E%26",
		"verb=ListRecords&resumptionToken=",
		"verb=Nope&x=%00",
		"verb=ListRecords",
		"",
	} {
		_, _, body := s.get(t, query)
		require.NoError(t, v.Check(body), "%s\n%s", query, body)
	}
	resp, _, _ := s.get(t, "verb=ListRecords&metadataPrefix=lrmi")
	for resp.Token != nil && resp.Token.Value != "" {
		var body []byte
		resp, _, body = s.get(t, "verb=ListRecords&resumptionToken="+resp.Token.Value)
		v.Valid(t, body)
	}
	_, _, body := newShelf(t, stateURL).get(t, "verb=ListSets")
	v.Valid(t, body)
}

func TestErrorsHaveTheirCodes(t *testing.T) {
	s := filled(t, 3)
	for query, want := range map[string][]oaipmh.Code{
		"verb=Nope":        {oaipmh.BadVerb},
		"verb=ListRecords": {oaipmh.BadArgument},
		"verb=ListRecords&metadataPrefix=oai_dc&set=nope":                             {oaipmh.NoRecordsMatch},
		"verb=ListRecords&metadataPrefix=oai_dc&set=grade:9":                          {oaipmh.NoRecordsMatch},
		"verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01":                      {oaipmh.NoRecordsMatch},
		"verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01":                     {oaipmh.NoRecordsMatch},
		"verb=ListRecords&metadataPrefix=marc":                                        {oaipmh.CannotDisseminateFormat},
		"verb=ListIdentifiers&resumptionToken=x":                                      {oaipmh.BadResumptionToken},
		"verb=ListSets&resumptionToken=x":                                             {oaipmh.BadResumptionToken},
		"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:state.example.org:none":  {oaipmh.IDDoesNotExist},
		"verb=GetRecord&metadataPrefix=oai_dc&identifier=not%20a%20uri":               {oaipmh.IDDoesNotExist},
		"verb=GetRecord&metadataPrefix=marc&identifier=" + identifier(1):              {oaipmh.CannotDisseminateFormat},
		"verb=GetRecord&metadataPrefix=marc&identifier=oai:state.example.org:none":    {oaipmh.IDDoesNotExist, oaipmh.CannotDisseminateFormat},
		"verb=ListMetadataFormats&identifier=oai:state.example.org:none":              {oaipmh.IDDoesNotExist},
		"verb=ListMetadataFormats&identifier=":                                        {oaipmh.IDDoesNotExist},
		"verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-02&until=2026-02-01&x=1": {oaipmh.BadArgument, oaipmh.BadArgument},
	} {
		resp, _, body := s.get(t, query)
		var got []oaipmh.Code
		for _, e := range resp.Errors {
			got = append(got, e.Code)
		}
		assert.Equal(t, want, got, query)
		if want[0] == oaipmh.BadVerb || want[0] == oaipmh.BadArgument {
			assert.Contains(t, string(body), "<request>"+stateURL+"</request>", query)
		}
	}
}

func TestIdentifyTellsWhatHarvestersNeed(t *testing.T) {
	s := filled(t, 3)
	resp, _, _ := s.get(t, "verb=Identify")
	id := resp.Identify
	assert.Equal(t, "State & Friends", id.Name)
	assert.Equal(t, stateURL, id.BaseURL)
	assert.Equal(t, oaipmh.Persistent, id.Deletions)
	assert.Equal(t, oaipmh.Seconds, id.Granularity)
	assert.Equal(t, federationtest.Start, id.Earliest)
	require.Len(t, id.Descriptions, 4)
	assert.Contains(t, string(id.Descriptions[0]), "<repositoryIdentifier>state.example.org</repositoryIdentifier>")
	assert.Contains(t, string(id.Descriptions[1]), "<baseURL>https://b.example.org/oai?a=1&amp;b=2</baseURL>")
	assert.Contains(t, string(id.Descriptions[2]), `<rights><rightsReference ref="https://creativecommons.org/licenses/by/4.0/">`)
	assert.Contains(t, string(id.Descriptions[3]), "<url>https://state.example.org/icon.png</url><link>https://state.example.org/</link>")
	assert.Equal(t, federationtest.Start.Add(3*time.Second), resp.Date)
}

func TestListsGiveEverythingOnceAndEndWithAnEmptyToken(t *testing.T) {
	s := filled(t, 25)
	for _, verb := range []string{"ListRecords", "ListIdentifiers"} {
		ids, pages := s.all(t, "verb="+verb+"&metadataPrefix=lrmi")
		assert.Len(t, ids, 25)
		assert.Equal(t, 3, pages)
		for i, id := range ids {
			assert.Equal(t, identifier(i), id)
		}
	}
	resp, _, _ := s.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	assert.Equal(t, 0, resp.Token.Cursor)
	assert.Equal(t, 25, resp.Token.Size)
	next, _, _ := s.get(t, "verb=ListRecords&resumptionToken="+resp.Token.Value)
	assert.Equal(t, 10, next.Token.Cursor)
	last, records, _ := s.get(t, "verb=ListRecords&resumptionToken="+next.Token.Value)
	assert.Equal(t, &oaipmh.Token{Cursor: 20, Size: 25}, last.Token)
	assert.Len(t, records, 5)
	short, _, _ := s.get(t, "verb=ListRecords&metadataPrefix=oai_dc&set=grade:1")
	assert.Nil(t, short.Token, "a complete first answer has no token")
	exact := filled(t, 10)
	resp, _, _ = exact.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	assert.Nil(t, resp.Token)
}

func TestATokenIsGoodForItsVerbOnlyAndAsOftenAsItIsSent(t *testing.T) {
	s := filled(t, 25)
	resp, _, _ := s.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	_, _, first := s.get(t, "verb=ListRecords&resumptionToken="+resp.Token.Value)
	s.clock.Add(time.Hour)
	_, _, again := s.get(t, "verb=ListRecords&resumptionToken="+resp.Token.Value)
	cut := func(b []byte) string { return string(b[bytes.Index(b, []byte("<request")):]) }
	assert.Equal(t, cut(first), cut(again))
	wrong, _, _ := s.get(t, "verb=ListIdentifiers&resumptionToken="+resp.Token.Value)
	assert.True(t, wrong.Errors.Has(oaipmh.BadResumptionToken))
}

func TestChangesDuringAListAreNotLost(t *testing.T) {
	s := filled(t, 30)
	resp, _, _ := s.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	s.clock.Add(time.Minute)
	for i := 10; i < 30; i++ {
		s.put(i, "grade:1") // all that is left moves behind the pinned end
	}
	ids, _ := s.all(t, "verb=ListRecords&resumptionToken="+resp.Token.Value)
	assert.Len(t, ids, 20)

	s = filled(t, 30)
	resp, _, _ = s.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	s.clock.Add(time.Minute)
	s.put(15, "grade:1")
	ids, _ = s.all(t, "verb=ListRecords&resumptionToken="+resp.Token.Value)
	assert.Len(t, ids, 19, "what moved belongs to the next harvest")
	ids, _ = s.all(t, "verb=ListRecords&metadataPrefix=oai_dc&from="+oaipmh.Seconds.Format(resp.Date))
	assert.Equal(t, []string{identifier(15)}, ids)
}

func TestDeletedRecordsAreHeaders(t *testing.T) {
	s := filled(t, 3)
	s.clock.Add(time.Minute)
	s.remove(1, "grade:1")
	for _, query := range []string{
		"verb=GetRecord&metadataPrefix=oai_dc&identifier=" + identifier(1),
		"verb=ListRecords&metadataPrefix=lrmi&set=grade:1",
		"verb=ListRecords&metadataPrefix=lrmi&from=2026-03-01T08:01:00Z",
	} {
		_, records, _ := s.get(t, query)
		require.Len(t, records, 1, query)
		assert.True(t, records[0].Deleted)
		assert.Nil(t, records[0].Metadata)
		assert.Equal(t, []string{"grade:1"}, records[0].Sets)
	}
}

func TestAFormatWithTwoNamesIsStoredOnce(t *testing.T) {
	s := filled(t, 3)
	formats := append(federation.Formats(), federation.Format{
		Prefix: "dc", Schema: oaipmh.DublinCoreSchema, Namespace: oaipmh.DublinCore, Same: federation.DublinCore,
	})
	var err error
	s.Provider, err = federation.NewProvider(federation.ProviderOptions{
		Records: s.records, BaseURL: stateURL, SchemaURL: stateURL, Emails: []string{"a@b.org"}, Key: []byte("0123456789abcdef"),
		PageSize: 2, Formats: formats,
	})
	require.NoError(t, err)
	ids, pages := s.all(t, "verb=ListRecords&metadataPrefix=dc")
	assert.Len(t, ids, 3)
	assert.Equal(t, 2, pages)
	_, records, _ := s.get(t, "verb=GetRecord&metadataPrefix=dc&identifier="+identifier(1))
	assert.Contains(t, string(records[0].Metadata), "oai_dc:dc")
	resp, _, _ := s.get(t, "verb=ListMetadataFormats&identifier="+identifier(1))
	assert.Len(t, resp.Formats, 3)
}

func TestRecordsSayTheirRightsAndWhereTheyCameFrom(t *testing.T) {
	v := oaipmhtest.New(t, oaipmhtest.Schema{Namespace: federation.LRMINamespace, XSD: federation.LRMISchema})
	s := filled(t, 1)
	s.records.Put(federationtest.Put{Identifier: "oai:far.example.org:7", Metadata: metadataOf(7, "Far"), About: []byte(
		`<provenance xmlns="http://www.openarchives.org/OAI/2.0/provenance"><originDescription harvestDate="2026-01-02T03:04:05Z" altered="false">` +
			`<baseURL>https://far.example.org/oai</baseURL><identifier>oai:far.example.org:7</identifier><datestamp>2026-01-01</datestamp>` +
			`<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></originDescription></provenance>`)})
	_, records, body := s.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	v.Valid(t, body)
	require.Len(t, records, 2)
	require.Len(t, records[0].About, 1)
	assert.Contains(t, string(records[0].About[0]), `<rightsReference ref="https://creativecommons.org/licenses/by/4.0/">`)
	require.Len(t, records[1].About, 1, "rights that nobody stated are not made up")
	assert.Contains(t, string(records[1].About[0]), "<datestamp>2026-01-01</datestamp>")
}

func TestHeadersAreTheSameEverywhere(t *testing.T) {
	s := filled(t, 2)
	_, a, _ := s.get(t, "verb=GetRecord&metadataPrefix=oai_dc&identifier="+identifier(1))
	_, b, _ := s.get(t, "verb=ListRecords&metadataPrefix=oai_dc")
	_, c, _ := s.get(t, "verb=ListIdentifiers&metadataPrefix=oai_dc")
	assert.Equal(t, a[0].Header, b[1].Header)
	assert.Equal(t, a[0].Header, c[1].Header)
}

func TestSetsHaveTheirAncestorsAndNames(t *testing.T) {
	s := newShelf(t, stateURL)
	for i := range 25 {
		s.put(i, fmt.Sprintf("grade:%02d", i), "owner:a:b", "license:CC-BY-4.0", federation.SetSpec("subject", "social studies"), "gradebook",
			federation.ListSpec("algebra"), federation.ListSpec("untitled"))
	}
	var specs, names []string
	query := "verb=ListSets"
	for {
		resp, _, _ := s.get(t, query)
		require.Empty(t, resp.Errors)
		for _, set := range resp.Sets {
			specs, names = append(specs, set.Spec), append(names, set.Name)
		}
		if resp.Token == nil || resp.Token.Value == "" {
			break
		}
		query = "verb=ListSets&resumptionToken=" + resp.Token.Value
	}
	assert.Len(t, specs, 25+1+1+3+2+2+3)
	seen := map[string]bool{}
	for _, spec := range specs {
		assert.False(t, seen[spec], "%s is listed twice", spec)
		seen[spec] = true
		if i := strings.LastIndexByte(spec, ':'); i > 0 {
			assert.True(t, seen[spec[:i]], "%s stands before its ancestor", spec)
		}
	}
	all := strings.Join(names, "\n")
	assert.Contains(t, all, "By grade")
	assert.Contains(t, all, "Grade 07")
	assert.Contains(t, all, "Subject social studies")
	assert.Contains(t, all, "State Algebra <2026>")
	assert.Contains(t, all, "Approved list untitled")
}

func TestSetSpecsAreLegalAndReversible(t *testing.T) {
	for _, name := range []string{"social studies", "C++", "español", "a:b", "~_x", "a/b", "%41", "Math (pure)", "数学"} {
		spec := federation.SetSpec("subject", name)
		assert.Regexp(t, `^[A-Za-z0-9\-_.!~*'()]+:[A-Za-z0-9\-_.!~*'()]+$`, spec)
		assert.Equal(t, []string{"subject", name}, federation.SetPath(spec))
	}
}

func TestLRMIComesOutOfItsElementAsItWentIn(t *testing.T) {
	for _, jsonld := range []string{`{"name":"a < b & \"c\" ]]> é\n"}`, "{}", strings.Repeat(`{"x":"&<>"}`, 20_000)} {
		got, err := federation.UnwrapLRMI(federation.WrapLRMI([]byte(jsonld)))
		require.NoError(t, err)
		assert.Equal(t, jsonld, string(got))
	}
	for _, bad := range []string{"", "<a/>", "<learningResource>{}</learningResource>", `<x:learningResource xmlns:x="urn:other">{}</x:learningResource>`, `<lrmi:learningResource xmlns:lrmi="` + federation.LRMINamespace + `"><b/></lrmi:learningResource>`} {
		_, err := federation.UnwrapLRMI([]byte(bad))
		require.ErrorIs(t, err, kind.ErrInvalid, bad)
	}
}

func TestNewProviderRefusesWhatWouldBreakTheProtocol(t *testing.T) {
	good := federation.ProviderOptions{
		BaseURL: stateURL, SchemaURL: stateURL, Emails: []string{"a@b.org"}, Key: []byte("0123456789abcdef"),
	}
	_, err := federation.NewProvider(good)
	require.NoError(t, err)
	for name, change := range map[string]func(*federation.ProviderOptions){
		"short key": func(o *federation.ProviderOptions) { o.Key = []byte("short") },
		"no email":  func(o *federation.ProviderOptions) { o.Emails = nil },
		"bad email": func(o *federation.ProviderOptions) { o.Emails = []string{"root@localhost"} },
		"base URL":  func(o *federation.ProviderOptions) { o.BaseURL = "/oai" },
		"schema":    func(o *federation.ProviderOptions) { o.SchemaURL = "ftp://x/y" },
	} {
		o := good
		change(&o)
		_, err := federation.NewProvider(o)
		require.ErrorIs(t, err, kind.ErrInvalid, name)
	}
}

// broken is a list whose storage fails.
type broken struct{ federation.Records }

var errStorage = errors.New("disk on fire")

func (broken) Window(context.Context, federation.Window) ([]federation.Record, error) {
	return nil, errStorage
}
func (broken) Now(context.Context) (time.Time, error)                    { return federationtest.Start, nil }
func (broken) Item(context.Context, string) ([]federation.Record, error) { return nil, errStorage }
func (broken) Earliest(context.Context) (time.Time, error)               { return time.Time{}, errStorage }
func (broken) Sets(context.Context, string, int) ([]federation.Set, error) {
	return nil, errStorage
}

func TestStorageErrorsAreNoAnswers(t *testing.T) {
	p, err := federation.NewProvider(federation.ProviderOptions{
		Records: broken{}, BaseURL: stateURL, SchemaURL: stateURL, Emails: []string{"a@b.org"}, Key: []byte("0123456789abcdef"),
	})
	require.NoError(t, err)
	for _, query := range []string{"verb=Identify", "verb=ListSets", "verb=ListRecords&metadataPrefix=oai_dc", "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:a:1"} {
		_, err := p.AnswerQuery(t.Context(), query)
		require.ErrorIs(t, err, errStorage, query)
	}
}

func BenchmarkProvider(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		s := newShelf(b, stateURL)
		description := strings.Repeat("Students model a fraction with paper strips. ", 28)
		for i := range size {
			m := metadataOf(i, title(i))
			m[federation.DublinCore] = bytes.Replace(m[federation.DublinCore], []byte("</oai_dc:dc>"), []byte("<dc:description>"+description+"</dc:description></oai_dc:dc>"), 1)
			s.records.Put(federationtest.Put{Identifier: identifier(i), Sets: []string{"grade:5", "type:lesson"}, Metadata: m})
		}
		s.clock.Add(time.Second)
		p, err := federation.NewProvider(federation.ProviderOptions{
			Records: uncounted{s.records}, BaseURL: stateURL, SchemaURL: stateURL, Emails: []string{"a@b.org"}, Key: []byte("0123456789abcdef"), Now: s.clock.Now,
		})
		require.NoError(b, err)
		b.Run(fmt.Sprintf("%d/page of 100", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a, err := p.AnswerQuery(b.Context(), "verb=ListRecords&metadataPrefix=oai_dc")
				if err != nil || len(a.Body) < 100_000 {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(a.Body)))
			}
		})
	}
}

// uncounted does not know how long a list is, as databases do not cheaply.
type uncounted struct{ federation.Records }

func (uncounted) Count(context.Context, federation.Window) (int, error) { return 0, nil }
