package search_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// shelfOf makes documents of few words, so that scores and dates are often equal.
func shelfOf(n int) []search.Document {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	docs := make([]search.Document, n)
	for i := range docs {
		docs[i] = search.Document{
			ID: fmt.Sprintf("%04d", r.IntN(9000)*n+i), Title: pick("red", "green", "blue") + " " + pick("boat", "house"),
			Body: pick("one", "two", "three"), Type: pick("lesson", "unit", "text"), Language: pick("en", "es", "fr"),
			License:  licensing.ID(pick("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "")),
			Grades:   slices.Compact([]string{pick("3", "4"), pick("4", "5")}),
			Subjects: []string{pick("science", "history")}, Source: pick("", "ohio"),
			Modified: time.Unix(int64(r.IntN(5)), 0),
		}
	}
	return docs
}

func TestPagesAndCursorsGiveEveryHitOnce(t *testing.T) {
	docs := shelfOf(500)
	x := filled(t, docs[:200])
	require.NoError(t, x.Apply(t.Context(), 2, docs[200:], nil))
	for _, sort := range search.Sorts() {
		for _, q := range []string{"", "red boat", "two", "red -house"} {
			t.Run(fmt.Sprintf("%s %s", sort, q), func(t *testing.T) {
				all := find(t, x, q, func(r *search.Request) { r.Sort, r.Size = sort, 100 })
				var byPage, byCursor []string
				for page := 1; ; page++ {
					got := find(t, x, q, func(r *search.Request) { r.Sort, r.Size, r.Page = sort, 7, page })
					assert.Equal(t, all.Total, got.Total)
					byPage = append(byPage, ids(got)...)
					if len(got.Hits) == 0 {
						break
					}
				}
				cursor := ""
				for {
					got := find(t, x, q, func(r *search.Request) { r.Sort, r.Size, r.Cursor = sort, 7, cursor })
					assert.Equal(t, all.Total, got.Total)
					byCursor = append(byCursor, ids(got)...)
					if cursor = got.Next; cursor == "" {
						break
					}
				}
				assert.Equal(t, byPage, byCursor)
				assert.Equal(t, ids(all), byCursor[:len(all.Hits)])
				assert.Len(t, byCursor, all.Total)
				slices.Sort(byCursor)
				assert.Len(t, slices.Compact(byCursor), all.Total, "none twice")
			})
		}
	}
}

func TestNewestFirst(t *testing.T) {
	got := find(t, filled(t, lessons(t)), "fractions", func(r *search.Request) { r.Sort = search.Newest })
	when := map[string]time.Time{}
	for _, d := range lessons(t) {
		when[d.ID] = d.Modified
	}
	assert.True(t, slices.IsSortedFunc(ids(got), func(a, b string) int { return when[b].Compare(when[a]) }), "%v", ids(got))
}

func TestCursorOfAnotherOrderIsRefused(t *testing.T) {
	x := filled(t, shelfOf(50))
	next := find(t, x, "").Next
	require.NotEmpty(t, next)
	for _, r := range []search.Request{{Cursor: "x"}, {Cursor: "e30x"}, {Cursor: next, Sort: search.Newest}, {Cursor: next + next}} {
		_, err := x.Search(t.Context(), r)
		require.ErrorIs(t, err, search.ErrCursor)
	}
}

func TestFacetsAreExact(t *testing.T) {
	docs := shelfOf(400)
	x := filled(t, docs[:300])
	require.NoError(t, x.Apply(t.Context(), 2, docs[300:], []string{docs[0].ID, docs[5].ID}))
	docs = slices.Delete(slices.Delete(docs, 5, 6), 0, 1)
	values := map[search.Field]func(d search.Document) []string{
		search.License: func(d search.Document) []string { return []string{string(d.License)} },
		search.Grade:   func(d search.Document) []string { return d.Grades },
		search.Subject: func(d search.Document) []string { return d.Subjects },
		search.Type:    func(d search.Document) []string { return []string{d.Type} },
		search.Source: func(d search.Document) []string {
			if d.Source == "" {
				return []string{"own"}
			}
			return []string{d.Source}
		},
		search.Language: func(d search.Document) []string { return []string{d.Language} },
	}
	for _, filters := range []search.Filters{
		nil,
		{search.Type: {"lesson"}},
		{search.Type: {"lesson", "Unit"}, search.Grade: {"4"}, search.Source: {"own"}},
		{search.Type: {"no such"}},
		{search.Grade: {"5"}, search.License: {"CC-BY-4.0", "cc0-1.0"}},
	} {
		t.Run(fmt.Sprint(filters), func(t *testing.T) {
			passes := func(d search.Document, except search.Field) bool {
				for f, chosen := range filters {
					if f != except && !slices.ContainsFunc(values[f](d), func(v string) bool {
						return slices.ContainsFunc(chosen, func(c string) bool { return strings.EqualFold(c, v) })
					}) {
						return false
					}
				}
				return strings.Contains(d.Title, "red")
			}
			got := find(t, x, "red", func(r *search.Request) { r.Filters = filters })
			total := 0
			for _, d := range docs {
				if passes(d, "") {
					total++
				}
			}
			assert.Equal(t, total, got.Total)
			for f, of := range values {
				want := map[string]int{}
				for _, d := range docs {
					for _, v := range of(d) {
						if v != "" && passes(d, f) {
							want[v]++
						}
					}
				}
				counted := map[string]int{}
				for _, c := range got.Facets[f] {
					if c.Count > 0 {
						counted[c.Value] = c.Count
					}
					assert.Equal(t, slices.ContainsFunc(filters[f], func(v string) bool { return strings.EqualFold(v, c.Value) }), c.Selected, "%v", c)
				}
				assert.Equal(t, want, counted, string(f))
			}
		})
	}
}

func TestFiltersAddToTheQuery(t *testing.T) {
	x := filled(t, lessons(t))
	got := find(t, x, "fractions type:lesson", func(r *search.Request) {
		r.Filters = search.Filters{search.Standard: {"5.NF.B.3–4"}, search.License: {"adaptable"}, search.Grade: {"5..6", ""}}
	})
	assert.ElementsMatch(t, []string{"pizza", "area"}, ids(got))
	assert.Equal(t, find(t, x, "").Total, find(t, x, "", func(r *search.Request) { r.Filters = search.Filters{search.Type: {"", " "}} }).Total,
		"an empty choice chooses nothing")
}

func TestFacetsChosen(t *testing.T) {
	got := find(t, filled(t, lessons(t)), "", func(r *search.Request) { r.Facets = []search.Field{search.Grade, search.Owner} })
	require.Len(t, got.Facets, 1)
	var order []string
	for _, f := range got.Facets[search.Grade] {
		order = append(order, f.Value)
	}
	assert.Equal(t, []string{"3", "4", "5", "6", "7", "8"}, order)
}

func TestHints(t *testing.T) {
	x := filled(t, lessons(t))
	for q, want := range map[string]search.Hint{
		"equivelant":        {Kind: search.HintSpelling, Term: "equivelant", Suggestions: []string{"equivalent"}},
		"type:song":         {Kind: search.HintUnknownValue, Term: "type:song"},
		"standard:5.NF.Z.9": {Kind: search.HintUnknownCode, Term: "5.NF.Z.9"},
		"5.3H":              {Kind: search.HintAmbiguousCode, Term: "5.3H", Suggestions: []string{"teks-math 111.7.b.3.H"}},
	} {
		got := find(t, x, q).Hints
		require.Len(t, got, 1, q)
		assert.NotEmpty(t, got[0].Message)
		got[0].Message = ""
		assert.Equal(t, want, got[0])
	}
	assert.Empty(t, find(t, x, "pizza 5.NF.B.3 type:lesson").Hints)
	assert.Equal(t, []string{"texas"}, ids(find(t, x, "5.3H")), "what an ambiguous code may mean is found")
}

func TestImportedFrameworkFindsWhatWasIndexedBefore(t *testing.T) {
	x := filled(t, lessons(t))
	f, err := standards.ReadCASE(strings.NewReader(`{"CFDocument":{"identifier":"00000000-0000-0000-0000-0000000000aa","title":"CCSS"},"CFItems":[
		{"identifier":"00000000-0000-0000-0000-000000000001","humanCodingScheme":"CCSS.Math.Content.5.NF.B","fullStatement":"a"},
		{"identifier":"00000000-0000-0000-0000-000000000002","humanCodingScheme":"CCSS.Math.Content.5.NF.B.3","fullStatement":"b"},
		{"identifier":"00000000-0000-0000-0000-000000000003","humanCodingScheme":"district standard 12","fullStatement":"c"}],
		"CFAssociations":[{"associationType":"isChildOf","originNodeURI":{"identifier":"00000000-0000-0000-0000-000000000002"},
		"destinationNodeURI":{"identifier":"00000000-0000-0000-0000-000000000001"}}]}`), "ccss-math")
	require.NoError(t, err)
	queries := map[string][]string{
		"standard:5.NF.B.3":                             {"pizza-es", "pizza"},
		"standard:00000000-0000-0000-0000-000000000002": {"pizza-es", "pizza"},
		"standard:00000000000000000000000000000001":     {"unit", "pizza-es", "pizza", "area"},
		`standard:"district standard 12"`:               {"loops"},
	}
	check := func(when string) {
		for q, want := range queries {
			assert.Equal(t, want, ids(find(t, x, q)), "%s: %s", when, q)
		}
	}
	x.SetLibrary(standards.NewLibrary(f))
	check("indexed before the import")
	counted := func() []search.Facet {
		return find(t, x, "type:lesson", func(r *search.Request) { r.Filters = search.Filters{search.Standard: {"5.NF.3"}} }).Facets[search.Standard][:1]
	}
	want := []search.Facet{{Value: "00000000-0000-0000-0000-000000000002", Count: 2, Selected: true}}
	assert.Equal(t, want, counted())
	require.NoError(t, x.Apply(t.Context(), 2, lessons(t), nil))
	check("indexed after it")
	assert.Equal(t, want, counted())
	queries = map[string][]string{"standard:5.NF.B.3": {"pizza-es", "pizza"}, "5.NF.B": {"unit", "pizza-es", "pizza", "area"}}
	x.SetLibrary(nil)
	check("after it is gone again")
}

func TestHostileQueriesAreAnswered(t *testing.T) {
	x := filled(t, lessons(t))
	for name, q := range map[string]string{
		"100 kB of words":      strings.Repeat("fractions area ", 7000),
		"10,000 alternatives":  strings.Repeat("fractions OR ", 10_000),
		"10,000 unknown words": strings.Repeat("qwxyz1 kjhgfd ", 5000),
		"stars":                strings.Repeat("* ", 50_000),
		"stars in words":       strings.Repeat("f*a* *:* title:* ", 6000),
		"no text":              "\xff\xfe\x00\x01",
		"a long word":          strings.Repeat("a", 100_000),
		"a long phrase":        `"` + strings.Repeat("the ", 25_000),
		"minuses":              strings.Repeat("-", 100_000) + "x",
		"fields":               strings.Repeat("license:adaptable grade:PK..adult ", 3000),
		"codes":                strings.Repeat("5.NF.B.3-9 standard:1.OA-99,1,2,3 ", 3000),
		"misspellings":         strings.Repeat("fractionss aera modle lessson ", 3000),
		"exclusions":           strings.Repeat("-the OR -fractions ", 5000),
		"parentheses":          strings.Repeat("(", 50_000) + strings.Repeat("fractions OR (area -model ", 3000),
		"times and dates":      strings.Repeat("time:1m..999h updated:1990..2100 (time:x) ", 2000),
		"crosswalks":           strings.Repeat("standard:~5.NF requires:~K.CC ", 3000),
		"scripts":              strings.Repeat("分数 дроби كسور ", 3000),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			query, _ := search.ParseQuery(q)
			got, err := x.Search(ctx, search.Request{Query: query})
			require.NoError(t, err)
			assert.NotNil(t, got.Hits)
			_, err = json.Marshal(got)
			require.NoError(t, err)
		})
	}
}

