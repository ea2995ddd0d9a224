package federation

import (
	"strings"
	"testing"
)

// ReadForeign reads the texts of a web site, for the fuzzer.
func ReadForeign(t *testing.T, page, rules, sitemap string) {
	t.Helper()
	all, _ := scripts(strings.NewReader(page))
	for _, s := range all {
		if len(s) > maxScript {
			t.Fatalf("a script of %d bytes", len(s))
		}
	}
	_ = describing(all)
	r := readRobots([]byte(rules))
	_ = r.allows("http://example.org/" + page)
	if r.delay < 0 || r.delay > maxDelay {
		t.Fatalf("a delay of %v", r.delay)
	}
	entries, _, err := readSitemap(strings.NewReader(sitemap))
	if err != nil && entries != nil {
		t.Fatal("entries of a broken sitemap")
	}
	for _, e := range entries {
		if e.address == "" || len(e.address) > maxSitemapText {
			t.Fatalf("an address of %d bytes", len(e.address))
		}
	}
}
