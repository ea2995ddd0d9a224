package web

import (
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// links are the addresses of a page's links by the text that people see of them.
func links(page string) map[string]string {
	found := map[string]string{}
	hidden := regexp.MustCompile(`(?s)<span (?:class="hide"|aria-hidden="true")>.*?</span>|<small.*?</small>|<[^>]*>`)
	for _, m := range regexp.MustCompile(`(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>`).FindAllStringSubmatch(page, -1) {
		found[strings.TrimSpace(html.UnescapeString(hidden.ReplaceAllString(m[2], "")))] = html.UnescapeString(m[1])
	}
	return found
}

// heading is what the page's first heading says.
func heading(page string) string {
	m := regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func (w *world) lesson(slug, front, body string) {
	w.t.Helper()
	w.publish("rosa/"+slug, fstest.MapFS{"index.md": {Data: []byte("---\ncreators: [{name: Rosa Delgado}]\ntype: lesson\n" + front + "\n---\n\n" + body + "\n")}})
}

func TestFacetsNarrowAndStayRemovable(t *testing.T) {
	t.Parallel()
	w := filled(t)
	all := w.get("/search")
	commercial := links(all.body)["Use it commercially"]
	require.Equal(t, "/search?permission=commercial", commercial)
	chosen := w.get(commercial)
	assert.Less(t, w.total(commercial), w.total("/search"))
	assert.True(t, strings.Contains(chosen.body, `aria-current="true">Use it commercially`), "what is chosen stays")
	assert.Equal(t, "/search", links(chosen.body)["Use it commercially"], "and is removed by a click")

	two := links(w.get(links(chosen.body)["Grade 5"]).body)
	require.Contains(t, two, "Grade 4")
	both, err := url.Parse(two["Grade 4"])
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"4", "5"}, both.Query()["grade"], "values of one filter are alternatives")
	page := w.get(two["Grade 4"])
	assert.Equal(t, 2, strings.Count(page.body, `name="grade"`), "a new query keeps the filters")
	assert.Regexp(t, `aria-current="true">Grade 4`, page.body)
}

// total is how many resources the search API counts for an address of the page.
func (w *world) total(address string) int {
	w.t.Helper()
	return w.results(address).Total
}

func TestFacetCountsAreWhatTheLinkFinds(t *testing.T) {
	t.Parallel()
	w := filled(t)
	seen := 0
	for _, m := range regexp.MustCompile(`<li><a href="(/search[^"]*)"[^>]*>[^<]*(?:<small[^<]*</small>)?</a> <span class="n">([\d,]+)</span>`).FindAllStringSubmatch(w.get("/search").body, -1) {
		address := html.UnescapeString(m[1])
		assert.Equal(t, m[2], fmt.Sprint(w.total(address)), address)
		seen++
	}
	assert.Greater(t, seen, 20)
}

func TestStandardsAreDrilledDown(t *testing.T) {
	t.Parallel()
	w := filled(t)
	top := links(w.get("/search").body)
	under := ""
	for _, address := range top {
		if strings.Contains(address, "standard=ccss-math") {
			under = address
		}
	}
	require.NotEmpty(t, under, "frameworks are at the top")
	assert.NotZero(t, w.total(under))
	assert.Less(t, w.total(under), w.total("/search"))
	address, steps := under, 0
	for _, code := range []string{"5", "5.NF", "5.NF.B", "5.NF.B.3"} {
		next := ""
		for label, to := range links(w.get(address).body) {
			if label == code {
				next = to
			}
		}
		if next == "" {
			continue // the framework has no such level
		}
		steps++
		before := w.total(address)
		assert.LessOrEqual(t, w.total(next), before)
		assert.NotZero(t, w.total(next), next)
		u, err := url.Parse(next)
		require.NoError(t, err)
		assert.Len(t, u.Query()["standard"], 1, "a narrower standard takes the place of the wider one")
		address = next
	}
	require.GreaterOrEqual(t, steps, 2)
	page := w.get(address)
	assert.True(t, strings.Contains(page.body, `class="plain way"`), "the way back up is shown")
	assert.Regexp(t, `aria-current="true">5\.NF\.B\.3`, page.body)
	typed := w.get("/search?q=standard:5.NF.B")
	assert.Contains(t, links(typed.body), "5.NF.B.3", "a typed code opens its tree")
}

func TestOrdersAreOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, title := range []string{"Beta folding", "Alpha folding", "Gamma folding"} {
		w.lesson(strings.ToLower(title[:4]), "title: "+title+"\nlanguage: en\nlicense: CC0", "Fold.")
	}
	order := func(address string) string {
		var titles []string
		for _, m := range regexp.MustCompile(`<h2><a [^>]*>(?:<mark>)?(\w+)`).FindAllStringSubmatch(w.get(address).body, -1) {
			titles = append(titles, m[1])
		}
		return strings.Join(titles, " ")
	}
	found := links(w.get("/search?q=folding").body)
	for label, want := range map[string]string{"Newest": "Gamma Alpha Beta", "Oldest": "Beta Alpha Gamma", "Title": "Alpha Beta Gamma"} {
		assert.Equal(t, want, order(found[label]), label)
	}
	typed := w.get("/search?q=folding+sort:oldest")
	assert.True(t, strings.Contains(typed.body, `value="folding sort:oldest"`), "the box shows what was typed")
	assert.Equal(t, "/search?q=folding", links(typed.body)["Best match"], "another order can be chosen nevertheless")
}

func TestMarksAreShownAndEscaped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.lesson("pan", "title: Repartir el pan en partes iguales\nlanguage: es\nlicense: CC0\ndescription: Una lección breve.",
		strings.Repeat("Texto que va antes. ", 40)+"Cada niño recibe un trozo de <b>empanada</b> & nada más. "+strings.Repeat("Y sigue. ", 40))
	page := w.get("/search?q=empanada").body
	assert.True(t, strings.Contains(page, `<mark>empanada</mark>`), `<mark>empanada</mark>`)
	assert.Regexp(t, `<p lang="es">… [^<]*<mark>empanada</mark>`, page, "in the language of the lesson")
	assert.NotContains(t, page, "<b>empanada")
	title := w.get("/search?q=partes").body
	assert.True(t, strings.Contains(title, `lang="es">Repartir el pan en <mark>partes</mark> iguales</a>`), `lang="es">Repartir el pan en <mark>partes</mark> iguales</a>`)
	assert.True(t, strings.Contains(title, "Una lección breve."), "the description stands where the text has nothing")
	assert.NotContains(t, w.get("/search").body, "<mark>")
}

func TestHintsAreSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../search/hint.go")
	require.NoError(t, err)
	kinds := regexp.MustCompile(`HintKind = "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(kinds), 10)
	set, err := themes.OpenSet(themes.SetOptions{})
	require.NoError(t, err)
	theme := set.Main()
	for _, k := range kinds {
		key := "hint." + k[1]
		en, es := theme.Text("en", key, "Term", "X"), theme.Text("es", key, "Term", "X")
		assert.NotEqual(t, key, en)
		assert.NotEqual(t, en, es, key)
	}
}

func TestMisspelledWordsAreSaidAndLinked(t *testing.T) {
	t.Parallel()
	w := filled(t)
	page := w.get("/search?q=fractoins+grade:5", "Accept-Language", "es").body
	assert.True(t, strings.Contains(page, "«fractoins»"), "«fractoins»")
	assert.Equal(t, "/search?q=fractions+grade%3A5", links(page)["fractions"])
	assert.Contains(t, w.get("/search?q=colour:red").body, "is not a filter here")
	assert.Contains(t, w.get("/search?q=time:soon").body, "It is written like this")
}

func TestEmptyResultSaysWhatToDrop(t *testing.T) {
	t.Parallel()
	w := filled(t)
	page := w.get("/search?q=fractions&grade=12&type=lesson").body
	drop := links(page)["Without Grade 12"]
	require.Equal(t, "/search?q=fractions&type=lesson", drop)
	want := w.total(drop)
	require.NotZero(t, want)
	assert.Regexp(t, fmt.Sprintf(`Without Grade 12</a> <span class="n">%d resource`, want), page)
	assert.True(t, strings.Contains(page, "The nearest"), "The nearest")
	assert.True(t, strings.Contains(page, `class="card"`), `class="card"`)
	assert.True(t, strings.Contains(page, `href="/standards"`), `href="/standards"`)
	assert.Regexp(t, `aria-current="true">Grade 12`, page, "the filter can still be taken away")
	standard := w.get("/search?q=standard:5.NF.B.3+zebra+grade:12").body
	assert.True(t, strings.Contains(standard, `href="/standards/ccss-math/5.NF.B.3"`), `href="/standards/ccss-math/5.NF.B.3"`)
	nothing := w.get("/search?q=zzzzqqqq").body
	assert.True(t, strings.Contains(nothing, "Nothing fits all of that"), "Nothing fits all of that")
	assert.NoError(t, wellFormed(nothing))
}

func TestCrosswalkedHitsSaySo(t *testing.T) {
	t.Parallel()
	w := filled(t)
	s := w.server
	require.Empty(t, s.via(nil, "en"))
	for _, relation := range []string{"exactMatchOf", "isTranslationOf", "replacedBy", "isPeerOf", "isRelatedTo", "precedes"} {
		seen := map[string]bool{}
		for _, inverse := range []bool{false, true} {
			en := s.via(&search.Via{Relation: relation, Inverse: inverse, Statement: "CCSS.Math.Content.4.NF.B.3"}, "en")
			assert.Contains(t, en, "Aligned to 4.NF.B.3", relation)
			assert.NotEqual(t, en, s.via(&search.Via{Relation: relation, Inverse: inverse, Statement: "CCSS.Math.Content.4.NF.B.3"}, "es"))
			seen[en] = true
		}
		if relation == "replacedBy" || relation == "precedes" {
			assert.Len(t, seen, 2, relation)
		}
	}
}

func TestPagesGoOnByCursor(t *testing.T) {
	t.Parallel()
	first := pager(asked{Request: search.Request{Page: reachable}, text: "a"}, 2*reachable, "next")
	assert.Equal(t, fmt.Sprintf("/search?cursor=next&page=%d&q=a", reachable+1), first.Next)
	deep := pager(asked{Request: search.Request{Page: reachable + 2, Cursor: "here"}}, 2*reachable, "more")
	assert.Equal(t, "/search", deep.First)
	assert.Empty(t, deep.Previous)
	assert.Equal(t, fmt.Sprintf("/search?cursor=more&page=%d", reachable+3), deep.Next)
	assert.Empty(t, pager(asked{Request: search.Request{Page: 2}}, 2, "").Next)

	w := filled(t)
	seen := map[string]bool{}
	address, pages := "/search?sort=title", 0
	for ; address != "" && pages < 50; pages++ {
		page := w.get(address)
		require.Equal(t, http.StatusOK, page.status)
		for _, m := range regexp.MustCompile(`<h2><a href="([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
			assert.False(t, seen[m[1]], "%s comes twice", m[1])
			seen[m[1]] = true
		}
		address = links(page.body)["Next"]
	}
	assert.Greater(t, pages, 1)
	assert.Len(t, seen, w.total("/search"))
}

func TestBadSearchesGetAPage(t *testing.T) {
	t.Parallel()
	w := filled(t)
	for name, address := range map[string]string{
		"long":           "/search?q=" + strings.Repeat("fraction+", 1500),
		"many OR":        "/search?q=" + strings.Repeat("a+OR+", 2500),
		"stars":          "/search?q=" + strings.Repeat("*", 5000),
		"not UTF-8":      "/search?q=%ff%fe%80fractions&grade=%ff",
		"unknown filter": "/search?color=red&grade=99&time=soon&standard=none&updated=x&permission=fly&under=nowhere",
		"many filters":   "/search?" + strings.Repeat("grade=5&subject=x&", 300),
		"sort":           "/search?sort=sideways",
		"NUL":            "/search?q=a%00b",
	} {
		for _, lang := range []string{"en", "es"} {
			a := w.get(address, "Accept-Language", lang)
			require.Equal(t, http.StatusOK, a.status, name)
			assert.NoError(t, wellFormed(a.body), name)
			assert.False(t, strings.Contains(a.body, "hint."), name)
			small := w.get(address, "Accept-Encoding", "br")
			assert.Less(t, len(small.body), 14_600, name)
		}
	}
	for _, page := range []string{"999999999999999999999999", "100000", "-1", "x"} {
		a := w.get("/search?page=" + page)
		if a.status == http.StatusSeeOther {
			a = w.get(a.header.Get("Location"))
		}
		assert.Equal(t, http.StatusOK, a.status, page)
		assert.Contains(t, a.body, `class="card"`, page)
	}
	stale := w.get("/search?q=fractions&cursor=nonsense&page=900")
	assert.Equal(t, http.StatusSeeOther, stale.status)
	assert.Equal(t, "/search?q=fractions", stale.header.Get("Location"))
}

