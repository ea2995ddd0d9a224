package search_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// timed are documents that differ in their times, dates, alignments and lists.
func timed() []search.Document {
	day := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			panic(err)
		}
		return at
	}
	return []search.Document{
		{ID: "short", Title: "Zebra", Minutes: 10, Modified: day("2024-12-31T23:59:59Z"), Teaches: []string{"5.NF.B.3"}, License: "CC-BY-4.0", Lists: []string{"math-2026"}},
		{ID: "class", Title: "árbol", Minutes: 45, Modified: day("2025-01-01T00:00:00Z"), Assesses: []string{"5.NF.B.3"}, License: "CC-BY-NC-SA-4.0"},
		{ID: "double", Title: "Maple", Minutes: 90, Modified: day("2025-01-31T12:00:00Z"), Requires: []string{"5.NF.B.3"}, License: "CC-BY-ND-4.0", Lists: []string{"math-2026", "pilot"}},
		{ID: "project", Title: "apple", Minutes: 300, Modified: day("2025-02-01T00:00:00Z"), Teaches: []string{"5.NF.B"}, License: "CC-BY-SA-4.0"},
		{ID: "unknown", Title: "", Modified: day("2025-03-15T00:00:00Z"), Teaches: []string{"5.NF.B.4"}},
	}
}

func TestFieldsOfQueries(t *testing.T) {
	x := filled(t, timed())
	for q, want := range map[string]string{
		"time:45m":                               "class",
		"time:<45m":                              "short",
		"time:<=45":                              "short class",
		"time:>45min":                            "double project",
		"time:10m..PT1H30M":                      "short class double",
		"time:10m,300m":                          "short project",
		"-time:>1h":                              "short class unknown",
		"time:99999999m":                         "short class double project unknown", // no value: left out
		"updated:2024":                           "short",
		"updated:2025-01":                        "class double",
		"updated:>2025-01":                       "project unknown",
		"updated:>=2025-01":                      "class double project unknown",
		"updated:<2025-01-01":                    "short",
		"updated:2024..2025-01-01":               "short class",
		"updated:2025-02..":                      "project unknown",
		"standard:5.NF.B.3":                      "short class",
		"standard:5.NF.B":                        "short class project unknown",
		"standard:=5.NF.B":                       "project",
		"teaches:5.NF.B.3":                       "short",
		"assesses:5.NF":                          "class",
		"requires:5.NF":                          "double",
		"requires:=5.NF":                         "",
		"-requires:5.NF time:>0":                 "short class project",
		"list:math-2026":                         "short double",
		"list:pilot":                             "double",
		"license:adaptable":                      "short class project",
		"permission:adaptable,commercial":        "short project",
		"permission:share-alike":                 "class project",
		"license:cc-by,CC-BY-ND":                 "short double",
		"(time:<45m updated:2024) OR list:pilot": "short double",
		"-(time:<=45m OR updated:>2025-02)":      "double project",
	} {
		got := ids(find(t, x, q))
		assert.ElementsMatch(t, strings.Fields(want), got, q)
	}
	filters := search.Filters{
		search.Time: {"<=15m", "16m"}, search.Updated: {"2024", "1999"}, search.Teaches: {"5.NF.B.3", "K.CC.A.1"}, search.List: {"MATH-2026"},
	}
	for f, values := range filters {
		got := find(t, x, "", func(r *search.Request) { r.Filters = search.Filters{f: values} })
		assert.Contains(t, ids(got), "short", f)
		assert.NotContains(t, ids(got), "class", f)
	}
}

func TestBandsOfTime(t *testing.T) {
	var docs []search.Document
	for i := range 120 {
		docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: "lesson", Minutes: i})
	}
	x := filled(t, docs)
	bands := find(t, x, "").Facets[search.Time]
	want := []search.Facet{{Value: "<=15m", Count: 15}, {Value: "16m..30m", Count: 15}, {Value: "31m..45m", Count: 15},
		{Value: "46m..60m", Count: 15}, {Value: "61m..90m", Count: 30}, {Value: ">90m", Count: 29}}
	require.Equal(t, want, bands)
	for _, b := range bands {
		got := find(t, x, "time:"+b.Value, func(r *search.Request) { r.Filters = search.Filters{search.Time: {b.Value}} })
		want := b.Count
		if b.Value == "<=15m" {
			assert.NotContains(t, ids(got), "0", "of no known time")
		}
		assert.Equal(t, want, got.Total, b.Value)
		i := slices.IndexFunc(got.Facets[search.Time], func(f search.Facet) bool { return f.Value == b.Value })
		assert.True(t, got.Facets[search.Time][i].Selected, b.Value)
	}
}

