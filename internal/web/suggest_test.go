package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

func (w *world) suggest(typed, more string) []apiSuggestion {
	w.t.Helper()
	a := w.get("/api/v1/suggest?q=" + url.QueryEscape(typed) + more)
	require.Equal(w.t, http.StatusOK, a.status, a.body)
	var out struct{ Suggestions []apiSuggestion }
	require.NoError(w.t, json.Unmarshal([]byte(a.body), &out))
	require.NotNil(w.t, out.Suggestions)
	return out.Suggestions
}

func TestSuggestionsFindSomething(t *testing.T) {
	t.Parallel()
	w := filled(t)
	kinds := map[search.SuggestionKind]bool{}
	for _, typed := range []string{"5.nf", "frac", "math", "shar", "fractoins", "Repartir en"} {
		list := w.suggest(typed, "&language=en")
		require.NotEmpty(t, list, typed)
		for _, s := range list {
			kinds[s.Kind] = true
			assert.NotZero(t, w.total("/search?q="+url.QueryEscape(s.Query)), s.Query)
		}
	}
	for _, k := range []search.SuggestionKind{search.SuggestTitle, search.SuggestWord, search.SuggestStandard, search.SuggestSubject, search.SuggestSpelling} {
		assert.True(t, kinds[k], k)
	}
	assert.Equal(t, "5.NF.B.3", w.suggest("5.nf.b.3", "&limit=1")[0].Query, "a code as people write it")
	assert.NotEmpty(t, w.suggest("5.nf.b.3", "&limit=1")[0].Label, "and what it says")
}

func TestSuggestionsAreSearchedAsWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.lesson("halves", "title: \"Fractions: a type:unit of \\\"halves\\\"\"\nlanguage: en\nlicense: CC0", "Fold.")
	list := w.suggest("fractions: a", "")
	require.NotEmpty(t, list)
	for _, s := range list {
		_, hints := search.ParseQuery(s.Query)
		assert.Empty(t, hints, s.Query)
		assert.Equal(t, 1, w.total("/search?q="+url.QueryEscape(s.Query)), s.Query)
	}
}

func TestSuggestRefusesNonsenseAndSurvivesIt(t *testing.T) {
	t.Parallel()
	w := filled(t)
	assert.Equal(t, http.StatusBadRequest, w.get("/api/v1/suggest?q=a&limit=21").status)
	for _, q := range []string{"", "%ff%fe", strings.Repeat("x", 10_000), "%00", "%22%3Cscript%3E"} {
		a := w.get("/api/v1/suggest?q=" + q)
		assert.Equal(t, http.StatusOK, a.status, q)
		assert.Contains(t, a.body, `"suggestions":`)
		assert.Empty(t, a.header.Values("Set-Cookie"))
	}
	a := w.get("/api/v1/suggest?format=opensearch&q=frac")
	assert.Equal(t, "application/x-suggestions+json", a.header.Get("Content-Type"))
	var list []any
	require.NoError(t, json.Unmarshal([]byte(a.body), &list))
	require.Len(t, list, 2)
	assert.Equal(t, "frac", list[0])
	assert.NotEmpty(t, list[1])
}

func TestSearchBoxOffersWithoutAScript(t *testing.T) {
	t.Parallel()
	w := filled(t)
	page := w.get("/search?q=frac").body
	assert.Contains(t, page, `list="offered"`)
	assert.Regexp(t, `<datalist id="offered"><option value="[^"]*frac`, page)
	assert.Contains(t, w.get("/").body, `<option value="subject:mathematics" label="Mathematics">`)
	assert.NotContains(t, w.get("/standards").body, "offered", "other pages stay as they are")
}

func TestOnlyScriptIsSmallAndAllowed(t *testing.T) {
	t.Parallel()
	w := filled(t)
	for _, address := range []string{"/", "/search?q=fractions"} {
		page := w.get(address)
		assert.Equal(t, 1, strings.Count(page.body, "<script"), address)
		assert.Contains(t, page.body, `<script src="`+suggestPath+`" defer></script>`)
		csp := page.header.Get("Content-Security-Policy")
		assert.Contains(t, csp, "script-src 'self'")
	}
	assert.NotContains(t, w.get("/standards").header.Get("Content-Security-Policy"), "script-src")
	a := w.get(suggestPath, "Accept-Encoding", "br")
	assert.Equal(t, http.StatusOK, a.status)
	assert.Less(t, len(a.body), 1500)
	assert.Less(t, len(suggestScript), 3000)
	assert.Contains(t, a.header.Get("Content-Type"), "text/javascript")
	assert.Contains(t, a.header.Get("Cache-Control"), "immutable")
	assert.NotContains(t, w.get("/suggest.js?v=old").header.Get("Cache-Control"), "immutable")
	assert.Equal(t, http.StatusNotModified, w.get("/suggest.js", "If-None-Match", a.header.Get("ETag")).status)
	assert.False(t, bytes.Contains(suggestScript, []byte("cookie =")))
}

func TestExamplesOfTheFirstPageFindMost(t *testing.T) {
	t.Parallel()
	w := filled(t)
	best := 0
	for _, g := range w.results("/search").Facets[search.Grade] {
		best = max(best, g.Count)
	}
	page := links(w.get("/").body)
	for label, address := range page {
		if strings.HasPrefix(label, "grade:") {
			assert.Equal(t, best, w.total("/search?q="+url.QueryEscape(strings.Fields(label)[0])), address)
			return
		}
	}
	assert.Fail(t, "there is no example with a grade")
}
