package mirror

import (
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// fake is a site of a few pages. Pages are what stands in main, unless they begin with a tag of their own.
type fake struct {
	pages   map[string]string
	entries []Entry
	repos   map[string]map[string]string
}

func (f *fake) Get(_ context.Context, address, language string) (*http.Response, error) {
	r := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}}
	body, ok := f.pages[address]
	if !ok {
		r.StatusCode = http.StatusNotFound
	}
	if to, redirects := strings.CutPrefix(body, "→"); redirects {
		r.StatusCode = http.StatusSeeOther
		r.Header.Set("Location", to)
	}
	if body == "fail" {
		return nil, errors.New("the disk is gone")
	}
	if language != "" {
		body = `<!doctype html><html lang="` + language + `"><body><main>` + body + `</main></body></html>`
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	return r, nil
}

func (f *fake) Entries(context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range f.entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (f *fake) Repositories(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, r := range slices.Sorted(maps.Keys(f.repos)) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (f *fake) Repository(_ context.Context, address string, put func(string, io.Reader) error) error {
	for name, data := range f.repos[address] {
		if err := put(name, strings.NewReader(data)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Text(language, key string) string { return language + " " + key }

func small() *fake {
	return &fake{
		pages: map[string]string{
			"/":                          `<a href="/r/rosa/halves">Halves</a> <a href="/search?subject=math&amp;page=2">more</a>`,
			"/search":                    `<form action="/search"><input name="q"><input type="hidden" name="grade" value="5"></form>`,
			"/search?subject=math":       "one",
			"/search?page=2":             "",
			"/r/rosa/halves":             `<article><a href="/sign-in">in</a> <img src="/r/rosa/halves/raw/a%20b.svg"></article><a class="button" href="/r/rosa/halves/remix">Remix</a><a href="#top">top</a>`,
			"/r/rosa/halves/raw/a b.svg": "",
			"/id/0b0e0000-0000-4000-8000-000000000000": "→/r/rosa/halves",
			"/logo.svg": "<svg/>",
		},
		entries: []Entry{
			{Address: "/r/rosa/halves", Title: "Halves", Language: "en", Codes: []string{"5.NF.B.3"}, Text: "Fold the paper slices."},
			{Address: "/r/rosa/gone", Title: "Gone"},
			{Address: "/id/0b0e0000-0000-4000-8000-000000000000", Title: "Fracciones"},
		},
		repos: map[string]map[string]string{"/r/rosa/halves.git": {"HEAD": "ref: refs/heads/main\n", "info/refs": ""}},
	}
}

func options(dir string) Options {
	return Options{Dir: dir, Origin: "http://oer.test", Languages: []string{"en", "es"}}
}

// files are all files of a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		all[filepath.ToSlash(name[len(dir)+1:])] = string(b)
		return err
	}))
	return all
}

func TestDrawingsThatCouldActBecomeText(t *testing.T) {
	const start = `<svg xmlns="http://www.w3.org/2000/svg">`
	for content, kept := range map[string]bool{
		start + `<image href="https://example.com/a.png"/></svg>`:                                 true,
		start + `<script>alert(1)</script></svg>`:                                                 false,
		`<?xml version="1.0" encoding="iso-8859-1"?>` + start + `<script>alert(1)</script></svg>`: false,
		`<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`:             false,
		start + "<!--" + strings.Repeat(" ", maxDrawing) + `--><script>alert(1)</script></svg>`:   false,
	} {
		site := small()
		site.pages["/r/rosa/halves/raw/a%20b.svg"] = content
		dir := t.TempDir()
		_, err := Write(t.Context(), site, options(dir))
		require.NoError(t, err)
		got := files(t, dir)
		const name = "r/rosa/halves/raw/a~20b.svg"
		if kept {
			assert.Equal(t, content, got[name])
			assert.NotContains(t, got, name+".txt")
			continue
		}
		assert.NoError(t, render.CheckSVG([]byte(got[name])))
		assert.Contains(t, got[name], "a~20b.svg.txt", "it says where the drawing is")
		assert.True(t, content == got[name+".txt"], "%.80s", content)
	}
}

func TestASiteBecomesFiles(t *testing.T) {
	site := small()
	site.pages["/r/rosa/halves/raw/a%20b.svg"] = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	dir := t.TempDir()
	r, err := Write(t.Context(), site, options(dir))
	require.NoError(t, err)
	got := files(t, dir)
	for _, name := range []string{
		"index.html", "es/index.html", "search.html", "search.js", "r/rosa/halves.html", "es/r/rosa/halves.html", "r/rosa/halves/raw/a~20b.svg", "logo.svg",
		"r/rosa/halves.git/HEAD", "search/all.js", "id/0b0e0000-0000-4000-8000-000000000000.html", "mirror.json",
	} {
		assert.Contains(t, got, name)
	}
	assert.NotContains(t, got, "es/logo.svg", "what has no language is there once")
	assert.Equal(t, len(got)-1, r.Files)
	assert.Equal(t, 2, r.Resources, "what has no page is not found")
	lesson := got["es/r/rosa/halves.html"]
	assert.Contains(t, lesson, `<img src="../../../r/rosa/halves/raw/a~20b.svg"/>`)
	assert.Contains(t, lesson, `<article><a>in</a>`, "words of a lesson stay")
	assert.Contains(t, lesson, `<a href="#top">`)
	assert.NotContains(t, lesson, "Remix")
	assert.Contains(t, got["es/search.html"], `<form action="search.html"><input name="q"/></form>`)
	assert.Contains(t, got["es/search.html"], `<script src="../search.js" data-one="es mirror.one"`)
	assert.Contains(t, got["id/0b0e0000-0000-4000-8000-000000000000.html"], `url=../r/rosa/halves.html`)

	again, err := Write(t.Context(), site, options(dir))
	require.NoError(t, err)
	assert.Zero(t, again.Written+again.Removed, "nothing has changed")

	delete(site.pages, "/r/rosa/halves")
	site.entries = nil
	again, err = Write(t.Context(), site, options(dir))
	require.NoError(t, err)
	assert.Positive(t, again.Removed)
	assert.NotContains(t, files(t, dir), "r/rosa/halves.html")
	assert.NoDirExists(t, filepath.Join(dir, "es", "r"))
}

func TestAMirrorTouchesNothingElse(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("mine"), 0o600))
	_, err := Write(t.Context(), small(), options(dir))
	require.ErrorIs(t, err, kind.ErrInvalid)
	assert.Len(t, files(t, dir), 1)

	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, listName), []byte(`{"files":["../x"]}`), 0o600))
	_, err = Write(t.Context(), small(), options(dir))
	require.ErrorIs(t, err, kind.ErrInvalid)

	outside := t.TempDir() // a link in a mirror does not lead out of it
	dir = t.TempDir()
	_, err = Write(t.Context(), small(), options(dir))
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "es")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "es")))
	_, err = Write(t.Context(), small(), options(dir))
	require.Error(t, err)
	assert.Empty(t, files(t, outside))
}

