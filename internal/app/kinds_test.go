package app_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// kindOfPage is one kind of page, with the address of one that has much on it.
type kindOfPage struct {
	name, path string
	form       url.Values // it is the answer to this form, which changes nothing
	cookie     string     // that its reader has got besides, as name=value
	member     bool       // for who is signed in
	failed     bool       // the browser says that it failed
	text       bool       // no lists, no forms of its own: mostly words
	script     bool       // it has one
	fresh      bool       // it tells what goes on now, or a secret: it is not kept
}

// ask gets the page as its reader.
func (k kindOfPage) ask(t *testing.T, v *apptest.Visitor, headers ...string) apptest.Answer {
	t.Helper()
	if k.cookie != "" {
		headers = append(headers, "Cookie", k.cookie)
	}
	if k.form != nil {
		return v.Post(t, k.path, k.form, headers...)
	}
	return v.Get(t, k.path, headers...)
}

// changes reports whether the page is another one each time that it is asked for.
func (k kindOfPage) changes() bool { return k.member || k.fresh || k.form != nil }

// manyPages is a server with many resources and one page of every kind. Its themes are those that come with the program,
// each by its own host, and each speaks a language that is written from right to left besides. One more theme writes on every
// page which one it is.
type manyPages struct {
	*apptest.Server
	port  string
	kinds []kindOfPage
}

var themesOfHosts = []string{"default", "maplewood", "lakeside"}

// home is the address of the server under a theme.
func (m *manyPages) home(theme string) string { return "http://" + theme + ".localhost:" + m.port }

