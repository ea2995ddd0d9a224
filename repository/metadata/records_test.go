package metadata_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRecordsOfOthersAreRead reads one record of each profile, written after its documentation. Beside each lies what it
// says of a resource, and what could not be mapped.
func TestRecordsOfOthersAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/records/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".xml")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			require.NoError(t, err)
			got, problems := metadata.ReadRecord("", src)
			require.False(t, problems.Refuse(), problems.String())
			out, err := json.MarshalIndent(struct {
				Harvested metadata.Harvested `json:"harvested"`
				Notes     []string           `json:"notes,omitempty"`
			}{got, messages(problems)}, "", "  ")
			require.NoError(t, err)
			golden(t, strings.TrimSuffix(file, ".xml")+".json", append(out, '\n'))
		})
	}
}

func messages(problems metadata.Problems) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Message+": "+p.Remedy)
	}
	return out
}

func TestReadRecordRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, c := range map[string]struct{ prefix, src, code string }{
		"nothing":             {"lom", "", "record-no-work"},
		"a page":              {"oai_dc", "<html><body><p>Sorry</p></body></html>", "record-no-work"},
		"a page, no prefix":   {"", "<html><body><p>Sorry</p></body></html>", "record-unknown"},
		"truncated":           {"lom", "<lom><general><title>T", "record-not-xml"},
		"another format":      {"adn", "<itemRecord xmlns='http://adn.dlese.org'><general/></itemRecord>", "record-unknown"},
		"an empty lom":        {"lom", "<lom/>", "record-no-work"},
		"an empty mods":       {"", "<modsCollection><mods/></modsCollection>", "record-no-work"},
		"too deep":            {"lom", strings.Repeat("<a>", 5000), "record-not-xml"},
		"too many elements":   {"lom", "<lom>" + strings.Repeat("<a/>", 30_000) + "</lom>", "record-not-xml"},
		"too large":           {"lom", "<lom>" + strings.Repeat(" ", 3<<20) + "</lom>", "record-too-large"},
		"JSON that is no LOM": {"lom", "[1,2]", "record-no-work"},
		"broken JSON":         {"lrmi", `<x>{"name":</x>`, "record-not-json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := metadata.ReadRecord(c.prefix, []byte(c.src))
			assert.Equal(t, c.code, codes(problems))
			assert.True(t, problems.Refuse())
		})
	}
}

