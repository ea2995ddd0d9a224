package web

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCanonicalPath(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"/":                            "/",
		"/search":                      "/search",
		"/r/rosa/halves":               "/r/rosa/halves",
		"/r/rosa/unit/01-one":          "/r/rosa/unit/01-one",
		"/r/rosa/halves@0123456":       "/r/rosa/halves",
		"/r/rosa/unit@v1/01-one/print": "/r/rosa/unit/01-one",
		"/r/rosa/halves/print":         "/r/rosa/halves",
		"/r/rosa/halves/embed":         "/r/rosa/halves",
		"/r/rosa/halves/compare/0123456..89abcdef": "/r/rosa/halves",
		"/r/rosa/halves/suggestions/1":             "/r/rosa/halves",
		"/r/rosa/halves/releases":                  "/r/rosa/halves/releases",
		"/r/rosa/halves/releases/v1":               "/r/rosa/halves/releases/v1",
		"/r/rosa/../x":                             "/r/rosa/../x",
		"/lists/math":                              "/lists/math",
		"/lists/math/letter":                       "/lists/math",
		"/lists/math/0192":                         "/lists/math/0192",
		"/lists/log":                               "/lists/log",
		"/calls/spring/log":                        "/calls/spring",
		"/calls/spring/1":                          "/calls/spring/1",
	} {
		assert.Equal(t, want, canonicalPath(at), at)
	}
}

var (
	canonicalLink = regexp.MustCompile(`<link rel="canonical" href="([^"]*)">`)
	otherLanguage = regexp.MustCompile(`<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">`)
)

func TestSearchEnginesKeepOneAddressOfAPage(t *testing.T) {
	t.Parallel()
	w := filled(t)
	w.lesson("halves", "title: Halves\nlanguage: en\nlicense: CC-BY-4.0\ndescription: Paper is folded in halves.", "Fold.")
	const lesson = "http://oer.test/r/rosa/halves"
	for at, want := range map[string]string{
		"/r/rosa/halves":              lesson,
		"/r/rosa/halves?view=student": lesson,
		"/r/rosa/halves?lang=es":      lesson + "?lang=es",
		"/r/rosa/halves/print":        lesson,
		"/r/rosa/halves/history":      lesson,
		"/r/rosa/halves/embed":        lesson,
		"/search?q=halves":            "http://oer.test/search",
		"/search?grade=5&page=1":      "http://oer.test/search",
		"/search?page=2":              "http://oer.test/search?page=2",
		"/search?q=halves&lang=xx":    "http://oer.test/search",
		"/statistics?from=mail":       "http://oer.test/statistics",
	} {
		a := w.get(at)
		if a.status == 303 {
			continue // there is one page only
		}
		m := canonicalLink.FindStringSubmatch(a.body)
		require.NotNil(t, m, at)
		assert.Equal(t, want, m[1], at)
		assert.NotContains(t, a.body, `content="noindex"`, at)
		assert.Regexp(t, `<meta name="description" content="[^"]{20,}">`, a.body, at)
	}

	// Each language names all of them, itself among them, and so do the pages that they name.
	languages := otherLanguage.FindAllStringSubmatch(w.get("/r/rosa/halves").body, -1)
	require.Len(t, languages, 3)
	assert.Equal(t, languages, otherLanguage.FindAllStringSubmatch(w.get("/r/rosa/halves?lang=es").body, -1))
	assert.Equal(t, []string{"x-default", lesson}, languages[2][1:])
	for _, at := range []string{"/r/rosa/halves/print", "/r/rosa/halves?view=student", "/search?q=halves"} {
		assert.Empty(t, otherLanguage.FindAllString(w.get(at).body, -1), at+" is not the one that is kept")
	}
	assert.Contains(t, w.get("/sign-in?next=/invitations/secret").body, `content="noindex"`)
	assert.NotContains(t, w.get("/sign-in?next=/new").body, `content="noindex"`)
}
