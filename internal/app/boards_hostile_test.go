package app_test

import (
	"crypto/ed25519"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// listPeer is a peer with one list, that it signs rightly and may lie in.
type listPeer struct {
	mu    sync.Mutex
	url   string
	key   ed25519.PrivateKey
	list  approval.File
	more  int // lists beside it, with the same on them
	asked map[string]int
}

func newListPeer(t *testing.T) *listPeer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	p := &listPeer{key: key, asked: map[string]int{}}
	served := httptest.NewServer(p)
	t.Cleanup(served.Close)
	p.url = served.URL
	p.list = approval.File{
		Type: "ItemList", Format: approval.Format, ID: p.url + "/lists/math", Identifier: "math", Name: "Mathematics", Version: 5,
		Publisher: approval.FileBoard{Name: "County board"}, Items: []approval.FileItem{},
	}
	return p
}

// ServeHTTP implements http.Handler.
func (p *listPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[r.URL.Path]++
	text, err := p.list.JSON()
	name, isList := strings.CutPrefix(r.URL.Path, "/lists/")
	slug, form, _ := strings.Cut(name, ".")
	if isList && slug != "math" {
		text, err = p.named(slug)
	}
	switch {
	case isList && form == "json":
	case isList && form == "json.sig":
		text = approval.Sign(p.key, approval.Namespace, text)
	case r.URL.Path == "/lists.json":
		public, _ := p.key.Public().(ed25519.PublicKey)
		x := approval.Index{
			Format: approval.Format, Name: "peer", Key: approval.AuthorizedKey(public),
			Lists: []approval.IndexItem{{URL: p.url + "/lists/math", Slug: "math", Title: "Mathematics", SHA256: approval.Hash(text)}},
		}
		for n := range p.more {
			slug := "more-" + itoa(n)
			other, _ := p.named(slug)
			x.Lists = append(x.Lists, approval.IndexItem{URL: p.url + "/lists/" + slug, Slug: slug, Title: slug, SHA256: approval.Hash(other)})
		}
		text, err = json.Marshal(x)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

// named is the list under another name.
func (p *listPeer) named(slug string) ([]byte, error) {
	f := p.list
	f.ID, f.Identifier, f.Name = p.url+"/lists/"+slug, slug, slug
	return f.JSON()
}

// fill puts entries on the list, of about so many bytes together.
func (p *listPeer) fill(entries, size int) {
	p.list.Items = nil
	for n := range entries {
		p.list.Items = append(p.list.Items, approval.FileItem{
			Item: approval.FileWork{
				ID: "urn:uuid:" + uuidOf(n), Identifier: "oai:far.example:" + itoa(n), Name: "Lesson", Revision: strings.Repeat("a", 40), Tree: strings.Repeat("b", 40),
			},
			Approval: approval.FileApproval{Standing: approval.Stands, Note: strings.Repeat("x", size/entries)},
		})
	}
}

// held are the keys and bytes that a server keeps of lists of peers.
func held(t *testing.T, s *apptest.Server) (keys []string, size int64) {
	t.Helper()
	bucket, err := blob.Open(t.Context(), s.App.Config.Bucket)
	require.NoError(t, err)
	for info, err := range bucket.List(t.Context(), "decisions/") {
		require.NoError(t, err)
		if !strings.HasPrefix(info.Key, "decisions/lists/") && !strings.HasPrefix(info.Key, "decisions/heads/") {
			keys, size = append(keys, info.Key), size+info.Size
		}
	}
	return keys, size
}

// TestAPeerFillsNoBucket visits a peer with more than anybody holds of one.
func TestAPeerFillsNoBucket(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	ctx, p := t.Context(), newListPeer(t)
	require.NoError(t, s.App.Catalog.SavePeer(ctx, federation.Peer{Name: "peer", Title: "Peer", URL: p.url + "/oai"}))
	s.App.Boards.Room = app.Room{Lists: 20, Bytes: 64 << 10, Entries: 100}
	p.fill(10, 12<<10)
	p.more = 9 // 150 kB in all
	err := s.App.Boards.Visit(ctx, "peer")
	require.ErrorIs(t, err, kind.ErrInvalid)
	assert.Contains(t, err.Error(), "/lists/more-8", "what was left out is named")
	lists, err := s.App.Boards.Elsewhere(ctx)
	require.NoError(t, err)
	assert.Len(t, lists, 3, "64 kB hold three of them")
	_, size := held(t, s)
	assert.Less(t, size, int64(20<<10), "and of them what is shown")
	read := p.asked["/lists/math.json"]
	require.Error(t, s.App.Boards.Visit(ctx, "peer"))
	assert.Equal(t, read, p.asked["/lists/math.json"], "what is held is not read again")

	p.fill(60, 0)
	p.more = 1
	require.ErrorIs(t, s.App.Boards.Visit(ctx, "peer"), kind.ErrInvalid, "60 entries twice")
	p.more = 0
	p.list.Version++
	require.NoError(t, s.App.Boards.Visit(ctx, "peer"))
	keys, _ := held(t, s)
	assert.Len(t, keys, 3, "one list, what is on it, and its key: %v", keys)
	p.more = 20
	require.ErrorIs(t, s.App.Boards.Visit(ctx, "peer"), kind.ErrInvalid)
	keys, _ = held(t, s)
	assert.Len(t, keys, 1, "a peer with too many has none: %v", keys)

	p.fill(10, 0)
	p.more = 1
	require.NoError(t, s.App.Boards.Visit(ctx, "peer"))
	require.NoError(t, s.App.Harvests.Remove(ctx, "peer"))
	keys, _ = held(t, s)
	assert.Empty(t, keys, "a peer that is removed leaves nothing")
	lists, err = s.App.Boards.Elsewhere(ctx)
	require.NoError(t, err)
	assert.Empty(t, lists)
}

// TestAnotherKeyWaitsForAnAdministrator changes the key of a peer's lists.
func TestAnotherKeyWaitsForAnAdministrator(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	ctx, p := t.Context(), newListPeer(t)
	require.NoError(t, s.App.Catalog.SavePeer(ctx, federation.Peer{Name: "peer", Title: "Peer", URL: p.url + "/oai"}))
	require.NoError(t, s.App.Boards.Visit(ctx, "peer"))
	before := p.key
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	p.key, p.list.Name = key, "Mathematics of a thief"
	seen := func() string {
		lists, err := s.App.Boards.Elsewhere(ctx)
		require.NoError(t, err)
		require.Len(t, lists, 1)
		return lists[0].Title
	}
	require.ErrorIs(t, s.App.Boards.Visit(ctx, "peer"), kind.ErrDenied)
	assert.Equal(t, "Mathematics", seen(), "what was signed before stays")

	public := func(key ed25519.PrivateKey) ed25519.PublicKey { k, _ := key.Public().(ed25519.PublicKey); return k }
	for who, role := range map[string]accounts.Role{"kim": accounts.Author, "mo": accounts.Moderator} {
		v := s.SignIn(t, who, role)
		assert.NotContains(t, html.UnescapeString(v.Page(t, "/peers/peer")), approval.Fingerprint(public(key)))
		assert.Equal(t, http.StatusForbidden, v.Post(t, "/peers/peer/key", url.Values{"key": {approval.AuthorizedKey(public(key))}}).Status)
	}
	admin := s.SignIn(t, "ada", accounts.Admin)
	page := admin.Get(t, "/peers/peer")
	has(t, html.UnescapeString(read(page.Body)), approval.Fingerprint(public(before)), approval.Fingerprint(public(key)))
	form := page.Form(t, "/peers/peer/key")
	_, third, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	p.key = third
	require.Error(t, s.App.Boards.Visit(ctx, "peer"))
	assert.Equal(t, http.StatusConflict, admin.Post(t, "/peers/peer/key", form).Status, "not the key that was read about")
	p.key = key
	require.Error(t, s.App.Boards.Visit(ctx, "peer"))
	require.Equal(t, http.StatusSeeOther, admin.Post(t, "/peers/peer/key", form).Status)
	require.NoError(t, s.App.Boards.Visit(ctx, "peer"))
	assert.Equal(t, "Mathematics of a thief", seen())
	assert.NotContains(t, admin.Page(t, "/peers/peer"), "/peers/peer/key")
	p.mu.Lock() // the harvest that began may be looking
	p.key = before
	p.mu.Unlock()
	require.ErrorIs(t, s.App.Boards.Visit(ctx, "peer"), kind.ErrDenied, "and the one of before is another now")
}

func TestAPeerShowsNoOldListAndNoneOfAnother(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	ctx, p := t.Context(), newListPeer(t)
	require.NoError(t, s.App.Catalog.SavePeer(ctx, federation.Peer{Name: "peer", Title: "Peer", URL: p.url + "/oai"}))
	seen := func() (titles []string) {
		lists, err := s.App.Boards.Elsewhere(ctx)
		require.NoError(t, err)
		for _, l := range lists {
			titles = append(titles, l.Title+" of "+l.Board)
		}
		return titles
	}
	require.NoError(t, s.App.Boards.Visit(ctx, "peer"))
	assert.Equal(t, []string{"Mathematics of County board"}, seen())

	for name, lie := range map[string]func(*approval.File){
		"another's": func(f *approval.File) {
			f.ID, f.Version, f.Publisher.Name = "https://state.example/lists/math", 6, "State board"
		},
		"another of its own": func(f *approval.File) { f.ID, f.Version = p.url+"/lists/other", 6 },
		"an old state":       func(f *approval.File) { f.Version, f.Name = 4, "Mathematics before" },
	} {
		good := p.list
		lie(&p.list)
		require.ErrorIs(t, s.App.Boards.Visit(ctx, "peer"), kind.ErrDenied, name)
		assert.Equal(t, []string{"Mathematics of County board"}, seen(), name)
		p.list = good
	}
	p.list.Version, p.list.Name = 6, "Mathematics and more"
	require.NoError(t, s.App.Boards.Visit(ctx, "peer"))
	assert.Equal(t, []string{"Mathematics and more of County board"}, seen())
}

func TestATeamDoesNotJudgeItsOwnWork(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	withBoard(t, s)
	ctx := t.Context()
	require.NoError(t, s.App.Accounts.AddTeam(ctx, "team", ""))
	require.NoError(t, s.App.Accounts.SetMember(ctx, "team", "ana", accounts.Member))
	s.Publish(t, "team/thirds", fstest.MapFS{"index.md": {Data: []byte(lessonText("Thirds", "Cut it."))}})
	require.NoError(t, s.App.Accounts.SetGrant(ctx, accounts.OnResource("team", "thirds"), "ben", accounts.Editor))
	_, authors, err := s.App.Boards.Work(ctx, s.At(t, "team/thirds"))
	require.NoError(t, err)
	// With git push both may have written what bears another name.
	assert.Subset(t, authors, []string{"team", "ana", "ben"})
	assert.NotContains(t, authors, "okafor")
}

func TestGrantsFollowWhatChanges(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	page := func() string { return s.Page(t, "/grants") + s.Page(t, "/grants?format=csv") }
	hasNot(t, page(), "Halves", "Thirds")
	text := lessonText("Thirds", "Cut it.")
	funded := strings.Replace(text, "subjects:", "funding: {funder: US-ED, grant: S367D}\nsubjects:", 1)
	publish := func(text string) { s.Publish(t, "rosa/thirds", fstest.MapFS{"index.md": {Data: []byte(text)}}) }
	publish(funded)
	has(t, page(), "Thirds", "S367D")
	hasNot(t, page(), "Halves")
	publish(text)
	hasNot(t, page(), "Thirds")
	publish(funded)
	has(t, s.Page(t, "/grants?owner=rosa"), "Thirds")
	hasNot(t, s.Page(t, "/grants?owner=maria&format=csv"), "Thirds")
	s.Withdraw(t, "rosa/thirds")
	hasNot(t, page(), "Thirds")
}

// TestAFollowedListWithAnotherKeyWaitsForItsChair changes the key of a list that another follows.
func TestAFollowedListWithAnotherKeyWaitsForItsChair(t *testing.T) {
	t.Parallel()
	p := newListPeer(t)
	p.fill(1, 0)
	s := apptest.New(t).Server(t, "server", nil)
	ctx, on := t.Context(), withBoard(t, s)
	_, err := s.App.Boards.Adopt(ctx, approval.About{Slug: "ours", Board: "board", BoardTitle: "State board", Title: "Ours"}, p.url+"/lists/math", boardChair)
	require.NoError(t, err)
	public := func(key ed25519.PrivateKey) ed25519.PublicKey { k, _ := key.Public().(ed25519.PublicKey); return k }
	change := func(entries int) ed25519.PublicKey {
		t.Helper()
		_, key, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.key = key
		p.fill(entries, 0)
		return public(key)
	}
	sync := func() error { _, err := s.App.Boards.Sync(ctx, "ours"); return err }
	entries := func() int {
		signed, err := s.App.Boards.Signed(ctx, "ours")
		require.NoError(t, err)
		return len(signed.File.Items)
	}
	hasNot(t, on["okafor"].Page(t, "/lists/ours"), `name="do" value="key"`)
	has(t, on["okafor"].Page(t, "/lists/ours"), ">"+p.url+"/lists/math</a>") // the entry does not say whose decision it is
	before := public(p.key)
	second := change(2)
	require.ErrorIs(t, sync(), kind.ErrDenied)
	require.ErrorIs(t, sync(), kind.ErrDenied)
	assert.Equal(t, 1, entries(), "nothing is taken over")

	for _, v := range []*apptest.Visitor{s.Visitor, on["ana"], s.SignIn(t, "ada", accounts.Admin)} {
		hasNot(t, html.UnescapeString(v.Page(t, "/lists/ours")), approval.Fingerprint(second))
		a := v.Post(t, "/lists/ours/entry", url.Values{"do": {"key"}, "key": {approval.AuthorizedKey(second)}})
		assert.Contains(t, []int{http.StatusForbidden, http.StatusUnauthorized}, a.Status)
	}
	page := on["okafor"].Get(t, "/lists/ours")
	has(t, html.UnescapeString(page.Body), approval.Fingerprint(before), approval.Fingerprint(second))
	take := func(key ed25519.PublicKey) int {
		return on["okafor"].Post(t, "/lists/ours/entry", url.Values{"do": {"key"}, "key": {approval.AuthorizedKey(key)}}).Status
	}
	third := change(3)
	assert.Equal(t, http.StatusConflict, take(second), "the server has changed it again since the chair read")
	assert.Equal(t, http.StatusConflict, take(before), "the key of before is none to take")
	assert.Equal(t, 1, entries())
	has(t, html.UnescapeString(on["okafor"].Page(t, "/lists/ours")), approval.Fingerprint(third))
	require.Equal(t, http.StatusSeeOther, take(third))
	assert.Equal(t, 3, entries())
	require.NoError(t, sync())
	hasNot(t, on["okafor"].Page(t, "/lists/ours"), `name="do" value="key"`)
	has(t, html.UnescapeString(s.Page(t, "/lists/ours/log")), approval.Fingerprint(before)+" → "+approval.Fingerprint(third))
	assert.Equal(t, http.StatusConflict, take(third), "once")
}
