package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// routesWithoutPages are those of GET that answer with something else, or lead elsewhere, whoever asks. The address is one of
// them that says so; "" where an answer needs more than an address.
var routesWithoutPages = map[string]string{
	"GET /search.atom": "/search.atom?q=fracciones", "GET /opensearch.xml": "/opensearch.xml", "GET /suggest.js": "/suggest.js", "GET /editor.js": "/editor.js",
	"GET /offline.js": "/offline.js", "GET /worker.js": "/worker.js", "GET /site.webmanifest": "/site.webmanifest", "GET /oembed": "", "GET /logo.svg": "/logo.svg",
	"GET /favicon.ico": "/favicon.ico", "GET /robots.txt": "/robots.txt", "GET /sitemap.xml": "/sitemap.xml", "GET /sitemap-:n": "/sitemap-1.xml",
	"GET /feed.atom": "/feed.atom", "GET /releases.atom": "/releases.atom", "GET /healthz": "/healthz", "GET /readyz": "/readyz", "GET /metrics": "",
	"GET /.well-known/commonplace.json": "/.well-known/commonplace.json", "GET /.well-known/resourcesync": "/.well-known/resourcesync",
	"GET /resourcesync/capabilitylist.xml": "/resourcesync/capabilitylist.xml", "GET /resourcesync/resourcelist.xml": "/resourcesync/resourcelist.xml",
	"GET /resourcesync/resourcelist-:n": "/resourcesync/resourcelist-1.xml", "GET /resourcesync/changelist.xml": "/resourcesync/changelist.xml",
	"GET /resourcesync/changelist-:n": "/resourcesync/changelist-1.xml", "GET /oai": "/oai?verb=Identify", "GET /oai/lrmi.xsd": "/oai/lrmi.xsd",
	"GET /lists.json": "/lists.json", "GET /lists/allowed_signers": "/lists/allowed_signers", "GET /calls/:call/sheet.csv": "",
	"GET /account/export": "", "GET /audit.jsonl": "", "GET /peers/:name/quarantine/:id": "", "GET /media/:oid": "",
	"GET /sign-in/with/:provider": "/sign-in/with/none", "GET /sign-in/with/:provider/back": "/sign-in/with/none/back",
	"GET /r/:owner": "/r/kim", "GET /r/:owner/*/info/lfs/*": "", "GET /r/:owner/* info": "/r/kim/own.git/info/refs?service=git-upload-pack",
	"GET /r/:owner/* raw": "/r/kim/own/raw/index.md", "GET /r/:owner/* metadata.jsonld": "/r/kim/own/metadata.jsonld", "GET /r/:owner/* print.pdf": "",
	"GET /r/:owner/* releases.atom": "/r/kim/own/releases.atom", "GET /r/:owner/* report.json": "/r/kim/own/report.json",
	"GET /r/:owner/* download.zip": "/r/kim/own/download.zip", "GET /r/:owner/* quiz": "/r/kim/own/quiz",
}

var namedPage = regexp.MustCompile(`<data value="page:([a-z-]+)">`)

// areAllThere makes sure that every route that answers with a page, and every page of the themes, is among those that are
// looked at.
func (m *manyPages) areAllThere(t *testing.T) {
	known := routesOf(t, m.Server)
	host := strings.TrimPrefix(m.home("named"), "http://")
	member := m.Browser()
	require.Equal(t, http.StatusSeeOther, member.Post(t, "/sign-in", url.Values{"name": {"kim"}, "password": {apptest.Password}}, "Host", host).Status)
	shown, routes := map[string]bool{}, map[string]bool{}
	for _, k := range m.kinds {
		v := m.Visitor
		if k.member {
			v = member
		}
		a := k.ask(t, v, "Host", host)
		name := namedPage.FindStringSubmatch(a.Body)
		if assert.NotNil(t, name, "%s is no page: %d %.300s", k.name, a.Status, a.Body) {
			shown[name[1]] = true
		}
		assert.Equal(t, k.failed, a.Status >= 400, "%s: %d", k.name, a.Status)
		routes[routeOf(t, known, k)] = true
	}
	for _, page := range pagesOfThemes(t) {
		assert.True(t, shown[page], "no kind of page shows pages/%s.html", page)
	}
	for route := range known {
		if _, without := routesWithoutPages[route]; !without && strings.HasPrefix(route, "GET ") && !strings.HasPrefix(route, "GET /api/") {
			assert.True(t, routes[route], "no kind of page is of the route %s", route)
		}
	}
	for route, path := range routesWithoutPages {
		assert.True(t, known[route], "there is no route %s", route)
		assert.False(t, routes[route], "%s has a page", route)
		if path != "" {
			a := m.Get(t, path)
			assert.Less(t, a.Status, 500, path)
			assert.False(t, a.Status == http.StatusOK && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html"), "%s answers with a page: %s", route, path)
		}
	}
}

// routeOf is the route of a page, "" if it has none.
func routeOf(t *testing.T, known map[string]bool, k kindOfPage) string {
	t.Helper()
	method := http.MethodGet
	if k.form != nil {
		method = http.MethodPost
	}
	path, _, _ := strings.Cut(k.path, "?")
	if rest, ok := strings.CutPrefix(path, "/r/"); ok {
		for _, part := range strings.Split(rest, "/")[2:] {
			if route := method + " /r/:owner/* " + part; part != "" && known[route] {
				return route
			}
		}
		return method + " /r/:owner/* "
	}
	var fits []string
	for route := range known {
		if pattern, ok := strings.CutPrefix(route, method+" "); ok && !strings.Contains(pattern, " ") && fiber.RoutePatternMatch(path, pattern) {
			fits = append(fits, route)
		}
	}
	if len(fits) == 0 {
		return ""
	}
	// The most exact one: with the fewest places for anything.
	return slices.MinFunc(fits, func(a, b string) int {
		return 100*(strings.Count(a, "*")-strings.Count(b, "*")) + strings.Count(a, ":") - strings.Count(b, ":")
	})
}
