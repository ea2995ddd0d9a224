package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// seq is the number of the newest change: what stays equal while nothing is written.
func seq(t *testing.T, s *apptest.Server) int64 {
	t.Helper()
	n, err := s.App.Catalog.Seq(t.Context())
	require.NoError(t, err)
	return n
}

// write is an attempt to write to rosa's namespace, or to what is hers.
type write struct {
	name string
	try  func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer
}

// byForm are the web forms, which a cookie opens.
func byForm(base string) []write {
	return []write{
		{"edit form", func(t *testing.T, v *apptest.Visitor, _ string) apptest.Answer {
			return v.Post(t, "/r/rosa/halves/edit", url.Values{"base": {base}, "title": {"Taken over"}, "text": {"Taken over."}})
		}},
		{"edit preview", func(t *testing.T, v *apptest.Visitor, _ string) apptest.Answer {
			return v.Post(t, "/r/rosa/halves/edit", url.Values{"base": {base}, "text": {"Taken over."}, "do": {"preview"}})
		}},
		{"remix form", func(t *testing.T, v *apptest.Visitor, _ string) apptest.Answer {
			return v.Post(t, "/r/rosa/halves/remix", url.Values{"owner": {"rosa"}, "title": {"Taken over"}, "text": {"Taken over."}})
		}},
		{"form for something new", func(t *testing.T, v *apptest.Visitor, _ string) apptest.Answer {
			mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "slug": "halves", "text": lessonText("Taken over", "x")}, "", nil)
			return v.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin")
		}},
	}
}

// byAPI is the API, which a token opens.
func byAPI(id, base string) []write {
	files := map[string]string{"index.md": lessonText("Taken over", "x")}
	match := []string{"If-Match", `"` + base + `"`}
	return []write{
		{"publish", func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer {
			return v.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{"owner": "rosa", "slug": "new", "files": files})
		}},
		{"publish over", func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer {
			return v.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{"owner": "rosa", "slug": "halves", "files": files})
		}},
		{"publish a zip", func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer {
			return v.Upload(t, http.MethodPost, "/api/v1/resources?owner=rosa&slug=new", token, "application/zip", zipped(t, files))
		}},
		{"revise", func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer {
			return v.Call(t, http.MethodPut, "/api/v1/resources/"+id, token, map[string]any{"files": files}, match...)
		}},
		{"dry run", func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer {
			return v.Call(t, http.MethodPut, "/api/v1/resources/"+id, token, map[string]any{"files": files, "dryRun": true}, match...)
		}},
		{"remix", func(t *testing.T, v *apptest.Visitor, token string) apptest.Answer {
			return v.Call(t, http.MethodPost, "/api/v1/resources/"+id+"/remix", token, map[string]any{"owner": "rosa"})
		}},
	}
}

