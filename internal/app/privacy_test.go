package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
)

var (
	reference = regexp.MustCompile(`<(a|link|img|script|iframe|source|video|audio|form|object|embed)\b[^>]*?\s(href|src|action|data|srcset)="([^"]*)"`)
	rel       = regexp.MustCompile(`\brel="([^"]*)"`)
	anchor    = regexp.MustCompile(`\sid="([^"]*)"`)
	unescape  = strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`, "&#39;", "'")
)

// crawler follows the links of a server from its first page, as a reader without an account could, to so many addresses of
// each kind.
type crawler struct {
	t       *testing.T
	v       *apptest.Visitor
	visited map[string]apptest.Answer
	kinds   map[string]int
}

// ofAKind is how many addresses of a kind are visited.
const ofAKind = 15

// kindOf is what addresses of the same kind have in common: where they are, how deep, the last word of those of a lesson's
// pages, and the names of their parameters.
func kindOf(address string) string {
	u, _ := url.Parse(address)
	parts := strings.Split(u.Path, "/")
	kind := fmt.Sprint(parts[1], len(parts), slices.Sorted(maps.Keys(u.Query())))
	if len(parts) > 4 {
		kind += parts[len(parts)-1]
	}
	return kind
}

func (c *crawler) crawl(from string) {
	queue := []string{from}
	leads := map[string]string{from: "the start"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		a := c.v.Get(c.t, path)
		c.visited[path] = a
		assert.Less(c.t, a.Status, 400, "%s, which %s leads to", path, leads[path])
		assert.Empty(c.t, a.Header.Values("Set-Cookie"), path)
		next := []string{}
		if a.Status >= 300 && a.Status < 400 {
			next = append(next, a.Location())
		}
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			next = append(next, c.page(path, a.Body)...)
		}
		for _, n := range next {
			// One page of every kind of list is enough: facets can be combined without end.
			if _, known := leads[n]; known || strings.HasPrefix(n, "/sign-in") || strings.Contains(n, "lang=en") || strings.Contains(path, "?") && strings.HasPrefix(n, "/search?") {
				continue
			}
			leads[n] = path
			if c.kinds[kindOf(n)]++; c.kinds[kindOf(n)] > ofAKind {
				continue
			}
			queue = append(queue, n)
		}
	}
}

// page checks what a page has others load, and returns where it leads to here.
func (c *crawler) page(path, body string) (leads []string) {
	base, err := url.Parse(c.v.URL + path)
	require.NoError(c.t, err)
	for _, m := range reference.FindAllStringSubmatch(body, -1) {
		tag, target := m[1], unescape.Replace(m[3])
		u, err := base.Parse(target)
		if !assert.NoError(c.t, err, "%s on %s", target, path) {
			continue
		}
		loads := tag != "a" && tag != "form"
		if tag == "link" {
			r := rel.FindStringSubmatch(m[0])
			loads = r != nil && (r[1] == "stylesheet" || r[1] == "icon" || r[1] == "preload")
		}
		if u.Host != base.Host {
			assert.False(c.t, loads, "%s loads %s", path, target)
			continue
		}
		if strings.HasPrefix(target, "#") {
			assert.Contains(c.t, anchors(body), u.Fragment, "%s leads to a place on itself that there is not", path)
			continue
		}
		if tag != "form" && !strings.HasSuffix(u.Path, ".git") {
			u.Fragment = ""
			leads = append(leads, u.RequestURI())
		}
	}
	return leads
}

func anchors(body string) []string {
	var ids []string
	for _, m := range anchor.FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// TestReadersAreNotTracked reads what the first pages lead to: nothing sets a cookie, nothing is loaded from
// elsewhere, and every link leads somewhere.
func TestReadersAreNotTracked(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	t.Parallel()
	_, state, district := twoServers(t)
	for _, s := range []*apptest.Server{state, district} {
		c := &crawler{t, s.Visitor, map[string]apptest.Answer{}, map[string]int{}}
		c.crawl("/")
		assert.Greater(t, len(c.visited), 60)
		t.Log(len(c.visited), "addresses of", len(c.kinds), "kinds")
		u, err := url.Parse(s.URL)
		require.NoError(t, err)
		assert.Empty(t, s.Client.Jar.Cookies(u))
		assert.NotContains(t, s.Log(), "level=ERROR")
	}
}

func TestOnlyAChoiceSetsACookie(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	spanish := s.Post(t, "/language", url.Values{"language": {"es"}, "back": {"/r/rosa/halves"}})
	require.Equal(t, http.StatusSeeOther, spanish.Status)
	require.Len(t, spanish.Header.Values("Set-Cookie"), 1)
	assert.Regexp(t, `^language=es;`, spanish.Header.Get("Set-Cookie"), "it says the language and nothing else")
	has(t, s.Page(t, "/r/rosa/halves"), `<html lang="es">`)
	session := s.SignIn(t, "rosa", accounts.Author)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	assert.Len(t, session.Client.Jar.Cookies(u), 1)
	wrong := s.Post(t, "/sign-in", url.Values{"name": {"rosa"}, "password": {"wrong"}})
	assert.Equal(t, http.StatusForbidden, wrong.Status)
	assert.Empty(t, wrong.Header.Values("Set-Cookie"))
}

func TestOwnersAddressListsWhatIsTheirs(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	s.Publish(t, "maria/thirds", lesson("Thirds", "Fold."))
	a := s.Get(t, "/r/rosa")
	require.Equal(t, http.StatusSeeOther, a.Status)
	list := s.Page(t, a.Location())
	has(t, list, "/r/rosa/halves")
	hasNot(t, list, "/r/maria/thirds")
}
