package web

import (
	"encoding/xml"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readFeed is a feed of the server, held against what RFC 4287 asks for.
func (w *world) readFeed(address string) atomFeed {
	w.t.Helper()
	a := w.get(address)
	require.Equal(w.t, http.StatusOK, a.status)
	assert.Equal(w.t, "application/atom+xml; charset=utf-8", a.header.Get("Content-Type"))
	var f atomFeed
	require.NoError(w.t, xml.Unmarshal([]byte(a.body), &f))
	require.NotEmpty(w.t, f.ID)
	require.NotEmpty(w.t, f.Title)
	require.NotEmpty(w.t, f.Author.Name)
	_, err := time.Parse(time.RFC3339, f.Updated)
	require.NoError(w.t, err)
	seen := map[string]bool{}
	for _, e := range f.Entries {
		assert.False(w.t, seen[e.ID])
		seen[e.ID] = true
		assert.NotEmpty(w.t, e.Title)
		assert.NotEmpty(w.t, e.Links)
		_, err := time.Parse(time.RFC3339, e.Updated)
		assert.NoError(w.t, err)
	}
	return f
}

func TestSavedSearchIsAFeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.lesson("a", "title: Folding one\nlanguage: en\nlicense: CC0\ngrades: [5]", "Fold.")
	w.lesson("b", "title: Folding two\nlanguage: en\nlicense: CC0\ngrades: [5]", "Fold.")
	w.lesson("c", "title: Folding three\nlanguage: en\nlicense: CC0\ngrades: [6]", "Fold.")
	page := w.get("/search?q=folding&grade=5&sort=title").body
	m := regexp.MustCompile(`<link rel="alternate" type="application/atom\+xml" href="(/search\.atom[^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, m, "readers find the feed")
	address := html.UnescapeString(m[1])
	assert.Contains(t, page, `href="`+m[1]+`">Follow this search`)
	f := w.readFeed(address)
	require.Len(t, f.Entries, 2)
	assert.Equal(t, "Folding two", f.Entries[0].Title, "the newest is first")
	assert.Equal(t, f.Entries[0].Updated, f.Updated)
	assert.Equal(t, testBase+address, f.ID)
	assert.Contains(t, f.Title, "folding, Grade 5")
	for _, l := range f.Links {
		assert.Equal(t, http.StatusOK, w.get(strings.TrimPrefix(l.Href, testBase)).status, l.Rel)
	}
	assert.Equal(t, f.ID, w.readFeed("/search.atom?grade=5&sort=oldest&q=+folding&page=9&under=x&utm=1").ID, "one search has one id")
	assert.NotEqual(t, f.ID, w.readFeed("/search.atom?grade=6&q=folding").ID)

	tag := w.get(address).header.Get("ETag")
	assert.Equal(t, http.StatusNotModified, w.get(address, "If-None-Match", tag).status)
	w.lesson("d", "title: Folding four\nlanguage: en\nlicense: CC0\ngrades: [5]", "Fold.")
	assert.Equal(t, http.StatusOK, w.get(address, "If-None-Match", tag).status)
	assert.Equal(t, "Folding four", w.readFeed(address).Entries[0].Title)
}

func TestFeedOfABadSearchIsAFeed(t *testing.T) {
	t.Parallel()
	w := filled(t)
	for _, address := range []string{"/search.atom", "/search.atom?q=%ff%00&grade=none", "/search.atom?q=zzzzqqqq", "/search.atom?cursor=x&page=-4", "/search.atom?q=" + strings.Repeat("x+", 3000)} {
		w.readFeed(address)
	}
	assert.Empty(t, w.readFeed("/search.atom?q=zzzzqqqq").Entries)
	assert.Len(t, w.readFeed("/search.atom").Entries, min(feedEntries, w.total("/search")))
}

func TestBrowsersLearnToSearchHere(t *testing.T) {
	t.Parallel()
	w := filled(t)
	assert.Contains(t, w.get("/").body, `type="application/opensearchdescription+xml" href="/opensearch.xml"`)
	a := w.get("/opensearch.xml")
	require.Equal(t, http.StatusOK, a.status)
	var d struct {
		XMLName   xml.Name `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
		ShortName string
		URLs      []openSearchURL `xml:"Url"`
	}
	require.NoError(t, xml.Unmarshal([]byte(a.body), &d))
	assert.LessOrEqual(t, len([]rune(d.ShortName)), 16)
	for _, u := range d.URLs {
		address := strings.TrimPrefix(strings.ReplaceAll(u.Template, "{searchTerms}", "fractions"), testBase)
		got := w.get(address)
		assert.Equal(t, http.StatusOK, got.status, address)
		assert.True(t, strings.HasPrefix(got.header.Get("Content-Type"), u.Type), address)
	}
}
