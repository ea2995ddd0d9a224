package federation_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
)

// webSite is a site with lessons that describe themselves in JSON-LD.
type webSite struct {
	mu     sync.Mutex
	base   string
	robots string
	pages  map[string]string // by path
	dates  map[string]string // lastmod by path; none: not in the sitemap
	extra  string            // more entries of the sitemap
	asked  []string
}

func (s *webSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.Path)
	switch {
	case r.URL.Path == "/robots.txt" && s.robots != "":
		fmt.Fprint(w, s.robots)
	case r.URL.Path == "/sitemap.xml":
		fmt.Fprintf(w, `<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>%s/pages.xml.gz</loc></sitemap></sitemapindex>`, s.base)
	case r.URL.Path == "/pages.xml.gz":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		fmt.Fprint(z, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		paths := make([]string, 0, len(s.dates))
		for path := range s.dates {
			paths = append(paths, path)
		}
		sort.Strings(paths)
		for _, path := range paths {
			fmt.Fprintf(z, "<url><loc>%s%s</loc><lastmod>%s</lastmod></url>", s.base, path, s.dates[path])
		}
		fmt.Fprint(z, s.extra, `</urlset>`)
		_ = z.Close()
		w.Header().Set("Content-Type", "application/gzip")
		_, _ = w.Write(b.Bytes())
	default:
		page, ok := s.pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, page)
	}
}

func lessonPage(title string) string {
	return `<!doctype html><html><head><title>x</title><script>var a = "<p>";</script><script type="application/ld+json">{"@type":"BreadcrumbList"}</script>` +
		`<script type="application/ld+json; charset=utf-8">{"@context":"https://schema.org","@type":"LearningResource","name":"` + title +
		`","license":"https://creativecommons.org/licenses/by/4.0/","inLanguage":"en"}</script></head><body>Hello</body></html>`
}

func newSite(t *testing.T, lessons int) (*world, *webSite) {
	clock := federationtest.NewClock(federationtest.Start)
	s := &webSite{pages: map[string]string{"/": "<html>Welcome</html>"}, dates: map[string]string{"/": "2026-01-01"}}
	for i := range lessons {
		path := fmt.Sprintf("/lessons/%02d", i)
		s.pages[path], s.dates[path] = lessonPage(fmt.Sprint("Lesson ", i)), "2026-01-01"
	}
	w := newWorld(t, clock, s)
	s.base = w.server.URL
	require.NoError(t, w.inbox.SavePeer(t.Context(), federation.Peer{Name: "state", URL: s.base + "/sitemap.xml", Source: federation.Sitemap}))
	return w, s
}

func (s *webSite) visits(prefix string) int {
	n := 0
	for _, path := range s.asked {
		if strings.HasPrefix(path, prefix) {
			n++
		}
	}
	s.asked = nil
	return n
}

func TestASiteIsHarvestedByItsSitemap(t *testing.T) {
	w, s := newSite(t, 60)
	run := w.complete(t, false)
	assert.Equal(t, federation.Tally{New: 60, Filtered: 1}, run.Tally)
	r, ok := w.inbox.Record("state", s.base+"/lessons/07")
	require.True(t, ok)
	assert.Equal(t, "Lesson 7", r.Metadata.Title)
	assert.EqualValues(t, "CC-BY-4.0", r.License)
	assert.Equal(t, s.base+"/lessons/07", r.URL)
	s.visits("")

	// Only what changed is visited; what is not named any more goes.
	w.clock.Add(100 * time.Hour)
	s.pages["/lessons/03"], s.dates["/lessons/03"] = lessonPage("Third"), "2026-03-05T10:00:00+01:00"
	delete(s.dates, "/lessons/04")
	delete(s.pages, "/lessons/05") // named, but gone
	s.dates["/lessons/05"] = "2026-03-05"
	run = w.complete(t, false)
	assert.Equal(t, 2, s.visits("/lessons/"))
	assert.Equal(t, 1, run.Changed)
	assert.Equal(t, 2, run.Deleted)
	assert.Equal(t, "Third", w.inbox.Held("state")[s.base+"/lessons/03"].Title)
	assert.Equal(t, 58, w.held())

	// A page that describes nothing any more is no record.
	w.clock.Add(100 * time.Hour)
	s.pages["/lessons/06"], s.dates["/lessons/06"] = "<html>moved", "2026-03-10"
	assert.Equal(t, 1, w.complete(t, false).Deleted)

	// A sitemap that is suddenly short removes nothing.
	w.clock.Add(100 * time.Hour)
	for path := range s.dates {
		if path > "/lessons/10" {
			delete(s.dates, path)
		}
	}
	run = w.complete(t, false)
	assert.Zero(t, run.Deleted)
	assert.NotEmpty(t, run.Warnings)
	assert.Equal(t, 57, w.held())
}

func TestAKilledHarvestOfASiteGoesOn(t *testing.T) {
	w, s := newSite(t, 60)
	calls := 0
	w.inbox.Fail = func(federation.Page) error {
		if calls++; calls == 2 {
			return fmt.Errorf("killed")
		}
		return nil
	}
	_, err := w.harvest(t, false)
	require.Error(t, err)
	s.visits("")
	w.inbox.Fail = nil
	run := w.complete(t, false)
	assert.True(t, run.Resumed)
	assert.Equal(t, 36, s.visits("/lessons/"), "what was stored is not visited again")
	assert.Equal(t, 60, w.held())
}

