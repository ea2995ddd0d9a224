package search_test

import (
	"slices"
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
		{"(pizza OR pasta) lesson", "pizza OR pasta lesson", nil},
		{"(pizza dough) OR pasta", "pizza OR pasta dough OR pasta", nil},
		{"-(pizza OR pasta)", "-pizza -pasta", nil},
		{"NOT (pizza -pasta)", "-pizza OR pasta", nil},
		{"((a) b", "a b", []search.HintKind{search.HintParentheses}},
		{"a) b", "a) b", nil},
		{"(a (b OR c)) OR (d)", "a OR d b OR c OR d", nil},
		{"(standard:111.7(b)(3)(H))", "standard:111.7(b)(3)(H)", nil},
		{"grade:3,5..4,K", "grade:3,4..5,K", nil},
		{`-subject:math,"language arts",math`, `-subject:math,"language arts"`, nil},
		{`subject:"math, pure"`, `subject:"math, pure"`, nil},
		{"subject:math, art", "subject:math art", nil},
		{"time:<45m time:20m..1h time:PT1H30M", "time:<45m time:20m..60m time:90m", nil},
		{`time:<="1 hora 30 min" time:..1.5h time:2h..`, "time:<=90m time:<=90m time:>=120m", nil},
		{"time:soon,45", "time:45m", []search.HintKind{search.HintBadValue}},
		{"updated:>2025-01 updated:2025-02-01..2024 Updated:≥2025", "updated:>2025-01 updated:2024..2025-02-01 updated:>=2025", nil},
		{"updated:2025-02-31", "", []search.HintKind{search.HintBadValue}},
		{"standard:=5.NF.B.3 teaches:~5.NF,6.NS -requires:4.NF", "standard:=5.NF.B.3 teaches:~5.NF,6.NS -requires:4.NF", nil},
		{`standard:="MS PS1-2"`, `standard:="MS PS1-2"`, nil},
		{"sort:Newest fractions sort:title", "fractions sort:title", nil},
		{"a OR sort:oldest b", "a OR b sort:oldest", nil},
		{"sort:best", "", []search.HintKind{search.HintBadValue}},
		{"sort:", "", []search.HintKind{search.HintEmptyField}},
		{"GRADE:3..5 Lang:es", "grade:3..5 language:es", nil},
		{"grade:5..3 grade:..2 grade:11.. grade:05", "grade:3..5 grade:PK..2 grade:11..adult grade:5", nil},
		{"grade:kindergarten..2", "grade:K..2", nil},
		{`subject:"Language Arts" -type:unit`, `subject:"Language Arts" -type:unit`, nil},
		{`standard:"MS PS1-2" OR 5.NF.B.3`, `standard:"MS PS1-2" OR 5.NF.B.3`, nil},
		{"§111.7(b)(3)(H)", "§111.7(b)(3)(H)", nil},
		{"http://corestandards.org/Math/Content/5/NF", "http://corestandards.org/Math/Content/5/NF", nil},
		{`5"foo"bar`, `5 "foo" bar`, nil},
		{`"no end`, `no end`, []search.HintKind{search.HintUnclosedQuote}},
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
		"values":              "subject:" + strings.Repeat("a,b,c1,d,", 10_000) + strings.Repeat("x ", 100),
		"bad values":          "time:" + strings.Repeat("a,", 30_000) + strings.Repeat(" x", 100),
		"nots":                strings.Repeat("NOT ", 25_000) + strings.Repeat("x ", 100),
		"parentheses":         strings.Repeat("(", 50_000) + strings.Repeat("x ", 100),
		"nested":              strings.Repeat("(a OR (b -(c ", 10_000),
		"unknown fields":      strings.Repeat("q: w:1 ", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			q, hints := search.ParseQuery(in)
			terms := 0
			for _, g := range q.Groups {
				for _, term := range g {
					terms += len(term.Values())
					assert.LessOrEqual(t, len(term.Value), 200)
					assert.True(t, utf8.ValidString(term.Value))
				}
			}
			assert.LessOrEqual(t, terms, 64)
			require.NotEmpty(t, hints)
			assert.LessOrEqual(t, len(hints), 21)
			assert.True(t, slices.ContainsFunc(hints, func(h search.Hint) bool { return h.Kind == search.HintTooLong }))
		})
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{`a "b c" -d OR e grade:3..5 subject:"x y"`, `“x` + "\xff", "OR OR NOT -", "grade:..", "-(a (b OR -c)) OR (d e)", "time:<,>=45m,PT1H updated:2025..2024-01-02", `standard:=~"x y",z`, "((((a) OR (b c", "grade:a..b...5", "sort:x sort:title NOT (", `license:"a..b"`, "a:b:c - | &"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		q, _ := search.ParseQuery(in)
		again, _ := search.ParseQuery(q.String())
		require.Equal(t, q, again, "printed as %q", q.String())
	})
}
