package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/themes"
)

// boardPages are those of boards and lists, as a chair sees them.
var boardPages = []string{
	"/lists", "/lists/math", "/lists/math?q=halves", "/lists/math/newer", "/lists/math/letter", "/lists/math/log", "/lists/math/savings", "/lists/new",
	"/boards/board", "/boards/board/calls/new", "/boards/board/rubrics/new?from=achieve-oer", "/boards/board/rubrics/achieve-oer", "/calls/spring",
	"/calls/spring/sheet", "/calls/spring/log", "/calls/spring/1", "/grants", "/account/news", "/r/rosa/halves",
}

// boardSight is one way to look at a page.
type boardSight struct {
	path, theme, language, look string
	width                       int
}

// boardSights are all ways with PAGES=all and otherwise, for each page, one of them, which take turns from page to page.
func boardSights(pages []string, all bool) (list []boardSight) {
	n := 0
	for _, path := range pages {
		mine := n
		ways := 0
		for _, theme := range themesOfHosts {
			for _, language := range languagesOfPages {
				for _, look := range themes.Looks {
					for _, width := range widthsOfPages {
						if all || ways == mine {
							list = append(list, boardSight{path, theme, language, look, width})
						}
						ways++
					}
				}
			}
		}
		n = (n + 43) % ways // has no factor in common with the number of ways
	}
	return list
}

// TestBoardsInABrowser has axe look at a chair's pages without scripts, in every theme, language and look: a few of these
// together for each page, and all of them with
//
//	PAGES=all go test ./internal/app -run TestBoardsInABrowser -timeout 60m
func TestBoardsInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	dir, hosts := t.TempDir(), map[string]string{}
	for _, theme := range themesOfHosts {
		require.NoError(t, os.Rename(filepath.Join(apptest.PseudoTheme(t, theme), "pseudo"), filepath.Join(dir, "pseudo-"+theme)))
		hosts[theme+".localhost"] = "pseudo-" + theme
	}
	s, rosa, _ := oneServer(t, func(c *config.Config) { c.Themes, c.ThemeHosts = dir, hosts })
	chair, ana, ben := withCall(t, s, rosa)
	old := approved(t, s, "rosa/halves")
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper three times."))
	for _, v := range []*apptest.Visitor{ana, ben} {
		v.Post(t, "/calls/spring/1", reviewOf(t, v.Get(t, "/calls/spring/1"), "3"))
	}
	pages := append(slices.Clone(boardPages), "/lists/math/"+string(old.ID))
	for _, path := range pages {
		w := onTheWire(t, chair, path)
		assert.LessOrEqual(t, w.all(), 14_600, "%s on the wire", path)
	}
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	p := b.Page(t)
	p.DisableScripts()
	home := func(theme string) string { return "http://" + theme + ".localhost:" + u.Port() }
	for _, theme := range themesOfHosts {
		p.Open(home(theme) + "/sign-in")
		p.Fill("#name", "okafor")
		p.Fill("#password", apptest.Password)
		p.Submit(`form[action="/sign-in"]`)
	}
	folder := os.Getenv("SCREENSHOTS")
	for i, x := range boardSights(pages, os.Getenv(everyCombination) == "all") {
		p.SetCookie(home(x.theme)+"/", "look", x.look)
		p.SetViewport(x.width, 900, false)
		at, err := url.Parse(home(x.theme) + x.path)
		require.NoError(t, err)
		q := at.Query()
		q.Set("lang", x.language)
		at.RawQuery = q.Encode()
		p.Open(at.String())
		where := fmt.Sprintf("%+v", x)
		assert.Equal(t, x.language, p.Attribute("html", "lang"), where)
		for _, finding := range p.Axe() {
			assert.Fail(t, "axe: "+finding.ID, "%s: %.900s", where, finding)
		}
		fits(t, p)
		silent(t, p)
		if folder != "" {
			p.Screenshot(filepath.Join(folder, fmt.Sprintf("%03d.png", i)))
			t.Logf("%03d %s", i, where)
		}
	}
}

// TestABoardWorksByKeyboard reviews, votes and accepts a newer version with keys alone and without scripts.
func TestABoardWorksByKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	s, rosa, _ := oneServer(t)
	_, _, ben := withCall(t, s, rosa)
	const at = "/calls/spring/1"
	require.Equal(t, http.StatusSeeOther, ben.Post(t, at, reviewOf(t, ben.Get(t, at), "2")).Status)
	h := hand{b.Page(t), t, false, true}
	h.DisableScripts()
	h.SetViewport(1280, 900, false)
	enter := func(name string) {
		h.Open(s.URL + "/sign-in")
		h.fill("#name", name)
		h.fill("#password", apptest.Password)
		h.follow(`form[action="/sign-in"] button`)
	}
	enter("ana")
	h.Open(s.URL + at) // the first page
	call, err := s.App.Boards.Call(t.Context(), "spring")
	require.NoError(t, err)
	for _, k := range call.Rubric.Criteria {
		h.pick(`input[name="score-` + k.ID + `"][value="3"]`)
	}
	h.pick(`input[name="none"]`)
	h.follow(`button[value="review"]`) // the second
	h.pick(`input[name="vote"][value="approve"]`)
	h.follow(`section.narrow form button`) // the third
	call, err = s.App.Boards.Call(t.Context(), "spring")
	require.NoError(t, err)
	one := call.Submissions[0]
	require.Len(t, one.Votes, 1)
	assert.Equal(t, "ana", one.Votes[0].By)
	assert.Len(t, one.Reviews, 2)

	approved(t, s, "rosa/halves")
	r := s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper three times."))
	h.Open(s.URL + "/account")
	h.follow(`form[action="/sign-out"] button`)
	enter("okafor")
	h.Open(s.URL + "/lists/math")
	h.follow(`a[href="/lists/math/newer"]`)
	h.follow(`button[value="accept"]`)
	l, err := s.App.Boards.List(t.Context(), "math")
	require.NoError(t, err)
	assert.Equal(t, r.Revision, l.Entries[0].Revision, "in two steps")
}