func TestQueryOf100KilobytesIsRefusedWithAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/search?q=" + strings.Repeat("a", 100_000))
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode)
	assert.NoError(t, wellFormed(string(b)))
	assert.NotEmpty(t, heading(string(b)))
	require.NoError(t, w.server.Shutdown(t.Context()))
	require.NoError(t, <-served)
}

func TestLongResultsAreSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 14 {
		w.lesson(fmt.Sprintf("l%d", i), fmt.Sprintf("title: %q\nlanguage: es\nlicense: CC-BY-NC-SA-4.0\ngrades: [%d]\nsubjects: [mathematics, \"language arts %d\"]\ntime: PT%dM\ndescription: %q\nalignments: {teaches: [5.NF.B.%d]}",
			fmt.Sprintf("Lección %d: repartir en partes iguales, una exploración de las fracciones como división con tiras de papel y recetas", i), i%12+1, i, 10*i+5,
			strings.Repeat(fmt.Sprintf("Los estudiantes de la clase %d doblan tiras de papel. ", i), 6), i%7+1), strings.Repeat(fmt.Sprintf("Doblen la tira %d en fracciones iguales. ", i*7919), 60))
	}
	a := w.get("/search?q=fracciones+papel", "Accept-Encoding", "br", "Accept-Language", "es")
	require.Equal(t, http.StatusOK, a.status)
	assert.Less(t, len(a.body), 14_600-len(suggestScript), "with the script")
	t.Logf("%d bytes", len(a.body))
}

func TestTimesAreSaidInWords(t *testing.T) {
	t.Parallel()
	s := filled(t).server
	for value, want := range map[string]string{
		"<=15m": "Up to 15 min", "16m..30m": "16 to 30 min", "46m..60m": "46 min to 1 h", ">90m": "Over 1 h 30 min", "45m": "45 min", "<45m": "Under 45 min", "soon": "soon",
	} {
		assert.Equal(t, want, s.facetLabel(search.Time, value, "en", nil))
	}
	assert.Equal(t, "Grades 3–5", s.facetLabel(search.Grade, "3..5", "en", nil))
	for _, p := range []string{"adaptable", "commercial", "shareable", "open", "attribution", "share-alike", "uncleared"} {
		assert.NotEqual(t, p, s.facetLabel(search.Permission, p, "es", nil))
	}
}

func TestSearchPageIsSilentAboutWhatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.publish("rosa/halves", lessonFiles())
	require.NoError(t, w.repo.Withdraw(context.Background(), r.Address, "mistake")) // the index does not know yet
	a := w.get("/search?q=halves")
	assert.Equal(t, http.StatusOK, a.status)
	assert.NotContains(t, a.body, "/r/rosa/halves")
	assert.NotEmpty(t, heading(a.body))
}

func TestCopiesOfOneLessonAreOneHit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintf(&text, "Strip number %d is folded %d times. ", i*i%97, i%13)
	}
	w.lesson("first", "title: Folding strips\nlanguage: en\nlicense: CC0", text.String())
	w.lesson("second", "title: Folding strips again\nlanguage: en\nlicense: CC0", text.String()+"And then once more.")
	w.lesson("third", "title: Folding something else\nlanguage: en\nlicense: CC0", "Strips of another kind.")
	found := w.results("/search?q=folding+strips")
	require.Equal(t, 2, found.Total)
	page := w.get("/search?q=folding+strips").body
	for _, h := range found.Hits {
		if len(h.Others) == 0 {
			continue
		}
		assert.Equal(t, 1, h.Copies)
		other := w.get(strings.TrimPrefix(h.Others[0].URL, testBase))
		require.Equal(t, http.StatusFound, other.status)
		at := strings.TrimPrefix(other.header.Get("Location"), testBase)
		assert.NotEqual(t, h.URL, testBase+at)
		assert.True(t, strings.Contains(page, `Also at: <a href="`+at+`">`), at)
		return
	}
	assert.Fail(t, "no hit names the other", "%v", found.Hits)
}
