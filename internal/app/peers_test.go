package app_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestFromAnAddressToItsCatalogInFourPages is what an administrator does with the address of a repository: four pages are
// loaded, forms as they come.
func TestFromAnAddressToItsCatalogInFourPages(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	for _, title := range []string{"Alpha", "Bravo", "Charlie"} {
		state.Publish(t, "math/"+strings.ToLower(title), lesson(title, "Text."))
	}
	admin := district.SignIn(t, "ada", accounts.Admin)

	list := admin.Get(t, "/peers") // 1
	typed := list.Form(t, "/peers/preview")
	typed.Set("url", state.URL)
	preview := admin.Post(t, "/peers/preview", typed) // 2
	require.Equal(t, http.StatusOK, preview.Status, preview.Body)
	has(t, preview.Body, "a server of our kind", "3 with a license that is known,", "Alpha", "Bravo", "Charlie", "CC BY-SA 4.0")
	peers, err := district.App.Catalog.Peers(t.Context())
	require.NoError(t, err)
	require.Empty(t, peers, "looking keeps nothing")

	chosen := preview.Form(t, "/peers")
	chosen.Set("name", "state")
	chosen.Set("interval", "168h0m0s")
	begun := admin.Post(t, "/peers", chosen)
	require.Equal(t, http.StatusSeeOther, begun.Status, begun.Body)
	require.Equal(t, "/peers/state?watch=1&notice=peer-added", begun.Location())
	assert.Equal(t, http.StatusOK, admin.Get(t, begun.Location()).Status) // 3
	require.Eventually(t, func() bool {
		run, err := lastRun(district)
		return err == nil && run.Complete && search(t, district, "source:state").Total == 3
	}, time.Minute, 20*time.Millisecond)
	done := admin.Get(t, "/peers/state?watch=1") // 4
	assert.Empty(t, done.Header.Get("Refresh"))
	has(t, read(done.Body), "Up to date", "Complete", "3", "every week")

	p, err := district.App.Catalog.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Equal(t, 7*24*time.Hour, p.Interval)
	removed := admin.Get(t, "/peers/state/remove").Form(t, "/peers/remove")
	assert.Equal(t, http.StatusSeeOther, admin.Post(t, "/peers/remove", removed).Status)
	assert.Zero(t, search(t, district, "source:state").Total)
}

