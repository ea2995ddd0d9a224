package app_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/slowline"
)

// Budgets of a page with all that it needs before its pictures, in bytes on the wire.
const (
	pageBudget   = slowline.Initial * slowline.Segment
	textBudget   = 6_000
	scriptBudget = 3_000

	// firstWords is how much may come before the first words are there: 2.7 s at 50 kbit/s and 600 ms, so that the browser has
	// 0.3 s to paint them; 1.3 s at 400 kbit/s and 400 ms, where the whole page has come after 1.5 s.
	firstWords = 5_600
)

// wire is what a page takes on the wire: the heads and bodies of the page and of the files that its head asks for.
type wire struct {
	page, scripts, mark, requests int
	body                          string
}

func (w wire) all() int { return w.page + w.scripts + w.mark }

var (
	sourceOfScript = regexp.MustCompile(`<script src="([^"]+)"`)
	loadedFile     = regexp.MustCompile(`<(?:link rel="stylesheet" href|script src|iframe src|source src|object data)="([^"]+)"`)
)

// onTheWire asks for a page as browsers do, and for what it needs.
func onTheWire(t *testing.T, v *apptest.Visitor, k kindOfPage) wire {
	t.Helper()
	page, body := transfer(t, v, k)
	w := wire{page: page, body: body, requests: 1}
	for _, m := range sourceOfScript.FindAllStringSubmatch(body, -1) {
		n, _ := transfer(t, v, kindOfPage{path: m[1]})
		w.scripts += n
		w.requests++
	}
	w.mark, _ = transfer(t, v, kindOfPage{path: "/logo.svg"})
	for _, m := range loadedFile.FindAllStringSubmatch(body, -1) {
		assert.True(t, strings.HasPrefix(m[1], "/"), "%s loads %s", k.path, m[1])
		assert.Contains(t, sourceOfScript.FindStringSubmatch(body), m[1], "%s loads %s", k.path, m[1])
	}
	return w
}

// transfer asks for an address and counts the bytes of the answer as HTTP/1.1 writes it.
func transfer(t *testing.T, v *apptest.Visitor, k kindOfPage) (weight int, body string) {
	t.Helper()
	a := k.ask(t, v, "Accept-Encoding", "gzip, deflate, br")
	return headBytes(a.Header) + len(a.Body), k.ask(t, v).Body
}

// TestPagesAtTenThousand looks at one page of every kind, with 10,000 resources with long Spanish titles in the catalog:
// what it weighs, what axe-core says of it, and whether it is the same when it is asked for again.
func TestPagesAtTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 resources take their time")
	}
	t.Parallel()
	m := withManyPages(t, 10_000)
	u, err := url.Parse(m.URL)
	require.NoError(t, err)
	require.Equal(t, m.port, u.Port())
	member := m.SignIn(t, "kim", "")
	visitor := func(k kindOfPage) *apptest.Visitor {
		if k.member {
			return member
		}
		return m.Visitor
	}
	t.Run("are all there", func(t *testing.T) { m.areAllThere(t) })
	t.Run("weight", func(t *testing.T) {
		var report []string
		for _, k := range m.kinds {
			w := onTheWire(t, visitor(k), k)
			assert.LessOrEqual(t, w.all(), pageBudget, "%s: page %d, scripts %d, mark %d", k.name, w.page, w.scripts, w.mark)
			assert.Equal(t, 1, slowline.Rounds(w.all()), "round trips of %s", k.name)
			assert.LessOrEqual(t, w.scripts, scriptBudget, k.name)
			assert.LessOrEqual(t, w.requests, 2, k.name)
			assert.Equal(t, k.script, w.scripts > 0, "script of %s", k.name)
			if k.text {
				assert.LessOrEqual(t, w.page, textBudget, k.name)
			}
			first := untilText(t, visitor(k), k)
			if !k.member { // who writes sees a form at first
				assert.LessOrEqual(t, first, firstWords, "%s: until its first words", k.name)
			}
			report = append(report, padded(w.all())+padded(first)+" "+k.name)
		}
		sort.Strings(report)
		t.Logf("bytes on the wire, and until the first words:\n%s", strings.Join(report, "\n"))
	})
	t.Run("for search engines", func(t *testing.T) {
		secret := []string{"preview", "preview of a part", "link of a mail", "link against mail", "invitation"} // in their addresses
		described := regexp.MustCompile(`<meta name="description" content="[^"]{10,400}">`)
		for _, k := range m.kinds {
			if k.failed || k.form != nil {
				continue // nobody keeps them
			}
			body := k.ask(t, visitor(k)).Body
			if slices.Contains(secret, k.name) {
				assert.Contains(t, body, `<meta name="robots" content="noindex">`, k.name)
				assert.NotContains(t, body, `rel="canonical"`, k.name)
				continue
			}
			assert.NotContains(t, body, `content="noindex"`, k.name)
			assert.Regexp(t, described, body, k.name)
			assert.Regexp(t, `<link rel="canonical" href="https?://[^"]+">`, body, k.name)
		}
	})
	t.Run("same bytes", func(t *testing.T) {
		before := map[string]apptest.Answer{}
		for _, k := range m.kinds {
			if k.changes() {
				continue
			}
			a, again := m.Get(t, k.path), m.Get(t, k.path)
			assert.Equal(t, a.Body, again.Body, k.name)
			assert.Equal(t, a.Header.Get("ETag"), again.Header.Get("ETag"), k.name)
			assert.NotEmpty(t, a.Header.Get("ETag"), k.name)
			assert.Empty(t, a.Header.Values("Set-Cookie"), k.name)
			if !k.failed {
				kept := m.Get(t, k.path, "If-None-Match", a.Header.Get("ETag"))
				assert.Equal(t, http.StatusNotModified, kept.Status, k.name)
				assert.Empty(t, kept.Body, k.name)
			}
			before[k.path] = a
		}
		m.Restart(t, nil)
		for _, k := range m.kinds {
			if k.changes() {
				continue
			}
			a := m.Get(t, k.path)
			assert.Equal(t, before[k.path].Body, a.Body, "%s after a restart", k.name)
			assert.Equal(t, before[k.path].Header.Get("ETag"), a.Header.Get("ETag"), "%s after a restart", k.name)
		}
	})
	t.Run("in a browser", func(t *testing.T) { m.inABrowser(t) })
}

// untilText is how many bytes of the compressed page, with its head, come before its first words are there: the end of the
// first paragraph after the heading. It is compressed by gzip, which is a little larger than Brotli.
func untilText(t *testing.T, v *apptest.Visitor, k kindOfPage) int {
	t.Helper()
	a := k.ask(t, v, "Accept-Encoding", "gzip")
	body := []byte(a.Body)
	return headBytes(a.Header) + sort.Search(len(body), func(n int) bool {
		z, err := gzip.NewReader(bytes.NewReader(body[:n]))
		if err != nil {
			return false
		}
		page, _ := io.ReadAll(z) // as much as has come
		_, main, there := bytes.Cut(page, []byte("<h1"))
		return there && bytes.Contains(main, []byte("</p>"))
	})
}

// headBytes is what the head of an answer takes as HTTP/1.1 writes it.
func headBytes(h http.Header) int {
	n := len("HTTP/1.1 200 OK\r\n\r\n")
	for name, values := range h {
		for _, value := range values {
			n += len(name) + len(value) + len(": \r\n")
		}
	}
	return n
}

func padded(n int) string {
	s := "       " + itoa(n)
	return s[len(s)-7:]
}