func TestSearchTakesQueriesThatNobodyParsed(t *testing.T) {
	x := filled(t, lessons(t))
	big := make(search.Group, 10_000)
	for i := range big {
		big[i] = search.Term{Value: fmt.Sprint("word", i)}
	}
	for _, q := range []search.Query{
		{Groups: []search.Group{{}}}, {Groups: []search.Group{nil, {{}}}}, {Groups: []search.Group{{{Field: "nothing", Value: "x"}}}},
		{Groups: []search.Group{{{Phrase: true}}}}, {Groups: []search.Group{{{Field: search.Standard}}}}, {Groups: []search.Group{big, big}},
	} {
		_, err := x.Search(t.Context(), search.Request{Query: q, Size: -1, Page: -1})
		require.NoError(t, err)
	}
	_, err := x.Search(t.Context(), search.Request{Size: 1 << 40, Page: 1 << 40})
	require.NoError(t, err)
}

func TestSearchStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := filled(t, lessons(t)).Search(ctx, search.Request{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestOddDocumentsAreIndexed(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "empty"},
		{ID: "bytes", Title: "\xff\xfe", Body: "\x00 text", Teaches: []string{"", "\xff", strings.Repeat("x", 100_000)}, Grades: []string{"", " 05 "}},
		{ID: "long", Title: strings.Repeat("word ", 50_000), Body: strings.Repeat("body ", 500_000)},
		{ID: "id with \"quotes\" and é", Title: "odd"},
	})
	assert.Equal(t, 4, find(t, x, "").Total)
	assert.Equal(t, []string{"bytes"}, ids(find(t, x, "grade:5")))
	assert.Equal(t, []string{"long"}, ids(find(t, x, "body")))
	assert.Equal(t, []string{"id with \"quotes\" and é"}, ids(find(t, x, "odd")))
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{`5.NF.3 "area model" -unit`, "a OR b grade:3..5", "standard:5.NF.3,4 license:cc-by", "MS PS1-2 fraktions"} {
		f.Add(s)
	}
	x := filled(f, lessons(f))
	f.Fuzz(func(t *testing.T, in string) {
		q, _ := search.ParseQuery(in)
		got, err := x.Search(t.Context(), search.Request{Query: q})
		require.NoError(t, err)
		require.LessOrEqual(t, got.Total, len(lessons(t)))
		require.Len(t, got.Hits, min(got.Total, 20))
	})
}