func TestPermissionsAddUp(t *testing.T) {
	x := filled(t, timed())
	got := find(t, x, "", func(r *search.Request) { r.Filters = search.Filters{search.Permission: {"adaptable"}} })
	assert.ElementsMatch(t, []string{"short", "class", "project"}, ids(got))
	counts := map[string]int{}
	for _, f := range got.Facets[search.Permission] {
		counts[f.Value] = f.Count
		assert.Equal(t, f.Value == "adaptable", f.Selected)
	}
	assert.Equal(t, map[string]int{"adaptable": 3, "shareable": 3, "attribution": 3, "commercial": 2, "open": 2, "share-alike": 2}, counts,
		"each says what choosing it too would leave")
}

func TestOrders(t *testing.T) {
	docs := append(timed(), search.Document{ID: "twin", Title: "Arbol!", Modified: time.Unix(0, 0)})
	docs[1].Remixes, docs[3].Remixes, docs[5].Remixes = 2, 11, 2
	x := filled(t, docs[:3])
	require.NoError(t, x.Apply(t.Context(), 2, docs[3:], nil))
	for order, want := range map[search.Sort]string{
		search.Newest:  "unknown project double class short twin",
		search.Oldest:  "twin short class double project unknown",
		search.Remixes: "project class twin unknown double short",
		search.Title:   "project class twin double short unknown",
	} {
		var all []string
		for cursor := ""; ; {
			got := find(t, x, "sort:"+string(order), func(r *search.Request) { r.Size, r.Cursor = 2, cursor })
			all = append(all, ids(got)...)
			if cursor = got.Next; cursor == "" {
				break
			}
		}
		assert.Equal(t, want, strings.Join(all, " "), order)
		assert.Equal(t, strings.Fields(want), ids(find(t, x, "", func(r *search.Request) { r.Sort = order })), order)
	}
	assert.Equal(t, "short", ids(find(t, x, "sort:oldest", func(r *search.Request) { r.Sort, r.Filters = search.Newest, search.Filters{search.Time: {"10"}} }))[0])
}

// twoEditions are frameworks whose statements are linked. Each statement of the old one was replaced.
func twoEditions(t *testing.T) *standards.Library {
	t.Helper()
	guid := func(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }
	framework := func(name, title string, items []string, links ...string) *standards.Framework {
		text := fmt.Sprintf(`{"CFDocument":{"identifier":%q,"title":%q},"CFItems":[%s],"CFAssociations":[%s]}`,
			guid(900+len(title)), title, strings.Join(items, ","), strings.Join(links, ","))
		f, err := standards.ReadCASE(strings.NewReader(text), name)
		require.NoError(t, err)
		return f
	}
	item := func(n int, code string) string {
		return fmt.Sprintf(`{"identifier":%q,"humanCodingScheme":%q,"fullStatement":"x"}`, guid(n), code)
	}
	link := func(kind string, from, to int) string {
		return fmt.Sprintf(`{"associationType":%q,"originNodeURI":{"identifier":%q},"destinationNodeURI":{"identifier":%q}}`, kind, guid(from), guid(to))
	}
	return standards.NewLibrary(
		framework("old", "Old standards", []string{item(1, "OLD.1"), item(2, "OLD.1.a"), item(3, "OLD.2")},
			link("isChildOf", 2, 1), link("replacedBy", 2, 12), link("replacedBy", 3, 13)),
		framework("new", "Newer standards", []string{item(11, "NEW.1"), item(12, "NEW.1.a"), item(13, "NEW.2")},
			link("isChildOf", 12, 11), link("precedes", 11, 13)),
		framework("other", "Standards of others", []string{item(21, "OTH.1"), item(22, "OTH.2"), item(23, "OTH.2.a")},
			link("exactMatchOf", 21, 12), link("isRelatedTo", 12, 22), link("isChildOf", 23, 22), link("ext:likes", 21, 13)),
	)
}

