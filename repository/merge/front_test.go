package merge_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// fronts merges front matters.
func fronts(base, ours, theirs string) merge.Result {
	whole := func(front string) merge.Tree { return file("---\n" + front + "---\n\nText.\n") }
	return merge.Trees(whole(base), whole(ours), whole(theirs), merge.Options{})
}

func said(t testing.TB, r merge.Result) metadata.Metadata {
	t.Helper()
	doc, problems := metadata.Parse("index.md", r.Files["index.md"].Data)
	require.Empty(t, problems)
	return doc.Metadata
}

func TestFrontMatterMergesByField(t *testing.T) {
	for _, c := range []struct{ name, base, ours, theirs, merged string }{
		{"neighboring fields", "title: A\ntime: PT45M\n", "title: B\ntime: PT45M\n", "title: A\ntime: PT50M\n", "title: B\ntime: PT50M\n"},
		{"grades that both added", "grades: [5]\n", "grades: [4, 5]\n", "grades: [5, 6]\n", "grades: [4, 5, 6]\n"},
		{"a keyword added and another taken out", "keywords: [a, b]\n", "keywords: [a, b, c]\n", "keywords: [b]\n", "keywords: [b, c]\n"},
		{"alignments", "alignments:\n  teaches: [5.NF.B.3]\n", "alignments:\n  teaches: [5.NF.B.3, 5.NF.B.4]\n",
			"alignments:\n  teaches: [5.NF.B.3]\n  requires: [4.NF.B.4]\n", "alignments:\n  teaches: [5.NF.B.3, 5.NF.B.4]\n  requires: [4.NF.B.4]\n"},
		{"the same field added in two places", "title: A\ntype: lesson\nlanguage: en\n", "title: A\ntime: PT45M\ntype: lesson\nlanguage: en\n",
			"title: A\ntype: lesson\nlanguage: en\ntime: PT45M\n", ""},
		{"creators", "creators:\n  - name: A\n", "creators:\n  - name: A\n  - name: B\n", "creators:\n  - name: A\n    url: https://a.example\n",
			"creators:\n  - name: A\n    url: https://a.example\n  - name: B\n"},
		{"parts added by both", "parts: [01-a, 02-b]\n", "parts: [00-x, 01-a, 02-b]\n", "parts: [01-a, 02-b, 03-c]\n", "parts: [00-x, 01-a, 02-b, 03-c]\n"},
		{"parts put in order by one, added by the other", "parts: [a, b, c]\n", "parts: [c, a, b]\n", "parts: [a, b, c, d]\n", "parts: [c, d, a, b]\n"},
		{"a pinned part renewed", "parts:\n  - a\n  - resource: \"oai:x:1\"\n    revision: r1\n", "parts:\n  - a\n  - b\n  - resource: \"oai:x:1\"\n    revision: r1\n",
			"parts:\n  - a\n  - resource: \"oai:x:1\"\n    revision: r2\n", "parts:\n  - a\n  - b\n  - resource: \"oai:x:1\"\n    revision: r2\n"},
		{"what is known of pictures", "assets:\n  a.png: {alt: A}\n", "assets:\n  a.png: {alt: A picture}\n", "assets:\n  a.png: {alt: A, license: CC0-1.0}\n  b.png: {alt: B}\n",
			"assets:\n  a.png: {alt: A picture, license: CC0-1.0}\n  b.png: {alt: B}\n"},
		{"funding", "funding: {funder: US-ED}\n", "funding: {funder: US-ED, grant: S1}\n", "funding: {funder: US Department of Education}\n",
			"funding: {funder: US Department of Education, grant: S1}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, swapped := fronts(c.base, c.ours, c.theirs), fronts(c.base, c.theirs, c.ours)
			assert.Empty(t, r.Conflicts)
			assert.Equal(t, content(r), content(swapped))
			if c.merged != "" {
				assert.Equal(t, said(t, fronts(c.merged, c.merged, c.merged)), said(t, r))
			} else {
				assert.Equal(t, 1, strings.Count(content(r), "time:"), "once")
				said(t, r)
			}
		})
	}
}

func TestFrontMatterKeepsCommentsAndUnknownFields(t *testing.T) {
	base := "# about\ntitle: A # short\ngrades: [5]\nx-district:\n  unit: 4\n\n# last\ntime: PT45M\n"
	r := fronts(base, with(t, base, "[5]", "[4, 5]", "unit: 4", "unit: 5"), with(t, base, "[5]", "[5, 6] # and six", "PT45M", "PT50M"))
	assert.Empty(t, r.Conflicts)
	assert.Equal(t, "---\n"+with(t, base, "[5]", "[4, 5, 6]  # and six", "unit: 4", "unit: 5", "PT45M", "PT50M")+"---\n\nText.\n", content(r))
}

