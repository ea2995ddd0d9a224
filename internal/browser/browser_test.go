package browser_test

import (
	"fmt"
	"html"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/browser"
)

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark}.wide{width:300px;height:2000px}#hidden{position:fixed;inset:0 0 auto auto}</style>
<main><h1>Search</h1>
<form action="/found" role="search"><label for="q">Words</label> <input id="q" name="q" value="old">
<label for="g">Grade</label> <select id="g" name="g"><option value="">any</option><option value="5">5</option></select>
<button>Go</button></form>
<p><a href="/found?q=link">a link</a></p><p id="js">no script</p>
%s<p class="wide">long</p></main>
<script>document.querySelector('#js').textContent = 'script'</script></html>`

// site is a page with what a test puts into it, and a page that tells what it was sent.
func site(t *testing.T, inner string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, page, inner) })
	mux.HandleFunc("GET /found", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang=en><title>Found</title><link rel=icon href="data:,"><main><h1>%s</h1><p id=grade>%s</p></main>`,
			html.EscapeString(r.FormValue("q")), html.EscapeString(r.FormValue("g")))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestPage(t *testing.T) {
	b := browser.New(t)
	t.Run("a form is filled and sent, with and without scripts", func(t *testing.T) {
		for name, scripts := range map[string]string{"script": "script", "no script": "no script"} {
			t.Run(name, func(t *testing.T) {
				p := b.Page(t)
				if name == "no script" {
					p.DisableScripts()
				}
				p.Open(site(t, ""))
				assert.Equal(t, scripts, p.Text("#js"))
				assert.Equal(t, "old", p.Text("#q"))
				p.Fill("#q", "5.NF.B.3 ¿qué?")
				p.Choose("#g", "5")
				p.Submit("form")
				assert.Equal(t, "5.NF.B.3 ¿qué?", p.Text("h1"))
				assert.Equal(t, "5", p.Text("#grade"))
				assert.True(t, strings.HasSuffix(p.URL(), "&g=5"), p.URL())
				assert.False(t, p.Has("form"))
				assert.Empty(t, p.Console())
			})
		}
	})
	t.Run("a keyboard is enough", func(t *testing.T) {
		p := b.Page(t)
		p.Open(site(t, ""))
		p.Press("Tab")
		require.True(t, p.Focused("#q"))
		assert.Equal(t, "old", p.Text("#q"))
		p.Press("Control+a")
		p.Type("¿keys?")
		p.Press("Home")
		p.Press("Shift+ArrowRight")
		p.Press("Delete")
		p.PressToFollow("Enter")
		assert.Equal(t, "keys?", p.Text("h1"))
	})
	t.Run("files are chosen by a key", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "lesson.md")
		require.NoError(t, os.WriteFile(file, []byte("# Halves"), 0o600))
		p := b.Page(t)
		p.DisableScripts()
		p.Open(site(t, `<input type="file" id="file">`))
		for range 9 {
			if p.Focused("#file") {
				break
			}
			p.Press("Tab")
		}
		require.True(t, p.Focused("#file"))
		p.PressToAttach("Enter", file)
		assert.Contains(t, p.Text("#file"), "lesson.md")
	})
	t.Run("a link is followed", func(t *testing.T) {
		p := b.Page(t)
		p.Open(site(t, ""))
		assert.Equal(t, "/found?q=link", p.Attribute("a", "href"))
		p.Follow("a")
		assert.Equal(t, "link", p.Text("h1"))
	})
	t.Run("pages share no cookies", func(t *testing.T) {
		url, first, second := site(t, ""), b.Page(t), b.Page(t)
		first.Open(url)
		second.Open(url)
		first.Eval("document.cookie = 'a=b'", nil)
		var cookies string
		second.Eval("document.cookie", &cookies)
		assert.Empty(t, cookies)
		first.Eval("document.cookie", &cookies)
		assert.Equal(t, "a=b", cookies)
	})
	t.Run("the window has a size and a look", func(t *testing.T) {
		p := b.Page(t)
		p.SetViewport(320, 500, true)
		p.Open(site(t, ""))
		var dark bool
		p.Eval("matchMedia('(prefers-color-scheme: dark)').matches && innerWidth === 320", &dark)
		assert.True(t, dark)
		file := filepath.Join(t.TempDir(), "made", "shot.png")
		p.DisableScripts()
		p.Screenshot(file)
		f, err := os.Open(file)
		require.NoError(t, err)
		defer f.Close()
		size, err := png.DecodeConfig(f)
		require.NoError(t, err)
		assert.Equal(t, 320, size.Width)
		assert.Greater(t, size.Height, 2000, "the whole page, not the window")
	})
	t.Run("the console is heard", func(t *testing.T) {
		p := b.Page(t)
		p.Open(site(t, `<img src="/none.png" alt="none"><script>console.error('planted', 7); alert('hello')</script><script>nope()</script>`))
		all := strings.Join(p.Console(), "\n")
		for _, want := range []string{"error: planted 7", "dialog: hello", "nope is not defined", "404", "/none.png"} {
			assert.Contains(t, all, want)
		}
	})
	t.Run("requests are counted, and none leaves the machine", func(t *testing.T) {
		p := b.Page(t)
		p.Open(site(t, `<img src="http://example.org/a.png" alt="outside">`))
		requests := p.Requests()
		require.GreaterOrEqual(t, len(requests), 2)
		assert.Equal(t, 200, requests[0].Status)
		assert.Equal(t, "Document", requests[0].Type)
		assert.Greater(t, requests[0].Bytes, len(page))
		assert.Contains(t, strings.Join(p.Console(), "\n"), "ERR_NAME_NOT_RESOLVED")
	})
	t.Run("offline", func(t *testing.T) {
		p := b.Page(t)
		p.Open(site(t, ""))
		p.SetOffline(true)
		var answer string
		p.Eval("fetch('/found').then(() => 'came', () => 'failed')", &answer)
		assert.Equal(t, "failed", answer)
	})
}

