package web

import (
	"bytes"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/repository/render"
)

func TestToolsWriteWithoutAScript(t *testing.T) {
	t.Parallel()
	const text = "## Fold\n\nFold the paper twice.\n\n## Count\n\nCount the parts.\n"
	byName := map[string]tool{}
	for _, tl := range append(append([]tool{}, buttons...), blocks...) {
		if tl.sample == "" {
			tl.sample = "sample"
		}
		byName[tl.name] = tl
	}
	for _, c := range []struct {
		tool, text, words string
		section           int
		want              string
	}{
		{"bold", text, "twice", 0, strings.Replace(text, "twice", "**twice**", 1)},
		{"bold", "Fold @@ now.\n", "", 0, "Fold **sample** now.\n"},
		{"bold", text, "", 0, text + "\n**sample**\n"},
		{"italic", text, "not there", 0, text + "\n*not there*\n"},
		{"heading", "One\n\nTwo\n", "Two", 0, "One\n\n## Two\n"},
		{"list", "a\nb\nc\n", "a\nb", 0, "- a\n- b\nc\n"},
		{"list", text, "", 1, strings.Replace(text, "## Count", "- sample\n\n## Count", 1)},
		{"numbers", "@@\n", "", 0, "1. sample\n"},
		{"teacher", text, "Count the parts.", 0, strings.Replace(text, "Count the parts.", "::: teacher\nCount the parts.\n:::", 1)},
		{"array", text, "paper", 0, strings.Replace(text, "twice.\n", "twice.\n\n"+byName["array"].sample+"\n", 1)},
		{"quiz", "", "", 0, "::: quiz\nsample\n:::\n"},
		{"link", "See here.", "here", 0, "See [here](https://example.org)."},
	} {
		assert.Equal(t, c.want, byName[c.tool].use(c.text, c.words, c.section), "%s %q", c.tool, c.words)
	}
	assert.Len(t, headings("# a\n```\n# no\n```\n#no\n###### b\n####### no\n"), 2)
}

func TestEveryToolWritesWhatIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, lang := range []string{"en", "es"} {
		for _, tl := range append(append([]tool{}, buttons...), blocks...) {
			tl = w.server.filled(tl, lang)
			page, err := w.options.Renderer.Render([]byte(tl.use("", "", 0)), render.View{Audience: render.Teacher, Language: lang})
			require.NoError(t, err)
			assert.Empty(t, page.Problems, "%s in %s", tl.name, lang)
			assert.NotEmpty(t, page.HTML, tl.name)
		}
	}
}

func TestEditorChecksBesideTheText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	typed := fields(t, w.get("/r/maria/halves/edit").body)
	typed.Set("text", "## Fold\n\n![](media/fold.svg)\n\n[gone](no.md)\n\n$\\frac{1$\n")
	typed.Set("do", "tool:bold")
	typed.Set("words", "Fold")
	typed.Set("from", "7")
	typed.Set("to", "9")
	a := w.post("/r/maria/halves/edit", typed)
	require.Equal(t, http.StatusOK, a.status)
	require.NoError(t, wellFormed(a.body))
	for _, want := range []string{"## **Fold**", `data-row="3"`, `data-row="5"`, `data-row="7"`, `name="from" value="7"`, "has no description"} {
		assert.Contains(t, a.body, want)
	}
	assert.Equal(t, 1, strings.Count(w.get("/r/maria/halves/history").body, "<li>"), "nothing was published")
	es := w.get("/r/maria/halves/edit?lang=es")
	require.Equal(t, http.StatusOK, es.status)
	typed.Set("do", "preview")
	a = w.post("/r/maria/halves/edit?lang=es", typed)
	assert.Contains(t, a.body, "Una imagen no tiene descripción")
	assert.Less(t, len(editorScript), 6000)
	script := w.get(editorPath)
	assert.Equal(t, string(editorScript), script.body)
	assert.Contains(t, a.body, `<script src="`+editorPath+`" defer></script>`)
}

func TestDraftsAreKeptAndMeetWhatWasPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	const edit = "/r/maria/halves/edit"
	typed := fields(t, w.get(edit).body)
	typed.Set("text", "Half written.\n")
	typed.Set("do", "draft")
	saved := w.post(edit, typed, "Accept", "application/json")
	require.Equal(t, http.StatusOK, saved.status, saved.body)
	assert.Contains(t, saved.body, `"draft":`)
	assert.NotContains(t, w.get("/r/maria/halves/raw/index.md").body, "Half written")

	again := w.get(edit)
	assert.Contains(t, again.body, "Half written.")
	other := w.post(edit, typed) // a window that has not read that draft
	require.Equal(t, http.StatusConflict, other.status)
	require.NoError(t, wellFormed(other.body))
	newer := fields(t, other.body)
	newer.Set("text", "Written on.\n")
	newer.Set("do", "draft")
	require.Equal(t, http.StatusOK, w.post(edit, newer).status)
	assert.Contains(t, w.get(edit).body, "Written on.")

	files := lessonFiles()
	files["index.md"].Data = []byte(strings.Replace(lessonText, "Fold the paper", "Somebody folds the paper", 1))
	w.publish("maria/halves", files)
	met := w.get(edit)
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, "Written on.")
	assert.Contains(t, met.body, "Somebody folds")

	discard := fields(t, again.body)
	discard.Set("do", "discard")
	require.Equal(t, http.StatusSeeOther, w.post(edit, discard).status)
	assert.Contains(t, w.get(edit).body, "Somebody folds")
	assert.NotContains(t, w.get(edit).body, "Written on.")

	w.cookies = map[string]string{}
	w.signIn("rosa", accounts.Author)
	_, err := w.accounts.Account(t.Context(), "rosa")
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, w.post(edit, typed).status, "nobody else drafts here")
}