// TestFormatsAreKnownByNamespaceNameOrPrefix reads the same title in every dress.
func TestFormatsAreKnownByNamespaceNameOrPrefix(t *testing.T) {
	for name, c := range map[string]struct{ prefix, src string }{
		"namespace of its own prefix": {"x", `<a:lom xmlns:a="http://ltsc.ieee.org/xsd/LOM"><a:general><a:title><a:string>T</a:string></a:title></a:general></a:lom>`},
		"declared on the root above":  {"lom", `<lom:lom><lom:general><lom:title><lom:string>T</lom:string></lom:title></lom:general></lom:lom>`},
		"https where http is right":   {"x", `<r xmlns="https://www.imsglobal.org/xsd/imsmd_v1p2"><lom><general><title><langstring>T</langstring></title></general></lom></r>`},
		"by its prefix alone":         {"oai_dc", `<record><dc:title>T</dc:title></record>`},
		"wrapped":                     {"x", `<metadata><mods><titleInfo><title>T</title></titleInfo></mods></metadata>`},
		"sections left out":           {"lom", `<lom><title><string>T</string></title></lom>`},
		"HTML that is not closed":     {"oai_dc", `<oai_dc:dc><dc:title>T<br></dc:title></oai_dc:dc>`},
		"JSON-LD in an element":       {"amb", `<x>{"name":"T"}</x>`},
		"JSON-LD as it is":            {"amb", ` {"name":"T"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := metadata.ReadRecord(c.prefix, []byte(c.src))
			assert.Equal(t, "license-missing", codes(problems))
			assert.Equal(t, "T", got.Metadata.Title)
		})
	}
}

func TestReadRecordBoundsWhatItKeeps(t *testing.T) {
	megabyte := strings.Repeat("word ", 200_000)
	for _, src := range []string{
		"<dc><title>" + megabyte + "</title><description>" + megabyte + "</description></dc>",
		"<lom><general><title><string>" + megabyte + "</string></title><description><string>" + megabyte + "</string></description></general></lom>",
		"<mods><titleInfo><title>" + megabyte + "</title></titleInfo><abstract>" + megabyte + "</abstract></mods>",
		"<resource><titles><title>" + megabyte + "</title></titles><description>" + megabyte + "</description></resource>",
	} {
		got, problems := metadata.ReadRecord("", []byte(src))
		require.False(t, problems.Refuse(), problems.String())
		assert.LessOrEqual(t, len(got.Metadata.Title), 2_010)
		assert.LessOrEqual(t, len(got.Metadata.Description), 20_010)
		assert.NotEmpty(t, got.Metadata.Description)
	}
	got, _ := metadata.ReadRecord("", []byte("<dc>"+strings.Repeat("<description>"+strings.Repeat("word ", 3_000)+"</description><description>x</description>", 50)+"</dc>"))
	assert.LessOrEqual(t, len(got.Metadata.Description), 20_010, "several descriptions are bounded as one is")
	many, _ := metadata.ReadRecord("", []byte("<mods>"+strings.Repeat("<subject><topic>a</topic></subject><relatedItem type='constituent'><identifier>oai:a:1</identifier></relatedItem><relatedItem type='original'><identifier>oai:a:1</identifier></relatedItem>", 2_000)+"</mods>"))
	assert.LessOrEqual(t, len(many.Parts), 500)
	assert.LessOrEqual(t, len(many.Metadata.Parts), 500)
	assert.LessOrEqual(t, len(many.Metadata.Sources), 500)
}

// TestLicensesAreKeptAsTheyAreSaid: no element dropped, no version invented, wherever a format says them.
func TestLicensesAreKeptAsTheyAreSaid(t *testing.T) {
	for said, want := range map[string]string{
		"CC BY": "CC BY", "CC BY-NC-SA 3.0 US": "CC BY-NC-SA 3.0 US", "free for schools": "free for schools",
		"https://creativecommons.org/licenses/by/2.0/uk/": "https://creativecommons.org/licenses/by/2.0/uk/",
	} {
		for name, src := range map[string]string{
			"dc":       "<dc><title>T</title><rights>%</rights></dc>",
			"lom":      "<lom><general><title>T</title></general><rights><description><string>%</string></description></rights></lom>",
			"mods":     "<mods><titleInfo><title>T</title></titleInfo><accessCondition type='use and reproduction'>%</accessCondition></mods>",
			"datacite": "<resource><titles><title>T</title></titles><rightsList><rights>%</rights></rightsList></resource>",
			"openaire": "<resource><titles><title>T</title></titles><licenseCondition>%</licenseCondition></resource>",
			"json":     `{"name":"T","license":"%"}`,
		} {
			got, _ := metadata.ReadRecord(name, []byte(strings.ReplaceAll(src, "%", said)))
			assert.Equal(t, want, got.License, name)
			assert.Equal(t, want, got.Metadata.License, name)
		}
	}
}

func TestAgesAreGradesOnlyWhereNothingElseIsSaid(t *testing.T) {
	for ages, want := range map[string][]string{
		"10-11": {"5"}, "10": {"5"}, "10-12 years": {"5", "6"}, "9-11 ans": {"4", "5"}, "5-": nil, "18-": nil, "18+": nil, "3-99": nil, "U": nil, "12-10": nil,
	} {
		got, _ := metadata.ReadRecord("lom", []byte("<lom><educational><typicalAgeRange><string>"+ages+"</string></typicalAgeRange></educational></lom>"))
		if ages == "3-99" {
			assert.Len(t, got.Metadata.Grades, 14, "all of school")
			continue
		}
		assert.Equal(t, want, got.Metadata.Grades, ages)
	}
	got, _ := metadata.ReadRecord("lom", []byte(`<lom><educational><context><value>school</value></context><typicalAgeRange><string>10-11</string></typicalAgeRange></educational>
		<classification><purpose><value>educational level</value></purpose><taxonPath><taxon><entry><string>Klasse 4</string></entry></taxon></taxonPath></classification></lom>`))
	assert.Equal(t, []string{"4"}, got.Metadata.Grades)
}
