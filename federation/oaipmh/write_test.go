package oaipmh

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation/oaipmh/oaipmhtest"
)

var noon = time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)

const (
	dublinCore = `<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Sharing pizzas &amp; more</dc:title></oai_dc:dc>`
	baseURL    = "https://oer.example.org/oai"
)

func header(id string) Header {
	return Header{Identifier: id, Datestamp: noon, Sets: []string{"grade:5", "type:lesson"}}
}

func TestAnswersKeepTheOfficialSchema(t *testing.T) {
	v := oaipmhtest.New(t)
	args := func(verb Verb) []Arg { return []Arg{{"verb", string(verb)}} }
	for name, write := range map[string]func() *Writer{
		"identify": func() *Writer {
			w := NewWriter(noon, baseURL, args(IdentifyVerb))
			w.Identify(Identify{
				Name: "State & <OER>\x00\x1b", BaseURL: baseURL, Emails: []string{"a@example.org", "b@example.org"},
				Earliest: noon, Deletions: Persistent, Granularity: Seconds, Compression: []string{"gzip"},
				Descriptions: [][]byte{[]byte(`<friends xmlns="http://www.openarchives.org/OAI/2.0/friends/"><baseURL>http://b.example.org/oai</baseURL></friends>`)},
			})
			return w
		},
		"errors": func() *Writer {
			w := NewWriter(noon, baseURL, nil)
			w.Errors(Errors{{BadArgument, `a "b" <c> & d` + "\x01\uffff\xff"}, {BadArgument, ""}, {NoSetHierarchy, "x"}})
			return w
		},
		"formats": func() *Writer {
			w := NewWriter(noon, baseURL, args(ListMetadataFormats))
			w.Open(ListMetadataFormats)
			w.Format(Format{"oai_dc", DublinCoreSchema, DublinCore})
			return w
		},
		"sets": func() *Writer {
			w := NewWriter(noon, baseURL, args(ListSets))
			w.Open(ListSets)
			w.Set(Set{Spec: "grade:5", Name: "Grade 5 & up"})
			w.Token(Token{Value: "a<b", Cursor: 0, Size: 2})
			return w
		},
		"records": func() *Writer {
			w := NewWriter(noon, baseURL, append(args(ListRecords), Arg{"metadataPrefix", "oai_dc"}))
			w.Open(ListRecords)
			w.Record(header("oai:a.org:1"), []byte(dublinCore), "")
			w.Record(header("oai:a.org:2"), []byte(dublinCore), ` xmlns:xsi="`+instanceNamespace+`" xsi:schemaLocation="`+DublinCore+" "+DublinCoreSchema+`"`)
			gone := header("oai:a.org:3")
			gone.Deleted = true
			w.Record(gone, nil, "")
			w.Record(header("oai:a.org:4"), []byte("<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>a\x02b\ufffe\xff</dc:title></oai_dc:dc>"), "")
			w.Token(Token{Cursor: 100})
			return w
		},
		"identifiers": func() *Writer {
			w := NewWriter(noon, baseURL, append(args(ListIdentifiers), Arg{"metadataPrefix", "oai_dc"}, Arg{"until", "2026-01-01"}))
			w.Open(ListIdentifiers)
			w.Header(header("oai:a.org:1"))
			w.Token(Token{Value: "next", Cursor: -1})
			return w
		},
	} {
		t.Run(name, func(t *testing.T) { v.Valid(t, write().Bytes()) })
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	w := NewWriter(noon, baseURL, []Arg{{"verb", "ListRecords"}, {"resumptionToken", "a&b\"<\n"}})
	w.Open(ListRecords)
	w.Record(header("oai:a.org:1"), []byte(dublinCore), ` a="b"`)
	gone := header("oai:a.org:2")
	gone.Deleted = true
	w.Record(gone, nil, "")
	w.Token(Token{Value: "x<&>\"y", Cursor: 100, Size: 250})
	var got []Record
	resp, err := Decode(bytes.NewReader(w.Bytes()), Bounds{}, func(r Record) error { got = append(got, r); return nil })
	require.NoError(t, err)
	assert.Equal(t, noon, resp.Date)
	assert.Equal(t, baseURL, resp.BaseURL)
	assert.Equal(t, ListRecords, resp.Verb)
	assert.Equal(t, &Token{Value: "x<&>\"y", Cursor: 100, Size: 250}, resp.Token)
	assert.Empty(t, resp.Notes)
	require.Len(t, got, 2)
	assert.Equal(t, header("oai:a.org:1"), got[0].Header)
	assert.Contains(t, string(got[0].Metadata), `<oai_dc:dc a="b" xmlns:oai_dc=`)
	assert.Equal(t, gone, got[1].Header)
	assert.Nil(t, got[1].Metadata)
}

func TestTheValidatorRefusesWhatBreaksTheSchema(t *testing.T) {
	v := oaipmhtest.New(t)
	for name, args := range map[string][]Arg{
		"illegal verb": {{"verb", "Nope"}}, "illegal prefix": {{"verb", "GetRecord"}, {"metadataPrefix", "a b"}}, "unknown argument": {{"x", "y"}},
	} {
		w := NewWriter(noon, baseURL, args)
		w.Errors(Errors{{BadArgument, "x"}})
		assert.Error(t, v.Check(w.Bytes()), name)
	}
	w := NewWriter(noon, baseURL, nil)
	w.Open(ListRecords)
	w.Record(header("oai:a.org:1"), []byte(`<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"><nope/></oai_dc:dc>`), "")
	assert.Error(t, v.Check(w.Bytes()), "embedded metadata is validated too")
}