// uploads posts a form with a file.
func (w *world) uploads(address string, typed url.Values, files map[string][]byte) answer {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range typed {
		for _, v := range values {
			require.NoError(w.t, m.WriteField(name, v))
		}
	}
	for name, data := range files {
		part, err := m.CreateFormFile("file", name)
		require.NoError(w.t, err)
		_, err = part.Write(data)
		require.NoError(w.t, err)
	}
	require.NoError(w.t, m.Close())
	r := httptest.NewRequest(http.MethodPost, address, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

func photograph(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil))
	return append(append([]byte("\xff\xd8\xff\xe1\x00\x18Exif\x00\x00II GPS 40.71 N "), 0), b.Bytes()[2:]...)
}

func TestAssetsComeWithDescriptionAndLicense(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	const edit = "/r/maria/halves/edit"
	page := w.get(edit)
	typed := fields(t, page.body)
	assert.Equal(t, "Rosa Delgado", typed.Get("asset-creators"), "the lesson's own are proposed")
	assert.Equal(t, "CC-BY-SA-4.0", typed.Get("asset-license"))
	typed.Set("text", "Typed, not published.\n")
	typed.Set("do", "upload")
	bare := w.uploads(edit, typed, map[string][]byte{"My Photo.JPG": photograph(t)})
	require.Equal(t, http.StatusUnprocessableEntity, bare.status)
	assert.Contains(t, bare.body, "Typed, not published.")

	typed.Set("asset-alt", "A folded strip")
	typed.Set("asset-license", "CC-BY-4.0")
	typed.Set("asset-creators", "Ana Ruiz")
	done := w.uploads(edit, typed, map[string][]byte{"My Photo.JPG": photograph(t)})
	require.Equal(t, http.StatusOK, done.status, done.body)
	require.NoError(t, wellFormed(done.body))
	assert.Contains(t, done.body, "![A folded strip](media/my-photo.jpg)")
	raw := w.get("/r/maria/halves/raw/media/my-photo.jpg")
	require.Equal(t, http.StatusOK, raw.status)
	assert.NotContains(t, raw.body, "GPS")
	index := w.get("/r/maria/halves/raw/index.md").body
	for _, want := range []string{"A folded strip", "CC-BY-4.0", "Ana Ruiz"} {
		assert.Contains(t, index, want)
	}
	assert.NotContains(t, index, "Typed, not published.")

	typed = fields(t, done.body)
	require.Equal(t, http.StatusSeeOther, w.post(edit, typed).status, "it goes on from the revision with the file")
	assert.Contains(t, w.get("/r/maria/halves/raw/index.md").body, "Typed, not published.")

	for name, data := range map[string][]byte{
		"evil.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "page.html": []byte("<script>"), "fake.png": []byte("GIF89a"),
	} {
		typed = fields(t, w.get(edit).body)
		typed.Set("do", "upload")
		typed.Set("asset-alt", "x")
		assert.Equal(t, http.StatusUnprocessableEntity, w.uploads(edit, typed, map[string][]byte{name: data}).status, name)
	}

	typed = fields(t, w.get(edit).body)
	typed.Set("do", "remove:media/my-photo.jpg")
	used := w.post(edit, typed)
	require.Equal(t, http.StatusUnprocessableEntity, used.status, "the published text shows it")
	typed.Set("text", "Nothing.\n")
	typed.Set("do", "")
	require.Equal(t, http.StatusSeeOther, w.post(edit, typed).status)
	typed = fields(t, w.get(edit).body)
	typed.Set("do", "remove:media/my-photo.jpg")
	require.Equal(t, http.StatusOK, w.post(edit, typed).status)
	assert.Equal(t, http.StatusNotFound, w.get("/r/maria/halves/raw/media/my-photo.jpg").status)
}

func TestFilesAreRefusedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	const edit = "/r/maria/halves/edit"
	typed := fields(t, w.get(edit).body)
	typed.Set("do", "upload")
	typed.Set("asset-alt", "Una tira")
	typed.Set("text", "Typed and kept.\n")
	for name, file := range map[string][3]string{
		"program.exe": {"MZ", "it is none of the kinds that lessons have", "Un archivo no es de los tipos que tienen las lecciones."},
		"page.png":    {"<html><script>", "it is not JPEG, PNG, GIF or WebP", "Un archivo no es una imagen que se pueda publicar"},
		"a.svg":       {`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "export it again as a plain drawing", "Un dibujo tiene un programa."},
	} {
		for i, lang := range []string{"en", "es"} {
			a := w.uploads(edit+"?lang="+lang, typed, map[string][]byte{name: []byte(file[0])})
			assert.Equal(t, http.StatusUnprocessableEntity, a.status, name)
			assert.Contains(t, a.body, file[1+i], name)
			assert.Equal(t, "Typed and kept.\n", fields(t, a.body).Get("text"))
		}
	}
}

func TestConflictMergesWhatFitsAndAsksForTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	files := lessonFiles()
	files["index.md"].Data = []byte(lessonText + "\n## Count\n\nCount the parts.\n")
	w.publish("maria/halves", files)
	const edit = "/r/maria/halves/edit"
	mine, theirs := fields(t, w.get(edit).body), fields(t, w.get(edit).body)
	theirs.Set("text", strings.Replace(theirs.Get("text"), "Count the parts.", "Count them aloud.", 1))
	theirs.Set("title", "Their title")
	require.Equal(t, http.StatusSeeOther, w.post(edit, theirs).status)
	mine.Set("text", strings.Replace(mine.Get("text"), "Fold the paper", "Fold a strip", 1))
	met := w.post(edit, mine)
	require.Equal(t, http.StatusConflict, met.status)
	require.NoError(t, wellFormed(met.body))
	assert.NotContains(t, met.body, `name="take-`, "nothing was changed by both")
	form := fields(t, met.body)
	form.Set("do", "merge-edit")
	open := w.post(edit, form)
	require.Equal(t, http.StatusOK, open.status)
	both := fields(t, open.body)
	assert.Contains(t, both.Get("text"), "Count them aloud.")
	assert.Contains(t, both.Get("text"), "Fold a strip")
	assert.Equal(t, "Their title", both.Get("title"))
	form.Set("do", "merge")
	require.Equal(t, http.StatusSeeOther, w.post(edit, form).status)
	raw := w.get("/r/maria/halves/raw/index.md").body
	for _, want := range []string{"Count them aloud.", "Fold a strip", "Their title"} {
		assert.Contains(t, raw, want)
	}
}

func TestDraftsLeaveWithTheirPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("admin", accounts.Admin)
	w.signIn("rosa", accounts.Author)
	_, _, err := w.options.Drafts.Save(t.Context(), "rosa", drafts.Draft{Resource: "x", Fields: map[string]string{"body": "not yet published"}}, "")
	require.NoError(t, err)
	_, _, err = w.options.Drafts.Save(t.Context(), "rosalind", drafts.Draft{Resource: "x", Fields: map[string]string{"body": "another's"}}, "")
	require.NoError(t, err)
	a := w.get("/account/export")
	require.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, a.body, "not yet published")
	assert.NotContains(t, a.body, "another's")
	require.Equal(t, http.StatusSeeOther, w.post("/account/erase", url.Values{"credit": {"name"}, "sure": {"rosa"}}).status)
	left, err := w.options.Drafts.Of(t.Context(), "rosa")
	require.NoError(t, err)
	assert.Empty(t, left)
	left, err = w.options.Drafts.Of(t.Context(), "rosalind")
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestWhatAFrontMatterCannotHoldLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	const edit = "/r/maria/halves/edit"
	form := fields(t, w.get(edit).body)
	form.Set("title", "Halves\vand\x00 qu\u0085arters") // slides have \v where a title goes on below
	form.Set("text", "Fold\vit.\n")
	require.Equal(t, http.StatusSeeOther, w.post(edit, form).status)
	page := w.get("/r/maria/halves").body
	assert.Contains(t, page, "<h1>Halves and  qu arters</h1>")
	assert.Contains(t, page, "Fold it.")

	form = fields(t, w.get(edit).body)
	form.Set("text", "Typed and kept.\n")
	long := strings.Repeat("much", 20_000)
	form.Set("description", long)
	for do, status := range map[string]int{"": http.StatusUnprocessableEntity, "preview": http.StatusOK, "draft": http.StatusOK} {
		form.Set("do", do)
		a := w.post(edit+"?lang=es", form)
		assert.Equal(t, status, a.status, do)
		assert.Contains(t, a.body, "Acórtelos.", do)
		assert.True(t, fields(t, a.body).Get("description") == long, do)
	}
	left := w.get(edit)
	require.Equal(t, http.StatusOK, left.status, "a draft of it can be opened again")
	assert.Contains(t, left.body, "Typed and kept.")
}
