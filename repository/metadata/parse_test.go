package metadata_test

import (
	"strings"
	"testing"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const full = `---
# What this is
title: Sharing pizzas fairly   # said in class
description: >
  Students model 5.NF.B.3
  with paper strips.
type: lesson
language: en
license: CC-BY-4.0 # as people write it
creators:
  - name: Rosa Delgado
    url: https://example.org/rosa
  - {name: "Lincoln School"}
subjects: [mathematics]
grades: [5, K, 06]
alignments: {teaches: [CCSS.MATH.CONTENT.5.NF.B.3], requires: [4.NF.B.4]}
x-note: kept

time: PT45M
audience: [student, teacher]
keywords: []
funding: {funder: US-ED, grant: S367D130001}
parts: [01-strips, {resource: "oai:example.org:1", revision: 3f9a}, {id: "oai:example.org:2"}]
assets:
  media/strips.png: {license: CC-BY-SA-3.0, creators: [{name: Ida}], source: "https://example.org/i", alt: Strips, title: T}
sources:
  - id: "oai:example.org:3"
    license: CC BY 3.0
    changes: Shorter
    sources: [{id: "oai:example.org:4", license: CC0}]
translation_of: {id: "oai:example.org:5", revision: abcd}
# the end
---

# Strips
`

func TestParseReadsEveryField(t *testing.T) {
	d, problems := metadata.Parse("index.md", []byte(full))
	assert.Equal(t, "field-unknown", codes(problems))
	assert.Equal(t, 17, problems[0].Line)
	assert.Equal(t, metadata.Metadata{
		Title: "Sharing pizzas fairly", Description: "Students model 5.NF.B.3 with paper strips.", Type: metadata.Lesson,
		Language: "en", License: "CC-BY-4.0",
		Creators: []metadata.Agent{{Name: "Rosa Delgado", URL: "https://example.org/rosa"}, {Name: "Lincoln School"}},
		Subjects: []string{"mathematics"}, Grades: []string{"5", "K", "06"},
		Alignments: metadata.Alignments{Teaches: []string{"CCSS.MATH.CONTENT.5.NF.B.3"}, Requires: []string{"4.NF.B.4"}},
		Time:       "PT45M", Audience: []string{"student", "teacher"},
		Funding: &metadata.Funding{Funder: "US-ED", Grant: "S367D130001"},
		Parts: []metadata.Part{{Path: "01-strips"}, {Pin: metadata.Pin{ID: "oai:example.org:1", Revision: "3f9a"}},
			{Pin: metadata.Pin{ID: "oai:example.org:2"}}},
		Assets: map[string]metadata.Asset{"media/strips.png": {Title: "T", License: "CC-BY-SA-3.0",
			Creators: []metadata.Agent{{Name: "Ida"}}, Source: "https://example.org/i", Alt: "Strips"}},
		Sources: []metadata.Source{{ID: "oai:example.org:3", License: "CC BY 3.0", Changes: "Shorter",
			Sources: []metadata.Source{{ID: "oai:example.org:4", License: "CC0"}}}},
		TranslationOf: &metadata.Pin{ID: "oai:example.org:5", Revision: "abcd"},
	}, d.Metadata)
	assert.Equal(t, "# Strips\n", string(d.Body))
	assert.Equal(t, 35, d.BodyLine)
	assert.Equal(t, 9, d.Line("license"))
	assert.Equal(t, 13, d.Line("creators[1]"))
	assert.Equal(t, 25, d.Line("assets.media/strips.png.alt"))
	assert.Zero(t, d.Line("nothing"))
}

func TestParseTakesWhatEditorsWrite(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		body string
		line int
	}{
		"byte order mark":    {"\uFEFF---\ntitle: T\n---\nBody", "Body", 4},
		"windows line ends":  {"---\r\ntitle: T\r\n---\r\n\r\nBody\r\n", "Body\r\n", 5},
		"blanks after marks": {"---  \ntitle: T\n---\t\nBody\n", "Body\n", 4},
		"no body":            {"---\ntitle: T\n---", "", 3},
		"two blank lines":    {"---\ntitle: T\n---\n\n\nBody", "\nBody", 5},
		"rule in the body":   {"---\ntitle: T\n---\nA\n\n---\n\nB", "A\n\n---\n\nB", 4},
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := metadata.Parse("index.md", []byte(c.src))
			require.Empty(t, problems)
			assert.Equal(t, "T", d.Metadata.Title)
			assert.Equal(t, c.body, string(d.Body))
			assert.Equal(t, c.line, d.BodyLine)
		})
	}
}

func TestParseRefusesWhatIsNoText(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"latin-1":       {"---\ntitle: caf\xe9\n---\n", "index.md:2: error: the file is not UTF-8 text (save it as UTF-8)"},
		"nul":           {"---\ntitle: T\n---\n\x00", "index.md:4: error: the file holds a NUL byte, so it is not a text (save it as plain UTF-8 text)"},
		"control":       {"---\ntitle: \"a\\x07b\"\n---\n", "index.md:2: error: title holds a control character (delete it)"},
		"binary":        {"---\ntitle: !!binary aGk=\n---\n", `index.md:2: error: title must be text, not of the type "!!binary" (write title: "…")`},
		"a type of own": {"---\ntitle: !secret x\n---\n", `index.md:2: error: title must be text, not of the type "!secret" (write title: "…")`},
		"deep":          {"---\nx: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n---\n", "index.md:1: error: values are nested more than 64 deep (write them flatter)"},
		"large": {"---\ntitle: " + strings.Repeat("x", 64<<10) + "\n---\n",
			"index.md:1: error: the front matter has 64 KB, more than 64 KB (move long texts into the body)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := metadata.Parse("index.md", []byte(c.src))
			assert.Equal(t, c.want, problems.String())
		})
	}
}

func TestParseRefusesAliasBombs(t *testing.T) {
	bomb := "---\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 9) + "]\n"
	}
	_, problems := metadata.Parse("index.md", []byte(bomb+"---\n"))
	assert.Equal(t, "front-matter-alias", codes(problems))
}

func TestProblemsOfOneFileAreBounded(t *testing.T) {
	_, problems := metadata.Parse("index.md", []byte("---\nkeywords: ["+strings.Repeat("{},", 20000)+"]\n---\n"))
	assert.Less(t, len(problems), 300)
	assert.Equal(t, "too-many-problems", problems[len(problems)-1].Code)
	_, problems = metadata.Parse("index.md", []byte("---\nsources: ["+strings.Repeat("{},", 2000)+"]\n---\n"))
	assert.Equal(t, "sources-too-many", codes(problems))
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(lesson))
	f.Add([]byte("---\n{title: a, parts: [b]}\n---\n"))
	f.Add([]byte("---\n? title\n: |\n  a\n\n# b\ntype: 'x'\n---\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, problems := metadata.Parse("index.md", src)
		for _, p := range problems {
			if p.Line < 0 || p.Message == "" || p.Remedy == "" {
				t.Fatalf("problem without place or remedy: %+v", p)
			}
		}
		title := "A new title: with # marks"
		out, err := d.With(metadata.Edit{Title: &title})
		if err != nil {
			return
		}
		got, _ := metadata.Parse("index.md", out)
		want := d.Metadata
		want.Title = title
		assert.Equal(t, want, got.Metadata)
		assert.Equal(t, string(d.Body), string(got.Body))
	})
}
