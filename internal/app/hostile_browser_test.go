package app_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// polyglots are files that are several things at once; each tries to run a script that says so.
func polyglots() map[string]string {
	const ran = `document.title='ran';alert('ran')`
	// Publishing refuses a drawing in which it finds a script; in this encoding it cannot look.
	svg := `<?xml version="1.0" encoding="iso-8859-1"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="` + ran + `"><script>` + ran + `</script><rect width="9" height="9"/></svg>`
	return map[string]string{
		"page.html":   `<!doctype html><title>p</title><script>` + ran + `</script><img src=x onerror="` + ran + `"><iframe srcdoc="<script>parent.` + ran + `</script>"></iframe>`,
		"drawing.svg": svg,
		"gif.gif":     "GIF89a/*<html><script>" + ran + "</script>*/=1;" + ran,
		"jpeg.jpg":    "\xff\xd8\xff\xe0<!doctype html><script>" + ran + "</script>",
		"words.txt":   "<!doctype html><html><script>" + ran + "</script>",
		"table.csv":   "<script>" + ran + "</script>,=cmd|'/c calc'!A1",
		"data.json":   `{"a":"</script><script>` + ran + `"}`,
		"feed.xml":    `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>` + ran + `</script></html>`,
		"script.js":   ran,
		"book.pdf":    "%PDF-1.4<html><script>" + ran + "</script>",
		"none":        "<html><script>" + ran + "</script>",
		"page.xhtml":  `<html xmlns="http://www.w3.org/1999/xhtml"><script>` + ran + `</script></html>`,
		"style.css":   "*{background:url(http://evil.example/)}</style><script>" + ran + "</script>",
	}
}

// TestHostileFilesDoNothing opens what an author uploaded directly, in the browser of somebody who is signed in.
func TestHostileFilesDoNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	text := strings.Builder{}
	text.WriteString("<script>document.title='ran'</script> <img src=x onerror=alert(1)> $\\href{javascript:alert(1)}{x}$ $\\def\\a{\\a\\a}\\a$\n\n")
	files := fstest.MapFS{}
	for name, content := range polyglots() {
		files[name] = &fstest.MapFile{Data: []byte(content)}
		text.WriteString("[" + name + "](" + name + ")\n\n")
		if strings.HasSuffix(name, "g") || strings.HasSuffix(name, "f") {
			text.WriteString("![" + name + "](" + name + ")\n\n")
		}
	}
	for name, f := range lesson("Hostile", text.String()) {
		files[name] = f
	}
	s.Publish(t, "rosa/hostile", files)
	s.SignIn(t, "kim", accounts.Admin)
	p := browser.New(t).Page(t)
	p.Open(s.URL + "/sign-in")
	p.Fill("#name", "kim")
	p.Fill("#password", apptest.Password)
	p.Submit(`form[action="/sign-in"]`)
	harmless := func(path string) {
		t.Helper()
		var title string
		p.Eval("document.title", &title)
		assert.NotEqual(t, "ran", title, path)
		for _, line := range p.Console() {
			assert.NotContains(t, line, "dialog", path)
		}
		for _, r := range p.Requests() {
			assert.NotContains(t, r.URL, "evil.example", path)
		}
	}
	for _, path := range []string{"", "?view=teacher", "?images=no", "/print", "/embed", "/history", "/remixes"} {
		p.Open(s.URL + "/r/rosa/hostile" + path)
		harmless(path)
	}
	for name := range polyglots() {
		path := "/r/rosa/hostile/raw/" + name
		a := s.Get(t, path)
		require.Equal(t, http.StatusOK, a.Status, name)
		assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"), name)
		csp, kind := a.Header.Get("Content-Security-Policy"), a.Header.Get("Content-Type")
		assert.True(t, strings.Contains(csp, "sandbox") || kind == "application/pdf" && strings.Contains(csp, "default-src 'none'"), "%s: %s", name, csp)
		assert.NotContains(t, csp, "allow-", name)
		if strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") || kind == "application/pdf" || strings.HasPrefix(kind, "text/csv") {
			continue // it is not shown, but kept
		}
		p.Open(s.URL + path)
		harmless(name)
		var told string // of another origin, it reads nothing
		p.Eval("try { document.cookie } catch (e) { e.name }", &told)
		assert.Equal(t, "SecurityError", told, name)
	}
}
