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

// asking is a harvester that notes what it was asked for, knows some repositories, and reaches nobody.
type asking struct {
	w        *world
	found    map[string]federation.Preview
	replayed int // records that a replay can accept
	started  []string
	options  federation.PreviewOptions
	wanted   federation.Subscription
}

func (a *asking) Preview(_ context.Context, address string, o federation.PreviewOptions) (federation.Preview, error) {
	a.options = o
	if p, ok := a.found[address]; ok {
		return p, nil
	}
	return federation.Preview{}, fmt.Errorf("%s: %w: no OAI-PMH repository found: no such host", address, kind.ErrInvalid)
}

func (a *asking) Subscribe(ctx context.Context, address string, o federation.Subscription) (federation.Peer, error) {
	found, ok := a.found[address]
	if !ok {
		return federation.Peer{}, fmt.Errorf("%s: %w: no OAI-PMH repository found: no such host", address, kind.ErrInvalid)
	}
	if o.Name == "state" {
		return federation.Peer{}, fmt.Errorf("%s: %w: there is a peer state already", address, kind.ErrConflict)
	}
	a.wanted = o
	p := found.Detected.Peer()
	p.Name, p.Sets, p.Filter, p.Interval, p.Added = o.Name, o.Sets, o.Filter, max(o.Interval, 0), a.w.options.Now()
	return p, a.w.catalog.SavePeer(ctx, p)
}

func (a *asking) Replay(_ context.Context, peer string, ids ...string) (federation.Run, error) {
	a.started = append(a.started, peer+" replay "+strings.Join(ids, " "))
	return federation.Run{Tally: federation.Tally{New: a.replayed}}, nil
}

func (a *asking) StartReplay(_ context.Context, peer string) error {
	a.started = append(a.started, peer+" replay")
	return nil
}

func (a *asking) pause(ctx context.Context, peer string, paused bool) error {
	p, err := a.w.catalog.Peer(ctx, peer)
	if err != nil {
		return err
	}
	p.Paused = paused
	return a.w.catalog.SavePeer(ctx, p)
}

func (a *asking) Pause(ctx context.Context, peer string) error  { return a.pause(ctx, peer, true) }
func (a *asking) Resume(ctx context.Context, peer string) error { return a.pause(ctx, peer, false) }

func (a *asking) Remove(ctx context.Context, peer string) error {
	if err := a.w.catalog.RemovePeer(ctx, peer); err != nil {
		return err
	}
	return a.w.index.CatchUp(ctx, a.w.catalog)
}

func (a *asking) Suggested([]federation.Peer) []string {
	return []string{"https://friend.test/oai", "javascript:alert(1)"}
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
	t.Parallel()
	w, h := withPeer(t, 3, 1, "")
	asked := w.adminLink(t)
	values := url.Values{"peer": {"state"}, "url": {"https://other.test"}, "paused": {"1"}, "interval": {"24h0m0s"}}
	posts := []string{"/peers", "/peers/preview", "/peers/harvest", "/peers/replay", "/peers/settings", "/peers/pause", "/peers/remove"}
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
	for _, path := range posts[2:] {
		assert.Equal(t, http.StatusNotFound, w.post(path, url.Values{"peer": {"nobody"}}).status, path)
		assert.Equal(t, http.StatusNotFound, w.post(path, nil).status, path)
	}
}

// adminLink is the address at which an administrator gets what was set aside.
func (w *world) adminLink(t *testing.T) string {
	t.Helper()
	list, err := w.catalog.Quarantine(t.Context(), "state", 0, 1)
	require.NoError(t, err)
	return "/peers/state/quarantine/" + quarantineID(list[0])
}