func TestCrosswalks(t *testing.T) {
	library := twoEditions(t)
	x, err := search.Open("", search.Options{Library: library})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	doc := func(id string, codes ...string) search.Document {
		return search.Document{ID: id, Title: "lesson " + id, Teaches: codes}
	}
	require.NoError(t, x.Apply(t.Context(), 1, []search.Document{
		doc("direct", "NEW.1.a"), doc("outdated", "OLD.1.a"), doc("equal", "OTH.1"), doc("related", "OTH.2.a"), doc("both", "NEW.1.a", "OTH.1"),
		doc("next", "NEW.2"), doc("old2", "OLD.2"),
	}, nil))
	key := func(code string) string { return library.Resolve(code).Key() }
	type found map[string]*search.Via
	look := func(q string, more ...func(*search.Request)) found {
		out := found{}
		for _, h := range find(t, x, q, more...).Hits {
			out[h.ID] = h.Via
		}
		return out
	}
	old := &search.Via{Relation: "replacedBy", Inverse: true, Statement: key("OLD.1.a")}
	assert.Equal(t, found{"direct": nil, "both": nil, "outdated": old}, look("standard:NEW.1.a"))
	assert.Equal(t, found{"direct": nil, "both": nil, "outdated": old}, look("standard:NEW.1"), "below too")
	assert.Equal(t, found{"direct": nil, "both": nil}, look("standard:=NEW.1.a"))
	assert.Equal(t, found{"outdated": nil}, look("standard:OLD.1"), "an old code finds what was aligned to it")
	equal := &search.Via{Relation: "exactMatchOf", Statement: key("OTH.1")}
	related := &search.Via{Relation: "isRelatedTo", Statement: key("OTH.2")}
	all := found{"direct": nil, "both": nil, "outdated": old, "equal": equal, "related": related}
	assert.Equal(t, all, look("standard:~NEW.1.a"))
	filtered := func(value string) func(*search.Request) {
		return func(r *search.Request) { r.Filters = search.Filters{search.Standard: {value}} }
	}
	assert.Equal(t, all, look("", filtered("~"+key("NEW.1.a"))))
	assert.Equal(t, found{"direct": nil, "both": nil, "outdated": old}, look("lesson", filtered("NEW.1.a")))
	assert.Equal(t, &search.Via{Relation: "precedes", Inverse: true, Statement: key("NEW.1")}, look("standard:~NEW.2")["direct"])
	assert.Equal(t, &search.Via{Relation: "exactMatchOf", Inverse: false, Statement: key("NEW.1.a")}, look("standard:~OTH.1")["direct"], "both ways")
	for _, more := range []func(*search.Request){filtered("~NEW.1.a"), func(r *search.Request) { r.Query, _ = search.ParseQuery("standard:~NEW.1.a") }} {
		got := ids(find(t, x, "", more))
		assert.ElementsMatch(t, []string{"direct", "both"}, got[:2])
		assert.Equal(t, []string{"equal", "outdated", "related"}, got[2:], "the closest first")
	}
	assert.Equal(t, found{"old2": {Relation: "replacedBy", Inverse: true, Statement: key("OLD.2")}}, look("standard:NEW.2 -next"))

	hints := find(t, x, "standard:OLD.2").Hints
	require.Len(t, hints, 1)
	assert.Equal(t, search.HintReplaced, hints[0].Kind)
	assert.Equal(t, []string{"NEW.2"}, hints[0].Suggestions)
}

