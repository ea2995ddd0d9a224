package web

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

const lessonHead = "---\ntitle: Halves & <thirds>\ntype: lesson\nlanguage: en\nlicense: CC-BY-4.0\ncreators: [{name: Rosa Delgado, url: \"https://example.org/rosa\"}]\nsubjects: [mathematics]\ngrades: [3, 4]\n---\n"

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 200, 200))))
	return b.Bytes()
}

func TestPicturesComeOnDemand(t *testing.T) {
	w := newWorld(t)
	w.publish("rosa/halves", fstest.MapFS{
		"index.md": {Data: []byte(lessonHead + "## Fold\n\n![four strips](strips.png \"Strips\")\n\nOr [![tiny](strips.png)](strips.png).\n")}, "strips.png": {Data: picture(t)},
	})
	plain := w.get("/r/rosa/halves")
	assert.Equal(t, 2, strings.Count(plain.body, "<img src=\"/r/rosa"), "with its pictures")
	assert.Contains(t, plain.header.Get("Vary"), "Save-Data")
	assert.Contains(t, plain.body, `href="/r/rosa/halves?images=no"`, "a link for browsers that do not ask")
	for _, spare := range []answer{w.get("/r/rosa/halves", "Save-Data", "on"), w.get("/r/rosa/halves?images=no")} {
		assert.NotContains(t, spare.body, `<img src="/r/`)
		assert.Regexp(t, `<a class="picture" href="/r/rosa/halves/raw/strips.png">four strips, \d+ B <b>\[show\]</b></a>`, spare.body)
		assert.Contains(t, spare.body, `<a href="/r/rosa/halves/raw/strips.png"><span class="picture">tiny</span></a>`, "no link in a link")
		assert.Contains(t, spare.body, `href="/r/rosa/halves?images=yes"`)
		require.NoError(t, wellFormed(spare.body))
		assert.Contains(t, spare.header.Get("Vary"), "Save-Data")
	}
	assert.Contains(t, w.get("/r/rosa/halves?images=yes", "Save-Data", "on").body, `<img src="/r/`)
}

func TestLessonIsEmbedded(t *testing.T) {
	w := newWorld(t)
	r := w.publish("rosa/halves", fstest.MapFS{"index.md": {Data: []byte(lessonHead + "See [more](https://example.org/) and [below](#fold).\n\n## Fold\n\n::: teacher\nThe key.\n:::\n\n::: quiz\nHalf of 1?\n\n= 1/2\n:::\n")}})
	page := w.get("/r/rosa/halves")
	discovered := regexp.MustCompile(`<link rel="alternate" type="application/json\+oembed" href="([^"]*)"`).FindStringSubmatch(page.body)
	require.NotNil(t, discovered)
	at := strings.TrimPrefix(strings.ReplaceAll(discovered[1], "&amp;", "&"), testBase)
	a := w.get(at)
	require.Equal(t, http.StatusOK, a.status)
	var o framed
	require.NoError(t, json.Unmarshal([]byte(a.body), &o))
	assert.Equal(t, "rich", o.Type)
	assert.Equal(t, "1.0", o.Version)
	assert.Equal(t, "Halves & <thirds>", o.Title)
	assert.Equal(t, "Rosa Delgado", o.AuthorName)
	assert.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, o.HTML, `title="Halves &amp; &lt;thirds&gt;"`)
	src := regexp.MustCompile(`src="([^"]*)"`).FindStringSubmatch(o.HTML)[1]
	require.Equal(t, testBase+"/r/rosa/halves/embed", src)

	frame := w.get("/r/rosa/halves/embed")
	require.NoError(t, wellFormed(frame.body))
	assert.Contains(t, frame.header.Get("Content-Security-Policy"), "frame-ancestors *")
	assert.Contains(t, frame.header.Get("Content-Security-Policy"), "form-action 'none'")
	assert.NotContains(t, frame.body, "<form")
	assert.NotContains(t, frame.body, "<script")
	assert.NotContains(t, frame.body, "The key.")
	assert.Contains(t, frame.body, "Rosa Delgado", "with its credit")
	assert.Contains(t, frame.body, "CC BY 4.0")
	assert.Contains(t, frame.body, `<a href="#h-fold">below</a>`)
	assert.Regexp(t, `<a href="https://example.org/"[^>]* target="_blank">more</a>`, frame.body)
	assert.Empty(t, frame.header.Values("Set-Cookie"))
	for _, other := range []string{"/r/rosa/halves", "/", "/r/rosa/halves/print"} {
		assert.Contains(t, w.get(other).header.Get("Content-Security-Policy"), "frame-ancestors 'none'", other)
	}

	var x framed
	inXML := w.get("/oembed?format=xml&maxwidth=300&maxheight=100&url=" + url.QueryEscape(testBase+"/id/"+string(r.ID)))
	require.NoError(t, xml.Unmarshal([]byte(inXML.body), &x))
	assert.Equal(t, 300, x.Width)
	assert.Equal(t, frameLeast, x.Height)
	for address, status := range map[string]int{
		"/oembed": 404, "/oembed?url=" + url.QueryEscape("https://evil.example/r/rosa/halves"): 404, "/oembed?url=%ff": 404,
		"/oembed?url=" + url.QueryEscape(testBase+"/r/rosa/none"): 404, "/oembed?url=" + url.QueryEscape(testBase+"/search"): 404,
		"/oembed?format=yaml&url=" + url.QueryEscape(testBase+"/r/rosa/halves"): 501, "/oembed?url=" + url.QueryEscape(testBase+"/r/rosa/halves/edit"): 404,
	} {
		assert.Equal(t, status, w.get(address).status, address)
	}
}