func TestTitleThatBothChanged(t *testing.T) {
	r := fronts("title: A\ntime: PT45M\n", "title: Ours # dear\ntime: PT45M\n", "title: \"Theirs: new\"\ntime: PT50M\n")
	require.Len(t, r.Conflicts, 1)
	c := r.Conflicts[0]
	assert.Equal(t, [4]string{"title", "A", "Ours", "Theirs: new"}, [4]string{c.Field, string(c.Base), string(c.Ours), string(c.Theirs)})
	assert.Equal(t, "---\ntitle: Ours # dear\ntime: PT50M\n---\n\nText.\n", content(r))
	assert.Contains(t, resolve(t, r, merge.Choice{Take: merge.Theirs}), "Theirs: new")
	text := resolve(t, r, merge.Choice{Take: merge.Edited, Text: []byte("Both: of them")})
	doc, _ := metadata.Parse("index.md", []byte(text))
	assert.Equal(t, "Both: of them", doc.Metadata.Title)
	assert.Equal(t, "PT50M", doc.Metadata.Time)
}

func TestLicenseThatBothChangedIsNeverGuessed(t *testing.T) {
	r := fronts("license: CC-BY-4.0\n", "license: CC-BY-SA-4.0\n", "license: CC-BY-NC-4.0\n")
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, "license", r.Conflicts[0].Field)
	assert.Equal(t, "CC-BY-SA-4.0", said(t, r).License)
}

func TestNoSourceIsDropped(t *testing.T) {
	source := func(id, more string) string { return "  - id: " + id + "\n    license: CC0-1.0\n" + more }
	ids := func(r merge.Result) (ids []string) {
		for _, s := range said(t, r).Sources {
			ids = append(ids, s.ID)
		}
		return ids
	}
	base := "sources:\n" + source("a/one", "") + source("a/two", "")

	r := fronts(base, base+source("b/mine", ""), "sources:\n"+source("a/two", "")+source("c/theirs", ""))
	assert.Empty(t, r.Conflicts)
	assert.ElementsMatch(t, []string{"a/one", "a/two", "b/mine", "c/theirs"}, ids(r), "upstream took one out; what came of it may be here")

	// A remix names its source, and under it what that came from.
	remix := "sources:\n  - id: up/stream\n    license: CC0-1.0\n    sources:\n      - id: a/one\n        license: CC0-1.0\n      - id: a/two\n        license: CC0-1.0\n"
	r = fronts(base, remix, base+source("a/three", ""))
	assert.Empty(t, r.Conflicts)
	require.Equal(t, []string{"a/three", "up/stream"}, ids(r))
	assert.Len(t, said(t, r).Sources[1].Sources, 2)

	r = fronts(base, with(t, base, "a/one\n", "a/one\n    changes: shorter\n"), with(t, base, "a/one\n", "a/one\n    changes: longer\n"))
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, "sources[a/one].changes", r.Conflicts[0].Field)
}

func TestOrderOfPartsThatBothChanged(t *testing.T) {
	r := fronts("parts: [a, b, c]\n", "parts: [c, b, a]\n", "parts: [b, a, c]\n")
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, "parts", r.Conflicts[0].Field)
	assert.Equal(t, "c\nb\na", string(r.Conflicts[0].Ours))
	assert.Contains(t, resolve(t, r, merge.Choice{Take: merge.Theirs}), "parts:\n  - b\n  - a\n  - c\n")
}

func TestUnknownFieldThatBothChanged(t *testing.T) {
	r := fronts("title: A\nx-unit: 1\n", "title: A\nx-unit: 2\n", "title: A\nx-unit: 3\n")
	require.Len(t, r.Conflicts, 1)
	assert.Equal(t, "x-unit", r.Conflicts[0].Field)
	assert.Contains(t, content(r), "x-unit: 2\n")
	assert.Contains(t, resolve(t, r, merge.Choice{Take: merge.Theirs}), "x-unit: 3\n")
	_, err := r.Resolve(map[string]merge.Choice{r.Conflicts[0].ID: {Take: merge.Edited, Text: []byte("x: [")}})
	require.ErrorIs(t, err, kind.ErrInvalid)
}

func TestFieldsThatStayMine(t *testing.T) {
	base, ours, theirs := "---\ntitle: A\nlicense: CC-BY-4.0\ncreators:\n  - name: Amina\n---\n\nOne.\n\nTwo.\n",
		"---\ntitle: Mine\nlicense: CC-BY-4.0\ncreators:\n  - name: Maria\n---\n\nOne.\n\nTwo.\n",
		"---\ntitle: A\nlicense: CC0-1.0\ncreators:\n  - name: Amina\n  - name: Grace\n---\n\nOne.\n\nTwo!\n"
	r := merge.Trees(file(base), file(ours), file(theirs), merge.Options{Mine: []string{"license", "creators"}})
	assert.Empty(t, r.Conflicts)
	assert.Equal(t, with(t, ours, "Two.", "Two!"), content(r))
	r = merge.Trees(file(base), file(ours), file(theirs), merge.Options{})
	assert.Equal(t, "CC0-1.0", said(t, r).License)
}

func TestFrontMatterThatIsBroken(t *testing.T) {
	base := "title: A\ntime: PT45M\n"
	r := fronts(base, "title: A\ntime: [PT45M\n", "title: B\ntime: PT50M\n")
	require.NotEmpty(t, r.Conflicts)
	assert.Equal(t, "---\ntitle: A\ntime: [PT45M\n---\n\nText.\n", content(r), "ours, as it is")
}