func TestAFailureSaysWhereAndIsMended(t *testing.T) {
	site := small()
	site.pages["/licenses"] = "fail"
	dir := t.TempDir()
	_, err := Write(t.Context(), site, options(dir))
	require.ErrorContains(t, err, "/licenses: the disk is gone")
	site.pages["/licenses"] = "fine"
	_, err = Write(t.Context(), site, options(dir))
	require.NoError(t, err)
	assert.Contains(t, files(t, dir)["licenses.html"], "fine")

	_, err = Write(t.Context(), site, Options{Dir: dir, Languages: []string{"en"}, BaseURL: "example.org"})
	require.ErrorIs(t, err, kind.ErrInvalid)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Write(ctx, site, options(t.TempDir()))
	require.ErrorIs(t, err, context.Canceled)
}

func TestAddressesHaveFiles(t *testing.T) {
	for address, want := range map[string]string{
		"/":                              "index.html",
		"/search":                        "search.html",
		"/search?page=3":                 "search~page-3.html",
		"/search?subject=visual+arts":    "browse/subject/visual~20arts.html",
		"/search?grade=5&page=2&lang=es": "browse/grade/5~page-2.html",
		"/search?grade=5&subject=math":   "",
		"/search?q=x":                    "",
		"/search?grade=5&cursor=abc":     "",
		"/search?page=900":               "",
		"/r/rosa/halves":                 "r/rosa/halves.html",
		"/r/rosa/halves?view=teacher":    "r/rosa/halves~view-teacher.html",
		"/r/rosa/halves@3f9a1c0d":        "",
		"/r/rosa/halves/remix":           "",
		"/r/rosa/halves/compare/a..b":    "",
		"/r/rosa/halves/download.zip":    "r/rosa/halves/download.zip",
		"/r/rosa":                        "",
		"/r/rosa/../../etc":              "",
		"/standards/ccss-math/5.NF.B.3":  "standards/ccss-math/5.NF.B.3.html",
		"/standards/ccss-math/coverage":  "",
		"/account":                       "",
		"//evil.example/":                "",
		"https://evil.example/":          "",
		"/lists/oregon.json":             "lists/oregon.json",
		"javascript:alert(1)":            "",
	} {
		t.Run(address, func(t *testing.T) {
			got, ok := resolve(address, "/")
			assert.Equal(t, want != "", ok)
			assert.Equal(t, want, got.file)
		})
	}
	_, ok := resolve("/r/rosa/halves@3f9a1c0d", "/lists/oregon")
	assert.True(t, ok, "what a list pins is kept")
}

