package metadata_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// row finds the row of a source field with a value.
func row(t *testing.T, p metadata.Preview, source, value string) metadata.Mapped {
	t.Helper()
	for _, r := range p.Rows {
		if r.Source == source && strings.Contains(r.Value, value) {
			return r
		}
	}
	require.Fail(t, "no such row", "%s %s in %v", source, value, p.Rows)
	return metadata.Mapped{}
}

func TestPreviewSaysWhatBecameOfEachField(t *testing.T) {
	src, err := os.ReadFile("testdata/records/nl-lom.xml")
	require.NoError(t, err)
	p := metadata.PreviewRecord("lom_ims", src)
	assert.False(t, p.Problems.Refuse())
	field := func(name, value string) []metadata.Field { return []metadata.Field{{Name: name, Value: value}} }
	assert.Equal(t, field("language", "nl"), row(t, p, "general/language", "nl").Fields)
	assert.Contains(t, row(t, p, "general/title", "Eerlijk").Fields, metadata.Field{Name: "title", Value: "Eerlijk delen"}, "the title in the record's language")
	assert.Equal(t, field("time", "PT50M"), row(t, p, "educational/typicallearningtime", "PT50M").Fields)
	assert.Equal(t, append(field("grades", "5"), field("grades", "6")...), row(t, p, "classification", "groep 7").Fields)
	assert.Equal(t, field("license", "https://creativecommons.org/licenses/by-sa/4.0/"), row(t, p, "rights/copyrightandotherrestrictions", "cc-by-sa-40").Fields)
	assert.Contains(t, row(t, p, "lifecycle/contribute", "Sanne").Fields, metadata.Field{Name: "creators", Value: "Sanne van Voorbeeld"})

	var unmapped []string
	for _, r := range p.Unmapped() {
		unmapped = append(unmapped, r.Source)
	}
	assert.Contains(t, unmapped, "general/structure")
	assert.Contains(t, unmapped, "lifecycle/contribute", "the editor")
	assert.NotContains(t, unmapped, "general/title")
}

func TestPreviewOfOtherFormats(t *testing.T) {
	p := metadata.PreviewRecord("", []byte(`<dc><title>A</title><title>B</title><type>Zaubertrank</type><coverage>Essen</coverage><rights>CC BY</rights></dc>`))
	assert.Equal(t, []metadata.Field{{Name: "title", Value: "A"}}, row(t, p, "title", "A").Fields)
	assert.Equal(t, []metadata.Field{{Name: "keywords", Value: "Zaubertrank"}}, row(t, p, "type", "Zaubertrank").Fields)
	assert.Equal(t, []string{`the type "Zaubertrank" is not in the vocabulary: it is kept as a keyword`}, row(t, p, "type", "Zaubertrank").Notes)
	assert.Empty(t, row(t, p, "coverage", "Essen").Fields)

	p = metadata.PreviewRecord("", []byte(`{"@context":"https://schema.org","@type":"LearningResource","name":"T","educationalUse":"homework","license":"https://creativecommons.org/licenses/by/4.0/"}`))
	assert.Equal(t, []metadata.Field{{Name: "title", Value: "T"}}, row(t, p, "name", "T").Fields)
	assert.Empty(t, row(t, p, "educationalUse", "homework").Fields)
	assert.Len(t, p.Rows, 3)

	p = metadata.PreviewRecord("", []byte("<html/>"))
	assert.True(t, p.Problems.Refuse())
	assert.Empty(t, p.Rows)
}

// TestPreviewsAccountForEveryValue: what a record gave is in some row of its preview.
func TestPreviewsAccountForEveryValue(t *testing.T) {
	files, err := filepath.Glob("testdata/records/*.xml")
	require.NoError(t, err)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		p := metadata.PreviewRecord("", src)
		m := p.Harvested.Metadata
		named := map[string]bool{}
		for _, r := range p.Rows {
			for _, f := range r.Fields {
				named[f.Name+" "+f.Value] = true
			}
		}
		for _, s := range m.Subjects {
			assert.True(t, named["subjects "+s], "%s: %s", file, s)
		}
		for _, g := range m.Grades {
			assert.True(t, named["grades "+g], "%s: %s", file, g)
		}
		assert.Equal(t, m.Language != "", named["language "+m.Language], file)
		assert.Equal(t, m.Type != "", named["type "+string(m.Type)], file)
		assert.Equal(t, m.Time != "", named["time "+m.Time], file)
	}
}

func TestPreviewIsBounded(t *testing.T) {
	p := metadata.PreviewRecord("", []byte("<dc>"+strings.Repeat("<subject>a</subject>", 2_000)+"</dc>"))
	assert.Len(t, p.Rows, 500)
	assert.True(t, p.Cut)
}
