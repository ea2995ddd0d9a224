package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// results asks the API what the address of a search page finds.
func (w *world) results(address string) apiResults {
	w.t.Helper()
	a := w.get("/api/v1" + address)
	require.Equal(w.t, http.StatusOK, a.status, a.body)
	var r apiResults
	require.NoError(w.t, json.Unmarshal([]byte(a.body), &r))
	return r
}

func TestAPIGivesEveryHitOnceByCursor(t *testing.T) {
	t.Parallel()
	w := filled(t)
	seen := map[string]bool{}
	cursor, total := "", w.results("/search").Total
	for range total {
		r := w.results("/search?size=5&sort=oldest&cursor=" + cursor)
		require.Equal(t, total, r.Total)
		for _, h := range r.Hits {
			assert.False(t, seen[string(h.ID)])
			seen[string(h.ID)] = true
		}
		if cursor = r.Next; cursor == "" {
			break
		}
	}
	assert.Len(t, seen, total)
	bad := w.get("/api/v1/search?cursor=nonsense")
	assert.Equal(t, http.StatusUnprocessableEntity, bad.status)
	assert.Equal(t, "application/problem+json", bad.header.Get("Content-Type"))
	assert.Equal(t, http.StatusBadRequest, w.get("/api/v1/search?size=101").status)
}

func TestAPIShowsMatchesAndWhatToDrop(t *testing.T) {
	t.Parallel()
	w := filled(t)
	found := w.results("/search?q=pizzas")
	require.NotEmpty(t, found.Hits)
	first := found.Hits[0]
	require.NotNil(t, first.Highlights)
	var title string
	matched := false
	for _, p := range first.Highlights.Title {
		title += p.Text
		matched = matched || p.Match && strings.EqualFold(p.Text, "pizzas")
	}
	assert.Equal(t, first.Title, title)
	assert.True(t, matched)
	assert.NotEmpty(t, found.Facets["permission"])
	assert.Nil(t, w.results("/search").Hits[0].Highlights)

	none := w.results("/search?q=pizzas&grade=12")
	assert.Zero(t, none.Total)
	assert.NotNil(t, none.Hits)
	require.NotEmpty(t, none.Relax)
	drop := none.Relax[0]
	assert.NotEmpty(t, drop.Hits)
	assert.Equal(t, drop.Total, w.results(strings.TrimPrefix(drop.URL, testBase+"/api/v1")).Total, "the address finds what it says")
}

func TestAPISearchesByEveryFilter(t *testing.T) {
	t.Parallel()
	w := filled(t)
	all := w.results("/search").Total
	for _, filter := range []string{
		"standard=5.NF.B.3", "teaches=5.NF.B.3", "permission=commercial&permission=adaptable", "license=CC-BY", "grade=3..5", "subject=mathematics",
		"type=unit", "language=es", "owner=state-math", "time=%3C%3D30m",
	} {
		n := w.results("/search?" + filter).Total
		assert.Greater(t, n, 0, filter)
		assert.Less(t, n, all, filter)
	}
	assert.Equal(t, all, w.results("/search?source=own").Total)
	children := w.results("/search?under=ccss-math").Facets["standard"]
	require.NotEmpty(t, children)
	assert.NotEqual(t, w.results("/search").Facets["standard"], children)
}
