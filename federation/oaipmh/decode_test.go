package oaipmh

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const open = `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-02-03T12:00:00Z</responseDate><request>http://a/</request>`

// list makes an answer to ListRecords.
func list(records ...string) string {
	return open + "<ListRecords>" + strings.Join(records, "\n") + "</ListRecords></OAI-PMH>"
}

func record(id, metadata string) string {
	return `<record><header><identifier>` + id + `</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header><metadata>` + metadata + `</metadata></record>`
}

func decode(t *testing.T, src string) (Response, []Record, error) {
	t.Helper()
	var got []Record
	resp, err := Decode(strings.NewReader(src), Bounds{}, func(r Record) error { got = append(got, r); return nil })
	return resp, got, err
}

// wellFormed fails if a strict reader does not take the document.
func wellFormed(t testing.TB, doc []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %q", err, doc)
		}
	}
}

func TestOfficialExamplesAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		if !bytes.Contains(src, []byte("<OAI-PMH")) {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			resp, err := Decode(bytes.NewReader(src), Bounds{}, func(r Record) error {
				assert.Empty(t, r.Fault)
				if r.Metadata != nil {
					wellFormed(t, r.Metadata)
				}
				return nil
			})
			require.NoError(t, err)
			assert.False(t, resp.Date.IsZero())
			assert.True(t, resp.Verb != "" || len(resp.Errors) > 0)
			assert.Equal(t, bytes.Count(src, []byte("<header")), resp.Records)
		})
	}
}

func TestNamespacesOfTheRootComeAlongWithTheMetadata(t *testing.T) {
	src := `<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/" xmlns="urn:default" xmlns:dc="urn:dc" xmlns:oai_dc="urn:oai_dc" xmlns:unused="urn:unused" xmlns:t="urn:terms" xmlns:xsi="urn:xsi"><o:ListRecords><o:record>` +
		`<o:header><o:identifier>oai:a:1</o:identifier><o:datestamp>2026-01-01</o:datestamp></o:header><o:metadata>` +
		`<oai_dc:dc><dc:title xsi:type="t:text">A</dc:title><plain/><in xmlns="urn:in"><deeper/></in></oai_dc:dc></o:metadata></o:record></o:ListRecords></o:OAI-PMH>`
	_, got, err := decode(t, src)
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, `<oai_dc:dc xmlns="urn:default" xmlns:dc="urn:dc" xmlns:oai_dc="urn:oai_dc" xmlns:t="urn:terms" xmlns:xsi="urn:xsi">`+
		`<dc:title xsi:type="t:text">A</dc:title><plain></plain><in xmlns="urn:in"><deeper></deeper></in></oai_dc:dc>`, string(got[0].Metadata))
}

func TestOddButReadableAnswers(t *testing.T) {
	for name, c := range map[string]struct{ metadata, want string }{
		"control characters":         {"<a>x\x03y</a>", "<a>x y</a>"},
		"references to them":         {"<a>x&#x1;y&#0;</a>", "<a>x y </a>"},
		"entities of HTML":           {"<a>caf&eacute; &nbsp;&hellip;</a>", "<a>café \u00a0…</a>"},
		"unknown entities":           {"<a>&nosuch; &lt;</a>", "<a>&amp;nosuch; &lt;</a>"},
		"stray ampersands":           {`<a href="x?a=1&b=2">R & D</a>`, `<a href="x?a=1&amp;b=2">R &amp; D</a>`},
		"Latin-1 bytes":              {"<a>caf\xe9 \x93x\x94</a>", "<a>café “x”</a>"},
		"CDATA":                      {"<a><![CDATA[x < y & ]] z]]></a>", "<a>x &lt; y &amp; ]] z</a>"},
		"end of CDATA outside of it": {"<a>x ]]> y</a>", "<a>x ]]&gt; y</a>"},
		"comments":                   {"<!-- <b> --><a><?php x ?>x<!-- -- --></a>", "<a>x</a>"},
		"single quotes":              {`<a b='"'>x</a>`, `<a b="&quot;">x</a>`},
		"non-ASCII names":            {"<é ñ='1'/>", `<é ñ="1"></é>`},
		"entities twice escaped":     {"<a>&amp;eacute;</a>", "<a>&amp;eacute;</a>"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, err := decode(t, list(record("oai:a:1", c.metadata), record("oai:a:2", "<b/>")))
			require.NoError(t, err)
			require.Len(t, got, 2)
			assert.Empty(t, got[0].Fault)
			want := strings.Replace(c.want, ">", ` xmlns="`+Namespace+`">`, 1)
			if i := strings.IndexByte(c.want, ' '); i > 0 && i < strings.IndexByte(c.want, '>') {
				want = c.want[:i] + ` xmlns="` + Namespace + `"` + c.want[i:]
			}
			assert.Equal(t, want, string(got[0].Metadata))
			wellFormed(t, got[0].Metadata)
		})
	}
}

