package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
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
