package metadata_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written are the formats that have a schema here.
var written = []struct {
	name, namespace, schema, xsd string
	write                        func(metadata.View) []byte
}{
	{"lom", metadata.LOMNamespace, metadata.LOMSchema, "lom/lomLoose.xsd", metadata.WriteLOM},
	{"mods", metadata.MODSNamespace, metadata.MODSSchema, "mods/mods-3-8.xsd", metadata.WriteMODS},
	{"oai_openaire", metadata.OpenAIRENamespace, metadata.OpenAIRESchema, "openaire/openaire.xsd", metadata.WriteOpenAIRE},
}

// schemaValid holds documents against a schema of testdata by xmllint, offline.
func schemaValid(t *testing.T, xsd string, docs ...[]byte) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		const how = "xmllint is missing: apt-get install libxml2-utils"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	dir, err := filepath.Abs("testdata/xsd")
	require.NoError(t, err)
	args := []string{"--nonet", "--noout", "--schema", filepath.Join(dir, xsd)}
	for _, doc := range docs {
		file, err := os.CreateTemp(t.TempDir(), "*.xml")
		require.NoError(t, err)
		_, err = file.Write(doc)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		args = append(args, file.Name())
	}
	cmd := exec.Command("xmllint", args...)
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+filepath.Join(dir, "catalog.xml"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		shown := docs[0]
		for i, doc := range docs {
			if bytes.Contains(out, []byte(args[4+i]+" fails")) {
				shown = doc
				break
			}
		}
		require.NoError(t, err, "%s\n%s", out, shown)
	}
}

// evils are texts that break careless writers.
var evils = []string{"a\x00b\x01\x1f", "\ufffe\uffff", "\xff\xfe", "]]>", "<script>", "&nbsp;", "\U0001FFFE😀", "a\r\nb", `" ' `, " ",
	"http://[::1", "https://x.example/a b?c=[d]&e='f'", "https://", "http://%zz", "en us", "oai:x y:z", strings.Repeat("x", 300)}

// evilView is a view in which every text is evil.
func evilView(evil string) metadata.View {
	v := view()
	m := &v.Metadata
	agent := metadata.Agent{Name: evil, URL: evil}
	m.Title, m.Description, m.Language, m.License, m.Time, m.Type = evil, evil, evil, evil, evil, metadata.Type(evil)
	m.Creators = []metadata.Agent{agent, {Name: "Lincoln School", URL: evil}}
	m.Subjects, m.Keywords, m.Grades, m.Audience = []string{evil}, []string{evil}, []string{evil, "5"}, []string{evil}
	m.Alignments = metadata.Alignments{Teaches: []string{evil}, Assesses: []string{evil}, Requires: []string{evil}}
	m.Funding = &metadata.Funding{Funder: evil, Grant: evil, Program: evil}
	m.Parts = []metadata.Part{{Path: evil}, {Pin: metadata.Pin{ID: evil, Revision: evil}}}
	m.Sources = []metadata.Source{{ID: evil, Title: evil, URL: evil, Path: evil, Revision: evil, License: evil, Changes: evil,
		Creators: []metadata.Agent{agent}, Sources: []metadata.Source{{ID: evil, License: evil}}}}
	m.TranslationOf = &metadata.Pin{ID: evil, Revision: evil}
	v.ID, v.Identifier, v.URL, v.Permalink, v.Git, v.Path, v.Revision, v.LicenseURL, v.Credit = evil, evil, evil, evil, evil, evil, evil, evil, evil
	v.Unit, v.Parts = &metadata.Ref{ID: evil, Identifier: evil, URL: evil, Title: evil, Path: evil, Revision: evil}, []metadata.Ref{{URL: evil}}
	v.Publisher = agent
	v.Statements = map[string]metadata.Statement{evil: {Code: evil, URL: evil, Framework: evil, Text: evil}}
	v.Downloads = []metadata.Download{{URL: evil, Type: evil}}
	v.Access = metadata.Accessibility{Modes: []string{evil}, Features: []string{evil}, Hazards: []string{evil}, Summary: evil}
	return v
}

func TestWrittenRecordsAreValidBySchema(t *testing.T) {
	for _, f := range written {
		t.Run(f.name, func(t *testing.T) {
			docs := [][]byte{f.write(view())}
			for _, typ := range metadata.Types() {
				docs = append(docs, f.write(metadata.View{ID: view().ID, Metadata: metadata.Metadata{Title: "T", Type: typ, Language: "en", Time: "P1W",
					Creators: []metadata.Agent{{Name: "Ida"}}, Grades: metadata.Grades(), Audience: metadata.Audiences()}}))
			}
			for _, evil := range evils {
				docs = append(docs, f.write(evilView(evil)))
			}
			schemaValid(t, f.xsd, docs...)
		})
	}
}

func TestWrittenRecordsAreXMLAndNameTheirSchema(t *testing.T) {
	for _, f := range append(written, struct {
		name, namespace, schema, xsd string
		write                        func(metadata.View) []byte
	}{"oai_dc", metadata.DublinCoreNamespace, metadata.DublinCoreSchema, "", metadata.DublinCore}) {
		t.Run(f.name, func(t *testing.T) {
			for _, v := range []metadata.View{{}, view()} {
				var root struct {
					XMLName  xml.Name
					Location string `xml:"http://www.w3.org/2001/XMLSchema-instance schemaLocation,attr"`
				}
				doc := f.write(v)
				require.NoError(t, xml.Unmarshal(doc, &root), "%s", doc)
				assert.Equal(t, f.namespace, root.XMLName.Space)
				assert.Equal(t, f.namespace+" "+f.schema, root.Location)
			}
			for _, evil := range evils {
				doc := f.write(evilView(evil))
				require.NoError(t, xml.Unmarshal(doc, new(struct{})), "%s", doc)
			}
		})
	}
}

// TestWrittenRecordsAreTheDocumentedForms shows each format whole; a change there is a change of what others harvest.
func TestWrittenRecordsAreTheDocumentedForms(t *testing.T) {
	for _, f := range written {
		golden(t, "testdata/"+f.name+".xml", []byte(strings.ReplaceAll(string(f.write(view())), "><", ">\n<")+"\n"))
	}
}