func TestNumbersOfStatisticsAreThoseOfTheSearch(t *testing.T) {
	w := filled(t)
	a := w.get("/statistics")
	require.Equal(t, http.StatusOK, a.status)
	cells := regexp.MustCompile(`<a href="(/search[^"]*)">([\d,]+)</a>`).FindAllStringSubmatch(a.body, -1)
	require.Greater(t, len(cells), 20)
	for _, cell := range cells {
		u, err := url.Parse(html.UnescapeString(cell[1]))
		require.NoError(t, err)
		request, hints := search.ReadParameters(u.Query())
		require.Empty(t, hints)
		found, err := w.index.Search(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, cell[2], strconv.Itoa(found.Total), cell[1])
	}
	w.publish("rosa/new", fstest.MapFS{"index.md": {Data: []byte(lessonHead + "Text.\n")}})
	assert.NotEqual(t, a.body, w.get("/statistics").body, "it counts again after a change")
}

func TestTreeShowsWhoAdaptedWhat(t *testing.T) {
	w := newWorld(t)
	w.publish("rosa/halves", fstest.MapFS{"index.md": {Data: []byte(lessonHead + "Text.\n")}})
	source, err := w.repo.Resource(t.Context(), repository.Address{Owner: "rosa", Slug: "halves"})
	require.NoError(t, err)
	for i, owner := range []string{"kim", "lee"} {
		out, err := w.repo.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: owner, Slug: "mine", Actor: repository.Actor{Name: owner, Display: owner}})
		require.NoError(t, err)
		if i == 0 {
			source = out.Resource
		}
	}
	for _, at := range []string{"/r/rosa/halves", "/r/kim/mine", "/r/lee/mine"} {
		page := w.get(at)
		assert.Contains(t, page.body, `href="`+at+`/remixes"`)
		tree := w.get(at + "/remixes")
		require.Equal(t, http.StatusOK, tree.status)
		require.NoError(t, wellFormed(tree.body))
		list, table, _ := strings.Cut(tree.body, `class="rows"`)
		assert.Equal(t, 3, strings.Count(list, "<li><div"), "the tree of %s", at)
		assert.Equal(t, 3, strings.Count(table, `<th scope="row"`), "the table of %s", at)
		assert.Equal(t, 1, strings.Count(list, `class="this"`))
		for _, who := range []string{"Rosa Delgado", "kim", "lee"} {
			assert.Contains(t, list, who)
			assert.Contains(t, table, who)
		}
	}
}

// printed is a Printer that keeps what it was given.
type printed struct {
	pages []string
	fails error
}

func (p *printed) Print(_ context.Context, server http.Handler, path string) ([]byte, error) {
	if p.fails != nil {
		return nil, p.fails
	}
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	var w recorder
	server.ServeHTTP(&w, r)
	p.pages = append(p.pages, string(w.body))
	return []byte("%PDF-" + strconv.Itoa(len(p.pages))), nil
}

func TestPrintAsPDF(t *testing.T) {
	w := newWorld(t)
	w.publish("rosa/shares", unitFiles("Fold the strips."))
	none := w.get("/r/rosa/shares/print.pdf")
	assert.Equal(t, http.StatusNotFound, none.status)
	assert.Contains(t, none.body, `href="/r/rosa/shares/print"`, "it says how to print without")
	assert.NotContains(t, w.get("/r/rosa/shares/print").body, "print.pdf")

	p := &printed{}
	w.options.Printer = p
	server, err := New(w.options)
	require.NoError(t, err)
	w.server = server
	assert.Contains(t, w.get("/r/rosa/shares/print?view=teacher").body, `href="/r/rosa/shares/print.pdf?view=teacher"`)
	a := w.get("/r/rosa/shares/print.pdf?view=teacher")
	require.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "application/pdf", a.header.Get("Content-Type"))
	require.Len(t, p.pages, 1)
	assert.Contains(t, p.pages[0], "The answer is 3/4.")
	assert.Equal(t, http.StatusNotModified, w.get("/r/rosa/shares/print.pdf?view=teacher", "If-None-Match", a.header.Get("ETag")).status)
	assert.Equal(t, a.body, w.get("/r/rosa/shares/print.pdf?view=teacher").body)
	assert.Len(t, p.pages, 1, "it is made once")
	w.get("/r/rosa/shares/print.pdf?view=student")
	require.Len(t, p.pages, 2)
	assert.NotContains(t, p.pages[1], "The answer is 3/4.")
	w.publish("rosa/shares", unitFiles("Fold them twice."))
	w.get("/r/rosa/shares/print.pdf?view=student")
	require.Len(t, p.pages, 3, "another text is printed anew")
	assert.Contains(t, p.pages[2], "Fold them twice.")

	p.fails = errors.New("no room")
	failed := w.get("/r/rosa/shares/print.pdf?view=teacher")
	assert.Equal(t, http.StatusServiceUnavailable, failed.status)
	assert.NotEmpty(t, failed.header.Get("Retry-After"))
	assert.Contains(t, failed.body, `href="/r/rosa/shares/print"`)
	assert.NotContains(t, failed.body, "no room")
}