func TestReadersSeeTheCatalogOfAPeerAndNotItsTroubles(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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

	w.post("/peers/settings", url.Values{"peer": {"state"}, "interval": {"0s"}, "cleared": {"1"}, "languages": {"en, es-MX"}, "type": {"unit", "nonsense", "lesson"}})
	assert.Equal(t, federation.Filter{Cleared: true, Languages: []string{"en", "es-MX"}, Types: []metadata.Type{"lesson", "unit"}}, peer().Filter)
	assert.Zero(t, peer().Interval)
	assert.Empty(t, peer().Sets)
	assert.Equal(t, http.StatusUnprocessableEntity, w.post("/peers/settings", url.Values{"peer": {"state"}, "languages": {"<b>"}}).status)
	page := w.get("/peers/state").body
	for _, want := range []string{`value="en, es-MX"`, `name="cleared" value="1" checked`, `value="unit" checked`, `<option value="0s" selected>`} {
		assert.Contains(t, page, want)
	}

	asked := w.get("/peers/state/remove")
	assert.Contains(t, asked.body, "3 records that came from it go, too")
	assert.Equal(t, 3, peer().Records, "asking removes nothing")
	assert.Equal(t, "/peers?notice=peer-removed", w.post("/peers/remove", url.Values{"peer": {"state"}}).header.Get("Location"))
	assert.Equal(t, http.StatusNotFound, w.get("/peers/state").status)
	assert.NotContains(t, w.get("/search?source=state").body, "Lección")
}

func TestQuarantineIsShownSafely(t *testing.T) {
	t.Parallel()
	w, h := withPeer(t, 1, 125, "")
	w.signIn("ada", accounts.Admin)
	page := w.get("/peers/state/quarantine")
	assert.Contains(t, page.body, "&lt;script&gt;alert(")
	assert.NotContains(t, page.body, "<script>")
	assert.NotContains(t, page.body, "\x00")
	assert.NoError(t, wellFormed(page.body))
	assert.Contains(t, page.body, "/peers/state/quarantine?page=2")
	assert.Less(t, len(w.get("/peers/state/quarantine", "Accept-Encoding", "br").body), 14_600)
	assert.Equal(t, 5, strings.Count(w.get("/peers/state/quarantine?page=7").body, "<pre"))
	assert.Equal(t, 5, strings.Count(w.get("/peers/state/quarantine?page=99").body, "<pre"))

	h.started = nil
	again := w.post("/peers/replay", url.Values{"peer": {"state"}, "id": {"oai:state.test:bad-3"}})
	assert.Equal(t, "/peers/state/quarantine?notice=replayed-none", again.header.Get("Location"))
	h.replayed = 1
	again = w.post("/peers/replay", url.Values{"peer": {"state"}, "id": {"oai:state.test:bad-3"}})
	assert.Equal(t, "/peers/state/quarantine?notice=replayed", again.header.Get("Location"))
	w.post("/peers/replay", url.Values{"peer": {"state"}})
	assert.Equal(t, []string{"state replay oai:state.test:bad-3", "state replay oai:state.test:bad-3", "state replay"}, h.started)

	raw := w.get(w.adminLink(t))
	assert.Contains(t, raw.body, "\x00\xff", "byte for byte")
	assert.Contains(t, raw.header.Get("Content-Disposition"), "attachment")
	assert.Contains(t, raw.header.Get("Content-Security-Policy"), "sandbox")
	assert.Equal(t, "application/octet-stream", raw.header.Get("Content-Type"))
}

// library is a repository to look at, as hostile as its answers may be.
func library() federation.Preview {
	p := federation.Preview{
		Detected: federation.Detected{
			URL: "https://library.test/oai", Title: "Biblioteca <b>abierta</b>", Prefix: "oai_dc", Formats: []string{"oai_dc", "marc21"}, Deletions: "no",
			Emails: []string{"ana@library.test"},
		},
		Size: 12345, Counted: 20, Licenses: map[licensing.ID]int{"CC-BY-4.0": 15, "": 4}, Languages: map[string]int{"es": 19}, Types: map[metadata.Type]int{"lesson": 19},
		Unmapped: map[string]int{"dc:format": 20}, Refused: map[string]int{"it has no title": 1}, Notes: []string{"its clock is odd"},
	}
	for i := range 500 {
		p.Sets = append(p.Sets, federation.Set{Spec: fmt.Sprintf("col_%d", i), Name: fmt.Sprintf("Colección de lecciones número %d", i)})
	}
	for i := range 20 {
		sample := federation.Sample{Identifier: fmt.Sprintf("oai:library.test:%d", i), License: "CC-BY-4.0"}
		sample.Record.Metadata = metadata.Metadata{
			Title: fmt.Sprintf("Lección %d %s", i, strings.Repeat("larga ", 60)), Type: "lesson", Language: "es", License: "Creative Commons <i>Atribución</i> 4.0",
			Grades: []string{"5"}, Alignments: metadata.Alignments{Teaches: []string{"5.NF.B.3"}},
		}
		if i == 0 {
			sample = federation.Sample{Identifier: "oai:library.test:0", Refused: "it has no title"}
		}
		for j := range 9 {
			sample.Mapping.Rows = append(sample.Mapping.Rows, metadata.Mapped{Source: "dc:format", Value: fmt.Sprintf("<script>%d</script> %d", j, i)})
		}
		p.Samples = append(p.Samples, sample)
	}
	return p
}

