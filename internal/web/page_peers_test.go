package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// asking is a harvester that notes what it was asked for and reaches nobody.
type asking struct {
	w       *world
	started []string
}

func (a *asking) Add(context.Context, string) (federation.Peer, error) {
	return federation.Peer{}, fmt.Errorf("http://nobody.test: %w: no OAI-PMH repository found: no such host", kind.ErrInvalid)
}

func (a *asking) Start(_ context.Context, peer string) error {
	a.started = append(a.started, peer)
	return nil
}

func (a *asking) StartFull(_ context.Context, peer string) error {
	a.started = append(a.started, peer+" full")
	return nil
}

// withPeer is a world with one peer, of which one harvest has ended, with what was wrong with it.
func withPeer(t *testing.T, records, bad int, failure string) (*world, *asking) {
	t.Helper()
	w := newWorld(t)
	h := &asking{w: w}
	w.options.Harvests = h
	var err error
	w.server, err = New(w.options)
	require.NoError(t, err)
	ctx := t.Context()
	p := federation.Peer{
		Name: "state", Title: "State <Library>", URL: "https://state.test/oai", Namespace: "state.test", Interval: time.Hour, Sets: []string{"grade:5"},
		Added: w.options.Now(),
	}
	require.NoError(t, w.catalog.SavePeer(ctx, p))
	run := w.run(records, bad)
	run.Finished, run.Complete, run.Error, run.Warnings = w.options.Now(), failure == "", failure, []string{"its clock is odd"}
	_, err = w.catalog.End(ctx, federation.Ending{Run: run, State: federation.State{Watermark: run.Started, Ended: run.Finished, Prefix: "oai_dc", Deletions: "persistent"}})
	require.NoError(t, err)
	require.NoError(t, w.index.CatchUp(ctx, w.catalog))
	return w, h
}

// run begins a harvest of the peer and stores a page of it.
func (w *world) run(records, bad int) federation.Run {
	w.t.Helper()
	ctx, at := w.t.Context(), w.options.Now()
	run, err := w.catalog.Begin(ctx, federation.Run{Peer: "state", Started: at, Full: true})
	require.NoError(w.t, err)
	page := federation.Page{Run: run.ID, Peer: "state", At: at, Size: 200, State: federation.State{Resume: &federation.Resume{Received: records + bad, Size: 200}}}
	for i := range records {
		license := licensing.ID("CC-BY-4.0")
		if i%3 == 0 {
			license = ""
		}
		page.Records = append(page.Records, federation.Harvested{
			Identifier: fmt.Sprintf("oai:state.test:%d", i), Datestamp: at, Stamp: at.Format(time.RFC3339), Prefix: "oai_dc", Raw: []byte("<dc/>"), License: license,
			Metadata: metadata.Metadata{Title: fmt.Sprintf("Lección número %d", i), Type: "lesson", Language: "es", Grades: []string{"5"}},
		})
	}
	for i := range bad {
		page.Quarantine = append(page.Quarantine, federation.Quarantined{
			Identifier: fmt.Sprintf("oai:state.test:bad-%d", i), Reason: "its metadata cannot be read: no title", At: at,
			Raw: []byte(fmt.Sprintf("<dc><script>alert(%d)</script>\x00\xff%s</dc>", i, strings.Repeat("á", 5000))),
		})
	}
	_, err = w.catalog.Commit(ctx, page)
	require.NoError(w.t, err)
	runs, err := w.catalog.Runs(ctx, "state", 1)
	require.NoError(w.t, err)
	return runs[0]
}

