package app_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// suggest lets kim of the district suggest other words for a lesson of the state's.
func suggest(t *testing.T, kim *apptest.Visitor, page string) {
	t.Helper()
	form := kim.Get(t, page+"/suggest")
	require.Equal(t, http.StatusOK, form.Status, read(form.Body))
	typed := form.Form(t, page+"/suggest")
	require.Contains(t, typed.Get("text"), "Will each friend get a whole pizza?")
	typed.Set("text", strings.ReplaceAll(typed.Get("text"), "Will each friend get a whole pizza?", "Does each friend get a whole pizza?"))
	typed.Set("message", "Shorter question")
	for range 2 { // as who presses the button twice: it is one
		done := kim.Post(t, page+"/suggest", typed)
		require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
	}
}

// accept lets the owner accept the state's first suggestion for the lesson.
func accept(t *testing.T, owner *apptest.Visitor) {
	t.Helper()
	const page = "/r/state-math/sharing-fairly/suggestions/1"
	shown := owner.Get(t, page)
	require.Equal(t, http.StatusOK, shown.Status)
	has(t, read(shown.Body), "Shorter question", "by Kim", "Does", "Will")
	typed := shown.Form(t, page)
	typed.Set("do", "accept")
	done := owner.Post(t, page, typed)
	require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
}

// TestSuggestionTravelsToItsHomeAndBack is one server's teacher changing another server's lesson, with its owner's consent.
func TestSuggestionTravelsToItsHomeAndBack(t *testing.T) {
	t.Parallel()
	w, state, district := twoServers(t)
	_, err := state.App.Harvests.Register(t.Context(), "district", district.URL)
	require.NoError(t, err)
	page := harvested(t, district, "Sharing pizzas fairly")
	kim := district.SignIn(t, "kim", accounts.Author)
	has(t, kim.Page(t, page), page+"/suggest")
	suggest(t, kim, page)
	has(t, read(kim.Page(t, "/account")), "waits for the owner", state.URL)

	admin := state.SignIn(t, "boss", accounts.Admin)
	has(t, read(admin.Page(t, "/r/state-math/sharing-fairly")), "1 suggestion waits for you")
	accept(t, admin)
	lesson := state.At(t, "state-math/sharing-fairly")
	commits, err := state.App.Repository.History(t.Context(), lesson, 1)
	require.NoError(t, err)
	has(t, commits[0].Message, "Co-authored-by: Kim", "Suggested-at: "+district.URL)

	w.Pass(time.Hour)
	require.NoError(t, district.App.Letters.Follow(t.Context()))
	has(t, read(kim.Page(t, "/account")), "accepted")
	district.Harvest(t, state)
	id, err := repositoryID(page)
	require.NoError(t, err)
	followed, err := district.App.Repository.ByID(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, state.At(t, "state-math/sharing-fairly").Revision, followed.Revision, "it flows back")
}

func TestSuggestionOfAnUnknownServerWaitsForAnAdministrator(t *testing.T) {
	t.Parallel()
	w, state, district := twoServers(t)
	page := harvested(t, district, "Sharing pizzas fairly")
	kim := district.SignIn(t, "kim", accounts.Author)
	suggest(t, kim, page)
	has(t, read(kim.Page(t, "/account")), "waits for that server")
	assert.Equal(t, http.StatusSeeOther, state.Get(t, "/peers/letters").Status, "it is nobody else's business")
	admin := state.SignIn(t, "boss", accounts.Admin)
	waiting := admin.Get(t, "/peers/letters")
	has(t, read(waiting.Body), "Shorter question", district.URL, "index.md")
	hasNot(t, read(admin.Page(t, "/r/state-math/sharing-fairly/suggestions")), "Shorter question")
	typed := waiting.Form(t, "/peers/letters")
	typed.Set("do", "let")
	require.Equal(t, http.StatusSeeOther, admin.Post(t, "/peers/letters", typed).Status)
	has(t, read(admin.Page(t, "/peers/letters")), "Nothing waits")
	accept(t, admin)
	w.Pass(time.Hour)
	require.NoError(t, district.App.Letters.Follow(t.Context()))
	has(t, read(kim.Page(t, "/account")), "accepted")
}

