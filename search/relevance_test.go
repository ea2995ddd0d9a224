package search_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// lessons is the small corpus of testdata.
func lessons(t testing.TB) []search.Document {
	t.Helper()
	b, err := os.ReadFile("testdata/lessons.json")
	require.NoError(t, err)
	var docs []search.Document
	require.NoError(t, json.Unmarshal(b, &docs))
	return docs
}

// filled is an index in memory with the documents.
func filled(t testing.TB, docs []search.Document) *search.Index {
	t.Helper()
	x, err := search.Open("", search.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	require.NoError(t, x.Apply(t.Context(), 1, docs, nil))
	return x
}

func find(t testing.TB, x *search.Index, q string, more ...func(*search.Request)) search.Results {
	t.Helper()
	query, _ := search.ParseQuery(q)
	r := search.Request{Query: query}
	for _, f := range more {
		f(&r)
	}
	got, err := x.Search(t.Context(), r)
	require.NoError(t, err)
	r.CountOnly = true
	counted, err := x.Search(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, got.Total, counted.Total, "without hits")
	assert.Equal(t, got.Facets, counted.Facets, "without hits")
	assert.Empty(t, counted.Hits)
	return got
}

func ids(r search.Results) []string {
	out := []string{}
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return out
}

func TestRelevance(t *testing.T) {
	b, err := os.ReadFile("testdata/relevance.txt")
	require.NoError(t, err)
	one := filled(t, lessons(t))
	many, err := search.Open("", search.Options{}) // the same in a segment each
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, many.Close()) })
	for i, d := range lessons(t) {
		require.NoError(t, many.Apply(t.Context(), int64(i+1), []search.Document{d}, nil))
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		query, want, ok := strings.Cut(line, " =>")
		require.True(t, ok, line)
		t.Run(query, func(t *testing.T) {
			got := find(t, one, query)
			assert.Equal(t, got, find(t, many, query), "segments make no difference")
			found, rank := ids(got), 0
			words := strings.Fields(want)
			for i := 0; i < len(words); i++ {
				switch words[i] {
				case "=":
					i++
					n, err := strconv.Atoi(words[i])
					require.NoError(t, err)
					assert.Equal(t, n, got.Total, "%v", found)
				case "not":
					i++
					assert.NotContains(t, found, words[i])
				default:
					assert.Equal(t, rank, slices.Index(found, words[i]), "rank of %s in %v", words[i], found)
					rank++
				}
			}
			assert.Len(t, found, got.Total)
		})
	}
}

func TestRemixesAndDatesDecideBetweenEquals(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	const body = "Students fold paper into equal parts and name them."
	x := filled(t, []search.Document{
		{ID: "old", Title: "Folding fractions", Body: body, Modified: at(2010)},
		{ID: "new", Title: "Folding fractions", Body: body, Modified: at(2025)},
		{ID: "remixed", Title: "Folding fractions", Body: body, Modified: at(2009), Remixes: 40},
		{ID: "better", Title: "Folding fractions", Body: body + " Fractions of one length.", Modified: at(2001)},
		{ID: "other", Title: "Paper parts", Body: body, Modified: at(2026), Remixes: 1000},
	})
	assert.Equal(t, []string{"better", "remixed", "new", "old"}, ids(find(t, x, "fold fractions equal parts"))[:4])
}
