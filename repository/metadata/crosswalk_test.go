package metadata_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// view is a resource with everything that can be said of one.
func view() metadata.View {
	return metadata.View{
		Metadata: metadata.Metadata{
			Title: "Sharing pizzas <fairly> & well", Description: "Students model 5.NF.B.3\nwith paper strips.", Type: metadata.Lesson,
			Language: "es-MX", License: "CC BY 4.0",
			Creators: []metadata.Agent{{Name: "Rosa Delgado", URL: "https://example.org/rosa"}, {Name: "Lincoln School"}},
			Subjects: []string{"mathematics", "paper folding"}, Grades: []string{"K", "5", "6", "HE"},
			Alignments: metadata.Alignments{Teaches: []string{"5.NF.B.3", "TEKS 111.7.b.3.H"}, Assesses: []string{"5.NF.B.4"}, Requires: []string{"4.NF.B.4"}},
			Time:       "PT45M", Audience: []string{"student", "teacher"}, Keywords: []string{"pizza", "sharing, fairly"},
			Funding: &metadata.Funding{Funder: "US-ED", Grant: "S367D130001"},
			Parts:   []metadata.Part{{Path: "01-strips"}, {Pin: metadata.Pin{ID: "oai:example.org:11111111-2222-4333-8444-555555555555", Revision: "3f9a"}}},
			Assets: map[string]metadata.Asset{
				"media/strips.png": {Title: "Strips", License: "CC BY-SA 3.0", Creators: []metadata.Agent{{Name: "Ida"}}, Source: "https://example.org/i", Alt: "Two strips"},
				"data.csv":         {License: "CC0-1.0"}},
			Sources: []metadata.Source{{ID: "oai:example.org:3", Title: "Pizzas", URL: "https://example.org/3", Path: "a/b", Revision: strings.Repeat("a", 40),
				License: "CC BY 3.0", Creators: []metadata.Agent{{Name: "Ida"}}, Changes: "Shorter",
				Sources: []metadata.Source{{ID: "11111111-2222-4333-8444-666666666666", License: "free for schools"}}}},
			TranslationOf: &metadata.Pin{ID: "oai:example.org:5", Revision: "abcd"},
		},
		ID: "01920000-0000-7000-8000-000000000001", Identifier: "oai:state.example:01920000-0000-7000-8000-000000000001",
		URL: "https://state.example/r/state/pizzas", Permalink: "https://state.example/id/01920000-0000-7000-8000-000000000001",
		Git: "https://state.example/r/state/pizzas.git", Path: "unit/pizzas", Revision: strings.Repeat("3f", 20),
		License: licensing.CCBY, LicenseURL: "https://creativecommons.org/licenses/by/4.0/",
		Published: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Modified: time.Date(2026, 4, 2, 13, 0, 0, 0, time.UTC),
		Unit:      &metadata.Ref{ID: "01920000-0000-7000-8000-000000000002", Identifier: "oai:state.example:01920000-0000-7000-8000-000000000002", URL: "https://state.example/r/state", Title: "Unit"},
		Publisher: metadata.Agent{Name: "State Library", URL: "https://state.example/"},
		Credit:    "“Sharing pizzas” by Rosa Delgado is licensed under CC BY 4.0.",
		Statements: map[string]metadata.Statement{"5.NF.B.3": {Code: "CCSS.MATH.CONTENT.5.NF.B.3", URL: "http://corestandards.org/Math/Content/5/NF/B/3/",
			Framework: "Common Core State Standards for Mathematics"}},
		Downloads: []metadata.Download{{URL: "https://state.example/r/state/pizzas.zip", Type: "application/zip", Size: 1234}},
		Access:    metadata.Accessibility{Modes: []string{"textual", "visual"}, Features: []string{"alternativeText"}, Hazards: []string{"none"}, Summary: "All images are described."},
	}
}

func TestLRMIIsTheDocumentedForm(t *testing.T) {
	got := metadata.LRMI(view())
	var pretty map[string]any
	require.NoError(t, json.Unmarshal(got, &pretty))
	indented, err := json.MarshalIndent(json.RawMessage(got), "", "  ")
	require.NoError(t, err)
	golden(t, "testdata/lrmi.json", append(indented, '\n'))
	assert.NotContains(t, string(got), "<", "safe inside a script element")
	assert.Equal(t, string(got), string(metadata.LRMI(view())))
}

