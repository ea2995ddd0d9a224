package validate

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/federation/oaipmh/oaipmhtest"
)

// written are answers with everything in them.
func written() map[string]string {
	at := time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	const dc = `<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title xml:lang="en">A</dc:title></oai_dc:dc>`
	begin := func(v oaipmh.Verb) *oaipmh.Writer {
		return oaipmh.NewWriter(at, "https://a.example.org/oai", []oaipmh.Arg{{Name: "verb", Value: string(v)}})
	}
	origin := oaipmh.Origin{HarvestDate: "2026-01-01T00:00:00Z", BaseURL: "https://b.example.org", Identifier: "oai:b:1", Datestamp: "2025-01-01",
		Namespace: "urn:x", Earlier: &oaipmh.Origin{HarvestDate: "2026-01-01", BaseURL: "https://c.example.org", Identifier: "oai:b:1", Datestamp: "2025-01-01", Namespace: "urn:x"}}
	h := oaipmh.Header{Identifier: "oai:a.org:1", Datestamp: at, Sets: []string{"a", "b:c"}}
	identify := begin(oaipmh.IdentifyVerb)
	identify.Identify(oaipmh.Identify{Name: "A", BaseURL: "https://a.example.org/oai", Emails: []string{"a@b.org"}, Earliest: at, Deletions: oaipmh.No,
		Granularity: oaipmh.Seconds, Compression: []string{"gzip"}, Descriptions: [][]byte{
			[]byte(`<oai-identifier xmlns="http://www.openarchives.org/OAI/2.0/oai-identifier"><scheme>oai</scheme><repositoryIdentifier>a.org</repositoryIdentifier><delimiter>:</delimiter><sampleIdentifier>oai:a.org:1</sampleIdentifier></oai-identifier>`),
			[]byte(`<friends xmlns="http://www.openarchives.org/OAI/2.0/friends/"><baseURL>http://b.example.org/oai</baseURL></friends>`),
			[]byte(`<branding xmlns="http://www.openarchives.org/OAI/2.0/branding/"><collectionIcon><url>http://b.example.org/i</url><width>8</width></collectionIcon><metadataRendering metadataNamespace="urn:x" mimeType="text/xsl">http://b.example.org/x</metadataRendering></branding>`),
			[]byte(`<rightsManifest xmlns="http://www.openarchives.org/OAI/2.0/rights/" appliesTo="http://www.openarchives.org/OAI/2.0/entity#metadata"><rights><rightsReference ref="http://b.example.org/l"/></rights></rightsManifest>`),
		}})
	records := begin(oaipmh.ListRecords)
	records.Open(oaipmh.ListRecords)
	records.Record(h, []byte(dc), "", origin.Provenance(), []byte(`<rights xmlns="http://www.openarchives.org/OAI/2.0/rights/"><rightsReference ref="http://b.example.org/l"/></rights>`))
	h.Deleted = true
	records.Record(h, nil, "")
	records.Token(oaipmh.Token{Value: "x", Cursor: 0, Size: 3})
	sets := begin(oaipmh.ListSets)
	sets.Open(oaipmh.ListSets)
	sets.Set(oaipmh.Set{Spec: "a", Name: "A", Descriptions: [][]byte{[]byte(dc)}})
	formats := begin(oaipmh.ListMetadataFormats)
	formats.Open(oaipmh.ListMetadataFormats)
	formats.Format(oaipmh.Format{Prefix: "oai_dc", Schema: oaipmh.DublinCoreSchema, Namespace: oaipmh.DublinCore})
	failure := oaipmh.NewWriter(at, "https://a.example.org/oai", nil)
	failure.Errors(oaipmh.Errors{{Code: oaipmh.BadArgument, Message: "x"}, {Code: oaipmh.BadArgument}})
	return map[string]string{
		"identify": string(identify.Bytes()), "records": string(records.Bytes()), "sets": string(sets.Bytes()),
		"formats": string(formats.Bytes()), "errors": string(failure.Bytes()),
	}
}

// verdict is what the grammar finds about a document, embedded containers included.
func verdict(doc string) string {
	root, err := parse([]byte(doc))
	if err != nil {
		return err.Error()
	}
	if root.name.Local != "OAI-PMH" || root.name.Space != oaipmh.Namespace {
		return "another root"
	}
	if problem := protocol().wrong(root, oaipmh.Namespace); problem != "" {
		return problem
	}
	known := containers()
	var walk func(n *node) string
	walk = func(n *node) string {
		if n.name.Local == "about" && len(n.children) != 1 {
			return "an about without one element"
		}
		for _, c := range n.children {
			if problem := wrongContainer(known, c); problem != "" {
				return problem
			}
			if problem := walk(c); problem != "" {
				return problem
			}
		}
		return ""
	}
	return walk(root)
}

func TestTheGrammarJudgesAsTheSchemasDo(t *testing.T) {
	v := oaipmhtest.New(t)
	leaf := regexp.MustCompile(`<([\w\-:]+)(?: [^<>]*)?>[^<]*</[\w\-:]+>|<[\w\-:]+(?: [^<>]*)?/>`)
	valid, invalid := 0, 0
	for name, doc := range written() {
		require.Empty(t, verdict(doc), name)
		docs := []string{doc}
		for _, at := range leaf.FindAllStringIndex(doc, -1) {
			piece := doc[at[0]:at[1]]
			if strings.Contains(piece, "cursor=") || strings.Contains(piece, "adminEmail") { // has checks of its own
				continue
			}
			for _, changed := range []string{
				"", piece + piece, strings.Replace(piece, ">", ` odd="1">`, 1), regexp.MustCompile(`>[^<]*<`).ReplaceAllString(piece, "><"),
				regexp.MustCompile(`>[^<]*<`).ReplaceAllString(piece, ">a b<"), regexp.MustCompile(`="[^"]*"`).ReplaceAllString(piece, `="- -"`),
				regexp.MustCompile(` [\w]+="[^"]*"`).ReplaceAllString(piece, ""), "text" + piece, "<odd/>" + piece,
			} {
				if changed != piece && !strings.Contains(changed, "xmlns") && !strings.Contains(changed, "xsi:") {
					docs = append(docs, doc[:at[0]]+changed+doc[at[1]:])
				}
			}
		}
		for _, d := range docs {
			want, got := v.Check([]byte(d)), verdict(d)
			if want == nil {
				valid++
			} else {
				invalid++
			}
			// An empty address or identifier keeps the schema, whose anyURI may be empty; it is a fault all the same.
			if want == nil && strings.HasSuffix(got, `must not be ""`) {
				continue
			}
			assert.Equal(t, want == nil, got == "", "xmllint: %v\nours: %s\n%s", want, got, d)
		}
	}
	assert.Greater(t, valid, 20)
	assert.Greater(t, invalid, 100)
}