func TestPreviewIsShownAndAnswered(t *testing.T) {
	t.Parallel()
	w, h := withPeer(t, 1, 0, "")
	h.found = map[string]federation.Preview{"library.test": library(), "https://library.test/oai": library()}
	w.signIn("ada", accounts.Admin)
	page := w.post("/peers/preview", url.Values{"url": {" library.test "}})
	require.Equal(t, http.StatusOK, page.status)
	assert.NoError(t, wellFormed(page.body))
	for _, want := range []string{
		"Biblioteca &lt;b&gt;abierta", "12,345", "<b>15 with a license that is known,</b> of 20", "1 would be set aside", "it has no title", "5.NF.B.3", "CC BY 4.0",
		"Creative Commons &lt;i&gt;", "&lt;script&gt;", "+ 6", "dc:format", "ana@library.test", "its clock is odd", `value="col_3"`, `name="sets"`, `<option value="oai_dc" selected>`,
		`<option value="24h0m0s" selected>`, `name="name" value="library-test"`,
	} {
		assert.Contains(t, page.body, want)
	}
	assert.NotContains(t, page.body, "<script>")
	assert.NotContains(t, page.body, "col_499", "what is offered one by one is bounded")
	assert.Equal(t, 20, strings.Count(page.body, "<li><h3"))
	for _, lang := range []string{"en", "es"} {
		small := w.post("/peers/preview", url.Values{"url": {"library.test"}}, "Accept-Encoding", "br", "Accept-Language", lang).body
		assert.Less(t, len(small), 14_600)
		t.Logf("%6d %s preview", len(small), lang)
	}

	chosen := url.Values{
		"url": {"https://library.test/oai"}, "name": {"biblioteca"}, "set": {"col_3"}, "sets": {"col_499"}, "cleared": {"1"}, "languages": {"es"}, "type": {"lesson"},
		"interval": {"0s"}, "prefix": {"oai_dc"},
	}
	again := w.post("/peers/preview", chosen)
	assert.Equal(t, federation.PreviewOptions{Prefix: "oai_dc", Sets: []string{"col_3", "col_499"}}, h.options)
	for _, want := range []string{`value="col_3" checked`, `name="sets" value="col_499"`, `name="cleared" value="1" checked`, `<option value="0s" selected>`, `value="biblioteca"`} {
		assert.Contains(t, again.body, want)
	}
	peers, err := w.catalog.Peers(t.Context())
	require.NoError(t, err)
	assert.Len(t, peers, 1, "looking keeps nothing")

	taken := url.Values{"url": chosen["url"], "name": {"state"}, "interval": {"1h0m0s"}, "set": {"col_3"}}
	refused := w.post("/peers", taken)
	assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
	assert.Contains(t, refused.body, `role="alert"`)
	assert.Contains(t, refused.body, "has that name or namespace already")
	assert.Contains(t, refused.body, `value="col_3" checked`, "what was chosen stays")

	done := w.post("/peers", chosen)
	assert.Equal(t, "/peers/biblioteca?watch=1&notice=peer-added", done.header.Get("Location"))
	assert.Equal(t, federation.Subscription{
		Name: "biblioteca", Prefix: "oai_dc", Sets: []string{"col_3", "col_499"}, Interval: -1,
		Filter: federation.Filter{Cleared: true, Languages: []string{"es"}, Types: []metadata.Type{"lesson"}},
	}, h.wanted)
	first := w.get(done.header.Get("Location"))
	assert.Equal(t, http.StatusOK, first.status)
	assert.NotEmpty(t, first.header.Get("Refresh"))
	assert.Contains(t, w.post("/peers/preview", url.Values{"url": {"library.test"}}).body, `It is a partner already: <a href="/peers/biblioteca">`)
}

