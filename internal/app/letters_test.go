package app_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
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
	done := kim.Post(t, page+"/suggest", typed)
	require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
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

// Whoever has no key of a peer's can neither speak for it nor fill the queue.
func TestForgedLettersAreRefused(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	_, err := state.App.Harvests.Register(t.Context(), "district", district.URL)
	require.NoError(t, err)
	r := state.At(t, "state-math/sharing-fairly")
	_, mallory, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	post := func(server string, sign bool) int {
		b, err := json.Marshal(federation.Letter{
			ID: uuid.NewString(), Server: server, Resource: r.Identifier, Base: r.Revision, By: "m", Name: "Mallory",
			Files: []federation.LetterFile{{Path: "index.md", Data: []byte("x")}},
		})
		require.NoError(t, err)
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, state.URL+"/api/v1/suggestions", bytes.NewReader(b))
		require.NoError(t, err)
		q.Header.Set("Content-Type", federation.LetterType)
		if sign {
			federation.SignRequest(q, b, mallory, time.Now())
		}
		resp, err := http.DefaultClient.Do(q)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	assert.Equal(t, http.StatusForbidden, post(district.URL, false), "unsigned")
	assert.Equal(t, http.StatusForbidden, post(district.URL, true), "with another key than the peer's")
	for i := range 10 {
		assert.Equal(t, http.StatusAccepted, post(fmt.Sprintf("https://m%d.example", i), true))
	}
	assert.Equal(t, http.StatusServiceUnavailable, post("https://m.example", true), "one sender does not fill the queue")
	list, err := state.App.Repository.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Empty(t, list)
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
