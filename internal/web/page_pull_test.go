package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

// followed is a lesson that maria has remixed, with her own words in the block about folding.
func followed(t *testing.T) (w *world, source fstest.MapFS, remix string) {
	w = newWorld(t)
	source = lessonFiles()
	w.publish("rosa/halves", source)
	w.signIn("maria", accounts.Author)
	typed := fields(t, w.get("/r/rosa/halves/remix").body)
	typed.Set("text", strings.Replace(typed.Get("text"), "twice", "in my own way", 1))
	done := w.post("/r/rosa/halves/remix", typed)
	require.Equal(t, http.StatusSeeOther, done.status)
	remix, _, _ = strings.Cut(done.header.Get("Location"), "?")
	return w, source, remix
}

// changeSource publishes rosa's lesson again with some words replaced.
func changeSource(w *world, source fstest.MapFS, pairs ...string) {
	source["index.md"].Data = []byte(strings.NewReplacer(pairs...).Replace(string(source["index.md"].Data)))
	w.publish("rosa/halves", source)
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

func hiddenFields(page string) url.Values {
	v := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

func TestPullTakesInWhatMergesCleanly(t *testing.T) {
	t.Parallel()
	w, source, remix := followed(t)
	assert.NotContains(t, w.get(remix).body, remix+"/pull", "nothing has changed yet")
	assert.Contains(t, w.get(remix+"/pull").body, "Nothing has changed at the source")

	changeSource(w, source, "The answer is four.", "The answer is four parts.")
	assert.Contains(t, w.get(remix).body, `<a href="`+remix+`/pull">`, "its editor is told")
	for range 2 {
		assert.Contains(t, w.get(remix).body, "1 change upstream: 1 merges cleanly")
	}
	changeSource(w, source, "PT30M", "PT40M")
	assert.Contains(t, w.get(remix).body, "2 changes upstream", "a count is of the revisions that it was made for")
	changeSource(w, source, "PT40M", "PT30M")
	page := w.get(remix + "/pull")
	require.Equal(t, http.StatusOK, page.status)
	require.NoError(t, wellFormed(page.body))
	assert.Contains(t, page.body, "<ins> parts</ins>")
	done := w.post(remix+"/pull", hiddenFields(page.body))
	require.Equal(t, http.StatusSeeOther, done.status)
	raw := w.get(remix + "/raw/index.md").body
	assert.Contains(t, raw, "The answer is four parts.")
	assert.Contains(t, raw, "in my own way", "what is hers stays")
	assert.NotContains(t, w.get(remix).body, remix+"/pull")
}

func TestPullAsksAboutWhatBothChanged(t *testing.T) {
	t.Parallel()
	w, source, remix := followed(t)
	changeSource(w, source, "Fold the paper **twice**", "Fold the sheet **twice**", "grades: [\"3\"]", "grades: [\"4\"]")
	page := w.get(remix + "/pull")
	require.NoError(t, wellFormed(page.body))
	assert.Contains(t, page.body, "2 changes upstream")
	assert.Contains(t, page.body, "1 needs you")
	take := regexp.MustCompile(`name="(take-[^"]+)" value="mine"`).FindStringSubmatch(page.body)
	require.NotNil(t, take)
	before := w.get(remix + "/raw/index.md").body

	open := w.post(remix+"/pull", hiddenFields(page.body))
	assert.Equal(t, http.StatusConflict, open.status)
	assert.Contains(t, open.body, "1 change needs your choice")
	assert.Equal(t, before, w.get(remix+"/raw/index.md").body, "nothing is published half")

	sent := hiddenFields(page.body)
	sent.Set(take[1], "edited")
	sent.Set(strings.Replace(take[1], "take-", "text-", 1), "Fold the sheet in my own way.\n")
	done := w.post(remix+"/pull", sent)
	require.Equal(t, http.StatusSeeOther, done.status)
	raw := w.get(remix + "/raw/index.md").body
	assert.Contains(t, raw, "Fold the sheet in my own way.")
	assert.Contains(t, raw, `"4"`)
}

func TestPullThatWasOvertakenPublishesNothing(t *testing.T) {
	t.Parallel()
	w, source, remix := followed(t)
	changeSource(w, source, "The answer is four.", "The answer is four parts.")
	shown := hiddenFields(w.get(remix + "/pull").body)
	changeSource(w, source, "four parts", "4 parts")
	met := w.post(remix+"/pull", shown)
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, "Look again")
	assert.NotContains(t, w.get(remix+"/raw/index.md").body, "4 parts")
	require.Equal(t, http.StatusSeeOther, w.post(remix+"/pull", hiddenFields(met.body)).status)
	assert.Contains(t, w.get(remix+"/raw/index.md").body, "4 parts")
}

func TestPullIsForWhoMayWrite(t *testing.T) {
	t.Parallel()
	w, source, remix := followed(t)
	changeSource(w, source, "four", "4")
	w.cookies = map[string]string{}
	assert.NotContains(t, w.get(remix).body, remix+"/pull")
	w.signIn("oscar", accounts.Author)
	assert.Equal(t, http.StatusForbidden, w.get(remix+"/pull").status)
	assert.Equal(t, http.StatusForbidden, w.post(remix+"/pull", url.Values{}).status)
}
