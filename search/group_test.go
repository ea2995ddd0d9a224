package search_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// prose makes a text of so many different words.
func prose(seed uint64, words int) []string {
	r := rand.New(rand.NewPCG(seed, 9))
	out := make([]string, words)
	for i := range out {
		out[i] = name(r.Uint64N(1 << 40))
	}
	return out
}

func TestMirrorsAreOneHit(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "b", Title: "Sharing pizzas", Source: "ohio", Origin: "oai:a:1", Type: "lesson"},
		{ID: "c", Title: "Sharing pizzas", Source: "texas", Origin: "oai:a:1", Type: "unit"},
		{ID: "d", Title: "Sharing pizzas again", Origin: "oai:a:2", Type: "lesson"},
	})
	require.NoError(t, x.Apply(t.Context(), 2, []search.Document{{ID: "a", Title: "Sharing pizzas with friends", Origin: "oai:a:1", Type: "lesson"}}, nil))
	got := find(t, x, "sharing pizzas")
	assert.Equal(t, 2, got.Total)
	require.Len(t, got.Hits, 2)
	hit := got.Hits[slices.IndexFunc(got.Hits, func(h search.Hit) bool { return h.ID == "a" })]
	assert.ElementsMatch(t, []string{"b", "c"}, hit.Others, "this server's own stands for the others")
	assert.Equal(t, 2, hit.Copies)
	assert.Equal(t, []search.Facet{{Value: "lesson", Count: 2}, {Value: "unit", Count: 1}}, got.Facets[search.Type])
	assert.Equal(t, []search.Facet{{Value: "own", Count: 2}, {Value: "ohio", Count: 1}, {Value: "texas", Count: 1}}, got.Facets[search.Source])

	got = find(t, x, "sharing", func(r *search.Request) { r.Filters = search.Filters{search.Source: {"texas"}} })
	assert.Equal(t, []search.Hit{{ID: "c", Score: got.Hits[0].Score}}, got.Hits, "a filter leaves what is of the source")
	assert.Equal(t, 1, got.Total)
	assert.Contains(t, got.Facets[search.Source], search.Facet{Value: "own", Count: 2})
	assert.Contains(t, got.Facets[search.Source], search.Facet{Value: "texas", Count: 1, Selected: true})

	require.NoError(t, x.Apply(t.Context(), 3, nil, []string{"a"}))
	got = find(t, x, "sharing pizzas")
	assert.Equal(t, 2, got.Total)
	assert.Contains(t, []string{"b", "c"}, got.Hits[0].ID, "another stands for what is gone")
}

func TestNearCopiesAreOneHitAndRemixesAreNot(t *testing.T) {
	words := prose(1, 600)
	text := strings.Join(words, " ")
	shouted := strings.ToUpper(strings.Join(words, ", ")) + "\n\nFrom the archive."
	remix := slices.Clone(words)
	copy(remix[100:], prose(2, 60))
	copy(remix[400:], prose(3, 60))
	short := strings.Join(words[:30], " ")
	x := filled(t, []search.Document{
		{ID: "original", Title: "Area", Body: text, Source: "ohio"},
		{ID: "copy", Title: "Area", Body: shouted, Source: "texas"},
		{ID: "remix", Title: "Area for us", Body: strings.Join(remix, " ")},
		{ID: "short 1", Title: "One", Body: short}, {ID: "short 2", Title: "Two", Body: short},
		{ID: "item 1", Title: "Song one", Description: text}, {ID: "item 2", Title: "Song two", Description: text},
	})
	require.NoError(t, x.Apply(t.Context(), 2, []search.Document{{ID: "later", Title: "Area", Body: text + " archived", Source: "oregon"}}, nil))
	got := find(t, x, "")
	assert.Equal(t, 6, got.Total, "%v", got.Hits)
	for _, h := range got.Hits {
		if h.Copies > 0 {
			assert.ElementsMatch(t, []string{"copy", "original", "later"}, append([]string{h.ID}, h.Others...))
		}
	}
	require.NoError(t, x.Apply(t.Context(), 3, []search.Document{{ID: "copy", Title: "Area", Body: strings.Join(remix, " ") + " " + text, Source: "texas"}}, nil))
	assert.Equal(t, 7, find(t, x, "").Total, "a copy that was changed stands alone")
}

