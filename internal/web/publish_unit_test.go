package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

func unitUpload() map[string]string {
	part := func(title, text string) string {
		return "---\ntitle: " + title + "\ntype: lesson\ngrades: [\"5\"]\n---\n\n" + text
	}
	return map[string]string{
		"index.md":           "---\ntitle: Fair shares\ntype: unit\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: Ana}]\ngrades: [\"5\"]\nassets: {media/a.jpg: {license: CC BY-SA 4.0, alt: A strip}}\n---\n\n![A strip](media/a.jpg)\n",
		"media/a.jpg":        "",
		"01-strips/index.md": part("Strips", "Fold. This is 5.NF.B.3.\n\n## A\n\n#### Deep\n"),
		"02-count/index.md":  part("Count", "Interpret a fraction as division of the numerator by the denominator, and solve word problems involving division of whole numbers leading to answers in the form of fractions.\n"),
	}
}

// folderUpload posts files as a browser does that was given a folder.
func (w *world) folderUpload(typed url.Values, files map[string][]byte) answer {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range typed {
		require.NoError(w.t, m.WriteField(name, values[0]))
	}
	for name, data := range files {
		part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="folder"; filename="fair/%s"`, name)}})
		require.NoError(w.t, err)
		_, err = part.Write(data)
		require.NoError(w.t, err)
	}
	require.NoError(w.t, m.Close())
	r := httptest.NewRequest(http.MethodPost, "/new", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

var partField = regexp.MustCompile(`name="part" value="([^"]+)"`)
var alignField = regexp.MustCompile(`name="(align:[^"]+)" value="([^"]+)"( checked)?`)

// unitFields are what the check page would send.
func unitFields(t *testing.T, page string) url.Values {
	t.Helper()
	typed := fields(t, page)
	delete(typed, "part")
	for _, m := range partField.FindAllStringSubmatch(page, -1) {
		typed.Add("part", m[1])
	}
	for name := range typed {
		if strings.HasPrefix(name, "align:") {
			delete(typed, name)
		}
	}
	for _, m := range alignField.FindAllStringSubmatch(page, -1) {
		if m[3] != "" {
			typed.Add(m[1], m[2])
		}
	}
	return typed
}

func TestUnitIsLookedAtSortedAndPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	files := map[string][]byte{}
	for name, text := range unitUpload() {
		files[name] = []byte(text)
	}
	files["media/a.jpg"] = photograph(t)
	start := w.get("/new")
	assert.Contains(t, start.body, "webkitdirectory")
	page := w.folderUpload(url.Values{"owner": {"maria"}, "slug": {""}, "text": {""}}, files)
	require.Equal(t, http.StatusOK, page.status, page.body)
	require.NoError(t, wellFormed(page.body))
	for _, want := range []string{"01-strips/index.md:11", "media/a.jpg", "CC BY-SA 4.0", "names it on line 7", "It has the words of the standard", `value="5.NF.B.3"`, "/editor.js"} {
		assert.Contains(t, page.body, want)
	}
	assert.Equal(t, http.StatusNotFound, w.get("/r/maria/fair-shares").status, "nothing is published yet")

	typed := unitFields(t, page.body)
	assert.Equal(t, []string{"01-strips", "02-count"}, typed["part"])
	typed.Set("do", "up:02-count")
	sorted := w.post("/new/unit", typed)
	require.Equal(t, http.StatusOK, sorted.status)
	typed = unitFields(t, sorted.body)
	assert.Equal(t, []string{"02-count", "01-strips"}, typed["part"])
	typed.Set("do", "publish")
	require.NotEmpty(t, typed.Get("new"))
	done := w.post("/new/unit", typed)
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	assert.Equal(t, "/r/maria/fair-shares?notice=published", done.header.Get("Location"))
	gone := w.post("/new/unit", typed)
	assert.Equal(t, http.StatusConflict, gone.status, "what was uploaded is gone")
	assert.Contains(t, gone.body, "It is published already, or")
	again := unitFields(t, w.folderUpload(url.Values{"owner": {"maria"}, "slug": {""}, "text": {""}}, files).body)
	typed.Set("upload", again.Get("upload")) // as it is when the first of two has not ended
	done = w.post("/new/unit", typed)
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	assert.Equal(t, "/r/maria/fair-shares?notice=published", done.header.Get("Location"))
	assert.Contains(t, w.get("/r/maria/fair-shares/raw/index.md").body, "02-count")
	unit := w.get("/r/maria/fair-shares").body
	assert.Less(t, strings.Index(unit, ">Count<"), strings.Index(unit, ">Strips<"))
	assert.Contains(t, w.get("/r/maria/fair-shares/01-strips/raw/index.md").body, "teaches: [5.NF.B.3]", "the named standard is an alignment")
	assert.NotContains(t, w.get("/r/maria/fair-shares/raw/media/a.jpg").body, "GPS")
}

func TestUnitWithErrorsIsNotPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	page := w.folderUpload(url.Values{"owner": {"maria"}}, map[string][]byte{"index.md": []byte(strings.Replace(unitUpload()["index.md"], "CC BY 4.0", "no idea", 1))})
	require.Equal(t, http.StatusOK, page.status)
	typed := unitFields(t, page.body)
	typed.Set("do", "publish")
	again := w.post("/new/unit", typed)
	require.Equal(t, http.StatusUnprocessableEntity, again.status)
	assert.Contains(t, again.body, "index.md:")
	assert.Equal(t, http.StatusNotFound, w.get("/r/maria/fair-shares").status)
	hostile := w.folderUpload(url.Values{"owner": {"maria"}}, map[string][]byte{"../../etc/passwd": []byte("x")})
	assert.Equal(t, http.StatusUnprocessableEntity, hostile.status)
	w.cookies = map[string]string{}
	w.signIn("eve", accounts.Author)
	assert.Equal(t, http.StatusConflict, w.post("/new/unit", typed).status, "nobody publishes another's upload")
}

func TestAnUploadKeepsALicenseThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	const theirs = "Terms of the Acme book"
	text := "---\ntitle: Fair shares\ntype: lesson\nlanguage: en\nlicense: " + theirs + "\ncreators: [{name: Acme}]\n---\n\nFold.\n"
	page := w.folderUpload(url.Values{"owner": {"maria"}}, map[string][]byte{"index.md": []byte(text)})
	require.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.body, `<option value="`+theirs+`" selected>`)
	typed := unitFields(t, page.body)
	assert.Equal(t, theirs, typed.Get("license"))
	typed.Set("do", "publish")
	done := w.post("/new/unit", typed)
	if done.status == http.StatusSeeOther {
		assert.Contains(t, w.get("/r/maria/fair-shares/raw/index.md").body, theirs)
		assert.NotContains(t, w.get("/r/maria/fair-shares").body, "creativecommons.org/licenses/by/4.0", "nobody said so")
	} else {
		assert.Equal(t, http.StatusUnprocessableEntity, done.status)
	}
}

func TestTheFieldsOfAnUploadAreBoundedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	half := strings.Repeat("x", formLimit/2)
	a := w.folderUpload(url.Values{"owner": {"maria"}, "a": {half}, "b": {half}, "c": {half}}, map[string][]byte{"index.md": []byte("x")})
	assert.Equal(t, http.StatusRequestEntityTooLarge, a.status)
}

// wordFile is a Word document as far as this server reads it itself.
func wordFile(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("word/media/image1.jpg")
	require.NoError(t, err)
	_, err = f.Write(photograph(t))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestWordDocumentIsReadWherePandocIs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	send := func() answer {
		return w.uploads("/new", url.Values{"owner": {"maria"}, "text": {""}}, map[string][]byte{"fair-shares.docx": wordFile(t)})
	}
	missing := send()
	require.Equal(t, http.StatusUnprocessableEntity, missing.status)
	assert.Contains(t, missing.body, "This server cannot read Word documents.")

	script := "#!/bin/sh\ncase \"$*\" in *-M512M*--sandbox*) ;; *) exit 9;; esac\nhead=$(/usr/bin/head -c 2)\n[ \"$head\" = PK ] || exit 8\n/usr/bin/printf '# Sharing fairly\\n\\nFold it.\\n\\n![](media/image1.jpg)\\n'\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pandoc"), []byte(script), 0o700)) //nolint:gosec // it is to be run
	page := send()
	require.Equal(t, http.StatusOK, page.status, page.body)
	assert.Contains(t, page.body, `value="Sharing fairly"`, "the first heading is proposed as the title")
	assert.Contains(t, page.body, "no description")
	typed := unitFields(t, page.body)
	typed.Set("do", "publish")
	done := w.post("/new/unit", typed)
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	assert.Contains(t, w.get("/r/maria/sharing-fairly/raw/index.md").body, "creators:")
	assert.NotContains(t, w.get("/r/maria/sharing-fairly/raw/media/image1.jpg").body, "GPS")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "pandoc"), []byte("#!/bin/sh\n/usr/bin/printf 'bad zip' >&2; exit 3\n"), 0o700)) //nolint:gosec // it is to be run
	broken := send()
	require.Equal(t, http.StatusUnprocessableEntity, broken.status)
	assert.Contains(t, broken.body, "“fair-shares.docx” cannot be read as a Word document.")
}

func TestMovedKeepsEverything(t *testing.T) {
	t.Parallel()
	list := []string{"a", "b", "c"}
	assert.Equal(t, []string{"b", "a", "c"}, moved(slices.Clone(list), "b", -1))
	assert.Equal(t, list, moved(slices.Clone(list), "a", -1))
	assert.Equal(t, list, moved(slices.Clone(list), "c", 1))
	assert.Equal(t, list, moved(slices.Clone(list), "x", 1))
}