func TestTestsHaveOneBrowserTogether(t *testing.T) {
	var first, second *browser.Browser
	t.Run("at once", func(t *testing.T) {
		first, second = browser.New(t), browser.New(t)
		assert.Same(t, first, second)
		t.Run("one leaves before the other", func(t *testing.T) { assert.Same(t, first, browser.New(t)) })
		second.Page(t).Open(site(t, ""))
		t.Run("and another comes after a crash", func(t *testing.T) {
			browser.Crash(t, first)
			third := browser.New(t)
			assert.NotSame(t, first, third)
			third.Page(t).Open(site(t, ""))
		})
	})
	last := browser.New(t)
	assert.NotSame(t, first, last, "the last who leaves stops it")
	last.Page(t).Open(site(t, ""))
}

func TestAxeFindsPlantedDefects(t *testing.T) {
	b := browser.New(t)
	for name, c := range map[string]struct{ inner, rule string }{
		"none":         {"", ""},
		"image":        {`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`, "image-alt"},
		"label":        {`<input name="x">`, "label"},
		"contrast":     {`<p style="color:#aaa;background:#fff">pale</p>`, "color-contrast"},
		"heading":      {`<h4>Deep</h4>`, "heading-order"},
		"empty link":   {`<a href="/"></a>`, "link-name"},
		"empty button": {`<button></button>`, "button-name"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, scripts := range []bool{true, false} {
				p := b.Page(t)
				if !scripts {
					p.DisableScripts()
				}
				p.Open(site(t, c.inner))
				var rules []string
				for _, v := range p.Axe() {
					rules = append(rules, v.ID)
					assert.NotEmpty(t, v.Nodes, v)
				}
				if c.rule == "" {
					assert.Empty(t, rules)
				} else {
					assert.Equal(t, []string{c.rule}, rules)
				}
			}
		})
	}
}

func TestAxeWorksUnderAStrictPolicy(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><title>x</title><main><h1>x</h1><button></button></main>`)
	}))
	t.Cleanup(s.Close)
	p := browser.New(t).Page(t)
	p.Open(s.URL)
	require.Len(t, p.Axe(), 1)
}

// refusal is a test that notes whether it was failed or skipped.
type refusal struct {
	testing.TB
	failed, skipped string
}

func (r *refusal) Helper()                   {}
func (r *refusal) Fatal(args ...any)         { r.failed = fmt.Sprint(args...); panic(r) }
func (r *refusal) Skip(args ...any)          { r.skipped = fmt.Sprint(args...); panic(r) }
func (r *refusal) Fatalf(f string, a ...any) { r.Fatal(fmt.Sprintf(f, a...)) }

func TestWithoutABrowser(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	try := func() *refusal {
		r := &refusal{TB: t}
		assert.Panics(t, func() { browser.New(r) })
		return r
	}
	t.Setenv("CI", "")
	assert.Equal(t, browser.Missing, try().skipped)
	t.Setenv("CI", "true")
	assert.Equal(t, browser.Missing, try().failed)
}

func TestWhatAPageCannotDoFailsTheTest(t *testing.T) {
	b := browser.New(t)
	p := b.Page(&refusal{TB: t})
	p.Open(site(t, `<a id="hidden" href="/found">x</a><p id="hidden" style="z-index:9;margin:0;height:50px;width:99px">cover</p>`))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	refused := func(do func()) (r *refusal) {
		defer func() { r, _ = recover().(*refusal) }()
		do()
		return nil
	}
	for want, do := range map[string]func(){
		"has no #none":        func() { p.Click("#none") },
		"there is no option":  func() { p.Choose("#g", "9") },
		"no such key":         func() { p.Press("Any") },
		"nope is not defined": func() { p.Eval("nope()", nil) },
		"there is <p id=":     func() { p.Click("a#hidden") },
	} {
		r := refused(do)
		if assert.NotNil(t, r, want) {
			assert.Contains(t, r.failed, want)
		}
	}
	r := refused(func() { p.Open(closed.URL) })
	require.NotNil(t, r)
	assert.Contains(t, r.failed, "ERR_CONNECTION_REFUSED")
}
