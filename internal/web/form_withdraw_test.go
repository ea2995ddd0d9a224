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

// edited publishes another text with the edit form and returns the page that it leads to.
func (w *world) edited(text string) answer {
	w.t.Helper()
	page := w.get("/r/maria/halves/edit")
	require.Equal(w.t, http.StatusOK, page.status)
	values := sent(page.body)
	for name, value := range map[string]string{"title": "Halves", "type": "lesson", "language": "en", "license": "CC-BY-4.0", "text": text} {
		values.Set(name, value)
	}
	done := w.post("/r/maria/halves/edit", values)
	require.Equal(w.t, http.StatusSeeOther, done.status, done.body)
	return w.get(done.header.Get("Location"))
}

func TestUndoAfterPublishing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	page := w.edited("A mistake.\n")
	require.Contains(t, page.body, `action="/r/maria/halves/undo"`)
	undo := url.Values{"revision": sent(page.body)["revision"]}

	maria := w.cookies
	w.cookies = map[string]string{}
	assert.NotContains(t, w.get("/r/maria/halves?notice=published").body, "/undo", "a reader who follows the link undoes nothing")
	w.signIn("kim", accounts.Author)
	assert.Equal(t, http.StatusForbidden, w.post("/r/maria/halves/undo", undo).status)
	w.cookies = maria
	assert.NotContains(t, w.get("/r/maria/halves").body, "/undo", "only right after publishing")

	done := w.post("/r/maria/halves/undo", undo)
	require.Equal(t, http.StatusSeeOther, done.status, done.body)
	assert.Equal(t, "/r/maria/halves?notice=undone", done.header.Get("Location"))
	assert.NotContains(t, w.get("/r/maria/halves").body, "A mistake.")
	assert.Equal(t, http.StatusConflict, w.post("/r/maria/halves/undo", undo).status, "a second click changes nothing")
	assert.Equal(t, 3, strings.Count(w.get("/r/maria/halves/history").body, "<time"))
}

func TestUndoOfSomethingNewWithdrawsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	r := w.publish("maria/halves", lessonFiles())
	done := w.post("/r/maria/halves/undo", url.Values{"revision": {r.Revision}})
	assert.Equal(t, "/account?notice=undone", done.header.Get("Location"))
	assert.Equal(t, http.StatusGone, w.get("/r/maria/halves").status)
}

func TestOwnerWithdrawsAfterBeingAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("maria", accounts.Author)
	w.publish("maria/halves", lessonFiles())
	maria := w.cookies
	w.cookies = map[string]string{}
	assert.NotContains(t, w.get("/r/maria/halves").body, "/withdraw")
	w.signIn("kim", accounts.Author)
	assert.Equal(t, http.StatusForbidden, w.get("/r/maria/halves/withdraw").status)
	assert.Equal(t, http.StatusForbidden, w.post("/r/maria/halves/withdraw", nil).status)
	w.cookies = maria
	assert.Contains(t, w.get("/r/maria/halves").body, `href="/r/maria/halves/withdraw"`)
	asked := w.get("/r/maria/halves/withdraw")
	require.Equal(t, http.StatusOK, asked.status)
	assert.Contains(t, asked.body, `action="/r/maria/halves/withdraw"`)
	assert.Equal(t, http.StatusOK, w.get("/r/maria/halves").status, "asking withdraws nothing")
	done := w.post("/r/maria/halves/withdraw", url.Values{"reason": {"Out of date"}})
	assert.Equal(t, "/account?notice=withdrawn", done.header.Get("Location"))
	assert.Equal(t, http.StatusGone, w.get("/r/maria/halves").status)
	assert.Equal(t, http.StatusGone, w.post("/r/maria/halves/withdraw", nil).status)
}
