package web

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

const lessonText = `---
title: Halves and quarters
type: lesson
language: en
license: CC BY-SA 4.0
creators: [{name: Rosa Delgado}]
grades: ["3"]
subjects: [mathematics]
time: PT30M
---

## Fold

Fold the paper **twice**.

::: teacher
The answer is four.
:::
`

func lessonFiles() fstest.MapFS {
	return fstest.MapFS{
		"index.md":       {Data: []byte(lessonText)},
		"media/fold.svg": {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>`)},
		"page.html":      {Data: []byte(`<script>alert(document.cookie)</script>`)},
	}
}

func TestStudentViewLeavesTheAnswersOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	for _, page := range []string{"/r/rosa/halves?view=teacher", "/r/rosa/halves/print?view=teacher"} {
		assert.Contains(t, w.get(page).body, "The answer is four", page)
	}
	for _, page := range []string{"/r/rosa/halves", "/r/rosa/halves/print", "/r/rosa/halves?view=student", "/r/rosa/halves/print?view=student"} {
		a := w.get(page)
		assert.Contains(t, a.body, "Fold the paper", page)
		assert.NotContains(t, a.body, "The answer is four", page)
	}
}

func TestAuthorsFilesCannotActAsThisSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	svg := w.get("/r/rosa/halves/raw/media/fold.svg")
	require.Equal(t, http.StatusOK, svg.status)
	assert.Equal(t, "image/svg+xml", svg.header.Get("Content-Type"))
	html := w.get("/r/rosa/halves/raw/page.html")
	require.Equal(t, http.StatusOK, html.status)
	for _, a := range []answer{svg, html} {
		assert.Contains(t, a.header.Get("Content-Security-Policy"), "sandbox")
		assert.NotContains(t, a.header.Get("Content-Security-Policy"), "allow-")
		assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	}
	for _, out := range []string{"raw/..%2findex.md", "raw/%2e%2e/x", "raw/nothing.png", "raw/media", "raw"} {
		assert.Equal(t, http.StatusNotFound, w.get("/r/rosa/halves/"+out).status, out)
	}
}

func TestRemixFromButtonToSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	assert.Contains(t, w.get("/r/rosa/halves").body, `href="/r/rosa/halves/remix"`)
	asked := w.get("/r/rosa/halves/remix")
	require.Equal(t, http.StatusSeeOther, asked.status, "readers are asked to sign in")
	assert.Equal(t, "/sign-in?next=%2Fr%2Frosa%2Fhalves%2Fremix", asked.header.Get("Location"))

	w.signIn("maria", accounts.Author)
	form := w.get("/r/rosa/halves/remix")
	require.Equal(t, http.StatusOK, form.status)
	require.NoError(t, wellFormed(form.body))
	assert.Contains(t, form.body, `value="CC-BY-SA-4.0" checked`, "the best license is chosen")
	assert.NotContains(t, form.body, `value="CC-BY-4.0"`, "a license that is refused cannot be chosen")
	assert.Contains(t, form.body, "Rosa Delgado")

	typed := fields(t, form.body)
	typed.Set("text", strings.Replace(typed.Get("text"), "twice", "three times", 1))
	typed.Set("do", "preview")
	preview := w.post("/r/rosa/halves/remix", typed)
	require.Equal(t, http.StatusOK, preview.status)
	assert.Contains(t, preview.body, "<strong>three times</strong>")

	typed = fields(t, preview.body)
	done := w.post("/r/rosa/halves/remix", typed)
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	at := done.header.Get("Location")
	page := w.get(at)
	require.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.body, "three times")
	assert.Contains(t, page.body, "Based on")
	assert.Contains(t, page.body, "Published.")
	assert.Contains(t, w.get("/search?q=halves&owner=maria").body, strings.SplitN(at, "?", 2)[0], "it is found at once")
	assert.Contains(t, w.get("/r/rosa/halves").body, strings.SplitN(at, "?", 2)[0], "the original names its remix")
}

func TestRemixRefusesALicenseThatWasNotOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	w.signIn("maria", accounts.Author)
	typed := fields(t, w.get("/r/rosa/halves/remix").body)
	typed.Set("license", "CC-BY-4.0")
	typed.Set("title", "Kept title")
	refused := w.post("/r/rosa/halves/remix", typed)
	assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
	assert.Contains(t, refused.body, "Kept title", "nothing that was typed is lost")
	assert.NoError(t, wellFormed(refused.body))
}

func TestEditKeepsTheRestAndShowsProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	assert.Contains(t, w.get("/r/maria/halves/edit").header.Get("Content-Security-Policy"), "manifest-src 'self'", "its head names one")
	typed := fields(t, w.get("/r/maria/halves/edit").body)
	typed.Set("title", "Halves, quarters, eighths")
	typed.Set("time", "90")
	done := w.post("/r/maria/halves/edit", typed)
	require.Equal(t, http.StatusSeeOther, done.status)
	raw := w.get("/r/maria/halves/raw/index.md").body
	want := strings.Replace(lessonText, "title: Halves and quarters", "title: Halves, quarters, eighths", 1)
	assert.Equal(t, strings.Replace(want, "PT30M", "PT1H30M", 1), raw)

	typed = fields(t, w.get("/r/maria/halves/edit").body)
	typed.Set("title", "")
	typed.Set("message", "kept message")
	refused := w.post("/r/maria/halves/edit", typed)
	assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
	assert.Contains(t, refused.body, "index.md", "the place is named")
	assert.Contains(t, refused.body, "kept message")
	assert.NoError(t, wellFormed(refused.body))
	assert.Equal(t, 2, strings.Count(w.get("/r/maria/halves/history").body, "<li>"), "nothing was published")
}

func TestTwoEditorsMeetInAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	mine, theirs := fields(t, w.get("/r/maria/halves/edit").body), fields(t, w.get("/r/maria/halves/edit").body)
	theirs.Set("text", "Their text.\n")
	require.Equal(t, http.StatusSeeOther, w.post("/r/maria/halves/edit", theirs).status)
	mine.Set("text", "My text.\n")
	met := w.post("/r/maria/halves/edit", mine)
	require.Equal(t, http.StatusConflict, met.status)
	require.NoError(t, wellFormed(met.body))
	assert.Contains(t, met.body, "My text.")
	assert.Contains(t, met.body, "Their text.")
	assert.Contains(t, w.get("/r/maria/halves/raw/index.md").body, "Their text.", "theirs still stands")
	decided := fields(t, met.body)
	for _, m := range regexp.MustCompile(`name="(take-[^"]+)" value="mine"`).FindAllStringSubmatch(met.body, -1) {
		decided.Set(m[1], "mine")
	}
	decided.Set("do", "merge")
	require.Equal(t, http.StatusSeeOther, w.post("/r/maria/halves/edit", decided).status)
	assert.Contains(t, w.get("/r/maria/halves/raw/index.md").body, "My text.")
	history := w.get("/r/maria/halves/history").body
	compare := regexp.MustCompile(`href="(/r/maria/halves/compare/[^"]+)"`).FindStringSubmatch(history)
	require.NotNil(t, compare)
	diff := w.get(compare[1])
	require.Equal(t, http.StatusOK, diff.status)
	require.NoError(t, wellFormed(diff.body))
	assert.Contains(t, diff.body, "<ins>My</ins>")
	assert.Contains(t, diff.body, "<del>Their</del>")
}

func TestOthersCannotWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	w.signIn("maria", accounts.Author)
	assert.Equal(t, http.StatusForbidden, w.get("/r/rosa/halves/edit").status)
	assert.NotContains(t, w.get("/r/rosa/halves").body, `href="/r/rosa/halves/edit"`)
	assert.Equal(t, http.StatusForbidden, w.post("/r/rosa/halves/edit", url.Values{"text": {"x"}}).status)
	assert.Equal(t, http.StatusForbidden, w.post("/peers", url.Values{"url": {"http://x"}}).status)
	in := map[string]any{"owner": "rosa", "files": map[string]string{"index.md": lessonText}}
	assert.Equal(t, http.StatusForbidden, w.call(http.MethodPost, "/api/v1/resources", w.token("maria"), in).status)
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	for _, route := range w.server.app.GetRoutes(true) {
		if route.Method != http.MethodPost && route.Method != http.MethodPut {
			continue
		}
		address := strings.NewReplacer(":owner", "maria", ":id", "0192f5d4-0000-7000-8000-000000000000", "*", "halves/edit").Replace(route.Path)
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "null"},
		} {
			assert.Equal(t, http.StatusForbidden, w.post(address, url.Values{}, headers...).status, "%s %v", address, headers)
		}
	}
	own := w.post("/language", url.Values{"language": {"es"}, "back": {"/search?q=a"}}, "Sec-Fetch-Site", "", "Origin", testBase)
	assert.Equal(t, http.StatusSeeOther, own.status)
	assert.Equal(t, "/search?q=a", own.header.Get("Location"))
	assert.Equal(t, "es", w.cookies["language"])
}

