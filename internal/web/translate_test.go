package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

func TestTranslationFollowsItsOriginalBlockByBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := lessonFiles()
	text := lessonText + "\n```array\nrows: 2\ncolumns: 3\n```\n\n## Count\n\n- one\n- two\n"
	files["index.md"].Data = []byte(text)
	w.publish("rosa/halves", files)
	const begin = "/r/rosa/halves/translate?to=es"
	assert.Equal(t, http.StatusSeeOther, w.get(begin).status, "readers sign in")
	w.signIn("maria", accounts.Author)
	assert.Contains(t, w.get("/r/rosa/halves").body, `href="/r/rosa/halves/translate"`)
	choose := w.get("/r/rosa/halves/translate")
	require.Equal(t, http.StatusOK, choose.status)
	assert.NotContains(t, choose.body, `<option value="en"`)

	page := w.get(begin)
	require.Equal(t, http.StatusOK, page.status)
	require.NoError(t, wellFormed(page.body))
	assert.NotContains(t, page.body, `value="CC-BY-4.0"`, "the licenses are those of a remix")
	typed := fields(t, page.body)
	assert.Equal(t, "```array\nrows: 2\ncolumns: 3\n```", typed.Get("b3"), "a diagram is the same in every language")
	typed.Set("title", "Mitades y cuartos")
	for name, block := range map[string]string{"b0": "## Doblar", "b1": "Dobla el papel **dos veces**.", "b2": "::: teacher\nLa respuesta es cuatro.\n:::"} {
		typed.Set(name, block)
	}
	typed.Set("do", "draft")
	typed.Set("b5", "[uno](nada.png)")
	saved := w.post(begin, typed)
	require.Equal(t, http.StatusOK, saved.status)
	require.NoError(t, wellFormed(saved.body))
	for _, want := range []string{`<ol class="checks">`, "nada.png"} {
		assert.Contains(t, saved.body, want, "what is amiss is told when it is saved")
	}
	assert.NotContains(t, saved.body, "data-row", "its blocks have no lines in common")
	typed = fields(t, w.get(begin).body)
	assert.Equal(t, "Dobla el papel **dos veces**.", typed.Get("b1"), "the draft is there")
	typed.Set("b4", "## Contar")
	typed.Set("b5", "- uno\n- dos")
	done := w.post(begin, typed)
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	at, _, _ := strings.Cut(done.header.Get("Location"), "?")
	assert.Equal(t, "/r/maria/mitades-y-cuartos", at)
	raw := w.get(at + "/raw/index.md").body
	for _, want := range []string{"language: es", "translation_of:", "Mitades y cuartos", "license: CC-BY-SA-4.0", "## Doblar\n\nDobla el papel **dos veces**.\n\n::: teacher", "Rosa Delgado"} {
		assert.Contains(t, raw, want)
	}
	assert.Contains(t, w.get("/r/rosa/halves").body, `hreflang="es"`)
	assert.NotContains(t, w.get("/r/rosa/halves").body, "behind")
	assert.Equal(t, at+"/translate", w.get(begin).header.Get("Location"), "who began goes on")
	assert.Equal(t, at+"?notice=published", w.post(begin, typed).header.Get("Location"), "sent twice, it is one")
	typed.Set("b1", "Dobla la hoja por la mitad.")
	for _, do := range []string{"", "draft"} { // begun in another tab, before that one was published
		typed.Set("do", do)
		met := w.post(begin, typed)
		require.Equal(t, http.StatusConflict, met.status, do)
		assert.Contains(t, met.body, "Dobla la hoja por la mitad.")
		assert.Contains(t, met.body, "dos veces")
	}
	assert.NotContains(t, w.get(at+"/raw/index.md").body, "la hoja")

	for _, change := range [][2]string{{"Fold the paper", "Fold the strip"}, {"## Count", "Look at it.\n\n## Count"}} {
		text = strings.Replace(text, change[0], change[1], 1)
		files["index.md"].Data = []byte(text)
		w.publish("rosa/halves", files)
	}
	assert.Contains(t, w.get("/r/rosa/halves").body, "2 versions behind")
	assert.Contains(t, w.get(at).body, "has 2 newer versions")
	page = w.get(at + "/translate")
	require.Equal(t, http.StatusOK, page.status)
	require.NoError(t, wellFormed(page.body))
	assert.Contains(t, page.body, "<del>paper</del>")
	assert.Contains(t, page.body, "<ins>strip</ins>")
	assert.Contains(t, page.body, "new in the original")
	typed = fields(t, page.body)
	assert.Equal(t, "## Contar", typed.Get("b5"), "each stays with its block")
	typed.Set("b1", "Dobla la tira **dos veces**.")
	typed.Set("b4", "Míralo.")
	typed.Set("do", "draft")
	typed.Set("b4", "##### Míralo")
	assert.Contains(t, w.post(at+"/translate", typed).body, `<ol class="checks">`, "and so of a translation that there is")
	typed = fields(t, w.get(at+"/translate").body)
	typed.Set("b4", "Míralo.")
	require.Equal(t, http.StatusSeeOther, w.post(at+"/translate", typed).status)
	raw = w.get(at + "/raw/index.md").body
	assert.Contains(t, raw, "Dobla la tira")
	assert.Contains(t, raw, "Míralo.\n\n## Contar\n\n- uno\n- dos")
	assert.NotContains(t, w.get("/r/rosa/halves").body, "behind")

	w.cookies = map[string]string{}
	w.signIn("eve", accounts.Author)
	assert.Equal(t, http.StatusForbidden, w.post(at+"/translate", typed).status)
}

func TestTranslationIsRefusedWhereARemixIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := lessonFiles()
	files["index.md"].Data = []byte(strings.Replace(lessonText, "CC BY-SA 4.0", "CC BY-ND 4.0", 1))
	w.publish("rosa/halves", files)
	w.signIn("maria", accounts.Author)
	page := w.get("/r/rosa/halves/translate?to=es")
	assert.NotContains(t, page.body, `name="b0"`)
	assert.Contains(t, page.body, "cannot be published as a remix")
	assert.Equal(t, http.StatusUnprocessableEntity, w.post("/r/rosa/halves/translate?to=es", url.Values{"title": {"x"}, "b0": {"y"}}).status)
}

func TestTranslationRows(t *testing.T) {
	t.Parallel()
	old := cutBlocks("# A\n\nOne.\n\nTwo.\n\n- x\n- y\n")
	require.Len(t, old, 4)
	now := cutBlocks("# A\n\nOne!\n\n- x\n- y\n\nThree.\n")
	var states []string
	for _, r := range translationRows(old, []string{"# a", "uno", "dos", "- equis", "fin"}, now) {
		states = append(states, r.state+":"+r.target)
	}
	assert.Equal(t, []string{":# a", "changed:uno", "removed:dos", ":- equis", "added:", ":fin"}, states)
	assert.Equal(t, []string{"# a", "dos", "", "- equis"}, laid(old, cutBlocks("# a\n\ndos\n\n- equis"))[:4:4])
	assert.Equal(t, "a\n\nb\n", joinBlocks([]string{"a", "", "b"}))
}
