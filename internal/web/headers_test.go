package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of every kind of answer one, whatever it is made by; routes that no handler knows and refusals, too.
func TestEveryAnswerKeepsBrowsersSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	for _, address := range []string{
		"/", "/search", "/search.atom?q=halves", "/r/rosa/halves", "/r/rosa/halves/print", "/r/rosa/halves/raw/index.md", "/r/rosa/halves/metadata.jsonld",
		"/r/rosa/halves.git/info/refs?service=git-upload-pack", "/r/rosa/nothing", "/r/rosa/halves/edit", "/nothing", "/account", "/suggest.js",
		"/oai?verb=Identify", "/oai?verb=Nothing", "/oai/lrmi.xsd", "/api/v1/search", "/api/v1/nothing", "/api/v1/openapi.json", "/oembed?url=x",
		"/feed.atom", "/sitemap.xml", "/robots.txt", "/logo.svg", "/opensearch.xml", "/healthz", "/metrics", "/.well-known/resourcesync",
	} {
		h := w.get(address).header
		policy := h.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", address)
		assert.Contains(t, policy, "frame-ancestors 'none'", address)
		if !strings.Contains(policy, "; sandbox") { // files of others have the styles that they bring, and nothing else
			assert.NotContains(t, policy, "unsafe", address)
		}
		assert.NotContains(t, policy, "script-src 'unsafe", address)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), address)
		assert.Equal(t, "same-origin", h.Get("Referrer-Policy"), address)
	}
}

func TestAddressesPutNoWordsIntoPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	const words = "Your account is blocked. Call 555-0100."
	for _, page := range []string{"/", "/search?q=x", "/r/rosa/halves", "/sign-in", "/lists", "/licenses", "/nowhere"} {
		u, err := url.Parse(page)
		require.NoError(t, err)
		for _, notice := range []string{words, "title", "../error.title.denied", "published.", ""} {
			q := u.Query()
			q.Set("notice", notice)
			u.RawQuery = q.Encode()
			assert.NotContains(t, w.get(u.String()).body, `class="note good"`, notice)
		}
		q := u.Query()
		q.Set("notice", "published")
		u.RawQuery = q.Encode()
		assert.Contains(t, w.get(u.String()).body, `class="note good" role="status">Published.`)
	}
}