func TestBadRecordsAreNamedAndTheOthersKept(t *testing.T) {
	for name, c := range map[string]struct{ record, fault string }{
		"no identifier":       {`<record><header><datestamp>2026-01-01</datestamp></header><metadata><a/></metadata></record>`, "it has no identifier"},
		"blank identifier":    {record(" ", "<a/>"), "it has no identifier"},
		"identifier no URI":   {record("a b", "<a/>"), `its identifier "a b" is not a URI`},
		"no header":           {`<record><metadata><a/></metadata></record>`, "it has 0 headers"},
		"no metadata":         {`<record><header><identifier>oai:a:1</identifier></header></record>`, "it has no metadata and is not deleted"},
		"empty metadata":      {record("oai:a:1", ""), "it has no metadata and is not deleted"},
		"two metadata":        {record("oai:a:1", "<a/><b/>"), "it holds more than one metadata element"},
		"undeclared prefix":   {record("oai:a:1", "<x:a/>"), "the namespace prefix x is not declared"},
		"attribute twice":     {record("oai:a:1", `<a b="1" b="2"/>`), "the attribute b of <a> is there twice"},
		"too large":           {record("oai:a:1", "<a>"+strings.Repeat("word ", 1<<20)+"</a>"), "it is larger than 4194304 bytes"},
		"too large in pieces": {record("oai:a:1", "<a>"+strings.Repeat("<b>x</b>", 1<<20)+"</a>"), "it is larger than 4194304 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, err := decode(t, list(record("oai:a:0", "<a/>"), c.record, record("oai:a:2", "<a/>")))
			require.NoError(t, err)
			require.Len(t, got, 3)
			assert.Equal(t, c.fault, got[1].Fault)
			assert.Empty(t, got[0].Fault)
			assert.Empty(t, got[2].Fault)
			assert.Equal(t, "oai:a:2", got[2].Identifier)
		})
	}
}

func TestOddDatestampsAreReadAndFlagged(t *testing.T) {
	_, got, err := decode(t, list(strings.Replace(record("oai:a:1", "<a/>"), "00:00:00Z", "10:20:30.123+02:00", 1),
		strings.Replace(record("oai:a:2", "<a/>"), "2026-01-01T00:00:00Z", "soon", 1)))
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "2026-01-01T08:20:30Z", Seconds.Format(got[0].Datestamp))
	assert.Equal(t, "2026-01-01T10:20:30.123+02:00", got[0].Stamp)
	assert.Len(t, got[0].Notes, 1)
	assert.True(t, got[1].Datestamp.IsZero())
	assert.Equal(t, []string{`its datestamp "soon" is no date`}, got[1].Notes)
}

func TestSeveralAboutsAreKept(t *testing.T) {
	src := strings.Replace(record("oai:a:1", "<a/>"), "</record>", `<about><p xmlns="urn:p"/></about><about><r xmlns="urn:r">x</r></about></record>`, 1)
	_, got, err := decode(t, list(src))
	require.NoError(t, err)
	require.Len(t, got[0].About, 2)
	assert.Equal(t, `<p xmlns="urn:p"></p>`, string(got[0].About[0]))
	assert.Equal(t, `<r xmlns="urn:r">x</r>`, string(got[0].About[1]))
}

func TestWhiteSpaceIsNoToken(t *testing.T) {
	for raw, want := range map[string]string{
		"<resumptionToken> \n </resumptionToken>": "", "<resumptionToken/>": "",
		"<resumptionToken cursor='7' completeListSize='9'>\n a&amp;b \n</resumptionToken>": "a&b",
	} {
		resp, _, err := decode(t, list(raw))
		require.NoError(t, err)
		require.NotNil(t, resp.Token)
		assert.Equal(t, want, resp.Token.Value)
	}
}