func TestRefusedSuggestionSaysWhy(t *testing.T) {
	t.Parallel()
	w, state, district := twoServers(t)
	kim := district.SignIn(t, "kim", accounts.Author)
	suggest(t, kim, harvested(t, district, "Sharing pizzas fairly"))
	admin := state.SignIn(t, "boss", accounts.Admin)
	typed := admin.Get(t, "/peers/letters").Form(t, "/peers/letters")
	typed.Set("do", "refuse")
	typed.Set("reason", "Write to us first.")
	require.Equal(t, http.StatusSeeOther, admin.Post(t, "/peers/letters", typed).Status)
	w.Pass(time.Hour)
	require.NoError(t, district.App.Letters.Follow(t.Context()))
	has(t, read(kim.Page(t, "/account")), "declined", "Write to us first.")
}

func TestSuggestionIsSentWhenItsHomeIsBack(t *testing.T) {
	t.Parallel()
	w, state, district := twoServers(t)
	page := harvested(t, district, "Sharing pizzas fairly")
	kim := district.SignIn(t, "kim", accounts.Author)
	typed := kim.Get(t, page+"/suggest").Form(t, page+"/suggest")
	typed.Set("text", typed.Get("text")+"\nOne more question.\n")
	state.Restart(t, func(string) {
		done := kim.Post(t, page+"/suggest", typed)
		require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
		has(t, read(kim.Page(t, "/account")), "not delivered yet")
	})
	w.Pass(time.Hour)
	require.NoError(t, district.App.Letters.Follow(t.Context()))
	require.NoError(t, district.App.Letters.Follow(t.Context()))
	admin := state.SignIn(t, "boss", accounts.Admin)
	assert.Equal(t, 1, strings.Count(admin.Page(t, "/peers/letters"), `name="id"`), "it arrives once")
}

// stranger is a site that no server here knows, with a key of its own.
type stranger struct {
	*httptest.Server
	key   ed25519.PrivateKey
	asked atomic.Int64
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	s := &stranger{key: private}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if r.URL.Path == "/moved"+federation.AboutPath {
			http.Redirect(w, r, "http://localhost:1"+federation.AboutPath, http.StatusFound)
			return
		}
		fmt.Fprintf(w, `{"key":%q}`, federation.KeyID(public))
	}))
	t.Cleanup(s.Close)
	return s
}

// post sends a letter that says to be from a server.
func (s *stranger) post(t *testing.T, to *apptest.Server, r repository.Resource, server string, text []byte) int {
	t.Helper()
	b, err := json.Marshal(federation.Letter{
		ID: uuid.NewString(), Server: server, Resource: r.Identifier, Base: r.Revision, By: "m", Name: "Mallory",
		Files: []federation.LetterFile{{Path: "index.md", Data: text}},
	})
	require.NoError(t, err)
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.URL+"/api/v1/suggestions", bytes.NewReader(b))
	require.NoError(t, err)
	q.Header.Set("Content-Type", federation.LetterType)
	if s.key != nil {
		federation.SignRequest(q, b, s.key, time.Now())
	}
	resp, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// Whoever has no key of a site's can neither speak for it nor fill the queue.