func TestSessionCookieIsKeptFromScriptsAndOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for base, want := range map[string]string{"http://oer.test": "session=", "https://oer.test": "__Host-session="} {
		o := w.options
		o.BaseURL = base
		server, err := New(o)
		require.NoError(t, err)
		name := "maria" + base[4:5]
		name = strings.Trim(name, ":")
		_, err = w.accounts.Add(context.Background(), name, name, accounts.Author, "correct horse battery")
		require.NoError(t, err)
		r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(url.Values{"name": {name}, "password": {"correct horse battery"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := server.Test(r)
		require.NoError(t, err)
		cookie := resp.Header.Get("Set-Cookie")
		assert.True(t, strings.HasPrefix(cookie, want), cookie)
		assert.Contains(t, cookie, "HttpOnly")
		assert.Contains(t, cookie, "SameSite=Lax")
		assert.Equal(t, base[:5] == "https", strings.Contains(strings.ToLower(cookie), "secure"), cookie)
	}
}

func TestSignInDoesNotLeadAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	a := w.get("/sign-in?next=//evil.example")
	assert.Equal(t, "/account", a.header.Get("Location"))
}

func TestPublishByForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	require.NoError(t, wellFormed(w.get("/new").body))
	send := func(text, do string) answer {
		body := "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n") +
			"\r\n--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\n" + do + "\r\n--b--\r\n"
		r := httptest.NewRequest(http.MethodPost, "/new", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return w.do(r)
	}
	bad := send(strings.Replace(lessonText, "license: CC BY-SA 4.0\n", "", 1), "")
	assert.Equal(t, http.StatusUnprocessableEntity, bad.status)
	assert.Contains(t, bad.body, "license")
	assert.Contains(t, bad.body, "Rosa Delgado", "the text is kept")
	assert.Equal(t, http.StatusOK, send(lessonText, "check").status)
	assert.Equal(t, http.StatusNotFound, w.get("/r/maria/halves-and-quarters").status, "a check publishes nothing")
	done := send(lessonText, "")
	require.Equal(t, http.StatusSeeOther, done.status)
	assert.Equal(t, http.StatusOK, w.get(done.header.Get("Location")).status)
	again := send(strings.Replace(lessonText, "twice", "once", 1), "")
	assert.Equal(t, http.StatusConflict, again.status, "a title that is taken replaces nothing by chance")
	assert.Equal(t, "halves-and-quarters", fields(t, again.body).Get("slug"))
	assert.Contains(t, w.get("/r/maria/halves-and-quarters").body, "twice")
}

func TestPhotographsOfAZipLoseTheirPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	index := strings.Replace(lessonText, "---\n\n", "---\n\n![A strip](media/a.jpg)\n\n", 1)
	for _, top := range []string{"", "lesson/"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, data := range map[string][]byte{"index.md": []byte(index), "media/a.jpg": photograph(t), "notes/.keep": []byte("x")} {
			f, err := z.Create(top + name)
			require.NoError(t, err)
			_, err = f.Write(data)
			require.NoError(t, err)
		}
		require.NoError(t, z.Close())
		slug := "at-" + strings.TrimSuffix("root"+top, "/")
		done := w.uploads("/new", url.Values{"owner": {"maria"}, "slug": {slug}}, map[string][]byte{"lesson.zip": b.Bytes()})
		require.Equal(t, http.StatusSeeOther, done.status, done.body)
		raw := w.get("/r/maria/" + slug + "/raw/media/a.jpg")
		require.Equal(t, http.StatusOK, raw.status)
		assert.NotContains(t, raw.body, "GPS")
		assert.Equal(t, "x", w.get("/r/maria/"+slug+"/raw/notes/.keep").body, "all else stays")
	}
}

func TestUploadsSayInTheReadersLanguageWhyTheyAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	send := func(slug, name, data string) answer {
		files := map[string][]byte{}
		if name != "" {
			files[name] = []byte(data)
		}
		return w.uploads("/new?lang=es", url.Values{"owner": {"maria"}, "slug": {slug}, "text": {lessonText}}, files)
	}
	for name, data := range map[string]string{"scan.pdf": "%PDF-1.7", "program.exe": "MZ\x00"} {
		a := send("", name, data)
		assert.Equal(t, http.StatusUnprocessableEntity, a.status)
		assert.Contains(t, a.body, "«"+name+"» no es un texto.")
	}
	a := send("Mi lección/Nº 1", "", "")
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "«Mi lección/Nº 1» no puede ser una dirección.")
	again := fields(t, a.body)
	assert.Equal(t, "mi-leccion-n-1", again.Get("slug"), "what would do is proposed")
	assert.Equal(t, http.StatusSeeOther, send(again.Get("slug"), "", "").status)
	assert.Equal(t, http.StatusSeeOther, send("another", "lesson.MD", lessonText).status)
}

func TestTitlesWithoutLatinLettersDoNotMeet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	send := func(title, do string) answer {
		text := strings.Replace(lessonText, "Halves and quarters", title, 1)
		return w.uploads("/new", url.Values{"owner": {"maria"}, "slug": {""}, "text": {text}, "do": {do}}, nil)
	}
	for _, p := range [][2]string{{"درس الكسور", "resource"}, {"درس الأعداد", "resource-2"}, {"درس الأعداد", "resource-2"}, {"分数", "resource-3"}} {
		a := send(p[0], "")
		require.Equal(t, http.StatusSeeOther, a.status, a.body)
		assert.Equal(t, "/r/maria/"+p[1]+"?notice=published", a.header.Get("Location"))
	}
	assert.Contains(t, w.get("/r/maria/resource").body, "درس الكسور", "nothing was replaced")
	looked := send("数", "review")
	require.Equal(t, http.StatusOK, looked.status)
	assert.Equal(t, "resource-4", fields(t, looked.body).Get("slug"))
	bare := w.uploads("/new", url.Values{"owner": {"maria"}, "slug": {""}, "text": {"No head."}}, nil)
	assert.Equal(t, http.StatusUnprocessableEntity, bare.status, "what is wrong is told, not that an address is taken")
}

func TestTokensWorkUntilRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	made := w.post("/account/tokens", url.Values{"label": {"laptop"}})
	require.Equal(t, http.StatusOK, made.status)
	secret := regexp.MustCompile(`<p class="copy code">([^<]+)</p>`).FindStringSubmatch(made.body)
	require.NotNil(t, secret)
	assert.NotContains(t, w.get("/account").body, secret[1], "it is shown once")
	in := map[string]any{"files": map[string]string{"index.md": lessonText}}
	require.Equal(t, http.StatusCreated, w.call(http.MethodPost, "/api/v1/resources", secret[1], in).status)
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(made.body)
	require.NotNil(t, id)
	require.Equal(t, http.StatusSeeOther, w.post("/account/tokens/revoke", url.Values{"id": {id[1]}}).status)
	assert.Equal(t, http.StatusUnauthorized, w.call(http.MethodPost, "/api/v1/resources", secret[1], in).status)
}

