package web

import (
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var discard = slog.New(slog.DiscardHandler)

// wellFormed reads a page as XML does, which finds any element that is not closed where it should be.
func wellFormed(page string) error {
	page = strings.TrimPrefix(page, "<!doctype html>")
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = false
	d.AutoClose = []string{"meta", "link", "img", "input", "br", "hr", "col", "wbr"}
	d.Entity = xml.HTMLEntity
	var open []string
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if !void[e.Name.Local] {
				open = append(open, e.Name.Local)
			}
		case xml.EndElement:
			if void[e.Name.Local] {
				continue
			}
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				return errors.New("</" + e.Name.Local + "> closes nothing; open are " + strings.Join(open, " "))
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return errors.New("never closed: " + strings.Join(open, " "))
	}
	return nil
}

var void = map[string]bool{"meta": true, "link": true, "img": true, "input": true, "br": true, "hr": true, "col": true, "wbr": true}

func TestWellFormedFindsAnOpenElement(t *testing.T) {
	t.Parallel()
	require.Error(t, wellFormed("<!doctype html><html><p>a</html>"))
	require.Error(t, wellFormed("<!doctype html><html></ul></html>"))
	require.NoError(t, wellFormed("<!doctype html><html><p>a<br>b &amp; c &nbsp;</p></html>"))
}

// publicPages are one of every kind that anybody may read.
var publicPages = map[string]int{
	"/": 200, "/search": 200, "/search?q=fractions": 200, "/search?q=5.NF.B.3&license=CC-BY-4.0": 200, "/search?q=zzzzqqqq&grade=5": 200,
	"/standards": 200, "/standards/ccss-math": 200, "/standards/ccss-math/CCSS.Math.Content.5.NF.B.3": 200, "/peers": 200, "/sign-in": 200, "/nothing": 404, "/r/nobody/nothing": 404,
}

func TestEveryPageIsWhole(t *testing.T) {
	t.Parallel()
	w := filled(t)
	pages := map[string]int{}
	for address, status := range publicPages {
		pages[address] = status
	}
	list, err := w.catalog.Between(t.Context(), 0, 1<<40, false)
	require.NoError(t, err)
	require.NotEmpty(t, list)
	for _, r := range list {
		base := pathOf(r.Address, "")
		pages[base] = 200
		pages[base+"?view=student"] = 200
		pages[base+"/history"] = 200
		pages[base+"/print"] = 200
		pages[pathOf(r.Address, r.Revision)] = 200
	}
	for _, lang := range []string{"en", "es"} {
		for address, status := range pages {
			a := w.get(address, "Accept-Language", lang)
			require.Equal(t, status, a.status, address)
			assert.NoError(t, wellFormed(a.body), address)
			assert.True(t, strings.Contains(a.body, `<html lang="`+lang+`">`), address)
			assert.Equal(t, 1, strings.Count(a.body, "<h1"), "one h1 on %s", address)
			assert.Equal(t, 1, strings.Count(a.body, "<title>"), address)
			assert.False(t, strings.Contains(a.body, "<title> "), address)
			assert.False(t, strings.Contains(a.body, "ZgotmplZ"), address)
			assert.False(t, strings.Contains(a.body, "<no value>"), address)
			csp := a.header.Get("Content-Security-Policy")
			assert.Contains(t, csp, "default-src 'none'", address)
			assert.Contains(t, csp, "frame-ancestors 'none'", address)
			assert.NotContains(t, csp, "unsafe", address)
			assert.Equal(t, strings.Contains(a.body, `rel="manifest"`), strings.Contains(csp, "manifest-src 'self'"), address)
			assert.Equal(t, strings.Count(a.body, "<style>"), strings.Count(csp, "'sha256-"), "every style is allowed on %s", address)
			assert.False(t, strings.Contains(a.body, " style="), address)
			assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"), address)
			assert.Empty(t, a.header.Values("Set-Cookie"), "reading sets a cookie on %s", address)
		}
	}
}

func TestPagesAreSmall(t *testing.T) {
	t.Parallel()
	w := filled(t)
	list, err := w.catalog.Between(t.Context(), 0, 1<<40, false)
	require.NoError(t, err)
	pages := []string{"/", "/search", "/standards", "/standards/ccss-math", "/peers", "/sign-in", "/nothing"}
	for _, r := range list {
		pages = append(pages, pathOf(r.Address, ""))
	}
	for _, address := range pages {
		a := w.get(address, "Accept-Encoding", "br")
		assert.Equal(t, "br", a.header.Get("Content-Encoding"), address)
		assert.Less(t, len(a.body), 14_600, address)
		t.Logf("%6d %s", len(a.body), address)
	}
}

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := filled(t)
	first := w.get("/")
	again := w.get("/", "If-None-Match", first.header.Get("ETag"))
	assert.Equal(t, http.StatusNotModified, again.status)
	assert.Empty(t, again.body)
	other := w.get("/", "If-None-Match", first.header.Get("ETag"), "Accept-Language", "es")
	assert.Equal(t, http.StatusOK, other.status, "another language is another page")
}
