package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/commonplace-oer/commonplace/internal/browser"
)

// mirrored is a district with the samples of a state, as plain files behind a plain file server.
func mirrored(t *testing.T) (dir, address, origin string) {
	t.Helper()
	_, _, district := twoServers(t)
	district.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	dir = t.TempDir()
	r, err := district.App.ExportSite(t.Context(), dir, "https://mirror.example", []string{"en", "es"}, nil)
	require.NoError(t, err)
	assert.Greater(t, r.Resources, 20)
	assert.Empty(t, r.Missing)
	again, err := district.App.ExportSite(t.Context(), dir, "https://mirror.example", []string{"en", "es"}, nil)
	require.NoError(t, err)
	assert.Zero(t, again.Written+again.Removed, "the same catalog, the same bytes")
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return dir, server.URL, district.URL
}

func TestEveryLinkOfTheStaticMirrorLeadsSomewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("one file after the other")
	}
	t.Parallel()
	dir, address, origin := mirrored(t)
	pages := 0
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		pages++
		file, err := os.Open(name)
		require.NoError(t, err)
		defer file.Close()
		doc, err := html.Parse(file)
		require.NoError(t, err)
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if a.Key != "href" && a.Key != "src" && a.Key != "action" {
					continue
				}
				u, err := url.Parse(a.Val)
				require.NoError(t, err, a.Val)
				assert.NotContains(t, a.Val, origin, name)
				if u.Scheme != "" || u.Path == "" {
					continue
				}
				assert.FileExists(t, filepath.Join(filepath.Dir(name), filepath.FromSlash(u.Path)), "%s has %s", name, a.Val)
			}
			if n.Data == "form" {
				assert.Contains(t, attribute(n, "action"), "search.html", "%s: the mirror has no other form", name)
			}
		}
		return nil
	}))
	assert.Greater(t, pages, 100)

	if _, err := exec.LookPath("git"); err == nil {
		into := filepath.Join(t.TempDir(), "clone")
		out, err := exec.CommandContext(t.Context(), "git", "clone", "-q", address+"/r/rosa/halves.git", into).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.FileExists(t, filepath.Join(into, "index.md"))
	}
	robots, err := os.ReadFile(filepath.Join(dir, "sitemap.xml"))
	require.NoError(t, err)
	assert.Contains(t, string(robots), "https://mirror.example/sitemap-1.xml")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestTheStaticMirrorIsSearchedInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	dir, address, _ := mirrored(t)
	for _, start := range []string{address + "/index.html", "file://" + filepath.ToSlash(dir) + "/es/index.html"} {
		p := b.Page(t)
		p.SetViewport(320, 700, false)
		p.Open(start)
		p.Fill("main input[name=q]", "5.NF.3")
		p.Submit("main form[role=search]")
		waitFor(t, p, `document.querySelector('.count')?.textContent.includes('5.NF.3') ?? false`)
		p.Fill("header input[name=q]", "halves")
		p.Submit("header form[role=search]")
		waitFor(t, p, `document.querySelector('.cards a')?.textContent === 'Halves'`)
		fits(t, p)
		accessible(t, p)
		assert.Empty(t, p.Console())
		p.Follow(".cards a")
		assert.Contains(t, p.Text("h1"), "Halves")
		assert.False(t, p.Has("form[method=post]"))
		assert.True(t, strings.HasSuffix(p.URL(), "/r/rosa/halves.html"), p.URL())
	}

	p := b.Page(t) // without scripts, by the filters
	p.DisableScripts()
	p.Open(address + "/search.html")
	p.Follow(`#filters a[href*="grade/5"]`)
	accessible(t, p)
	assert.True(t, p.Has(".cards a"))
}