func TestForgedLettersAreRefused(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	_, err := state.App.Harvests.Register(t.Context(), "district", district.URL)
	require.NoError(t, err)
	r := state.At(t, "state-math/sharing-fairly")
	mallory, other := newStranger(t), newStranger(t)
	text := []byte("x")
	assert.Equal(t, http.StatusForbidden, (&stranger{}).post(t, state, r, district.URL, text), "unsigned")
	assert.Equal(t, http.StatusForbidden, mallory.post(t, state, r, district.URL, text), "with another key than the peer's")
	assert.Equal(t, http.StatusForbidden, mallory.post(t, state, r, other.URL, text), "with another key than the site's")
	assert.Equal(t, http.StatusBadGateway, mallory.post(t, state, r, mallory.URL+"/moved", text), "another host does not speak for it")
	assert.Equal(t, http.StatusUnprocessableEntity, mallory.post(t, state, r, strings.Replace(mallory.URL, "http://", "http://district.example@", 1), text))
	held, err := state.App.Letters.Held(t.Context())
	require.NoError(t, err)
	assert.Empty(t, held)

	assert.Equal(t, http.StatusUnprocessableEntity, mallory.post(t, state, r, mallory.URL, make([]byte, 1<<20)), "too large for a stranger")
	for i := range 10 {
		assert.Equal(t, http.StatusAccepted, mallory.post(t, state, r, fmt.Sprintf("%s/%d", mallory.URL, i), text))
	}
	asked := mallory.asked.Load()
	assert.Equal(t, http.StatusServiceUnavailable, mallory.post(t, state, r, mallory.URL, text), "one sender does not fill the queue")
	assert.Equal(t, asked, mallory.asked.Load(), "nor makes this server ask for nothing")
	assert.Equal(t, http.StatusAccepted, other.post(t, state, r, other.URL, text), "others still can")
	list, err := state.App.Repository.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestErasureReachesHeldLetters(t *testing.T) {
	t.Parallel()
	_, state, _ := twoServers(t)
	r := state.At(t, "state-math/sharing-fairly")
	mallory := newStranger(t)
	require.Equal(t, http.StatusAccepted, mallory.post(t, state, r, mallory.URL, []byte("what the law forbids")))
	other := state.At(t, "state-math/how-many-scoops")
	require.Equal(t, http.StatusAccepted, mallory.post(t, state, other, mallory.URL, []byte("x")))
	_, err := state.App.Erase(t.Context(), r.Address, []string{"index.md"}, false, nil)
	require.NoError(t, err)
	held, err := state.App.Letters.Held(t.Context())
	require.NoError(t, err)
	require.Len(t, held, 1)
	assert.Equal(t, other.Address, held[0].Address)
}

// What was typed is not lost because something else answers in the home's place.
func TestSuggestionSurvivesAnAnswerOfSomethingElse(t *testing.T) {
	t.Parallel()
	w, state, district := twoServers(t)
	page := harvested(t, district, "Sharing pizzas fairly")
	kim := district.SignIn(t, "kim", accounts.Author)
	typed := kim.Get(t, page+"/suggest").Form(t, page+"/suggest")
	typed.Set("text", typed.Get("text")+"\nOne more question.\n")
	state.Restart(t, func(string) {
		l, err := blobtest.Listen(t.Context(), strings.TrimPrefix(state.URL, "http://"))
		require.NoError(t, err)
		portal := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html>Welcome to our network. Please sign in.")
		})}
		go func() { _ = portal.Serve(l) }()
		require.Equal(t, http.StatusSeeOther, kim.Post(t, page+"/suggest", typed).Status)
		require.NoError(t, portal.Close())
		has(t, read(kim.Page(t, "/account")), "not delivered yet")
	})
	w.Pass(time.Hour)
	require.NoError(t, district.App.Letters.Follow(t.Context()))
	admin := state.SignIn(t, "boss", accounts.Admin)
	assert.Equal(t, 1, strings.Count(admin.Page(t, "/peers/letters"), `name="id"`))
}

// repositoryID is the id in the path of a harvested resource's page.
func repositoryID(page string) (repository.ID, error) {
	id, err := uuid.Parse(strings.TrimPrefix(page, "/id/"))
	return repository.ID(id.String()), err
}

func TestServerSaysWhoItIs(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	about, err := federation.Ask(t.Context(), http.DefaultClient, s.URL)
	require.NoError(t, err)
	assert.Equal(t, s.URL, about.URL)
	assert.Equal(t, s.URL+"/oai", about.OAI)
	assert.Equal(t, federation.KeyID(s.App.Letters.Key()), about.Key)
	_, err = url.Parse(about.OAI)
	require.NoError(t, err)
}

// TestTextsAreCheckedBesideTheirForms writes what has something amiss into the forms for a letter and for a remix.
func TestTextsAreCheckedBesideTheirForms(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	kim := district.SignIn(t, "kim", accounts.Author)
	for _, page := range []string{harvested(t, district, "Sharing pizzas fairly"), harvested(t, district, "Two ways to see three fourths")} {
		for _, action := range []string{page + "/suggest", page + "/remix"} {
			form := kim.Get(t, action)
			require.Equal(t, http.StatusOK, form.Status, read(form.Body))
			typed := form.Form(t, action)
			typed.Set("do", "preview")
			fine := kim.Post(t, action, typed)
			require.Equal(t, http.StatusOK, fine.Status)
			has(t, fine.Body, "Nothing to mend")
			typed.Set("text", "Fold.\n\n![](nowhere.png)\n\n## Deep\n\n##### Too deep\n")
			a := kim.Post(t, action, typed)
			require.Equal(t, http.StatusOK, a.Status)
			has(t, a.Body, `<ol class="checks">`, ">Line 3</a>", "must be mended", "nowhere.png", ">Line 7</a>", "##### Too deep", "Fold.")
			hasNot(t, a.Body, "Nothing to mend")
		}
	}
	page := harvested(t, district, "Sharing pizzas fairly") + "/suggest"
	typed := kim.Get(t, page).Form(t, page)
	typed.Set("do", "preview")
	typed.Set("text", "Typed while its home was away.")
	state.Stop(t)
	a := kim.Post(t, page, typed)
	require.Equal(t, http.StatusOK, a.Status)
	has(t, a.Body, "Typed while its home was away.")
}