func withManyPages(t *testing.T, resources int) *manyPages {
	t.Helper()
	dir := t.TempDir()
	hosts := map[string]string{}
	for _, theme := range themesOfHosts {
		require.NoError(t, os.Rename(filepath.Join(apptest.PseudoTheme(t, theme), "pseudo"), filepath.Join(dir, "pseudo-"+theme)))
		hosts[theme+".localhost"] = "pseudo-" + theme
	}
	hosts["named.localhost"] = "named"
	namingTheme(t, filepath.Join(dir, "named"))
	office, post := newPostOffice(t)
	w := apptest.New(t)
	s := w.Server(t, "estado", func(c *config.Config) { c.Themes, c.ThemeHosts, c.Mail = dir, hosts, post })
	s.ImportFrameworks(t)
	s.PublishSamples(t)
	s.Crowd(t, resources)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	m := &manyPages{Server: s, port: u.Port()}

	kim := s.SignIn(t, "kim", accounts.Admin)
	first := s.Publish(t, "kim/own", lesson("Own", "Fold.\n\n$$\\frac{1}{2}$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint(1)\n```"))
	second := s.Publish(t, "kim/own", lesson("Own", "Fold twice.\n\n::: teacher\nFour.\n:::"))
	gone := s.Publish(t, "kim/gone", lesson("Gone", "Text."))
	s.Withdraw(t, "kim/gone")
	pull, suggestion := followedRemix(t, s), suggestedChange(t, s, second)
	found := ""
	require.Eventually(t, func() bool { // the index may be built anew beside the server
		for _, h := range search(t, s, "fracciones").Hits {
			if h.Source != "own" {
				found = "/id/" + h.ID
				break
			}
		}
		return found != ""
	}, 2*time.Minute, 200*time.Millisecond)
	m.kinds = []kindOfPage{
		{name: "home", path: "/", script: true},
		{name: "search", path: "/search?q=fracciones", script: true},
		{name: "search of a standard", path: "/search?q=5.NF.B.3+grade:5", script: true},
		{name: "search without results", path: "/search?q=zzzzqqqq&grade=5", script: true},
		{name: "browse", path: "/search", script: true},
		{name: "lesson", path: "/r/state-math/sharing-fairly", script: true},
		{name: "lesson for students", path: "/r/state-math/sharing-fairly?view=student", script: true},
		{name: "lesson without pictures", path: "/r/district-cs/rain-gauge?images=no", script: true},
		{name: "lesson in Spanish", path: "/r/maria-santos/repartir-en-partes-iguales", script: true},
		{name: "unit", path: "/r/state-math/fractions-as-division", script: true},
		{name: "part", path: "/r/state-math/fractions-as-division/01-strips", script: true},
		{name: "old revision", path: "/r/kim/own@" + first.Revision},
		{name: "harvested", path: found},
		{name: "print", path: "/r/state-math/sharing-fairly/print"},
		{name: "print of a unit", path: "/r/state-math/fractions-as-division/print?view=teacher"},
		{name: "embed", path: "/r/state-math/sharing-fairly/embed"},
		{name: "remixes", path: "/r/kim/source/remixes"},
		{name: "history", path: "/r/kim/own/history"},
		{name: "releases", path: "/r/state-math/fractions-as-division/releases"},
		{name: "report", path: "/r/state-math/fractions-as-division/report"},
		{name: "compare", path: "/r/kim/own/compare/" + first.Revision + ".." + second.Revision},
		{name: "frameworks", path: "/standards"},
		{name: "framework", path: "/standards/ccss-math"},
		{name: "statement", path: "/standards/ccss-math/5.NF.B.3"},
		{name: "coverage", path: "/standards/ccss-math/coverage"},
		{name: "coverage of what is thin", path: "/standards/ccss-math/coverage?state=thin"},
		{name: "licenses", path: "/licenses"},
		{name: "license explorer", path: "/licenses/explore?text=CC+BY-NC-SA+3.0+US"},
		{name: "license charts", path: "/licenses/chart"},
		{name: "statistics", path: "/statistics"},
		{name: "peers", path: "/peers"},
		{name: "peer", path: "/peers/estado-1"},
		{name: "privacy", path: "/privacy", text: true},
		{name: "offline", path: "/offline", text: true, script: true},
		{name: "sign-in", path: "/sign-in", text: true},
		{name: "not found", path: "/none", failed: true, text: true},
		{name: "gone", path: "/id/" + string(gone.ID), failed: true, text: true},
		{name: "remix form", path: "/r/state-math/sharing-fairly/remix", member: true},
		{name: "remix form of what cannot be fetched", path: found + "/remix", member: true, failed: true},
		{name: "editor", path: "/r/kim/own/edit", member: true, script: true},
		{name: "own lesson", path: "/r/kim/own", member: true, script: true},
		{name: "new", path: "/new", member: true},
		{name: "account", path: "/account", member: true},
		{name: "news", path: "/account/news", member: true},
		{name: "pull", path: pull, member: true},
		{name: "suggestions", path: "/r/kim/own/suggestions", member: true},
		{name: "suggestion", path: suggestion, member: true},
		{name: "letters", path: "/peers/letters", member: true},
		{name: "withdraw", path: "/r/kim/own/withdraw", member: true},
		{name: "peers of an administrator", path: "/peers", member: true},
		{name: "peer of an administrator", path: "/peers/estado-2", member: true},
		{name: "home of a member", path: "/", member: true, script: true},
	}
	m.kinds = append(m.kinds, kindsOfAuthors(t, s, kim, first)...)
	m.kinds = append(m.kinds, kindsOfBoards(t, s)...)
	m.kinds = append(m.kinds, kindsOfPeople(t, s, kim, office)...)
	m.kinds = append(m.kinds, kindsOfPeers(t, s, w.Server(t, "vecino", nil), kim)...)
	return m
}

// namingTheme writes a theme that says on every page which one it is.
func namingTheme(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "pages"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "theme.toml"), []byte(`parent = "default"`+"\n"), 0o600))
	for _, page := range pagesOfThemes(t) {
		src, err := os.ReadFile(filepath.Join(themeFolder, "pages", page+".html"))
		require.NoError(t, err)
		begin := `{{define "main"}}`
		if strings.Contains(string(src), `{{define "layout"}}`) {
			begin = `<main id="main">`
		}
		require.Contains(t, string(src), begin, page)
		named := strings.Replace(string(src), begin, begin+nameOnPage(page), 1)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "pages", page+".html"), []byte(named), 0o600))
	}
}

const themeFolder = "../../themes/default"

// pagesOfThemes are the names of all pages that a theme has.
func pagesOfThemes(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(themeFolder, "pages", "*.html"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".html"))
	}
	return names
}

func nameOnPage(page string) string { return `<data value="page:` + page + `"></data>` }