func TestAnswersThatAreNotOAIPMHSayWhatTheyAre(t *testing.T) {
	for src, want := range map[string]string{
		"": "not OAI-PMH but an empty answer",
		"<!DOCTYPE html><html><body>Hello</body></html>": "not OAI-PMH but a web page: <!DOCTYPE html><html><body>Hello</body></html>",
		"<html><p>unclosed<br></html>":                   "not OAI-PMH but a web page: <html><p>unclosed<br></html>",
		`<?xml version="1.0"?><rss><channel/></rss>`:     "not OAI-PMH but a document with the root element <rss>",
		`{"error": "not found"}`:                         `not OAI-PMH: {"error": "not found"}`,
		"Warning: mysql<br/>" + list():                   "not OAI-PMH: Warning: mysql<br/>",
	} {
		_, _, err := decode(t, src)
		var not *NotOAIError
		require.ErrorAs(t, err, &not, src)
		assert.Contains(t, err.Error(), want)
		assert.Less(t, len(err.Error()), 300)
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	src := list(record("oai:a:1", `<a b="c&amp;d">x<!-- c --><![CDATA[y]]></a>`), "<resumptionToken>next</resumptionToken>")
	for n := range len(src) {
		_, _, err := decode(t, src[:n])
		require.Error(t, err, "cut after %q", src[:n])
	}
	_, _, err := decode(t, src)
	require.NoError(t, err)
}

func TestBrokenXMLIsAnError(t *testing.T) {
	for name, src := range map[string]string{
		"crossed tags":     list(record("oai:a:1", "<a><b></a></b>")),
		"no quotes":        list(record("oai:a:1", "<a b=c/>")),
		"no value":         list(record("oai:a:1", "<a b/>")),
		"tag in tag":       list(record("oai:a:1", "<a <b/>>")),
		"entity expansion": `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>` + list(),
		"external entity":  `<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">` + list(),
		"type inside":      list(`<!DOCTYPE x>`),
		"encoding":         strings.Replace(list(), "UTF-8", "EBCDIC-CP-US", 1),
	} {
		_, _, err := decode(t, src)
		assert.Error(t, err, name)
	}
}

func TestBoundsHold(t *testing.T) {
	var bounds *BoundsError
	_, _, err := decode(t, list(record("oai:a:1", strings.Repeat("<a>", 1000))))
	require.ErrorAs(t, err, &bounds, "depth")
	_, _, err = decode(t, list("<"+strings.Repeat("a", 100_000)))
	require.ErrorAs(t, err, &bounds, "tag")
	_, _, err = decode(t, open+"<ListRecords><resumptionToken>"+strings.Repeat("a", 100_000)+"</resumptionToken>")
	require.ErrorAs(t, err, &bounds, "token")
	_, err = Decode(strings.NewReader(list(record("oai:a:1", "<a/>"), record("oai:a:2", "<a/>"))), Bounds{Count: 1}, nil)
	require.ErrorAs(t, err, &bounds, "count")
	_, err = Decode(io.MultiReader(strings.NewReader(open), zeros{}), Bounds{}, nil)
	require.ErrorAs(t, err, &bounds, "bytes")
}

// zeros is an endless blank answer.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestReaderErrorsAndCallbackErrorsArePassedOn(t *testing.T) {
	lost := errors.New("connection lost")
	_, err := Decode(io.MultiReader(strings.NewReader(open), iotest.ErrReader(lost)), Bounds{}, nil)
	require.ErrorIs(t, err, lost)
	_, err = Decode(strings.NewReader(list(record("oai:a:1", "<a/>"))), Bounds{}, func(Record) error { return lost })
	require.ErrorIs(t, err, lost)
}

