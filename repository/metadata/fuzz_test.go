package metadata_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/require"
)

// fuzzRecord feeds a reader; seeds are the records of testdata that are of the format, and our own.
func fuzzRecord(f *testing.F, prefix string, own []byte, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob("testdata/records/" + pattern)
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, file := range files {
			src, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(src)
		}
	}
	f.Add(own)
	f.Fuzz(func(t *testing.T, src []byte) {
		got, problems := metadata.ReadRecord(prefix, src)
		if problems.Refuse() {
			require.Equal(t, metadata.Harvested{}, got, "what is refused is not half taken")
			return
		}
		m := got.Metadata
		encoded, err := json.Marshal(got)
		require.NoError(t, err)
		require.True(t, utf8.Valid(encoded))
		require.True(t, utf8.ValidString(m.Title) && utf8.ValidString(m.Description) && utf8.ValidString(m.License))
		require.LessOrEqual(t, utf8.RuneCountInString(m.Title), 8_010)
		require.LessOrEqual(t, utf8.RuneCountInString(m.Description), 20_010)
		require.LessOrEqual(t, len(m.Keywords)+len(m.Subjects)+len(m.Creators)+len(got.Parts)+len(m.Sources), 2_500)
		require.Equal(t, m.License, got.License)
		for _, g := range m.Grades {
			require.Contains(t, metadata.Grades(), g)
		}
		// What was read can be written in every format, and is XML there.
		v := metadata.View{Metadata: m, Identifier: got.Identifier, URL: got.URL, Git: got.Git, Publisher: got.Publisher, Access: got.Access, Unit: got.Unit}
		for _, doc := range [][]byte{metadata.WriteLOM(v), metadata.WriteMODS(v), metadata.WriteOpenAIRE(v), metadata.DublinCore(v)} {
			require.NoError(t, xml.Unmarshal(doc, new(struct{})))
		}
		again, _ := metadata.ReadLRMI(metadata.LRMI(v))
		require.Equal(t, m.Title, again.Metadata.Title)
		require.Equal(t, m.Grades, again.Metadata.Grades)
		if p := metadata.PreviewRecord(prefix, src); len(src) < 4_000 {
			require.Equal(t, got, p.Harvested)
		}
	})
}

func FuzzReadLOM(f *testing.F)  { fuzzRecord(f, "lom", metadata.WriteLOM(view()), "*lom*.xml") }
func FuzzReadMODS(f *testing.F) { fuzzRecord(f, "mods", metadata.WriteMODS(view()), "mods.xml") }
func FuzzReadDataCite(f *testing.F) {
	fuzzRecord(f, "oai_openaire", metadata.WriteOpenAIRE(view()), "datacite.xml", "oai_openaire.xml")
}
func FuzzReadDublinCore(f *testing.F) {
	fuzzRecord(f, "oai_dc", metadata.DublinCore(view()), "*dc*.xml")
}
func FuzzReadLRMI(f *testing.F) {
	f.Add([]byte(`{"@graph":[{"@type":"CreativeWork","name":{"en":"T","@value":1}}]}`))
	fuzzRecord(f, "lrmi", metadata.LRMI(view()), "amb.xml")
}
