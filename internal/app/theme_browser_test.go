package app_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// TestThemesInEveryLook shows one server under several host names, each with its theme, to readers with their looks and
// languages. Each look is chosen with the buttons below the page, or asked for by the system.
func TestThemesInEveryLook(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	dir := apptest.PseudoTheme(t, "lakeside")
	s := apptest.New(t).Server(t, "state", func(c *config.Config) {
		c.Themes = dir
		c.ThemeHosts = map[string]string{"maple.localhost": "maplewood", "lake.localhost": "lakeside", "right.localhost": "pseudo"}
	})
	s.ImportFrameworks(t)
	s.PublishSamples(t)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	pages := []string{"/", "/search?q=fractions", "/r/state-math/sharing-fairly", "/standards/ccss-math/coverage", "/privacy"}
	const more, forced = "prefers-contrast", "forced-colors"
	for _, c := range []struct {
		host, language, look string
		width                int
		dark                 bool
		asks                 string // a feature of media that is on
		ground               string // of the page, as the browser computes it
	}{
		{"default", "en", "contrast", 1280, false, "", "rgb(255, 255, 255)"},
		{"default", "es", "light", 320, true, "", "rgb(255, 253, 249)"},
		{"default", "en", "", 320, false, forced, ""},
		{"maple", "es", "dark", 320, false, "", "rgb(26, 21, 20)"},
		{"maple", "en", "", 1280, true, more, "rgb(0, 0, 0)"},
		{"lake", "en", "", 1280, false, "", "rgb(255, 255, 255)"},
		{"lake", "es", "contrast", 320, true, "", "rgb(0, 0, 0)"},
		{"right", apptest.PseudoLanguage, "", 1280, false, "", "rgb(255, 255, 255)"},
		{"right", apptest.PseudoLanguage, "dark", 320, false, "", "rgb(14, 22, 32)"},
	} {
		t.Run(fmt.Sprintf("%s %s %s %d dark=%v %s", c.host, c.language, c.look, c.width, c.dark, c.asks), func(t *testing.T) {
			t.Parallel()
			p := b.Page(t)
			p.SetViewport(c.width, 700, c.dark)
			if c.asks != "" {
				p.Ask(c.asks, map[string]string{more: "more", forced: "active"}[c.asks])
			}
			home := "http://" + c.host + ".localhost:" + u.Port()
			p.Open(home + "/privacy")
			if c.language != "en" {
				p.Follow(`button[name=language][value="` + c.language + `"]`)
			}
			if c.look != "" {
				p.Follow(`button[name=look][value=` + c.look + `]`)
				assert.Equal(t, home+"/privacy", p.URL(), "one is where one was")
				assert.Equal(t, "true", p.Attribute(`button[name=look][value=`+c.look+`]`, "aria-pressed"))
			}
			for _, path := range pages {
				p.Open(home + path)
				assert.Equal(t, c.language, p.Attribute("html", "lang"), p.URL())
				if c.host == "right" {
					assert.Equal(t, "rtl", p.Attribute("html", "dir"), p.URL())
				}
				var ground string
				if p.Eval("getComputedStyle(document.body).backgroundColor", &ground); c.ground != "" {
					assert.Equal(t, c.ground, ground, p.URL())
				}
				if path != "/" {
					var readable bool // axe does not look at what is in a field
					p.Eval("(s => s.color !== s.backgroundColor)(getComputedStyle(document.querySelector('header input[name=q]')))", &readable)
					assert.True(t, readable, "what one types in the head of %s", p.URL())
				}
				if c.asks == forced && p.Has("td math") {
					var covers string // what forced colors paint behind a formula is as tall as its font
					p.Eval("getComputedStyle(document.querySelector('td math')).forcedColorAdjust", &covers)
					assert.NotEqual(t, "auto", covers, "formulas of %s cover what is near them", p.URL())
				}
				fits(t, p)
				accessible(t, p)
				silent(t, p)
			}
			if c.host == "right" {
				assert.Equal(t, "ltr", p.Attribute(`button[name=language][value=en]`, "dir"), "an English word in a page that runs the other way")
				var left bool
				p.Eval("document.querySelector('.brand').getBoundingClientRect().right > innerWidth / 2", &left)
				assert.True(t, left, "the page is turned around")
			}
		})
	}
}
