package app_test

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// listPeer is a peer with one list, that it signs rightly and may lie in.
type listPeer struct {
	url  string
	key  ed25519.PrivateKey
	list approval.File
}

func newListPeer(t *testing.T) *listPeer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	p := &listPeer{key: key}
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
	text, err := p.list.JSON()
	switch r.URL.Path {
	case "/lists/math.json":
	case "/lists/math.json.sig":
		text = approval.Sign(p.key, approval.Namespace, text)
	case "/lists.json":
		public, _ := p.key.Public().(ed25519.PublicKey)
		text, err = json.Marshal(approval.Index{
			Format: approval.Format, Name: "peer", Key: approval.AuthorizedKey(public),
			Lists: []approval.IndexItem{{URL: p.url + "/lists/math", Slug: "math", Title: "Mathematics", SHA256: approval.Hash(text)}},
		})
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
