package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
	"github.com/commonplace-oer/commonplace/themes"
)

func itoa(n int) string { return strconv.Itoa(n) }

// everyCombination is the variable that makes the browser look at every kind of page in every theme, look, language and
// width, which takes about half an hour on four processors:
//
//	PAGES=all go test ./internal/app -run TestPagesAtTenThousand -timeout 60m
//
// Without it, it looks at each kind twice, in ways that take turns from kind to kind.
const everyCombination = "PAGES"

var (
	languagesOfPages = []string{"en", "es", apptest.PseudoLanguage}
	widthsOfPages    = []int{320, 768, 1280}
)

// sight is one page, which is looked at in one width after the other.
type sight struct {
	kind            kindOfPage
	theme, language string
	widths          []int
}

// sights are the ways to look at the pages in one look.
func (m *manyPages) sights(look int, all bool) (list []sight) {
	for i, k := range m.kinds {
		if !all {
			if (i+look)%2 == 1 {
				continue
			}
			list = append(list, sight{
				k, themesOfHosts[(i/9+i+look)%len(themesOfHosts)], languagesOfPages[(i/3+look)%len(languagesOfPages)], widthsOfPages[(i+look)%len(widthsOfPages):][:1],
			})
			continue
		}
		for _, theme := range themesOfHosts {
			for _, language := range languagesOfPages {
				list = append(list, sight{k, theme, language, widthsOfPages})
			}
		}
	}
	if all { // so that whatever of it has been seen has something of everything
		const step = 373 // a prime
		mixed := make([]sight, len(list))
		for i := range list {
			mixed[i] = list[i*step%len(list)]
		}
		return mixed
	}
	return list
}

// inABrowser looks at the pages: nothing is wider than the window, axe-core finds nothing, the console is silent, and
// nothing is loaded from elsewhere.
func (m *manyPages) inABrowser(t *testing.T) {
	b := browser.New(t)
	began := time.Now()
	var mu sync.Mutex
	seen := map[string]int{}
	pages := 0
	for i, look := range themes.Looks {
		t.Run(look, func(t *testing.T) {
			t.Parallel()
			readers, members := b.Page(t), b.Page(t)
			for n, theme := range themesOfHosts {
				for _, p := range []*browser.Page{readers, members} {
					if look != themes.Looks[0] {
						p.SetCookie(m.home(theme)+"/", "look", look)
					}
				}
				members.Open(m.home(theme) + "/sign-in")
				members.Fill("#name", "kim")
				if n == i { // not so often that guessing is slowed
					members.Fill("#password", "wrong")
					members.Submit(`form[action="/sign-in"]`)
					accessible(t, members)
				}
				members.Fill("#password", apptest.Password)
				members.Submit(`form[action="/sign-in"]`)
			}
			for _, v := range m.sights(i, os.Getenv(everyCombination) == "all") {
				p := readers
				if v.kind.member {
					p = members
				}
				m.see(t, p, v, look)
				mu.Lock()
				pages += len(v.widths)
				if pages%100 == 0 {
					t.Logf("%d pages after %v", pages, time.Since(began).Round(time.Second))
				}
				for _, part := range []string{v.kind.name, look, v.theme, v.language} {
					seen[part]++
				}
				mu.Unlock()
			}
		})
	}
	t.Cleanup(func() {
		for _, k := range m.kinds {
			assert.GreaterOrEqual(t, seen[k.name], 2, "each kind was seen: %s", k.name)
		}
		for _, part := range slices.Concat(themes.Looks[:], themesOfHosts[:], languagesOfPages) {
			assert.GreaterOrEqual(t, seen[part], len(m.kinds)/4, "and each way to see it: %s", part)
		}
		t.Logf("%d pages in %v", pages, time.Since(began).Round(time.Second))
	})
}

// open opens a page of a kind at an address as its reader does.
func open(p *browser.Page, k kindOfPage, address string) {
	if name, value, ok := strings.Cut(k.cookie, "="); ok {
		p.SetCookie(address, name, value)
	}
	if k.form == nil {
		p.Open(address)
	} else {
		p.OpenForm(address, k.form)
	}
}

func (m *manyPages) see(t *testing.T, p *browser.Page, v sight, look string) {
	t.Helper()
	p.SetViewport(v.widths[0], 700, false)
	address := m.home(v.theme) + v.kind.path
	if strings.Contains(address, "?") {
		address += "&lang=" + v.language
	} else {
		address += "?lang=" + v.language
	}
	open(p, v.kind, address)
	where := fmt.Sprintf("%s, %s, %s, %s", v.kind.name, v.theme, look, v.language)
	assert.Equal(t, v.language, p.Attribute("html", "lang"), where)
	for i, width := range v.widths {
		if i > 0 {
			p.SetViewport(width, 700, false)
		}
		for _, finding := range p.Axe() {
			assert.Fail(t, "axe: "+finding.ID, "%s, %d px: %.900s", where, width, finding)
		}
		fits(t, p)
	}
	if !v.kind.failed {
		silent(t, p)
	}
	before := 0
	for _, r := range p.Requests() {
		assert.True(t, strings.HasPrefix(r.URL, m.home(v.theme)+"/") || strings.HasPrefix(r.URL, "data:"), "%s loads %s", where, r.URL)
		if r.Type != "Image" && r.Type != "Media" {
			before++
		}
	}
	assert.LessOrEqual(t, before, 2, "requests of %s", where)
}