func TestCopiesOfCopiesDoNotDrift(t *testing.T) {
	words := prose(4, 1000)
	x := filled(t, nil)
	total := 0
	for i := range 12 {
		require.NoError(t, x.Apply(t.Context(), int64(i+2), []search.Document{{ID: fmt.Sprint("v", i), Title: "x", Body: strings.Join(words, " ")}}, nil))
		total = find(t, x, "").Total
		copy(words[i*50:], prose(uint64(i+50), 12)) // each changes about one word in a hundred
	}
	assert.Greater(t, total, 1, "the last shares too little with the first")
	assert.Less(t, total, 12)
}

// TestGroupsEqualBruteForce compares totals, hits and facets with counting by hand, while documents come, change and go.
func TestGroupsEqualBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	x, err := search.Open(filepath.Join(t.TempDir(), "index"), search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	have := map[string]search.Document{}
	for step := range 30 {
		var upserts []search.Document
		var deletes []string
		for range 40 {
			id := fmt.Sprint("d", r.IntN(600))
			if slices.ContainsFunc(upserts, func(d search.Document) bool { return d.ID == id }) || slices.Contains(deletes, id) {
				continue
			}
			if r.IntN(5) == 0 {
				deletes = append(deletes, id)
				delete(have, id)
				continue
			}
			d := search.Document{
				ID: id, Title: pick("red", "green") + " " + pick("boat", "house"), Type: pick("lesson", "unit", "text"), License: "CC-BY-4.0",
				Grades: slices.Compact([]string{pick("3", "4"), pick("4", "5")}), Source: pick("", "ohio", "texas"),
				Teaches: []string{pick("5.NF.B.3", "5.NF.B.4", "4.NF.A.1")}, Modified: time.Unix(int64(r.IntN(50)), 0),
			}
			if r.IntN(3) > 0 {
				d.Origin = fmt.Sprint("oai:x:", r.IntN(80))
			}
			upserts = append(upserts, d)
			have[id] = d
		}
		require.NoError(t, x.Apply(t.Context(), int64(step+2), upserts, deletes))
		if step == 15 {
			require.NoError(t, x.Compact(t.Context()))
		}
		for _, filters := range []search.Filters{nil, {search.Type: {"lesson"}}, {search.Source: {"ohio"}, search.Grade: {"4"}}} {
			compareWithHand(t, x, have, filters)
		}
	}
}

func compareWithHand(t *testing.T, x *search.Index, have map[string]search.Document, filters search.Filters) {
	t.Helper()
	source := func(d search.Document) string {
		if d.Source == "" {
			return "own"
		}
		return d.Source
	}
	values := map[search.Field]func(search.Document) []string{
		search.Type:   func(d search.Document) []string { return []string{d.Type} },
		search.Grade:  func(d search.Document) []string { return d.Grades },
		search.Source: func(d search.Document) []string { return []string{source(d)} },
	}
	matches := func(except search.Field) map[string][]search.Document {
		groups := map[string][]search.Document{}
		for _, d := range have {
			ok := strings.Contains(d.Title, "red")
			for f, chosen := range filters {
				if f != except && !slices.ContainsFunc(values[f](d), func(v string) bool { return slices.Contains(chosen, v) }) {
					ok = false
				}
			}
			if ok {
				key := d.Origin
				if key == "" {
					key = d.ID
				}
				groups[key] = append(groups[key], d)
			}
		}
		return groups
	}
	groups := matches("")
	var hits []search.Hit
	cursor := ""
	for {
		got := find(t, x, "red", func(q *search.Request) { q.Filters, q.Size, q.Cursor = filters, 30, cursor })
		require.Equal(t, len(groups), got.Total)
		hits = append(hits, got.Hits...)
		if cursor == "" {
			for f, of := range values {
				want := map[string]int{}
				for _, g := range matches(f) {
					seen := map[string]bool{}
					for _, d := range g {
						for _, v := range of(d) {
							if !seen[v] {
								seen[v] = true
								want[v]++
							}
						}
					}
				}
				counted := map[string]int{}
				for _, c := range got.Facets[f] {
					if c.Count > 0 {
						counted[c.Value] = c.Count
					}
				}
				require.Equal(t, want, counted, "%s of %v", f, filters)
			}
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	require.Len(t, hits, len(groups))
	for _, h := range hits {
		d := have[h.ID]
		if d.Origin == "" {
			require.Empty(t, h.Others)
			continue
		}
		group := groups[d.Origin]
		require.Equal(t, len(group)-1, h.Copies)
		if d.Source != "" {
			require.False(t, slices.ContainsFunc(group, func(d search.Document) bool { return d.Source == "" }), "own come first")
		}
		for _, o := range h.Others[:min(len(h.Others), 20)] {
			require.Equal(t, d.Origin, have[o].Origin)
		}
	}
}