func TestLongPrintComesInSheets(t *testing.T) {
	w := newWorld(t)
	files := unitFiles("Fold the strips.")
	var b strings.Builder // does not shrink much
	for i := range 2000 {
		b.WriteString(strconv.FormatInt(int64(i)*7919*104729, 36) + " ")
	}
	for _, part := range []string{"01", "02"} {
		files[part+"/index.md"].Data = append(files[part+"/index.md"].Data, []byte("\n"+b.String()+"\n\n::: teacher\n"+b.String()+"\n:::\n")...)
	}
	w.publish("rosa/long", files)
	whole := w.get("/r/rosa/long/print?view=teacher&sheet=all").body
	first := w.get("/r/rosa/long/print?view=teacher").body
	require.NoError(t, wellFormed(first))
	links := regexp.MustCompile(`<li><a href="(/r/rosa/long/print\?view=teacher&amp;sheet=\d)"`).FindAllStringSubmatch(first, -1)
	require.Greater(t, len(links), 2)
	all := ""
	for _, link := range links {
		a := w.get(strings.ReplaceAll(link[1], "&amp;", "&"), "Accept-Encoding", "br")
		assert.Less(t, len(a.body), 2*sheetSize+6000)
		page := w.get(strings.ReplaceAll(link[1], "&amp;", "&")).body
		require.NoError(t, wellFormed(page))
		assert.Contains(t, page, "CC BY 4.0", "every sheet says whose it is")
		all += page
	}
	for _, text := range []string{"Fold the strips.", "Two days.", "The answer is 3/4.", "Half of 1?"} {
		assert.Equal(t, strings.Count(whole, text), strings.Count(all, text), text)
	}
	assert.Regexp(t, `href="/r/rosa/long/print\?view=teacher&amp;sheet=\d#p2"`, first)
	assert.NotContains(t, w.get("/r/rosa/long/print?view=student&sheet=3").body, "The answer is 3/4.")
}

func TestScriptsAreSmall(t *testing.T) {
	w := newWorld(t)
	w.publish("rosa/halves", fstest.MapFS{"index.md": {Data: []byte(lessonHead + "Text.\n")}})
	total := 0
	for _, address := range []string{offlinePath, suggestPath, "/worker.js"} {
		a := w.get(address, "Accept-Encoding", "br")
		require.Equal(t, http.StatusOK, a.status, address)
		assert.Contains(t, a.header.Get("Content-Type"), "text/javascript")
		total += len(a.body)
		assert.False(t, strings.HasPrefix(w.get(address).body, "//"), address)
	}
	assert.LessOrEqual(t, total, 3_000)
	t.Log(total, "bytes of scripts")
	page := w.get("/r/rosa/halves")
	assert.Contains(t, page.body, `<button class="quiet" id="keep" type="button" hidden`, "without scripts there is no button")
	assert.Contains(t, page.header.Get("Content-Security-Policy"), "worker-src 'self'")
	assert.NotContains(t, w.get("/standards").header.Get("Content-Security-Policy"), "script-src")
	assert.Equal(t, 200, w.get("/offline").status)
	var m map[string]any
	require.NoError(t, json.NewDecoder(strings.NewReader(w.get("/site.webmanifest").body)).Decode(&m))
	assert.Equal(t, "Test Repository", m["name"])
}

func TestContentsSayTheLanguageOfTheLesson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := lessonFiles()
	index := files["index.md"]
	index.Data = append(index.Data, "\n## First\n\nx\n\n## Second\n\nx\n\n## Third\n\nx\n"...)
	w.publish("rosa/halves", files)
	assert.Contains(t, w.get("/r/rosa/halves?lang=es").body, `<ol lang="en"><li class="l2"><a href="#h-fold">Fold</a>`)
	assert.Contains(t, w.get("/r/rosa/halves?lang=en").body, `<ol><li class="l2"><a href="#h-fold">Fold</a>`)
}