func TestAddressThatIsNoRepositoryIsExplained(t *testing.T) {
	t.Parallel()
	w, _ := withPeer(t, 1, 0, "")
	w.signIn("ada", accounts.Admin)
	for _, path := range []string{"/peers/preview", "/peers"} {
		a := w.post(path, url.Values{"url": {"https://nobody.test/?a=<b>"}})
		assert.Equal(t, http.StatusUnprocessableEntity, a.status, path)
		assert.Contains(t, a.body, "could not be reached", path)
		assert.Contains(t, a.body, "try again later", path)
		assert.Contains(t, a.body, `value="https://nobody.test/?a=&lt;b&gt;"`, "%s: what was typed stays", path)
		assert.Contains(t, a.body, `role="alert"`, path)
	}
	assert.Equal(t, http.StatusUnprocessableEntity, w.post("/peers/preview", nil).status)
	page := w.get("/peers").body
	assert.Contains(t, page, `value="https://friend.test/oai"`, "friends of partners are offered")
	assert.NotContains(t, page, `href="javascript`)
	w.cookies = map[string]string{}
	assert.NotContains(t, w.get("/peers").body, "friend.test")
}

func TestPrintableCutsBetweenCharacters(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "aá", printable([]byte("aáé"), 4))
	assert.Equal(t, "a�b", printable([]byte("a\xffb"), 9))
	assert.Equal(t, "�\n", printable([]byte("\x1b\n"), 9))
}

func TestPeerPagesAreWholeAndSmall(t *testing.T) {
	t.Parallel()
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

func TestListOfManyPeersIsBounded(t *testing.T) {
	t.Parallel()
	w, _ := withPeer(t, 2, 0, "")
	for i := range 70 {
		name := fmt.Sprintf("peer-%d", i)
		require.NoError(t, w.catalog.SavePeer(t.Context(), federation.Peer{Name: name, Title: "Repository of open lessons number " + name, URL: "https://" + name + ".test/oai"}))
	}
	first := w.get("/peers").body
	assert.Equal(t, peersPerPage, strings.Count(first, `<li class="card"`))
	assert.Equal(t, shownShares, strings.Count(first, "<rect"))
	assert.Contains(t, first, "/peers?page=2")
	assert.Less(t, len(w.get("/peers", "Accept-Encoding", "br").body), 14_600)
	assert.Equal(t, 71-2*peersPerPage, strings.Count(w.get("/peers?page=9").body, `<li class="card"`))
}

func TestPreviewOfAPeerShowsWhatHolds(t *testing.T) {
	t.Parallel()
	w, h := withPeer(t, 1, 0, "")
	found := library()
	found.URL, found.Sets = "https://state.test/oai", []federation.Set{{Spec: "grade:5", Name: "Grade 5"}}
	h.found = map[string]federation.Preview{found.URL: found}
	w.signIn("ada", accounts.Admin)
	page := w.post("/peers/preview", url.Values{"url": {found.URL}}).body
	for _, want := range []string{`value="grade:5" checked`, `name="name" value="state"`, `<option value="1h0m0s" selected>`, "It is a partner already"} {
		assert.Contains(t, page, want)
	}
}

func TestTroubleIsKnownByWhatIsSaid(t *testing.T) {
	t.Parallel()
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
		"https://x/: cannot be asked: the site's robots.txt does not allow to read it":                  "robots",
		"https://x: the peer refuses: badArgument: no such set":                                         "protocol",
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
