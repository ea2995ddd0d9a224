package metadata_test

import (
	"strings"
	"testing"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parsed(t *testing.T, src string) metadata.Document {
	t.Helper()
	d, problems := metadata.Parse("index.md", []byte(src))
	require.False(t, problems.Refuse(), problems.String())
	return d
}

func ptr[T any](v T) *T { return &v }

func TestEditKeepsEveryOtherByte(t *testing.T) {
	for name, c := range map[string]struct {
		edit     metadata.Edit
		old, new string
	}{
		"one word, with its comment": {metadata.Edit{License: ptr("CC0-1.0")}, "license: CC-BY-4.0 # as people write it\n", "license: CC0-1.0  # as people write it\n"},
		"several lines":              {metadata.Edit{Description: ptr("Short.")}, "description: >\n  Students model 5.NF.B.3\n  with paper strips.\n", "description: Short.\n"},
		"a colon":                    {metadata.Edit{Description: ptr("Strips: a start")}, "description: >\n  Students model 5.NF.B.3\n  with paper strips.\n", "description: 'Strips: a start'\n"},
		"the field above a blank line": {metadata.Edit{Alignments: &metadata.Alignments{Assesses: []string{"5.NF.B.4"}}},
			"alignments: {teaches: [CCSS.MATH.CONTENT.5.NF.B.3], requires: [4.NF.B.4]}\n", "alignments:\n  assesses: [5.NF.B.4]\n"},
		"gone": {metadata.Edit{Funding: &metadata.Funding{}}, "funding: {funder: US-ED, grant: S367D130001}\n", ""},
		"the last field, above a comment": {metadata.Edit{TranslationOf: &metadata.Pin{}},
			"translation_of: {id: \"oai:example.org:5\", revision: abcd}\n# the end\n", "# the end\n"},
		"grades stay numbers": {metadata.Edit{Grades: ptr([]string{"5", "K", "12"})}, "grades: [5, K, 06]\n", "grades: [5, K, 12]\n"},
		"the same value":      {metadata.Edit{Title: ptr("Sharing pizzas fairly")}, "", ""},
		"creators": {metadata.Edit{Creators: ptr([]metadata.Agent{{Name: "Ida", URL: "https://example.org/ida"}})},
			"  - name: Rosa Delgado\n    url: https://example.org/rosa\n  - {name: \"Lincoln School\"}\n", "  - name: Ida\n    url: https://example.org/ida\n"},
		"the body": {metadata.Edit{Body: ptr("Other.\n")}, "# Strips\n", "Other.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := parsed(t, full).With(c.edit)
			require.NoError(t, err)
			assert.Equal(t, strings.Replace(full, c.old, c.new, 1), string(out))
			if c.old != "" {
				assert.NotEqual(t, full, string(out))
			}
		})
	}
}

func TestEditPutsANewFieldWhereItBelongs(t *testing.T) {
	out, err := parsed(t, "---\ntitle: T\ntype: text # what it is\n# who\ncreators: [{name: Rosa}]\n---\nBody").With(
		metadata.Edit{Language: ptr("es"), Description: ptr("D"), Time: ptr("PT5M")})
	require.NoError(t, err)
	assert.Equal(t, "---\ntitle: T\ndescription: D\ntype: text # what it is\nlanguage: es\n# who\ncreators: [{name: Rosa}]\ntime: PT5M\n---\nBody", string(out))
}

func TestEditWritesAFileThatDoesNotExistYet(t *testing.T) {
	out, err := metadata.Document{}.With(metadata.Edit{Title: ptr("Strips"), Type: ptr(metadata.Lesson), Grades: ptr([]string{"5"}),
		License: ptr("CC BY 4.0"), Sources: ptr([]metadata.Source{{ID: "oai:example.org:1", License: "CC0-1.0", Creators: []metadata.Agent{{Name: "Ida"}}}}),
		Body: ptr("# Strips\n")})
	require.NoError(t, err)
	assert.Equal(t, `---
title: Strips
type: lesson
license: CC BY 4.0
grades: [5]
sources:
  - id: oai:example.org:1
    license: CC0-1.0
    creators:
      - name: Ida
---

# Strips
`, string(out))
}

func TestEditGivesATextWithoutFrontMatterOne(t *testing.T) {
	d, _ := metadata.Parse("index.md", []byte("# Strips\n"))
	out, err := d.With(metadata.Edit{Title: ptr("T")})
	require.NoError(t, err)
	assert.Equal(t, "---\ntitle: T\n---\n\n# Strips\n", string(out))
}

func TestEditKeepsWindowsLineEnds(t *testing.T) {
	out, err := parsed(t, "\uFEFF---\r\ntitle: T\r\ntype: text\r\n---\r\nBody\r\n").With(metadata.Edit{Title: ptr("U"), Description: ptr("a\nb")})
	require.NoError(t, err)
	assert.Equal(t, "\uFEFF---\r\ntitle: U\r\ndescription: |-\r\n  a\r\n  b\r\ntype: text\r\n---\r\nBody\r\n", string(out))
}

func TestEditOfAFlowFrontMatterKeepsItsOtherFields(t *testing.T) {
	out, err := parsed(t, "---\n{title: T, x: 1, type: text}\n---\nBody").With(metadata.Edit{Title: ptr("U")})
	require.NoError(t, err)
	assert.Equal(t, "---\ntitle: \"U\"\nx: 1\ntype: text\n---\nBody", string(out))
}