func TestPiecesOfAnySizeGiveTheSame(t *testing.T) {
	src := "\uFEFF" + list(record("oai:a:1", "<a>"+strings.Repeat("é&amp;&eacute;<![CDATA[]]]]>😀\x03\xe9", 3000)+"</a>"), record("oai:a:2", "<b>"+strings.Repeat("x]]>", 50_000)+"</b>"))
	_, want, err := decode(t, src)
	require.NoError(t, err)
	for name, r := range map[string]io.Reader{
		"one byte": iotest.OneByteReader(strings.NewReader(src)),
		"half":     iotest.HalfReader(strings.NewReader(src)),
		"data+EOF": iotest.DataErrReader(strings.NewReader(src)),
	} {
		var got []Record
		_, err := Decode(r, Bounds{}, func(r Record) error { got = append(got, r); return nil })
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	wellFormed(t, want[0].Metadata)
	wellFormed(t, want[1].Metadata)
}

func TestOtherEncodings(t *testing.T) {
	src := list(record("oai:a:1", "<a>Déjà – “vu” 😀</a>"))
	var wide []byte
	for _, r := range "\uFEFF" + src {
		for _, u := range utf16Encode(r) {
			wide = append(wide, byte(u>>8), byte(u))
		}
	}
	_, got, err := decode(t, string(wide))
	require.NoError(t, err)
	assert.Contains(t, string(got[0].Metadata), "Déjà – “vu” 😀")

	latin := strings.NewReplacer("UTF-8", "iso-8859-1", "é", "\xe9", "à", "\xe0", "–", "\x96", "“", "\x93", "”", "\x94", "😀", "").Replace(src)
	_, got, err = decode(t, latin)
	require.NoError(t, err)
	assert.Contains(t, string(got[0].Metadata), "Déjà – “vu” ")
}

func utf16Encode(r rune) []uint16 {
	if r < 0x10000 {
		return []uint16{uint16(r)}
	}
	r -= 0x10000
	return []uint16{uint16(0xd800 + r>>10), uint16(0xdc00 + r&0x3ff)}
}

func TestIdentifyFormatsSetsAndErrorsAreRead(t *testing.T) {
	resp, _, err := decode(t, open+`<Identify><repositoryName>A &amp; B</repositoryName><baseURL>http://a/oai</baseURL><protocolVersion>2.0</protocolVersion>`+
		`<adminEmail>a@b.org</adminEmail><adminEmail>c@d.org</adminEmail><earliestDatestamp>2001-01-01</earliestDatestamp><deletedRecord>persistent</deletedRecord>`+
		`<granularity>YYYY-MM-DD</granularity><compression>gzip</compression><description><friends xmlns="urn:f"><baseURL>http://b/</baseURL></friends></description></Identify></OAI-PMH>`)
	require.NoError(t, err)
	id := resp.Identify
	assert.Equal(t, "A & B", id.Name)
	assert.Equal(t, Days, id.Granularity)
	assert.Equal(t, Persistent, id.Deletions)
	assert.Equal(t, 2001, id.Earliest.Year())
	assert.Equal(t, []string{"a@b.org", "c@d.org"}, id.Emails)
	require.Len(t, id.Descriptions, 1)

	resp, _, err = decode(t, open+`<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>s</schema><metadataNamespace>n</metadataNamespace></metadataFormat></ListMetadataFormats></OAI-PMH>`)
	require.NoError(t, err)
	assert.Equal(t, []Format{{"oai_dc", "s", "n"}}, resp.Formats)

	resp, _, err = decode(t, open+`<ListSets><set><setSpec>a:b</setSpec><setName>A</setName><setDescription><x/></setDescription></set></ListSets></OAI-PMH>`)
	require.NoError(t, err)
	assert.Equal(t, []Set{{Spec: "a:b", Name: "A"}}, resp.Sets)

	resp, _, err = decode(t, open+`<error code="badArgument">x</error><error code="noRecordsMatch"/></OAI-PMH> trailing rubbish <`)
	require.NoError(t, err)
	assert.Equal(t, Errors{{BadArgument, "x"}, {NoRecordsMatch, ""}}, resp.Errors)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(list(record("oai:a:1", `<a xmlns:b="c"><b:d e='f'>&eacute;&#1;<![CDATA[x]]></b:d></a>`), "<resumptionToken cursor='1'>t</resumptionToken>")))
	f.Add([]byte(open + "<Identify><granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>"))
	f.Add([]byte("\xfe\xff\x00<\x00O"))
	files, _ := filepath.Glob("testdata/examples/*.xml")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		_, _ = Decode(bytes.NewReader(src), Bounds{Bytes: 1 << 20, Record: 1 << 16}, func(r Record) error {
			if r.Fault == "" && r.Metadata != nil {
				wellFormed(t, r.Metadata)
			}
			return nil
		})
	})
}

func BenchmarkDecode(b *testing.B) {
	var records []string
	metadata := strings.Replace(dublinCore, "</oai_dc:dc>", "<dc:description>"+strings.Repeat("A lesson on fractions &amp; more. ", 35)+"</dc:description></oai_dc:dc>", 1)
	for i := range 100 {
		records = append(records, record(fmt.Sprintf("oai:example.org:%d", i), metadata))
	}
	src := []byte(list(append(records, "<resumptionToken>next</resumptionToken>")...))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if resp, err := Decode(bytes.NewReader(src), Bounds{}, func(Record) error { return nil }); err != nil || resp.Records != 100 {
			b.Fatal(err)
		}
	}
}