func TestLRMIComesBackAsItWas(t *testing.T) {
	v := view()
	got, problems := metadata.ReadLRMI(metadata.LRMI(v))
	assert.Empty(t, problems)
	assert.Equal(t, v.Metadata, got.Metadata)
	assert.Equal(t, v.ID, got.ID)
	assert.Equal(t, v.Identifier, got.Identifier)
	assert.Equal(t, "CC BY 4.0", got.License)
	assert.Equal(t, v.URL, got.URL)
	assert.Equal(t, v.Git, got.Git)
	assert.Equal(t, v.Path, got.Path)
	assert.Equal(t, v.Revision, got.Revision)
	assert.Equal(t, v.Unit, got.Unit)
	assert.Equal(t, v.Publisher, got.Publisher)
	assert.Equal(t, v.Published, got.Published)
	assert.Equal(t, v.Modified, got.Modified)
	assert.Len(t, got.Parts, 2)

	for _, typ := range metadata.Types() {
		got, problems := metadata.ReadLRMI(metadata.LRMI(metadata.View{Metadata: metadata.Metadata{Title: "T", Type: typ, License: "CC0-1.0"}}))
		assert.Empty(t, problems)
		assert.Equal(t, metadata.Metadata{Title: "T", Type: typ, License: "CC0-1.0"}, got.Metadata)
	}
}

func TestLRMIKeepsWhatNobodyCleared(t *testing.T) {
	got, _ := metadata.ReadLRMI(metadata.LRMI(metadata.View{Metadata: metadata.Metadata{Title: "T", License: "free for schools"}}))
	assert.Equal(t, "free for schools", got.License)
	// a name and an address that disagree: the address is what machines follow
	got, _ = metadata.ReadLRMI([]byte(`{"name":"T","license":{"id":"https://creativecommons.org/licenses/by-nc/4.0/","name":"CC BY 4.0"}}`))
	assert.Equal(t, "https://creativecommons.org/licenses/by-nc/4.0/", got.License)
}