func TestEditRefusesWhatItCannotWrite(t *testing.T) {
	for name, src := range map[string]string{
		"front matter that is not YAML": "---\ntitle: [\n---\nBody",
		"never closed":                  "---\ntitle: T\n",
		"not UTF-8":                     "---\ntitle: \xff\n---\n",
		"never opened":                  "title: T\n---\nBody",
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := metadata.Parse("index.md", []byte(src))
			_, err := d.With(metadata.Edit{Title: ptr("U")})
			assert.ErrorIs(t, err, kind.ErrInvalid)
		})
	}
	_, err := parsed(t, lesson).With(metadata.Edit{Title: ptr("a\x00b")})
	assert.ErrorIs(t, err, kind.ErrInvalid)
	_, err = parsed(t, lesson).With(metadata.Edit{Title: ptr(strings.Repeat("x", 70<<10))})
	assert.ErrorIs(t, err, kind.ErrInvalid)
	for _, body := range []string{"a\x00b", "\xff", strings.Repeat("x", 1<<20)} {
		_, err = parsed(t, lesson).With(metadata.Edit{Body: &body})
		assert.ErrorIs(t, err, kind.ErrInvalid, "%.9q", body)
	}
}

func TestEditOfTheTextAloneKeepsTheFrontMatter(t *testing.T) {
	for _, src := range []string{lesson, full, "---\r\ntitle: T\r\n---\r\n\r\nText\r\n", "---\ntitle: T # a comment\n\n---", "\uFEFF---\ntitle: T\n--- \nText"} {
		d := parsed(t, src)
		same, err := d.With(metadata.Edit{})
		require.NoError(t, err)
		assert.Equal(t, src, string(same))
		for _, body := range []string{"", "New.\n", "\n\nNew.\n", "---\nNew.\n", "New"} {
			out, err := d.With(metadata.Edit{Body: &body})
			require.NoError(t, err)
			front, _, _ := strings.Cut(src, "\n---")
			assert.True(t, strings.HasPrefix(string(out), front+"\n---"), "%q", out)
			got := parsed(t, string(out))
			assert.Equal(t, body, string(got.Body))
			assert.Equal(t, d.Metadata, got.Metadata)
		}
	}
}

func TestBodyIsWhereParseFindsIt(t *testing.T) {
	for _, src := range []string{lesson, full, "", "Text", "---\ntitle: T\n", "---\ntitle: [\n---\nText", "\xff", "---\n---\n\n\nText", "title: T\n---\nText"} {
		d, _ := metadata.Parse("index.md", []byte(src))
		body, line := metadata.Body([]byte(src))
		assert.Equal(t, string(d.Body), string(body), "%q", src)
		assert.Equal(t, d.BodyLine, line, "%q", src)
	}
}

// TestEditHoldsEveryText writes awkward texts into every kind of field and reads them back.
func TestEditHoldsEveryText(t *testing.T) {
	for _, text := range []string{"no", "5", "null", "~", "1e3", "- a", "# a", "a # b", "a: b", "{a}", "[a", "*a", "&a", "!a", "%a", "@a",
		"`a`", "'", `"`, `a\nb`, "a\nb\n\nc", "a\n  b\nc", "tab\there", "---", "...", "...\nx", "\u2028x", "\u0085x y", "é", "😀", "<<", "=",
		"2026-01-01", "0x1F", "yes", "a\r\nb", "multi\n# comment?", "multi\n---\nrule", strings.Repeat("long ", 60) + "end"} {
		t.Run(text, func(t *testing.T) {
			edit := metadata.Edit{Title: &text, Keywords: &[]string{text, "b"}, Creators: &[]metadata.Agent{{Name: text, URL: text}},
				Funding: &metadata.Funding{Funder: text}, Assets: &map[string]metadata.Asset{"a.png": {Alt: text}},
				Sources: &[]metadata.Source{{ID: text, Changes: text, Sources: []metadata.Source{{Title: text}}}}}
			for _, src := range []string{full, lesson, ""} {
				d, _ := metadata.Parse("index.md", []byte(src))
				out, err := d.With(edit)
				require.NoError(t, err)
				got, problems := metadata.Parse("index.md", out)
				require.False(t, problems.Refuse(), problems.String())
				want := strings.TrimSpace(text)
				assert.Equal(t, want, got.Metadata.Title)
				assert.Equal(t, want, got.Metadata.Keywords[0])
				assert.Equal(t, want, got.Metadata.Creators[0].Name)
				assert.Equal(t, want, got.Metadata.Sources[0].Sources[0].Title)
				assert.Equal(t, d.Metadata.License, got.Metadata.License)
				assert.Equal(t, d.Metadata.TranslationOf, got.Metadata.TranslationOf)
				assert.Equal(t, string(d.Body), string(got.Body))
			}
		})
	}
}

func TestReplaceMakesAllMetadataOfADocument(t *testing.T) {
	m := parsed(t, full).Metadata
	out, err := parsed(t, lesson).With(metadata.Replace(m))
	require.NoError(t, err)
	assert.Equal(t, m, parsed(t, string(out)).Metadata)
	out, err = parsed(t, full).With(metadata.Replace(metadata.Metadata{}))
	require.NoError(t, err)
	assert.Equal(t, metadata.Metadata{}, parsed(t, string(out)).Metadata)
	assert.Contains(t, string(out), "x-note: kept")
}
