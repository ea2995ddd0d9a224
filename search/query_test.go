package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

func TestParseQuery(t *testing.T) {
	tests := []struct {
		in, printed string
		hints       []search.HintKind
	}{
		{"", "", nil},
		{"  equivalent   fractions ", "equivalent fractions", nil},
		{`"area model" fractions`, `"area model" fractions`, nil},
		{`“area  model”`, `"area model"`, nil},
		{"fractions -pizza", "fractions -pizza", nil},
		{"fractions NOT pizza", "fractions -pizza", nil},
		{`-"area model" --x`, `-"area model" -x`, nil},
		{"pizza OR pasta lesson", "pizza OR pasta lesson", nil},
		{"pizza | pasta", "pizza OR pasta", nil},
		{"salt AND pepper", "salt pepper", nil},
		{"standard:5.NF.B license:adaptable grade:5", "standard:5.NF.B license:adaptable grade:5", nil},
		{"GRADE:3..5 Lang:es", "grade:3..5 language:es", nil},
		{"grade:5..3 grade:..2 grade:11.. grade:05", "grade:3..5 grade:PK..2 grade:11..adult grade:5", nil},
		{"grade:kindergarten..2", "grade:K..2", nil},
		{`subject:"Language Arts" -type:unit`, `subject:"Language Arts" -type:unit`, nil},
		{`standard:"MS PS1-2" OR 5.NF.B.3`, `standard:"MS PS1-2" OR 5.NF.B.3`, nil},
		{"§111.7(b)(3)(H)", "§111.7(b)(3)(H)", nil},
		{"http://corestandards.org/Math/Content/5/NF", "http://corestandards.org/Math/Content/5/NF", nil},
		{`5"foo"bar`, `5 "foo" bar`, nil},
		{`"no end`, `"no end"`, []search.HintKind{search.HintUnclosedQuote}},
		{`"`, "", []search.HintKind{search.HintUnclosedQuote}},
		{`"" "…" - -- * ***`, "", nil},
		{"color:red", "color:red", []search.HintKind{search.HintUnknownField}},
		{"license: fractions", "fractions", []search.HintKind{search.HintEmptyField}},
		{`grade:""`, "", []search.HintKind{search.HintEmptyField}},
		{"OR pizza OR OR pasta OR", "pizza OR pasta", []search.HintKind{search.HintLooseOr}},
		{"a\xffb", "a b", []search.HintKind{search.HintNotUTF8}},
		{"a\x00b", "a b", nil},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			q, hints := search.ParseQuery(tt.in)
			assert.Equal(t, tt.printed, q.String())
			var kinds []search.HintKind
			for _, h := range hints {
				kinds = append(kinds, h.Kind)
				assert.NotEmpty(t, h.Message)
			}
			assert.Equal(t, tt.hints, kinds)
			again, _ := search.ParseQuery(q.String())
			assert.Equal(t, q, again)
		})
	}
}

func TestParseQueryIsBounded(t *testing.T) {
	for name, in := range map[string]string{
		"10,000 alternatives": strings.Repeat("word OR ", 10_000),
		"10,000 words":        strings.Repeat("word ", 10_000),
		"one long word":       strings.Repeat("é", 100_000),
		"one long phrase":     `"` + strings.Repeat("é x ", 50_000) + `"`,
		"fields":              strings.Repeat("grade:1..12 ", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			q, hints := search.ParseQuery(in)
			terms := 0
			for _, g := range q.Groups {
				terms += len(g)
				for _, term := range g {
					assert.LessOrEqual(t, len(term.Value), 200)
					assert.True(t, utf8.ValidString(term.Value))
				}
			}
			assert.LessOrEqual(t, terms, 64)
			require.NotEmpty(t, hints)
			assert.Equal(t, search.HintTooLong, hints[len(hints)-1].Kind)
		})
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{`a "b c" -d OR e grade:3..5 subject:"x y"`, `“x` + "\xff", "OR OR NOT -", "grade:..", `license:"a..b"`, "a:b:c - | &"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		q, _ := search.ParseQuery(in)
		again, _ := search.ParseQuery(q.String())
		require.Equal(t, q, again, "printed as %q", q.String())
	})
}
