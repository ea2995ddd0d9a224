package web

import (
	"encoding/json"
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
)

func strips(text string) fstest.MapFS {
	return fstest.MapFS{"index.md": {Data: []byte("---\ntitle: Strips\ntype: lesson\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: Rosa}]\n---\n" + text + "\n")}}
}

func TestAReleaseTakesOnePageAndOneButton(t *testing.T) {
	w := newWorld(t)
	first := w.publish("rosa/strips", strips("Fold."))
	assert.NotContains(t, w.get("/r/rosa/strips/releases").body, `name="version"`, "readers release nothing")
	w.signIn("rosa", accounts.Author)
	assert.Contains(t, w.get("/r/rosa/strips").body, `href="/r/rosa/strips/releases"`)
	form := w.get("/r/rosa/strips/releases")
	require.Equal(t, 200, form.status)
	assert.Contains(t, form.body, `value="v1"`)
	sent := w.post("/r/rosa/strips/releases", url.Values{"version": {"v1"}, "revision": {first.Revision}, "notes": {"The <first> one."}})
	require.Equal(t, 303, sent.status)
	require.Equal(t, "/r/rosa/strips/releases/v1", sent.header.Get("Location"))

	w.publish("rosa/strips", strips("Fold twice."))
	page := w.get("/r/rosa/strips/releases/v1")
	for _, part := range []string{"The &lt;first&gt; one.", first.Revision + "/download.zip", "git clone --branch v1", first.Revision + "/report", "Something newer"} {
		assert.Contains(t, page.body, part)
	}
	pinned := w.get("/r/rosa/strips@v1")
	require.Equal(t, 200, pinned.status)
	assert.Contains(t, pinned.body, "Fold.")
	assert.NotContains(t, pinned.body, "Fold twice.")
	assert.Equal(t, 404, w.get("/r/rosa/strips@v9").status)
	assert.Equal(t, 404, w.get("/r/rosa/strips/releases/v9").status)

	form = w.get("/r/rosa/strips/releases")
	assert.Contains(t, form.body, `value="v2"`)
	assert.Contains(t, form.body, "Reworded:")
	taken := w.post("/r/rosa/strips/releases", url.Values{"version": {"v1"}, "notes": {"Kept words"}})
	assert.Equal(t, 409, taken.status)
	assert.Contains(t, taken.body, "Kept words", "what was typed stays")
	assert.Equal(t, 422, w.post("/r/rosa/strips/releases", url.Values{"version": {"a b"}}).status)

	feed := w.get("/r/rosa/strips/releases.atom")
	assert.Contains(t, feed.body, "Strips v1")
	var list struct {
		Releases []struct{ Version, Revision, URL string }
	}
	require.NoError(t, json.Unmarshal([]byte(w.get("/api/v1/resources/"+string(first.ID)+"/releases").body), &list))
	require.Len(t, list.Releases, 1)
	assert.Equal(t, first.Revision, list.Releases[0].Revision)
	made := w.call("POST", "/api/v1/resources/"+string(first.ID)+"/releases", w.token("rosa"), map[string]string{"version": "2026.1"})
	assert.Equal(t, 201, made.status)
	assert.Equal(t, 200, w.get("/r/rosa/strips@2026.1").status)

	w.signIn("kim", accounts.Author)
	assert.Contains(t, w.get("/account/news").body, "Nothing new")
	remix, err := w.repo.Remix(t.Context(), repository.Remix{Source: first.ID, Owner: "kim", Slug: "mine", Actor: repository.Actor{Name: "kim", Display: "Kim"}})
	require.NoError(t, err)
	w.publish("rosa/strips", strips("Fold three times."))
	_, err = w.repo.Release(t.Context(), repository.Releasing{Address: first.Address, Version: "v3"})
	require.NoError(t, err)
	news := w.get("/account/news").body
	assert.Contains(t, news, "Strips v3")
	assert.Contains(t, news, pathOf(remix.Resource.Address, "")+"/pull")
	assert.Equal(t, 403, w.post("/r/rosa/strips/releases", url.Values{"version": {"v7"}}).status)
}