func TestRobotsAreObeyed(t *testing.T) {
	w, s := newSite(t, 30)
	s.robots = "User-agent: *\nDisallow: /\n\nUser-Agent: Other\nUser-agent: Commonplace # us\nDisallow: /lessons/1*\nAllow: /lessons/15$\nCrawl-delay: 2\nSitemap: " + s.base + "/sitemap.xml\n"
	before := w.clock.Now()
	run := w.complete(t, false)
	assert.Equal(t, 21, run.New)
	assert.Equal(t, 22*2*time.Second, w.clock.Now().Sub(before), "it waits as long as it is asked to")
	assert.Contains(t, strings.Join(run.Warnings, " "), "does not allow to read 9 pages")
	for _, path := range s.asked {
		assert.False(t, strings.HasPrefix(path, "/lessons/1") && path != "/lessons/15", path)
	}

	s.robots = "User-agent: *\nDisallow: /"
	_, err := w.harvest(t, true)
	require.ErrorContains(t, err, "robots.txt does not allow")
	assert.Equal(t, 21, w.held())
}

func TestSitesThatDoNotAnswerAreLeftAloneLoudly(t *testing.T) {
	for name, path := range map[string]string{"robots.txt": "/robots.txt", "the sitemap": "/sitemap.xml", "its part": "/pages.xml.gz", "a page": "/lessons/17"} {
		t.Run(name, func(t *testing.T) {
			w, _ := newSite(t, 30)
			w.serve = func(rw http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path == path {
					rw.WriteHeader(500)
				}
				return r.URL.Path == path
			}
			_, err := w.harvest(t, false)
			require.ErrorContains(t, err, "given up after 6 attempts: HTTP status 500")
			w.serve = nil
			w.complete(t, false)
			assert.Equal(t, 30, w.held())
		})
	}
}

func TestHostileSitemapsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(http.ResponseWriter, string)
		want  string
	}{
		"names itself for ever": {func(w http.ResponseWriter, base string) {
			fmt.Fprintf(w, `<sitemapindex><sitemap><loc>%s/sitemap.xml?%d</loc></sitemap></sitemapindex>`, base, time.Now().UnixNano())
		}, "too deeply"},
		"many sitemaps": {func(w http.ResponseWriter, base string) {
			fmt.Fprint(w, `<sitemapindex>`)
			for i := range 2000 {
				fmt.Fprintf(w, `<sitemap><loc>%s/%d</loc></sitemap>`, base, i)
			}
			fmt.Fprint(w, `</sitemapindex>`)
		}, "more than 1000 sitemaps"},
		"gzip bomb": {func(w http.ResponseWriter, _ string) {
			z := gzip.NewWriter(w)
			fmt.Fprint(z, "<urlset>")
			blanks := bytes.Repeat([]byte(" "), 1<<20)
			for range 4 {
				_, _ = z.Write(blanks)
			}
			_ = z.Close()
		}, "element that is too long"},
		"endless entries": {func(w http.ResponseWriter, _ string) {
			fmt.Fprint(w, "<urlset>")
			for range 210_000 {
				fmt.Fprint(w, "<url><loc>http://a.org/</loc></url>")
			}
		}, "larger than is accepted"},
		"truncated": {func(w http.ResponseWriter, base string) {
			fmt.Fprintf(w, "<urlset><url><loc>%s/lessons/01</loc></url>", base)
		}, "unexpected EOF"},
		"web page": {func(w http.ResponseWriter, _ string) { fmt.Fprint(w, "<html><body>no</body></html>") }, "not a sitemap but a document with the root element <html>"},
		"entities": {func(w http.ResponseWriter, _ string) {
			fmt.Fprint(w, `<!DOCTYPE u [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>`)
		}, "invalid character entity"},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newSite(t, 1)
			w.serve = func(rw http.ResponseWriter, r *http.Request, _ int) bool {
				if strings.HasPrefix(r.URL.Path, "/sitemap.xml") {
					c.serve(rw, s.base)
					return true
				}
				return false
			}
			_, err := w.harvest(t, false)
			require.ErrorContains(t, err, c.want)
			assert.Zero(t, w.held())
		})
	}
}

func FuzzReadWebPages(f *testing.F) {
	f.Add(lessonPage("Lesson"), "User-agent: *\nDisallow: /a*b$\nCrawl-delay: 1", "<urlset><url><loc>http://a.org/</loc></url></urlset>")
	f.Add("<script type=application/ld+json>{}", "\xff:\n*", "\x1f\x8b")
	f.Fuzz(func(t *testing.T, page, rules, sitemap string) { federation.ReadForeign(t, page, rules, sitemap) })
}

func TestPagesOfOtherSitesAreNotVisited(t *testing.T) {
	w, s := newSite(t, 3)
	s.extra = "<url><loc>http://169.254.169.254/latest</loc></url><url><loc>http://other.example.org/x</loc></url><url><loc>file:///etc/passwd</loc></url>"
	run := w.complete(t, false)
	assert.Equal(t, 3, run.New)
	assert.Contains(t, strings.Join(run.Warnings, " "), "3 addresses of other sites")
}

func TestDetectAndPreviewFindSitemaps(t *testing.T) {
	w, s := newSite(t, 30)
	p, err := w.Preview(t.Context(), s.base, federation.PreviewOptions{})
	require.NoError(t, err)
	assert.Equal(t, federation.Sitemap, p.Peer().Source)
	assert.Equal(t, s.base+"/sitemap.xml", p.Peer().URL)
	assert.Equal(t, 31, p.Size)
	assert.Len(t, p.Samples, 20)
	assert.Equal(t, 20, p.Licenses["CC-BY-4.0"])

	for path := range s.pages {
		s.pages[path] = "<html>nothing"
	}
	_, err = w.Detect(t.Context(), s.base)
	require.ErrorContains(t, err, "no OAI-PMH repository found")
}