func TestStandardsDrillDown(t *testing.T) {
	library := twoEditions(t)
	x, err := search.Open("", search.Options{Library: library})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	var docs []search.Document
	for i, codes := range [][]string{{"OTH.2.a"}, {"OTH.2", "OTH.1"}, {"OTH.2.a"}, {"NEW.1.a"}, {"OTH.1"}} {
		docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: "lesson", Teaches: codes, Type: []string{"lesson", "unit"}[i%2]})
	}
	require.NoError(t, x.Apply(t.Context(), 1, docs[:2], nil))
	require.NoError(t, x.Apply(t.Context(), 2, docs[2:], nil))
	key := func(code string) string { return library.Resolve(code).Key() }
	under := func(node string, filters search.Filters) []search.Facet {
		return find(t, x, "lesson", func(r *search.Request) { r.StandardUnder, r.Filters = node, filters }).Facets[search.Standard]
	}
	assert.Equal(t, []search.Facet{{Value: key("OTH.1"), Count: 2}, {Value: key("OTH.2"), Count: 3}}, under("other", nil))
	assert.Equal(t, []search.Facet{{Value: key("OTH.2.a"), Count: 2}}, under("OTH.2", nil))
	assert.Equal(t, []search.Facet{{Value: key("NEW.1.a"), Count: 1}}, under(key("NEW.1"), nil))
	assert.Equal(t, []search.Facet{{Value: key("OTH.1"), Count: 1, Selected: true}, {Value: key("OTH.2"), Count: 2}},
		under("other", search.Filters{search.Type: {"lesson"}, search.Standard: {"OTH.1"}}))
	assert.Empty(t, under("nothing", nil))
	assert.Equal(t, []search.Facet{{Value: "new", Count: 1}, {Value: "other", Count: 4}}, under(search.Frameworks, nil))
	for _, f := range under(search.Frameworks, nil) {
		assert.Equal(t, f.Count, find(t, x, "lesson", func(r *search.Request) { r.Filters = search.Filters{search.Standard: {f.Value}} }).Total)
		assert.Equal(t, f.Count, find(t, x, "standard:"+f.Value).Total)
	}
	whole := find(t, x, "lesson", func(r *search.Request) { r.StandardUnder, r.WholeTree = "other", true }).Facets[search.Standard]
	assert.Equal(t, []search.Facet{{Value: key("OTH.1"), Count: 2}, {Value: key("OTH.2"), Count: 3}, {Value: key("OTH.2.a"), Count: 2}}, whole)
	for _, f := range under("other", nil) {
		got := find(t, x, "lesson", func(r *search.Request) { r.Filters = search.Filters{search.Standard: {f.Value}} })
		assert.Equal(t, f.Count, got.Total, "a count is what choosing it finds")
	}

	require.NoError(t, x.Apply(t.Context(), 3, []search.Document{{ID: "3", Title: "lesson", Teaches: []string{"OTH.1"}}}, []string{"0"}))
	assert.Equal(t, []search.Facet{{Value: "other", Count: 4}}, under(search.Frameworks, nil), "one was deleted, one has another standard")
	x.SetLibrary(nil)
	assert.Empty(t, under(search.Frameworks, nil), "there are none")
	x.SetLibrary(library)
	assert.Equal(t, []search.Facet{{Value: "other", Count: 4}}, under(search.Frameworks, nil))
}

func TestNothingFoundSaysWhatToDrop(t *testing.T) {
	x := filled(t, lessons(t))
	got := find(t, x, "pizza grade:5", func(r *search.Request) { r.Filters = search.Filters{search.Type: {"unit"}, search.Language: {"es"}} })
	require.Zero(t, got.Total)
	var drops []string
	for _, r := range got.Relax {
		drops = append(drops, fmt.Sprintf("%s %s %v %d", r.Field, r.Value, r.Filter, r.Total))
		again, err := x.Search(t.Context(), r.Request)
		require.NoError(t, err)
		assert.Equal(t, r.Total, again.Total)
		assert.NotEmpty(t, r.Hits)
		assert.LessOrEqual(t, len(r.Hits), r.Total)
	}
	assert.Equal(t, []string{"type unit true 1", "language es true 1"}, drops)
	assert.Empty(t, find(t, x, "pizza").Relax)
	assert.Empty(t, find(t, x, "type:song").Relax, "everything is no help")

	got = find(t, x, "pizza -pizza license:commercial", func(r *search.Request) { r.Filters = search.Filters{search.Subject: {"mathematics"}} })
	require.Zero(t, got.Total)
	require.NotEmpty(t, got.Relax)
	assert.True(t, slices.ContainsFunc(got.Relax, func(r search.Relaxation) bool { return r.Value == "-pizza" && !r.Filter }))

	got = find(t, x, "type:unit pizza", func(r *search.Request) {
		r.Filters = search.Filters{search.Type: {"song"}, search.Subject: {"cooking"}}
	})
	require.Len(t, got.Relax, 1, "two filters stand in the way")
	assert.Equal(t, "unit", got.Relax[0].Hits[0].ID)
	assert.Empty(t, got.Relax[0].Request.Filters)
}