func TestAPIPublishesRevisesAndRemixes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	token := w.token("maria")
	in := func(text string) map[string]any { return map[string]any{"files": map[string]string{"index.md": text}} }
	var out apiOutcome
	created := w.call(http.MethodPost, "/api/v1/resources", token, in(lessonText))
	require.Equal(t, http.StatusCreated, created.status, created.body)
	require.NoError(t, json.Unmarshal([]byte(created.body), &out))
	assert.Equal(t, out.URL, created.header.Get("Location"))

	var results apiResults
	require.NoError(t, json.Unmarshal([]byte(w.get("/api/v1/search?q=halves").body), &results))
	require.Len(t, results.Hits, 1)
	assert.Equal(t, out.ID, results.Hits[0].ID)

	address := "/api/v1/resources/" + string(out.ID)
	changed := strings.Replace(lessonText, "twice", "once", 1)
	assert.Equal(t, http.StatusPreconditionRequired, w.call(http.MethodPut, address, token, in(changed)).status)
	revised := w.call(http.MethodPut, address, token, in(changed), "If-Match", `"`+out.Revision+`"`)
	require.Equal(t, http.StatusOK, revised.status, revised.body)
	late := w.call(http.MethodPut, address, token, in(lessonText), "If-Match", `"`+out.Revision+`"`)
	require.Equal(t, http.StatusConflict, late.status)
	assert.Equal(t, "application/problem+json", late.header.Get("Content-Type"))
	var p problemDetails
	require.NoError(t, json.Unmarshal([]byte(late.body), &p))
	assert.NotEqual(t, out.Revision, p.Revision)
	assert.NotEmpty(t, p.Revision)

	bad := w.call(http.MethodPost, "/api/v1/resources", token, in("no front matter"))
	require.Equal(t, http.StatusUnprocessableEntity, bad.status)
	require.NoError(t, json.Unmarshal([]byte(bad.body), &p))
	require.NotEmpty(t, p.Problems)
	assert.Equal(t, "index.md", p.Problems[0].File)

	refused := w.call(http.MethodPost, address+"/remix", token, map[string]string{"license": "CC-BY-4.0"})
	require.Equal(t, http.StatusUnprocessableEntity, refused.status)
	require.NoError(t, json.Unmarshal([]byte(refused.body), &p))
	assert.Contains(t, p.Allowed, out.License, "the licenses that would do are named")
	assert.Equal(t, http.StatusCreated, w.call(http.MethodPost, address+"/remix", token, map[string]string{}).status)
	assert.Equal(t, http.StatusUnauthorized, w.call(http.MethodPost, address+"/remix", "", map[string]string{}).status)
	assert.Equal(t, http.StatusNotFound, w.get("/api/v1/resources/0192f5d4-0000-7000-8000-000000000000").status)
}

func TestBodiesAreBoundedOnEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	token := w.token("maria")
	big := strings.Repeat("x", formLimit+10)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.post("/r/maria/halves/edit", url.Values{"text": {big}}).status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.call(http.MethodPost, "/api/v1/resources", token, big).status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.post("/oai", url.Values{"verb": {big}}).status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.call(http.MethodPost, "/api/v1/licenses/evaluate", "", big).status)
}

func TestDescriptionNamesEveryRouteOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.get("/api/v1/openapi.json").body), &doc))
	for _, route := range w.server.app.GetRoutes(true) {
		path, ok := strings.CutPrefix(route.Path, "/api/v1")
		if !ok || route.Method == http.MethodHead || path == "/openapi.json" {
			continue
		}
		path = regexp.MustCompile(`:(\w+)`).ReplaceAllString(path, "{$1}")
		assert.Contains(t, doc.Paths[path], strings.ToLower(route.Method), path)
	}
}

func TestFeedsAndHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	for address, want := range map[string]string{
		"/feed.atom": "<title>Halves and quarters</title>", "/sitemap.xml": "http://oer.test/r/rosa/halves", "/robots.txt": "Sitemap: http://oer.test/sitemap.xml",
		"/healthz": "ok", "/readyz": `"ready": true`, "/logo.svg": "<svg", "/oai?verb=Identify": "oer.test", "/oai/lrmi.xsd": "schema",
		"/r/rosa/halves/metadata.jsonld": `"Halves and quarters"`, "/api/v1/changes": `"seq"`,
	} {
		a := w.get(address)
		assert.Equal(t, http.StatusOK, a.status, address)
		assert.Contains(t, a.body, want, address)
	}
}

func TestWithdrawnResourceIsGoneWithItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.publish("rosa/halves", lessonFiles())
	require.NoError(t, w.repo.Withdraw(t.Context(), r.Address, "mistake"))
	for _, address := range []string{"/r/rosa/halves", "/id/" + string(r.ID)} {
		a := w.get(address)
		assert.Equal(t, http.StatusGone, a.status, address)
		assert.Contains(t, a.body, "Halves and quarters", address)
		assert.NoError(t, wellFormed(a.body))
	}
}

func TestGitClonesFromThePagesAddress(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is missing: install it")
		}
		t.Skip("git is missing: install it to run this test")
	}
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(l) }()
	for _, address := range []string{"/r/rosa/halves", "/r/rosa/halves.git"} {
		into := filepath.Join(t.TempDir(), "clone")
		run := func(args ...string) (string, error) {
			cmd := exec.CommandContext(t.Context(), git, args...)
			cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "HOME="+t.TempDir(), "GIT_TRACE_PACKET=1")
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			return out.String(), err
		}
		out, err := run("-c", "protocol.version=2", "clone", "-q", "http://"+l.Addr().String()+address, into)
		require.NoError(t, err, out)
		assert.Contains(t, out, "git< version 2")
		assert.Contains(t, out, "clone< packfile", "the request for the pack is in version 2 too")
		b, err := os.ReadFile(filepath.Join(into, "index.md"))
		require.NoError(t, err)
		assert.Equal(t, lessonText, string(b))
		out, err = run("-C", into, "push", "-q", "origin", "HEAD:main2")
		require.Error(t, err, "nobody pushes without a name and a token")
		assert.Contains(t, out, "Username")
	}
	stop, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	require.NoError(t, w.server.Shutdown(stop))
	require.NoError(t, <-served)
}

var (
	inputField = regexp.MustCompile(`<input([^>]*)>`)
	textField  = regexp.MustCompile(`(?s)<textarea([^>]*)>(.*?)</textarea>`)
	selectOne  = regexp.MustCompile(`(?s)<select([^>]*)>(.*?)</select>`)
	attr       = regexp.MustCompile(`(\w+)="([^"]*)"`)
	unescape   = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&")
)

// fields are what a browser would send of the forms of a page, as they are filled in.
func fields(t *testing.T, page string) url.Values {
	t.Helper()
	_, page, found := strings.Cut(page, `<form class="form`)
	require.True(t, found, "no form")
	values := url.Values{}
	attrs := func(s string) map[string]string {
		m := map[string]string{}
		for _, a := range attr.FindAllStringSubmatch(s, -1) {
			m[a[1]] = unescape.Replace(a[2])
		}
		return m
	}
	for _, f := range inputField.FindAllStringSubmatch(page, -1) {
		a := attrs(f[1])
		if a["name"] != "" && (a["type"] != "radio" || strings.Contains(f[1], " checked")) {
			values.Set(a["name"], a["value"])
		}
	}
	for _, f := range textField.FindAllStringSubmatch(page, -1) {
		if a := attrs(f[1]); a["name"] != "" {
			values.Set(a["name"], unescape.Replace(strings.TrimPrefix(f[2], "\n")))
		}
	}
	for _, f := range selectOne.FindAllStringSubmatch(page, -1) {
		for option := range strings.SplitSeq(f[2], "<option") {
			if strings.Contains(option, " selected") {
				values.Set(attrs(f[1])["name"], attrs(option)["value"])
			}
		}
	}
	return values
}