func TestOnlyAdminsManagePeers(t *testing.T) {
	w, h := withPeer(t, 3, 1, "")
	asked := w.adminLink(t)
	values := url.Values{"peer": {"state"}, "url": {"https://other.test"}, "paused": {"1"}, "interval": {"24h0m0s"}}
	posts := []string{"/peers", "/peers/harvest", "/peers/settings", "/peers/pause", "/peers/remove"}
	gets := []string{"/peers/state/remove", "/peers/state/quarantine", asked}

	for _, path := range gets {
		assert.Equal(t, "/sign-in?next="+url.QueryEscape(path), w.get(path).header.Get("Location"), path)
	}
	for _, path := range posts {
		assert.Equal(t, http.StatusUnauthorized, w.post(path, values).status, path)
	}
	w.signIn("kim", accounts.Author)
	for _, path := range gets {
		assert.Equal(t, http.StatusForbidden, w.get(path).status, path)
	}
	for _, path := range posts {
		assert.Equal(t, http.StatusForbidden, w.post(path, values).status, path)
	}
	w.cookies = map[string]string{}
	w.signIn("ada", accounts.Admin)
	for _, path := range posts {
		assert.Equal(t, http.StatusForbidden, w.post(path, values, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test").status, path)
	}
	p, err := w.catalog.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.False(t, p.Paused)
	assert.Equal(t, time.Hour, p.Interval)
	assert.Empty(t, h.started)
	for _, path := range gets {
		assert.Equal(t, http.StatusOK, w.get(path).status, path)
	}
	for _, path := range []string{"/peers/nobody", "/peers/nobody/remove", "/peers/nobody/quarantine", "/peers/state/quarantine/0123", "/peers/nobody/quarantine/0123", "/peers/%ff", "/peers/state/x"} {
		assert.Equal(t, http.StatusNotFound, w.get(path).status, path)
	}
	for _, path := range posts[1:] {
		assert.Equal(t, http.StatusNotFound, w.post(path, url.Values{"peer": {"nobody"}}).status, path)
		assert.Equal(t, http.StatusNotFound, w.post(path, nil).status, path)
	}
}

// adminLink is the address at which an administrator gets what was set aside.
func (w *world) adminLink(t *testing.T) string {
	t.Helper()
	list, err := w.catalog.Quarantine(t.Context(), "state", 1)
	require.NoError(t, err)
	return "/peers/state/quarantine/" + quarantineID(list[0])
}

func TestReadersSeeTheCatalogOfAPeerAndNotItsTroubles(t *testing.T) {
	w, _ := withPeer(t, 9, 2, "http://10.0.0.7/oai: HTTP status 403 Forbidden")
	for _, path := range []string{"/peers", "/peers/state"} {
		page := w.get(path).body
		assert.Contains(t, page, "State &lt;Library&gt;", path)
		assert.Contains(t, page, "refuses to answer", path)
		for _, secret := range []string{"10.0.0.7", `method="post" action="/peers`, "quarantine", "its clock is odd"} {
			assert.NotContains(t, page, secret, path)
		}
	}
	page := w.get("/peers/state").body
	assert.Contains(t, page, `href="/search?license=CC-BY-4.0&amp;source=state">CC BY 4.0</a>`)
	assert.Contains(t, page, `<rect width="100" height="1"/></svg></th><td class="num">6</td>`)
	assert.Contains(t, page, `<rect width="50" height="1"/></svg></th><td class="num">3</td>`, "not cleared: half as many")

	w.signIn("ada", accounts.Admin)
	page = w.get("/peers/state").body
	for _, want := range []string{"10.0.0.7", "its clock is odd", "let harvesters in", "state.test", "oai_dc", "grade:5", "2 records set aside", "Incomplete"} {
		assert.Contains(t, page, want)
	}
}

func TestProgressOfAHarvest(t *testing.T) {
	w, _ := withPeer(t, 3, 0, "")
	run := w.run(50, 0)
	for range 10 { // seconds
		w.options.Now()
	}
	page := w.get("/peers/state?watch=1")
	assert.Contains(t, page.body, `<progress class="going" max="200" value="50"`)
	assert.Contains(t, page.body, "25 % harvested")
	assert.Contains(t, page.body, "50 of 200 records")
	assert.Regexp(t, `[1-5] records a second`, page.body)
	assert.Regexp(t, `about \d+ (s|min)`, page.body)
	assert.Equal(t, "3; url=/peers/state?watch=1", page.header.Get("Refresh"))
	assert.Contains(t, page.body, `<a href="/peers/state">Stop reloading`)
	assert.Empty(t, w.get("/peers/state").header.Get("Refresh"), "only where somebody wants it")

	run.Finished, run.Complete = w.options.Now(), true
	_, err := w.catalog.End(t.Context(), federation.Ending{Run: run, State: federation.State{Watermark: run.Started}})
	require.NoError(t, err)
	page = w.get("/peers/state?watch=1")
	assert.Empty(t, page.header.Get("Refresh"), "it has ended")
	assert.NotContains(t, page.body, "<progress")
}

func TestPeerIsPausedChangedHarvestedAndRemoved(t *testing.T) {
	w, h := withPeer(t, 3, 0, "")
	w.signIn("ada", accounts.Admin)
	peer := func() federation.Peer {
		p, err := w.catalog.Peer(t.Context(), "state")
		require.NoError(t, err)
		return p
	}
	assert.Equal(t, "/peers/state?notice=peer-paused", w.post("/peers/pause", url.Values{"peer": {"state"}, "paused": {"1"}}).header.Get("Location"))
	assert.True(t, peer().Paused)
	assert.Contains(t, w.get("/peers/state").body, "Resume")
	w.post("/peers/pause", url.Values{"peer": {"state"}})
	assert.False(t, peer().Paused)

	w.post("/peers/settings", url.Values{"peer": {"state"}, "interval": {"168h0m0s"}, "set": {"a"}, "sets": {"b  c:d a"}})
	assert.Equal(t, 7*24*time.Hour, peer().Interval)
	assert.Equal(t, []string{"a", "b", "c:d"}, peer().Sets)
	assert.Equal(t, "state.test", peer().Namespace, "the rest stays")
	for _, values := range []url.Values{{"interval": {"soon"}}, {"interval": {"-1h"}}, {"interval": {"1ns"}}, {"sets": {strings.Repeat("x ", 3) + strings.Repeat("y", 400)}}} {
		values.Set("peer", "state")
		assert.Equal(t, http.StatusUnprocessableEntity, w.post("/peers/settings", values).status, values)
	}
	assert.Equal(t, 7*24*time.Hour, peer().Interval)

	w.post("/peers/harvest", url.Values{"peer": {"state"}})
	w.post("/peers/harvest", url.Values{"peer": {"state"}, "full": {"1"}})
	assert.Equal(t, []string{"state", "state full"}, h.started)

	asked := w.get("/peers/state/remove")
	assert.Contains(t, asked.body, "3 records that came from it go, too")
	assert.Equal(t, 3, peer().Records, "asking removes nothing")
	assert.Equal(t, "/peers?notice=peer-removed", w.post("/peers/remove", url.Values{"peer": {"state"}}).header.Get("Location"))
	assert.Equal(t, http.StatusNotFound, w.get("/peers/state").status)
	assert.NotContains(t, w.get("/search?source=state").body, "Lección")
}

func TestQuarantineIsShownSafely(t *testing.T) {
	w, _ := withPeer(t, 1, 25, "")
	w.signIn("ada", accounts.Admin)
	page := w.get("/peers/state/quarantine")
	assert.Contains(t, page.body, "&lt;script&gt;alert(")
	assert.NotContains(t, page.body, "<script>")
	assert.NotContains(t, page.body, "\x00")
	assert.NoError(t, wellFormed(page.body))
	assert.Contains(t, page.body, "/peers/state/quarantine?page=2")
	assert.Less(t, len(w.get("/peers/state/quarantine", "Accept-Encoding", "br").body), 14_600)
	assert.Equal(t, 5, strings.Count(w.get("/peers/state/quarantine?page=2").body, "<pre"))
	assert.Equal(t, 5, strings.Count(w.get("/peers/state/quarantine?page=99").body, "<pre"))

	raw := w.get(w.adminLink(t))
	assert.Contains(t, raw.body, "\x00\xff", "byte for byte")
	assert.Contains(t, raw.header.Get("Content-Disposition"), "attachment")
	assert.Contains(t, raw.header.Get("Content-Security-Policy"), "sandbox")
	assert.Equal(t, "application/octet-stream", raw.header.Get("Content-Type"))
}

func TestPrintableCutsBetweenCharacters(t *testing.T) {
	assert.Equal(t, "aá", printable([]byte("aáé"), 4))
	assert.Equal(t, "a�b", printable([]byte("a\xffb"), 9))
	assert.Equal(t, "�\n", printable([]byte("\x1b\n"), 9))
}

func TestPeerPagesAreWholeAndSmall(t *testing.T) {
	w, _ := withPeer(t, 40, 2, "the list does not end")
	for range 20 {
		w.run(60, 0)
	}
	w.signIn("ada", accounts.Admin)
	for _, lang := range []string{"en", "es"} {
		for _, path := range []string{"/peers", "/peers/state", "/peers/state?watch=1", "/peers/state/remove", "/peers/state/quarantine"} {
			a := w.get(path, "Accept-Language", lang)
			require.Equal(t, http.StatusOK, a.status, path)
			assert.NoError(t, wellFormed(a.body), path)
			assert.Contains(t, a.body, `<html lang="`+lang+`">`, path)
			assert.NotContains(t, a.body, " style=", path)
			packed := w.get(path, "Accept-Language", lang, "Accept-Encoding", "br").body
			assert.Less(t, len(packed), 14_600, path)
			t.Logf("%6d %s %s", len(packed), lang, path)
		}
	}
}

func TestTroubleIsKnownByWhatIsSaid(t *testing.T) {
	for says, want := range map[string]string{
		"https://x: HTTP status 403 Forbidden":                                      "refused",
		"https://x: given up after 6 attempts: HTTP status 503 Service Unavailable": "busy",
		"https://x: given up after 6 attempts: HTTP status 502 Bad Gateway":         "fault",
		"https://x: HTTP status 404 Not Found":                                      "missing",
		"the list does not end: a resumptionToken came for the second time":         "loop",
		"dial tcp: lookup nobody.test: no such host":                                "unreachable",
		"tls: failed to verify certificate: x509: certificate has expired":          "certificate",
		"interrupted": "interrupted",
		"https://x: invalid: the peer offers the formats [x]; one of [lrmi] is needed":                  "formats",
		"read: the answer is larger than is accepted":                                                   "large",
		"the answer stopped coming after 30s without a byte":                                            "slow",
		"something else altogether":                                                                     "other",
		"https://x: invalid: no OAI-PMH repository found: it is HTML, not an OAI-PMH answer":            "none",
		`"nonsense": invalid: paste the http or https address of a repository`:                          "address",
		"https://x: conflict: it says that its repository identifier is a.test, which is this server's": "taken",
	} {
		assert.Equal(t, want, trouble(says), says)
	}
	w := newWorld(t)
	for _, known := range troubles {
		for _, lang := range []string{"en", "es"} {
			for _, group := range []string{"trouble", "remedy"} {
				assert.NotEqual(t, known.kind, w.options.Theme.Label(lang, group, known.kind), "%s.%s in %s", group, known.kind, lang)
			}
		}
	}
}
