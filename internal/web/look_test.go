package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

func TestReaderChoosesALook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.get("/privacy")
	assert.Empty(t, before.header.Values("Set-Cookie"))
	assert.Contains(t, before.body, `<button name="look" value="system" aria-describedby="looks" aria-pressed="true">`)

	a := w.post("/look?back=%2Fprivacy%3Fx%3D1", url.Values{"look": {"dark"}})
	assert.Equal(t, http.StatusSeeOther, a.status)
	assert.Equal(t, "/privacy?x=1", a.header.Get("Location"))
	assert.Regexp(t, `^look=dark; expires=.*; path=/; HttpOnly; SameSite=Lax$`, a.header.Get("Set-Cookie"))
	page := w.get("/privacy")
	assert.Contains(t, page.body, `content="dark"`)
	assert.Contains(t, page.body, `value="dark" aria-describedby="looks" aria-pressed="true"`)
	assert.NotContains(t, page.body, "prefers-color-scheme")
	assert.NotEqual(t, before.header.Get("Content-Security-Policy"), page.header.Get("Content-Security-Policy"), "the policy allows this look's styles")
	assert.NotEqual(t, before.header.Get("ETag"), page.header.Get("ETag"))
	assert.Contains(t, page.header.Get("Vary"), "Cookie")

	a = w.post("/look?back=/", url.Values{"look": {"sepia"}})
	assert.Empty(t, a.header.Values("Set-Cookie"))
	a = w.post("/look?back=//evil.example/", url.Values{"look": {"system"}})
	assert.Equal(t, "/", a.header.Get("Location"))
	assert.Regexp(t, `^look=; expires=Thu, 01 Jan 1970`, a.header.Get("Set-Cookie"), "as the device does needs no cookie")
	assert.Equal(t, before.body, w.get("/privacy").body)
	assert.Equal(t, http.StatusForbidden, w.post("/look", url.Values{"look": {"dark"}}, "Sec-Fetch-Site", "cross-site").status)
}

func TestHostsShowTheirThemes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	put := func(name, text string) {
		file := filepath.Join(dir, "valley", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	put("theme.toml", "site = \"Valley Schools\"\nlanguages = [\"es\", \"en\"]")
	put("messages/en.json", `{"home.lede": "For Valley.", "sort.newest": "Fresh from Valley"}`)
	put("messages/es.json", `{"home.lede": "Para Valley."}`)
	set, err := themes.OpenSet(themes.SetOptions{Hosts: map[string]string{"valley.example": "valley"}, Dir: dir})
	require.NoError(t, err)
	w.options.Theme = set
	server, err := New(w.options)
	require.NoError(t, err)
	at := func(host, address string) string {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Host = host
		for name, value := range w.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		resp, err := server.Test(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode, string(b))
		return string(b)
	}
	state, valley := at("oer.test", "/"), at("Valley.Example:8080", "/")
	assert.Contains(t, state, "Test Repository")
	assert.Contains(t, state, `<html lang="en">`)
	assert.Contains(t, valley, "Valley Schools")
	assert.Contains(t, valley, "Para Valley.", "the theme's first language, and its words")
	assert.Contains(t, at("valley.example", "/?lang=en"), `content="For Valley."`)
	w.lesson("halves", "title: Halves\nlanguage: en\nlicense: CC-BY-4.0", "Fold.")
	assert.Contains(t, at("valley.example", "/search?q=halves&lang=en"), "Fresh from Valley", "labels that are put together here are the theme's, too")
	assert.NotContains(t, at("oer.test", "/search?q=halves"), "Fresh from Valley")
	assert.Contains(t, valley, `<link rel="canonical" href="http://oer.test/">`, "one address for search engines")

	put("tokens.css", "\n:root { --acent: #000 }")
	set.Refresh()
	assert.NotContains(t, at("valley.example", "/?lang=en"), "acent", "nothing for readers")
	w.signIn("rosa", accounts.Author)
	assert.NotContains(t, at("oer.test", "/"), "acent", "nor for authors")
	w.signIn("kim", accounts.Admin)
	told := at("oer.test", "/")
	assert.Contains(t, told, "The theme valley has problems.")
	assert.Contains(t, told, "valley/tokens.css:2</code> unknown token --acent")
	require.NoError(t, os.Remove(filepath.Join(dir, "valley", "tokens.css")))
	set.Refresh()
	assert.NotContains(t, at("oer.test", "/"), "acent")
}