func TestParametersReadBack(t *testing.T) {
	v, err := url.ParseQuery("q=+fractions++OR+pizza+sort:title&grade=5&grade=03..4&grade=5&standard=~5.NF.B.3&time=<=15m&page=3&under=5.NF&utm=x&updated=soon&sort=worst")
	require.NoError(t, err)
	r, hints := search.ReadParameters(v)
	assert.Empty(t, hints)
	assert.Equal(t, url.Values{"q": {"fractions OR pizza"}, "grade": {"3..4", "5"}, "standard": {"~5.NF.B.3"}, "time": {"<=15m"}, "page": {"3"},
		"under": {"5.NF"}, "updated": {"soon"}, "sort": {"title"}}, r.Parameters())
	again, _ := search.ReadParameters(r.Parameters())
	assert.Equal(t, r, again)

	same := search.Request{Filters: search.Filters{search.Grade: {"5", "3..4"}}, Sort: search.Newest, Page: 2, Size: 7, Facets: []search.Field{}}
	same.Query, _ = search.ParseQuery(`fractions   "area model"`)
	other := same
	other.Filters = search.Filters{search.Grade: {"4..3", "05", "5", ""}}
	other.Sort, other.Query.Sort, other.Page = search.Relevance, search.Newest, 1
	assert.Equal(t, same.Key(), other.Key())
	assert.Equal(t, "grade=3..4&grade=5&q=fractions+%22area+model%22&sort=newest", same.Key(), "stored with saved searches: it must stay")
	other.Sort = search.Oldest
	assert.NotEqual(t, same.Key(), other.Key())
}

func FuzzReadParameters(f *testing.F) {
	f.Add("q=a+OR+b&grade=5..3&standard==~5.NF&time=<1h&page=-1&under=x")
	f.Add("q=%ff&subject=%ff%00a&page=99999999999999999999&sort=title&time=..")
	f.Fuzz(func(t *testing.T, s string) {
		v, _ := url.ParseQuery(s)
		r, _ := search.ReadParameters(v)
		again, _ := search.ReadParameters(r.Parameters())
		require.Equal(t, r, again)
		require.Equal(t, r.Key(), again.Key())
	})
}

func TestChosenValuesStayVisible(t *testing.T) {
	x := filled(t, lessons(t))
	got := find(t, x, "pizza", func(r *search.Request) {
		r.Filters = search.Filters{search.License: {"adaptable"}, search.Grade: {"3..5"}, search.Type: {"unit", "song"}, search.Standard: {"5.NF"}}
	})
	chosen := map[search.Field]map[string]int{}
	for f, list := range got.Facets {
		for _, v := range list {
			if v.Selected {
				if chosen[f] == nil {
					chosen[f] = map[string]int{}
				}
				chosen[f][v.Value] = v.Count
			}
		}
	}
	for f, values := range chosen {
		for v, n := range values {
			filters := search.Filters{search.License: {"adaptable"}, search.Grade: {"3..5"}, search.Type: {"unit", "song"}, search.Standard: {"5.NF"}}
			filters[f] = []string{v}
			assert.Equal(t, find(t, x, "pizza", func(r *search.Request) { r.Filters = filters }).Total, n, "%s %s", f, v)
		}
	}
	assert.Contains(t, chosen[search.Type], "unit")
	assert.Equal(t, 0, chosen[search.Type]["song"])
	assert.Contains(t, chosen[search.License], "adaptable")
	assert.Contains(t, chosen[search.Grade], "3..5")
	assert.Len(t, chosen[search.Standard], 1)
}