func TestOnlyTheOwnerWrites(t *testing.T) {
	t.Parallel()
	s, _, maria := oneServer(t)
	r := s.At(t, "rosa/halves")
	forms, api := byForm(r.Revision), byAPI(string(r.ID), r.Revision)
	mine, reading := s.Token(t, "maria"), s.Token(t, "rosa", accounts.ScopeRead)
	managing := s.Token(t, "rosa", accounts.ScopeManage)
	before := seq(t, s)
	for _, c := range []struct {
		who    string
		v      *apptest.Visitor
		token  string
		writes []write
		status int
	}{
		{"another author", maria, "", forms, http.StatusForbidden},
		{"another author's token", s.Visitor, mine, api, http.StatusForbidden},
		{"nobody", s.Visitor, "", forms, http.StatusUnauthorized},
		{"nobody", s.Visitor, "", api, http.StatusUnauthorized},
		{"a token for reading", s.Visitor, reading, api, http.StatusForbidden},
		{"a token for managing", s.Visitor, managing, api, http.StatusForbidden},
		{"a token that there is not", s.Visitor, "cp_0123456789abcdef", api, http.StatusUnauthorized},
		{"a token of the owner with a form", s.Visitor, s.Token(t, "rosa"), forms[:1], http.StatusUnauthorized},
		{"a cookie of another author with the API", maria, "", api, http.StatusUnauthorized},
	} {
		for _, w := range c.writes {
			a := w.try(t, c.v, c.token)
			assert.Equal(t, c.status, a.Status, "%s, %s: %.300s", c.who, w.name, read(a.Body))
			if c.status == http.StatusUnauthorized && a.Header.Get("Content-Type") == "application/problem+json" {
				assert.Contains(t, a.Header.Get("WWW-Authenticate"), "Bearer", "%s, %s", c.who, w.name)
			}
		}
	}
	assert.Equal(t, before, seq(t, s), "something was written")
	assert.Equal(t, r.Revision, s.At(t, "rosa/halves").Revision)
	assert.Zero(t, search(t, s, `"Taken over"`).Total)

	for _, path := range []string{"/new", "/account", "/r/rosa/halves/edit", "/r/rosa/halves/remix"} {
		a := s.Get(t, path)
		assert.Equal(t, http.StatusSeeOther, a.Status, path)
		assert.Equal(t, "/sign-in?next="+url.QueryEscape(path), a.Location())
	}
	assert.Equal(t, http.StatusForbidden, maria.Get(t, "/r/rosa/halves/edit").Status)
}

func TestOnlyAdminsManagePeers(t *testing.T) {
	t.Parallel()
	s, _, maria := oneServer(t)
	other := apptest.New(t).Server(t, "other", nil)
	for _, path := range []string{"/peers", "/peers/preview", "/peers/harvest", "/peers/replay", "/peers/settings", "/peers/pause", "/peers/remove"} {
		values := url.Values{"url": {other.URL}, "peer": {"other"}}
		assert.Equal(t, http.StatusForbidden, maria.Post(t, path, values).Status, path)
		assert.Equal(t, http.StatusUnauthorized, s.Post(t, path, values).Status, path)
	}
	hasNot(t, maria.Page(t, "/peers"), `action="/peers`)
	hasNot(t, s.Page(t, "/peers"), other.URL)
}

func TestFormsOfOtherSitesWriteNothing(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	r := s.At(t, "rosa/halves")
	before := seq(t, s)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"},
		{"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "", "Origin", "null"},
		{"Sec-Fetch-Site", "", "Origin", s.URL + ".evil.example"},
	} {
		for path, values := range map[string]url.Values{
			"/r/rosa/halves/edit":  {"base": {r.Revision}, "text": {"Taken over."}, "title": {"Taken over"}},
			"/r/rosa/halves/remix": {},
			"/account/tokens":      {"label": {"stolen"}},
			"/sign-out":            {},
			"/sign-in":             {"name": {"rosa"}, "password": {apptest.Password}},
		} {
			a := rosa.Post(t, path, values, headers...)
			assert.Equal(t, http.StatusForbidden, a.Status, "%s %v", path, headers)
			assert.Empty(t, a.Header.Values("Set-Cookie"), path)
		}
	}
	assert.Equal(t, before, seq(t, s))
	tokens, err := s.App.Accounts.Tokens(t.Context(), "rosa")
	require.NoError(t, err)
	assert.Empty(t, tokens)
	rosa.Page(t, "/account") // still signed in
}

func TestErrorPagesKnowWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	_, rosa, _ := oneServer(t)
	a := rosa.Get(t, "/r/rosa/nothing")
	require.Equal(t, http.StatusNotFound, a.Status)
	has(t, a.Body, `<a href="/account">Rosa</a>`)
}

func TestSignOutEndsTheSessionEverywhere(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	stolen := rosa.Client.Jar.Cookies(u)
	require.NotEmpty(t, stolen)
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, "/sign-out", nil).Status)
	assert.Equal(t, http.StatusSeeOther, rosa.Get(t, "/account").Status)
	a := s.Get(t, "/account", "Cookie", stolen[0].String())
	assert.Equal(t, http.StatusSeeOther, a.Status, "the cookie is worth nothing any more")
}