// TestUnitIsReadWithoutALine keeps a unit, breaks the line, and reads on.
func TestUnitIsReadWithoutALine(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.PublishSamples(t)
	p := browser.New(t).Page(t)
	const unit, part = "/r/state-math/fractions-as-division", "/r/state-math/fractions-as-division/01-strips"
	p.Open(s.URL + unit)
	title := p.Text("h1")
	p.Click("#keep")
	waitFor(t, p, `document.querySelector('#keep').nextElementSibling.textContent == document.querySelector('#keep').dataset.done`)
	accessible(t, p)
	var cookies string
	p.Eval("document.cookie", &cookies)
	assert.Empty(t, cookies)
	p.Open(s.URL + "/offline")
	waitFor(t, p, `document.querySelectorAll('#kept a').length > 3`)
	s.Restart(t, func(string) { // the browser's own switch does not reach service workers
		p.Open(s.URL + unit)
		assert.Equal(t, title, p.Text("h1"))
		p.Follow(`.parts a[href="` + part + `"]`)
		assert.Contains(t, p.URL(), part)
		assert.NotEmpty(t, p.Text("article"))
		var broken []string
		p.Eval(`Promise.all([...document.querySelectorAll('article img')].map(i => { i.loading = 'eager'; return i.decode().then(() => '', () => i.src) })).then(l => l.filter(Boolean))`, &broken)
		assert.Empty(t, broken, "pictures are kept, too")
		p.Open(s.URL + "/search?q=x")
		assert.Contains(t, p.Text("h1"), "Saved for offline", "what was not kept")
		waitFor(t, p, `document.querySelectorAll('#kept a').length > 3`)
		waitFor(t, p, `document.querySelector('#kept button') != null`)
		p.Click("#kept button")
		waitFor(t, p, `document.querySelectorAll('#kept a').length == 0`)
	})
	p.Open(s.URL + "/search?q=fractions")
	assert.Contains(t, p.Text("h1"), "fractions", "with a line, pages come from the server")
}

// TestOtherSitesFrameOneKindOfPage puts pages into frames of another origin.
func TestOtherSitesFrameOneKindOfPage(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	var o struct{ HTML string }
	s.Get(t, "/oembed?url="+url.QueryEscape(s.URL+"/r/rosa/halves")).JSON(t, &o)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/embed" {
			_, _ = w.Write([]byte("<!doctype html><title>Blog</title>" + o.HTML))
			return
		}
		_, _ = w.Write([]byte("<!doctype html><title>Blog</title><iframe src='" + s.URL + "/r/rosa/halves'></iframe>"))
	}))
	t.Cleanup(other.Close)
	p := browser.New(t).Page(t)
	p.Open(other.URL + "/embed")
	assert.Empty(t, p.Console(), "the lesson is shown")
	p.Open(other.URL + "/page")
	waitForConsole(t, p, "frame-ancestors")
}

func waitForConsole(t *testing.T, p *browser.Page, word string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(strings.Join(p.Console(), "\n"), word) }, time.Minute, 50*time.Millisecond, word)
}

// TestPlantedDefectsAreFound puts on a page what the checks of the others look for.
func TestPlantedDefectsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	p := browser.New(t).Page(t)
	s := apptest.New(t).Server(t, "server", nil)
	p.SetViewport(320, 700, false)
	p.Open(s.URL + "/privacy")
	require.Empty(t, p.Axe())
	p.Eval(`document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="/logo.svg"><h5>Deep</h5><form><input></form><p id="pale">pale</p>')
		document.querySelector('#pale').attributeStyleMap.set('color', '#bbb')
		document.querySelector('#pale').attributeStyleMap.set('width', '900px')
		console.error('planted')`, nil)
	found := map[string]bool{}
	for _, v := range p.Axe() {
		found[v.ID] = true
	}
	for _, id := range []string{"image-alt", "label", "color-contrast", "heading-order"} {
		assert.True(t, found[id], "axe did not find %s: %v", id, found)
	}
	assert.Contains(t, p.Console(), "error: planted")
	var wide bool
	p.Eval("document.documentElement.scrollWidth > innerWidth", &wide)
	assert.True(t, wide)
}
