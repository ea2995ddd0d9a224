package app_test

import (
	"crypto/sha512"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

func TestWhatIsTakenDownStaysOnTheListWithoutItsTitle(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	mod := s.SignIn(t, "mod", accounts.Moderator)
	withBoard(t, s)
	s.Publish(t, "rosa/secret", lesson("Naming Names", "Fold the paper."))
	r := approved(t, s, "rosa/secret")
	approved(t, s, "rosa/halves")
	client, ctx := fetch.New(allowing(s)), t.Context()
	read := func() (string, approval.File) {
		t.Helper()
		f, sums, key, err := app.FetchList(ctx, client, s.URL+"/lists/math")
		require.NoError(t, err, "the signature is that of the bytes")
		assert.Equal(t, s.App.Boards.Key(), key)
		text := s.Get(t, "/lists/math.json").Body
		assert.Equal(t, approval.Hash([]byte(text)), sums.SHA256)
		return text, f
	}
	old, _ := read()
	signature := []byte(s.Get(t, "/lists/math.json.sig").Body)
	has(t, old, "Naming Names")

	take := func(path string) {
		t.Helper()
		require.Equal(t, http.StatusSeeOther, mod.Post(t, path, url.Values{"address": {"rosa/secret"}, "basis": {"rules"}, "notice": {"A name."}, "why": {"It was wrong."}}).Status)
	}
	take("/moderation/takedown")
	text, f := read()
	require.Len(t, f.Items, 2)
	entry := f.Items[0]
	assert.Equal(t, r.Identifier, entry.Item.Identifier)
	assert.Equal(t, r.Revision, entry.Item.Revision, "what was approved stays pinned")
	assert.Equal(t, approval.TakenDown, entry.Item.Name)
	assert.Equal(t, approval.TakenDown, entry.Item.Status)
	assert.Equal(t, "Minutes of March 2", entry.Approval.Note)
	require.NoError(t, s.App.Boards.Settle(ctx))
	id := strings.TrimPrefix(entry.Item.ID, "urn:uuid:")
	for _, path := range []string{
		"/lists/math", "/lists/math.csv", "/lists/math.json", "/lists/math.atom", "/lists/math/letter", "/lists/math/log", "/lists/math/" + id, "/api/v1/lists/math",
		"/r/board/math/raw/list.json", "/r/board/math/raw/list.csv", "/oai?verb=ListRecords&metadataPrefix=oai_dc",
	} {
		a := s.Get(t, path)
		require.Equal(t, http.StatusOK, a.Status, path)
		hasNot(t, a.Body, "Naming Names")
		if !strings.HasPrefix(path, "/oai") {
			has(t, a.Body, "taken down")
		}
	}
	has(t, s.Get(t, "/lists/math", "Accept-Language", "es").Body, "retirado")
	has(t, s.Page(t, "/lists/math?q=halves"), "Halves")
	hasNot(t, s.Page(t, "/lists/math?q=naming"), id) // searching for the title does not find it

	_, err := approval.VerifySum(signature, approval.Namespace, sha512.Sum512([]byte(old)))
	require.NoError(t, err, "what somebody holds already verifies still")
	take("/moderation/restore")
	again, _ := read()
	assert.Equal(t, old, again, "restored, it is the list of before, byte by byte")
	assert.NotEqual(t, old, text)
}

func TestATakenDownRecordHasNoTitleOnAnAdoptedList(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	withBoard(t, state)
	approved(t, state, "state-math/sharing-fairly")
	require.NoError(t, district.App.Accounts.AddBoard(t.Context(), "board", "District board"))
	_, err := district.App.Boards.Adopt(t.Context(), approval.About{Slug: "ours", Board: "board", Title: "Ours"}, state.URL+"/lists/math", boardChair)
	require.NoError(t, err)
	has(t, district.Get(t, "/lists/ours.json").Body, "Sharing pizzas fairly")
	mod := district.SignIn(t, "mod", accounts.Moderator)
	id := strings.TrimPrefix(harvested(t, district, "Sharing pizzas fairly"), "/id/")
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", url.Values{
		"address": {accounts.RecordAddress(id)}, "basis": {"rules"}, "notice": {"A name."},
	}).Status)
	for _, path := range []string{"/lists/ours", "/lists/ours.json", "/lists/ours.csv", "/lists/ours/letter"} {
		body := district.Get(t, path).Body
		hasNot(t, body, "Sharing pizzas fairly")
		has(t, body, "taken down")
	}
	has(t, state.Get(t, "/lists/math.json").Body, "Sharing pizzas fairly") // the state decides about its own
}