func TestRelativeWays(t *testing.T) {
	for _, c := range [][3]string{
		{"index.html", "r/a/b.html", "r/a/b.html"}, {"r/a/b.html", "r/a/c.html", "c.html"}, {"es/r/a/b.html", "logo.svg", "../../../logo.svg"},
		{"r/a/b.html", "r/a/b/c.html", "b/c.html"}, {"r/a/b/c.html", "index.html", "../../../index.html"},
	} {
		assert.Equal(t, c[2], relative(c[0], c[1]), c)
	}
}

func TestWordsFoldAccentsFormsAndCodes(t *testing.T) {
	assert.Equal(t, words("Fracción, slice"), words("fracciones SLICES"))
	assert.Equal(t, []string{"5nfb3"}, words("5.NF.B.3."))
	assert.Equal(t, []string{"two", "way"}, words("two-way"))
	assert.Empty(t, words("… – !"))
}

func TestAWordThatManyHaveKeepsTheBest(t *testing.T) {
	x := newIndex()
	for range 3 * mostOf {
		x.add("a.html", Entry{Text: "fractions"})
	}
	x.add("best.html", Entry{Title: "Fractions"})
	line := x.line("fraction", x.terms["fraction"])
	assert.Regexp(t, `^"fraction":\[6001,6000,`, line)
	assert.Equal(t, 2*mostOf, strings.Count(line, ","))
}

// A folder of the mirror may lie on a disk that knows no case.
func TestSubjectsThatDifferInCaseHavePagesOfTheirOwn(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, subject := range []string{"fractions", "Fractions", "FRACTIONS", "élan", "Élan", "ÉLAN"} {
		to, ok := resolve("/search?subject="+url.QueryEscape(subject), "/")
		require.True(t, ok)
		assert.Empty(t, files[strings.ToLower(to.file)], subject)
		files[strings.ToLower(to.file)] = subject
	}
	to, _ := resolve("/search?subject=fractions&page=2", "/")
	assert.Equal(t, "browse/subject/fractions~page-2.html", to.file)
}

func TestHostileNamesStayFilesOfTheirOwn(t *testing.T) {
	for address, want := range map[string]string{
		"/r/a/b/raw/shell.php":                       "r/a/b/raw/shell~2ephp.txt",
		"/r/a/b/raw/shell.php.png":                   "r/a/b/raw/shell~2ephp.png",
		"/r/a/b/raw/.htaccess":                       "r/a/b/raw/~2ehtaccess.txt",
		"/r/a/b/raw/.well-known/x.json":              "r/a/b/raw/~2ewell-known/x.json",
		"/r/a/b/raw/page.HTML":                       "r/a/b/raw/page~2eHTML.txt",
		"/r/a/b/raw/map.SVG":                         "r/a/b/raw/map.svg",
		"/r/a/b/raw/x.asp;.jpg":                      "r/a/b/raw/x~2easp~3b.jpg",
		"/r/con/nul":                                 "r/~63on/~6eul.html",
		"/r/a/com1/print":                            "r/a/~63om1/print.html",
		"/r/a/console":                               "r/a/console.html",
		"/search?subject=..%2F..%2Fr%2Fa%2Fb":        "browse/subject/~2e.~2f..~2fr~2fa~2fb.html",
		"/search?subject=..":                         "browse/subject/~2e~2e.html",
		"/search?subject=x.":                         "browse/subject/x~2e.html",
		"/r/a/b?key=" + url.QueryEscape("../../a/c"): "r/a/b~key-~2e.~2f..~2fa~2fc.html",
	} {
		got, ok := resolve(address, "/")
		assert.True(t, ok, address)
		assert.Equal(t, want, got.file, address)
	}
	second, _ := resolve("/search?subject=math&page=2", "/")
	other, _ := resolve("/search?subject=math-2", "/")
	assert.NotEqual(t, second.file, other.file)

	long := strings.Repeat("ñ", 200)
	a, ok := resolve("/search?subject="+url.QueryEscape(long+"a"), "/")
	require.True(t, ok)
	b, _ := resolve("/search?subject="+url.QueryEscape(long+"b"), "/")
	assert.NotEqual(t, a.file, b.file, "names that are cut stay apart")
	out, err := openFolder(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, out.put(a.file, strings.NewReader("x")))
	require.NoError(t, out.close())
}
