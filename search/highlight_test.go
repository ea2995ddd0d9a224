package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// marked shows a snippet with its matches in brackets.
func marked(s search.Snippet) string {
	var b strings.Builder
	if s.Before {
		b.WriteString("…")
	}
	for _, p := range s.Pieces() {
		if p.Match {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	if s.After {
		b.WriteString("…")
	}
	return b.String()
}

func highlighter(x *search.Index, q string, hints ...search.Hint) *search.Highlighter {
	query, _ := search.ParseQuery(q)
	return x.Highlighter(query, hints)
}

func TestHighlights(t *testing.T) {
	x := filled(t, nil)
	for _, tt := range []struct{ query, language, text, want string }{
		{"fraction", "en", "Fractions, FRACTION and fractional", "[Fractions], [FRACTION] and [fractional]"},
		{"fracciones", "es", "Una fracción y dos fracciones", "Una [fracción] y dos [fracciones]"},
		{"fraccion", "es", "una fraccio\u0301n escrita con marca aparte", "una [fraccio\u0301n] escrita con marca aparte"},
		{"fracciones", "eu", "fracción fracciones", "fracción [fracciones]"},
		{`"area model"`, "en", "the model area, an area-model, area area model", "the model area, an [area-model], area [area model]"},
		{`"area model" area`, "en", "an area model", "an [area model]"},
		{"pizza -fractions", "en", "fractions of a pizza", "fractions of a [pizza]"},
		{"the pizza", "en", "the pizza", "the [pizza]"},
		{"the", "en", "the pizza", "[the] pizza"},
		{"5.NF.B.3", "en", "aligned to 5.NF.B.3, not to 5.NF.B.4", "aligned to [5.NF.B.3], not to 5.NF.B.4"},
		{"分数", "zh", "学习分数的加法", "学习[分数]的加法"},
		{"<b>", "en", "<script>b</script>", "<script>[b]</script>"},
		{"a\xff", "en", "a\xffb a", "[a] b [a]"},
		{"type:lesson", "en", "lesson", "lesson"},
		{"naïve ÉCOLE", "fr", "Naive école", "[Naive] [école]"},
		{"word", "en", "", ""},
	} {
		assert.Equal(t, tt.want, marked(highlighter(x, tt.query).Snippet(tt.text, tt.language, 0)), tt.query)
	}
	spelled := search.Hint{Kind: search.HintSpelling, Term: "equivelant", Suggestions: []string{"equivalent"}}
	assert.Equal(t, "[equivalent] fractions", marked(highlighter(x, "equivelant", spelled).Snippet("equivalent fractions", "en", 0)))
}

func TestSnippetIsWhereTheWordsAre(t *testing.T) {
	x := filled(t, nil)
	text := strings.Repeat("Fractions are everywhere. ", 40) + "Then they draw an area model of equivalent fractions. " + strings.Repeat("More of the area. ", 40)
	got := highlighter(x, "equivalent fractions area model").Snippet(text, "en", 100)
	assert.Contains(t, marked(got), "draw an [area] [model] of [equivalent] [fractions].")
	assert.True(t, got.Before)
	assert.True(t, got.After)
	assert.LessOrEqual(t, utf8.RuneCountInString(got.Text), 100)

	none := highlighter(x, "dinosaur").Snippet(text, "en", 30)
	assert.Equal(t, "Fractions are everywhere.…", marked(none))
	assert.Equal(t, "…[last] word", marked(highlighter(x, "last").Snippet(strings.Repeat("é", 300)+" last word", "en", 20)))
	start := highlighter(x, "then").Snippet("One sentence is here. Then comes another one that is longer than there is room for.", "en", 40)
	assert.True(t, strings.HasPrefix(marked(start), "…Then") || strings.HasPrefix(marked(start), "…[Then]"), marked(start))
}

func TestHighlightOfLongTextsIsBounded(t *testing.T) {
	x := filled(t, nil)
	h := highlighter(x, `"area model" equivalent fractions the `+strings.Repeat("word", 40))
	for name, text := range map[string]string{
		"matches": strings.Repeat("equivalent fractions area model ", 40_000),
		"words":   strings.Repeat("eleven fruitful ärea of équations model ", 30_000),
		"one":     strings.Repeat("e", 2<<20),
		"marks":   "e" + strings.Repeat("\u0301", 1<<19),
		"chinese": strings.Repeat("分数的加法", 70_000),
		"broken":  strings.Repeat("e\xff\xc3", 400_000),
	} {
		t.Run(name, func(t *testing.T) {
			allocations := testing.AllocsPerRun(1, func() {
				s := h.Snippet(text, "en", 240)
				assert.LessOrEqual(t, utf8.RuneCountInString(s.Text), 240)
			})
			assert.Less(t, allocations, 30_000.0)
		})
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add("equivalent OR \"area model\"", "The area\nmodel. Equivalent fractions", "en", 12)
	f.Add("a b", "a... b a\u0301 \xff", "es", 3)
	f.Add(`"x y"`, "x                  y", "", 5)
	x, err := search.Open("", search.Options{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, q, text, language string, size int) {
		s := highlighter(x, q).Snippet(text, language, size)
		if size <= 0 {
			size = search.SnippetSize
		}
		require.LessOrEqual(t, utf8.RuneCountInString(s.Text), size)
		require.True(t, utf8.ValidString(s.Text))
		require.Contains(t, strings.ToValidUTF8(text, " "), s.Text)
		at := 0
		var joined strings.Builder
		for _, m := range s.Spans {
			require.GreaterOrEqual(t, m.Start, at)
			require.Greater(t, m.End, m.Start)
			at = m.End
		}
		for _, p := range s.Pieces() {
			require.True(t, utf8.ValidString(p.Text))
			joined.WriteString(p.Text)
		}
		require.Equal(t, s.Text, joined.String())
	})
}

func BenchmarkSnippet(b *testing.B) {
	x := filled(b, nil)
	for name, text := range map[string]string{
		"7kB, once": strings.Repeat("Students draw strips of paper and tell a partner what they see. ", 100) + "Équivalent strips.",
		"5kB":       strings.Repeat("Students show équivalent shares with the area model. ", 100),
		"1MB":       strings.Repeat("Students show équivalent shares with the area model. ", 20_000),
	} {
		for what, q := range map[string]string{"words": "equivalent fractions", "phrase": `"area model" equivalent fractions`} {
			h := highlighter(x, q)
			b.Run(name+"/"+what, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					h.Snippet(text, "en", 240)
				}
			})
		}
	}
}