// TestReadLRMIUnderstandsOthers reads records as other systems write them.
func TestReadLRMIUnderstandsOthers(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		want metadata.Harvested
	}{
		"AMB": {`{"@context":["https://w3id.org/kim/amb/context.jsonld",{"@language":"de"}],"id":"https://oer.example/OS","type":["LearningResource","Course"],
			"name":"Rechnerstrukturen","creator":[{"id":"https://orcid.org/0000-0002-1825-0097","type":"Person","name":"Josiah Carberry"}],
			"about":[{"id":"http://w3id.org/kim/schulfaecher/s1013","prefLabel":{"de":"Informatik"},"type":"Concept"}],
			"license":{"id":"https://creativecommons.org/licenses/by-sa/4.0/"},"inLanguage":["de"],
			"learningResourceType":[{"id":"https://w3id.org/kim/hcrt/slide","prefLabel":{"de":"Präsentation"}}],
			"audience":[{"id":"http://purl.org/dcx/lrmi-vocabs/educationalAudienceRole/student"}],
			"educationalLevel":[{"id":"https://w3id.org/kim/educationalLevel/level_06"}],
			"publisher":[{"type":"Organization","name":"ZUM","id":"https://www.zum.de"}],"dateCreated":"2019-07-03",
			"isBasedOn":[{"id":"https://oer.example/old","name":"Old","creator":[{"name":"Skye Blue","type":"Person"}],"license":{"id":"https://creativecommons.org/licenses/by/4.0/"}}]}`,
			metadata.Harvested{URL: "https://oer.example/OS", License: "https://creativecommons.org/licenses/by-sa/4.0/",
				Publisher: metadata.Agent{Name: "ZUM", URL: "https://www.zum.de"}, Published: time.Date(2019, 7, 3, 0, 0, 0, 0, time.UTC),
				Metadata: metadata.Metadata{Title: "Rechnerstrukturen", Type: metadata.Media, Language: "de", License: "https://creativecommons.org/licenses/by-sa/4.0/",
					Creators: []metadata.Agent{{Name: "Josiah Carberry", URL: "https://orcid.org/0000-0002-1825-0097"}},
					Subjects: []string{"computer science"}, Keywords: []string{"Informatik"}, Grades: []string{"HE"}, Audience: []string{"student"},
					Sources: []metadata.Source{{ID: "https://oer.example/old", URL: "https://oer.example/old", Title: "Old",
						License: "https://creativecommons.org/licenses/by/4.0/", Creators: []metadata.Agent{{Name: "Skye Blue"}}}}}}},
		"schema.org in a page": {`{"@context":"https://schema.org","@graph":[{"@type":"Organization","name":"Site"},{"@type":["CreativeWork"],"@id":"https://site.example/1",
			"headline":"Designing a <b>treasure</b> map","author":"Rosa Delgado","learningResourceType":"lesson plan","educationalLevel":"Grades 3-5","keywords":"maps, pirates",
			"audience":{"@type":"EducationalAudience","educationalRole":"Teachers"},"timeRequired":"1 hour","inLanguage":"English","license":"CC BY-NC 4.0",
			"about":"Math","teaches":[{"@type":"DefinedTerm","termCode":"3.MD.B.4","name":"Measure"}],"isAccessibleForFree":"true","datePublished":"2020"}]}`,
			metadata.Harvested{URL: "https://site.example/1", License: "CC BY-NC 4.0", Published: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
				Metadata: metadata.Metadata{Title: "Designing a treasure map", Type: metadata.Lesson, Language: "en", License: "CC BY-NC 4.0", Time: "PT1H",
					Creators: []metadata.Agent{{Name: "Rosa Delgado"}}, Subjects: []string{"mathematics"}, Grades: []string{"3", "4", "5"},
					Audience: []string{"teacher"}, Keywords: []string{"maps", "pirates", "Math"}, Alignments: metadata.Alignments{Teaches: []string{"3.MD.B.4"}}}}},
		"long names": {`{"http://schema.org/name":[{"@value":"Mapas","@language":"es"}],"@type":"http://schema.org/LearningResource","schema:inLanguage":"spa",
			"schema:license":{"@id":"https://creativecommons.org/publicdomain/zero/1.0/"},"schema:identifier":"oai:x.example:1"}`,
			metadata.Harvested{Identifier: "oai:x.example:1", License: "https://creativecommons.org/publicdomain/zero/1.0/",
				Metadata: metadata.Metadata{Title: "Mapas", Language: "es", License: "https://creativecommons.org/publicdomain/zero/1.0/"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := metadata.ReadLRMI([]byte(c.src))
			assert.Empty(t, problems.String())
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReadLRMIListsWhatItCannotMap(t *testing.T) {
	got, problems := metadata.ReadLRMI([]byte(`{"name":"","type":"LearningResource","educationalLevel":"Stufe IV","inLanguage":"klingonisch","timeRequired":"a while","learningResourceType":["Quiz","Rätsel"],"audience":"cats"}`))
	assert.Equal(t, `record: warning: the language "klingonisch" is not known (it is left out)
record: warning: the type "Rätsel" is not in the vocabulary (it is kept as a keyword)
record: warning: the grade "Stufe IV" is not in the vocabulary (it is kept as a keyword)
record: warning: the audience "cats" is not in the vocabulary (it is kept as a keyword)
record: warning: the time "a while" is not a duration (it is left out)
record: warning: the record has no title (its address is shown instead)
record: warning: the record names no license (it is shown as not cleared and cannot be remixed)`, problems.String())
	assert.Equal(t, metadata.Assessment, got.Metadata.Type)
	assert.Equal(t, []string{"Rätsel", "Stufe IV", "cats"}, got.Metadata.Keywords)
}

func TestReadersRefuseWhatIsNoRecord(t *testing.T) {
	for name, c := range map[string]struct{ src, lrmi, dc string }{
		"nothing":   {"", "record-not-json", "record-no-work"},
		"html":      {"<!doctype html><p>Error", "record-not-json", "record-not-xml"},
		"truncated": {`{"name":"T`, "record-not-json", "record-not-json"},
		"a list":    {"[1,2]", "record-no-work", "record-no-work"},
		"deep json": {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "record-not-json", "record-not-json"},
		"deep xml":  {strings.Repeat("<a>", 5000), "record-not-json", "record-not-xml"},
		"large":     {strings.Repeat(" ", 3<<20), "record-not-json", "record-too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := metadata.ReadLRMI([]byte(c.src))
			assert.Equal(t, c.lrmi, codes(problems))
			_, problems = metadata.ReadRecord("oai_dc", []byte(c.src))
			assert.Equal(t, c.dc, codes(problems))
		})
	}
}

func TestReadLRMIBoundsProvenance(t *testing.T) {
	src := `{"name":"T","license":"CC0-1.0","isBasedOn":[` + strings.Repeat(`{"name":"S"},`, 600) + `{"name":"S"}]}`
	got, problems := metadata.ReadLRMI([]byte(src))
	assert.Len(t, got.Metadata.Sources, 500)
	assert.Empty(t, problems, "a list is cut at its own bound")
	src = `{"name":"T","license":"CC0-1.0"` + strings.Repeat(`,"isBasedOn":{"name":"S"`, 100) + strings.Repeat("}", 101)
	_, problems = metadata.ReadLRMI([]byte(src))
	assert.Equal(t, "sources-too-many", codes(problems))
}

func TestDublinCoreIsTheDocumentedForm(t *testing.T) {
	got := metadata.DublinCore(view())
	golden(t, "testdata/oai_dc.xml", []byte(strings.ReplaceAll(string(got), "><dc:", ">\n<dc:")+"\n"))
}

func TestDublinCoreComesBackAsNearAsItCan(t *testing.T) {
	v := view()
	got, problems := metadata.ReadRecord("oai_dc", metadata.DublinCore(v))
	assert.Empty(t, problems.String())
	assert.Equal(t, v.Metadata.Title, got.Metadata.Title)
	assert.Equal(t, v.Metadata.Description, got.Metadata.Description)
	assert.Equal(t, v.Metadata.Type, got.Metadata.Type)
	assert.Equal(t, v.Metadata.Language, got.Metadata.Language)
	assert.Equal(t, v.Metadata.Grades, got.Metadata.Grades)
	assert.Equal(t, v.Metadata.Audience, got.Metadata.Audience)
	assert.Equal(t, v.Metadata.Time, got.Metadata.Time)
	assert.Equal(t, []string{"mathematics"}, got.Metadata.Subjects)
	assert.Equal(t, []string{"paper folding", "pizza", "sharing, fairly"}, got.Metadata.Keywords)
	assert.Equal(t, []string{"5.NF.B.3", "TEKS 111.7.b.3.H", "5.NF.B.4"}, got.Metadata.Alignments.Teaches)
	assert.Equal(t, v.LicenseURL, got.License)
	assert.Equal(t, v.ID, got.ID)
	assert.Equal(t, v.Identifier, got.Identifier)
	assert.Equal(t, v.Git, got.Git)
}

func TestDublinCoreIsXMLWhateverTheMetadataHolds(t *testing.T) {
	for _, evil := range []string{"a\x00b\x01\x1f", "\ufffe\uffff", "\xff\xfe", "]]>", "<script>", "&nbsp;", "\U0001FFFE😀", "a\r\nb", `" ' `} {
		v := view()
		v.Metadata.Title, v.Metadata.Language, v.Credit, v.URL = evil, evil, evil, evil
		v.Metadata.Creators = []metadata.Agent{{Name: evil}}
		got := metadata.DublinCore(v)
		require.NoError(t, xml.Unmarshal(got, new(struct{})), "%q", got)
		assert.True(t, utf8.Valid(got))
		for _, r := range string(got) {
			assert.False(t, r < ' ' || r == 0xFFFE || r == 0xFFFF, "%q", got)
		}
	}
}

func TestReadDublinCoreUnderstandsOthers(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		want metadata.Harvested
	}{
		"DSpace": {`<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Cells</dc:title>
			<dc:creator>Curie, Marie</dc:creator><dc:subject>Life Science</dc:subject><dc:subject>Middle School</dc:subject><dc:subject>MS-LS1-1</dc:subject>
			<dc:description>One.</dc:description><dc:description>Two.</dc:description><dc:date>2021-05-06T07:08:09Z</dc:date><dc:type>Lesson Plan</dc:type>
			<dc:identifier>http://hdl.example/1</dc:identifier><dc:language>en_US</dc:language><dc:rights>All of it</dc:rights>
			<dc:rights>https://creativecommons.org/licenses/by/3.0/us/</dc:rights></oai_dc:dc>`,
			metadata.Harvested{URL: "http://hdl.example/1", License: "https://creativecommons.org/licenses/by/3.0/us/", Published: time.Date(2021, 5, 6, 7, 8, 9, 0, time.UTC),
				Metadata: metadata.Metadata{Title: "Cells", Description: "One.\n\nTwo.", Type: metadata.Lesson, Language: "en-US", License: "https://creativecommons.org/licenses/by/3.0/us/",
					Creators: []metadata.Agent{{Name: "Curie, Marie"}}, Subjects: []string{"biology"}, Keywords: []string{"Life Science"},
					Grades: []string{"6", "7", "8"}, Alignments: metadata.Alignments{Teaches: []string{"MS-LS1-1"}}}}},
		"prefixes that are not declared, entities of HTML": {`<oai_dc:dc><dc:title>Caf&eacute;&nbsp;math</dc:title><dc:rights>CC0 1.0</dc:rights><dc:identifier>doi:10.1/2</dc:identifier></oai_dc:dc>`,
			metadata.Harvested{Identifier: "doi:10.1/2", License: "CC0 1.0", Metadata: metadata.Metadata{Title: "Café\u00a0math", License: "CC0 1.0"}}},
		"qualified": {`<q xmlns:dcterms="http://purl.org/dc/terms/"><dcterms:title>T</dcterms:title><dcterms:license>CC BY 4.0</dcterms:license><dcterms:audience>Parents</dcterms:audience>
			<dcterms:educationLevel>Grade 4</dcterms:educationLevel><dcterms:extent>PT30M</dcterms:extent></q>`,
			metadata.Harvested{License: "CC BY 4.0", Metadata: metadata.Metadata{Title: "T", License: "CC BY 4.0", Audience: []string{"parent"}, Grades: []string{"4"}, Time: "PT30M"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := metadata.ReadRecord("oai_dc", []byte(c.src))
			assert.Empty(t, problems.String())
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReadDublinCorePutsNoLicenseTogether(t *testing.T) {
	for name, c := range map[string]struct {
		rights []string
		want   string
	}{
		"one that is not understood": {[]string{"free"}, "free"},
		"a note beside a license":    {[]string{"© 2020 the author", "https://creativecommons.org/licenses/by/4.0/"}, "© 2020 the author; https://creativecommons.org/licenses/by/4.0/"},
		"the same twice":             {[]string{"CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"}, "CC BY 4.0"},
		"the version in the second":  {[]string{"CC BY", "https://creativecommons.org/licenses/by/4.0/"}, "https://creativecommons.org/licenses/by/4.0/"},
		"two licenses":               {[]string{"CC BY 4.0", "CC BY-NC 4.0"}, "CC BY 4.0; CC BY-NC 4.0"},
		"another family":             {[]string{"CC BY", "CC BY-NC 4.0"}, "CC BY; CC BY-NC 4.0"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := metadata.ReadRecord("oai_dc", []byte("<dc><rights>"+strings.Join(c.rights, "</rights><rights>")+"</rights></dc>"))
			assert.Equal(t, c.want, got.License)
			assert.Equal(t, c.want, got.Metadata.License)
		})
	}
}

func TestLRMINamesTheNewestRelease(t *testing.T) {
	v := metadata.View{ID: "0b7a6d3e-5c63-4a1c-9d2f-6f1f4d8c1a10", Metadata: metadata.Metadata{Title: "Strips"}, Revision: strings.Repeat("b", 40)}
	for _, e := range []*metadata.Edition{nil, {
		Version: "v3", Revision: strings.Repeat("a", 40), At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), URL: "https://x.example/r/rosa/strips/releases/v3",
	}} {
		v.Release = e
		got, problems := metadata.ReadLRMI(metadata.LRMI(v))
		require.False(t, problems.Refuse())
		assert.Equal(t, e, got.Release)
		assert.Equal(t, v.Revision, got.Revision)
	}
	got, _ := metadata.ReadLRMI([]byte(`{"@type":"LearningResource","name":"x","workExample":[{"@type":"Book","name":"Paperback"},{"name":"v1","version":"no revision"}]}`))
	assert.Nil(t, got.Release, "an example of another kind is no release")
}
