package web

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// sent is what the hidden fields of a page's main form would send.
func sent(page string) url.Values {
	v := url.Values{}
	_, page, _ = strings.Cut(page, "<main")
	for _, f := range hidden.FindAllStringSubmatch(page, -1) {
		v.Add(html.UnescapeString(f[1]), html.UnescapeString(f[2]))
	}
	return v
}

func TestFormSentAfterTheSessionEndedIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	r := w.publish("maria/halves", lessonFiles())
	w.cookies = map[string]string{}
	text := "Fold \"it\" & <b>cut</b>.\n\n  Twice.\n"
	met := w.post("/r/maria/halves/edit", url.Values{
		"base": {r.Revision}, "title": {"Halves"}, "type": {"lesson"}, "language": {"en"}, "license": {"CC-BY-4.0"}, "text": {text},
	})
	require.Equal(t, http.StatusUnauthorized, met.status)
	assert.Equal(t, "no-store", met.header.Get("Cache-Control"))
	assert.Empty(t, met.header.Values("Set-Cookie"))

	waiting := sent(met.body)
	waiting.Set("name", "maria")
	waiting.Set("password", "not it")
	again := w.post("/sign-in", waiting)
	require.Equal(t, http.StatusForbidden, again.status)
	waiting = sent(again.body)
	waiting.Set("name", "maria")
	waiting.Set("password", "correct horse battery")
	in := w.post("/sign-in", waiting)
	require.Equal(t, http.StatusOK, in.status)
	assert.NotContains(t, in.body, "correct horse")
	assert.Contains(t, in.body, `<a href="/account">Maria</a>`)
	require.Contains(t, in.body, `action="/r/maria/halves/edit"`)
	done := w.post("/r/maria/halves/edit", sent(in.body))
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	assert.Contains(t, w.get("/r/maria/halves/raw/index.md").body, text)
}

func TestUploadSentAfterTheSessionEndedKeepsItsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.cookies = map[string]string{}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	require.NoError(t, m.WriteField("slug", "halves"))
	f, err := m.CreateFormFile("file", "halves.zip")
	require.NoError(t, err)
	_, err = f.Write(bytes.Repeat([]byte("x"), 200<<10))
	require.NoError(t, err)
	require.NoError(t, m.WriteField("text", "What was typed."))
	require.NoError(t, m.Close())
	req := httptest.NewRequest(http.MethodPost, "/new", &b)
	req.Header.Set("Content-Type", m.FormDataContentType())
	met := w.do(req)
	require.Equal(t, http.StatusUnauthorized, met.status)
	waiting := sent(met.body)
	waiting.Set("name", "maria")
	waiting.Set("password", "correct horse battery")
	in := w.post("/sign-in", waiting)
	assert.Contains(t, in.body, `enctype="multipart/form-data"`)
	assert.Contains(t, in.body, `type="file"`)
	assert.Equal(t, url.Values{"slug": {"halves"}, "text": {"What was typed."}}, sent(in.body))
}

func TestCarriedFormIsBoundedAndStaysHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	w.cookies = map[string]string{}
	for _, size := range []int{carryLimit + 1, formLimit + 1} {
		met := w.post("/r/maria/halves/edit", url.Values{"text": {strings.Repeat("x", size)}})
		require.Equal(t, http.StatusUnauthorized, met.status)
		assert.Less(t, len(met.body), 100<<10)
		assert.Equal(t, "1", sent(met.body).Get("resume-lost"), "it says so")
	}
	in := w.post("/sign-in", url.Values{"name": {"maria"}, "password": {"correct horse battery"}, "resume": {"https://evil.example/"}})
	assert.Contains(t, in.body, `method="post" action="/">`)
	assert.NotContains(t, in.body, "evil.example")
}