// TestSiteWithASitemapBecomesAPeer does the same with a site that speaks no protocol.
func TestSiteWithASitemapBecomesAPeer(t *testing.T) {
	t.Parallel()
	district := apptest.New(t).Server(t, "district", nil)
	admin := district.SignIn(t, "ada", accounts.Admin)
	var site *httptest.Server
	site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sitemap.xml":
			_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>%s/halves</loc></url></urlset>`, site.URL)
		case "/halves":
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(w, `<!doctype html><title>x</title><script type="application/ld+json">{"@context":"https://schema.org","@type":"LearningResource",`+
				`"@id":"%s/halves","name":"Halves of a sitemap","license":"https://creativecommons.org/licenses/by/4.0/","inLanguage":"en"}</script>`, site.URL)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(site.Close)
	preview := admin.Post(t, "/peers/preview", url.Values{"url": {site.URL}})
	require.Equal(t, http.StatusOK, preview.Status, preview.Body)
	has(t, preview.Body, "a sitemap of pages", "Halves of a sitemap", "CC BY 4.0")
	chosen := preview.Form(t, "/peers")
	chosen.Set("name", "site")
	require.Equal(t, http.StatusSeeOther, admin.Post(t, "/peers", chosen).Status)
	require.Eventually(t, func() bool {
		return strings.Contains(read(admin.Page(t, "/peers/site")), "Up to date")
	}, time.Minute, 20*time.Millisecond)
	assert.Equal(t, 1, search(t, district, "source:site").Total)
}

// TestHostileAddressesAreExplained pastes what is no repository, or a bad one. Nothing is kept.
func TestHostileAddressesAreExplained(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	admin := s.SignIn(t, "ada", accounts.Admin)
	site := func(f http.HandlerFunc) string {
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		return server.URL
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 200 {
		_, _ = z.Write(bytes.Repeat([]byte("<OAI-PMH>      "), 100_000))
	}
	require.NoError(t, z.Close())
	for name, c := range map[string]struct{ address, says string }{
		"a web page": {site(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "<!doctype html><title>Some site</title>")
		}), "often ends in /oai"},
		"nobody":     {"http://127.0.0.1:1/oai", "could not be reached"},
		"another":    {site(http.NotFound), "often ends in /oai"},
		"no entry":   {site(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }), "let harvesters in"},
		"in circles": {site(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }), "where it ends up"},
		"inside": {site(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.7/", http.StatusFound)
		}), "allow-peers"},
		"a gzip bomb": {site(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}), ""},
		"words": {"no address at all", "Paste the whole address"},
	} {
		t.Run(name, func(t *testing.T) {
			a := admin.Post(t, "/peers/preview", url.Values{"url": {c.address}})
			assert.Equal(t, http.StatusUnprocessableEntity, a.Status)
			has(t, a.Body, `role="alert"`, c.says)
			hasNot(t, a.Body, "10.0.0.7")
		})
	}
	peers, err := s.App.Catalog.Peers(t.Context())
	require.NoError(t, err)
	assert.Empty(t, peers)
}

// setAside stores a harvest of the peer "state" that ended badly, with records that could not be accepted.
func setAside(t *testing.T, s *apptest.Server) {
	t.Helper()
	ctx, at := t.Context(), time.Now().UTC()
	run, err := s.App.Catalog.Begin(ctx, federation.Run{Peer: "state", Started: at})
	require.NoError(t, err)
	p, err := s.App.Catalog.Peer(ctx, "state")
	require.NoError(t, err)
	page := federation.Page{Run: run.ID, Peer: "state", At: at, State: p.State}
	for i := range 3 {
		page.Quarantine = append(page.Quarantine, federation.Quarantined{
			Identifier: fmt.Sprintf("oai:state.commonplace.example:a-very-long-identifier-without-a-place-to-break-%d", i), Prefix: "oai_dc",
			Reason: "its metadata cannot be read: the record describes no work", Raw: []byte("<dc>" + strings.Repeat("x", 300) + "</dc>"),
		})
	}
	_, err = s.App.Catalog.Commit(ctx, page)
	require.NoError(t, err)
	run.Finished, run.Error, run.Warnings = at.Add(time.Minute), "http://127.0.0.1/oai: HTTP status 403 Forbidden", []string{"the peer tells no time; ours less an hour is taken"}
	_, err = s.App.Catalog.End(ctx, federation.Ending{Run: run, State: p.State})
	require.NoError(t, err)
}

// TestWhatWasSetAsideIsReadAgain stores a record as if it had not been understood when it came.
func TestWhatWasSetAsideIsReadAgain(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	state.Publish(t, "math/alpha", lesson("Alpha", "Text."))
	district.Harvest(t, state)
	setAside(t, district)
	ctx, at := t.Context(), time.Now().UTC()
	run, err := district.App.Catalog.Begin(ctx, federation.Run{Peer: "state", Started: at})
	require.NoError(t, err)
	p, err := district.App.Catalog.Peer(ctx, "state")
	require.NoError(t, err)
	_, err = district.App.Catalog.Commit(ctx, federation.Page{Run: run.ID, Peer: "state", At: at, State: p.State, Quarantine: []federation.Quarantined{{
		Identifier: "oai:state.commonplace.example:good", Reason: "not understood yet", Prefix: "oai_dc", Stamp: "2026-01-01T00:00:00Z",
		Raw: []byte(`<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Understood at last</dc:title></oai_dc:dc>`),
	}}})
	require.NoError(t, err)
	_, err = district.App.Catalog.End(ctx, federation.Ending{Run: run, State: p.State})
	require.NoError(t, err)

	admin := district.SignIn(t, "ada", accounts.Admin)
	has(t, read(admin.Page(t, "/peers/state")), "4 records set aside", "not understood yet")
	again := func(id string) string {
		return admin.Post(t, "/peers/replay", url.Values{"peer": {"state"}, "id": {id}}).Location()
	}
	assert.Equal(t, "/peers/state/quarantine?notice=replayed-none", again("oai:state.commonplace.example:a-very-long-identifier-without-a-place-to-break-0"))
	assert.Zero(t, search(t, district, `"Understood at last"`).Total)
	assert.Equal(t, "/peers/state/quarantine?notice=replayed", again("oai:state.commonplace.example:good"))
	assert.Equal(t, 1, search(t, district, `"Understood at last"`).Total)
	page := read(admin.Page(t, "/peers/state/quarantine"))
	has(t, page, "break-0", "break-2")
	hasNot(t, page, "not understood yet")
	assert.Equal(t, "/peers/state?watch=1&notice=replaying", again(""))
	require.Eventually(t, func() bool {
		run, err := lastRun(district)
		return err == nil && run.Replay && run.Quarantined == 3 && run.Complete
	}, time.Minute, 20*time.Millisecond)
}

// TestPeerPagesAreAccessible goes from an address to the health of a peer in a browser without scripts.
func TestPeerPagesAreAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	w := apptest.New(t)
	state := w.Server(t, "state", nil)
	state.PublishSamples(t)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }))
	t.Cleanup(broken.Close)
	for _, c := range []struct {
		language string
		dark     bool
		width    int
	}{{"en", false, 1280}, {"es", true, 320}} {
		t.Run(fmt.Sprintf("%s %d", c.language, c.width), func(t *testing.T) {
			district := w.Server(t, "district-"+c.language, nil)
			district.SignIn(t, "ada", accounts.Admin)
			p := b.Page(t)
			p.DisableScripts()
			p.SetViewport(c.width, 700, c.dark)
			here := func() {
				t.Helper()
				fits(t, p)
				accessible(t, p)
				stays(t, p, district)
				assert.Equal(t, c.language, p.Attribute("html", "lang"), p.URL())
			}
			p.Open(district.URL + "/sign-in")
			if c.language == "es" {
				p.Follow(`button[name=language][value=es]`)
			}
			p.Fill("#name", "ada")
			p.Fill("#password", apptest.Password)
			p.Submit(`form[action="/sign-in"]`)
			p.Open(district.URL + "/peers")
			here()
			p.Fill("#url", broken.URL)
			p.Submit(`form[action="/peers/preview"]`)
			assert.True(t, p.Has("[role=alert]"))
			here()
			p.Fill("#url", state.URL)
			p.Submit(`form[action="/peers/preview"]`)
			assert.True(t, p.Has("ol.samples"))
			here()
			p.Fill("#name", "state")
			p.Submit(`form[action="/peers"]`)
			assert.Contains(t, p.URL(), "/peers/state")
			require.Eventually(t, func() bool {
				run, err := lastRun(district)
				return err == nil && run.Complete
			}, time.Minute, 20*time.Millisecond)
			setAside(t, district)
			for _, path := range []string{"/peers", "/peers/state", "/peers/state/quarantine", "/peers/state/remove"} {
				p.Open(district.URL + path)
				here()
				silent(t, p)
			}
		})
	}
}
