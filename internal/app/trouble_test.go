package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

func TestRemixSentWhileThePeerIsAwayIsShownAgain(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	kim := district.SignIn(t, "kim", accounts.Author)
	page := harvested(t, district, "Sharing trail mix") + "/remix" // of which nothing has been fetched
	state.Stop(t)
	typed := url.Values{"title": {"Mine"}, "text": {"An evening's work."}, "changes": {"shorter"}, "license": {"CC-BY-SA-4.0"}}
	away := kim.Post(t, page, typed)
	require.Equal(t, http.StatusBadGateway, away.Status)
	has(t, away.Body, "State OER Repository", `role="alert"`)
	again := away.Form(t, page)
	for name := range typed {
		assert.Equal(t, typed.Get(name), again.Get(name), name)
	}
	assert.Contains(t, district.Log(), "level=WARN")
	assert.NotContains(t, district.Log(), "level=ERROR")
	assert.Zero(t, search(t, district, "owner:kim").Total)
}

func TestConflictTakesOverWhatOnlyTheOtherChanged(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	const edit = "/r/rosa/halves/edit"
	mine, theirs := rosa.Get(t, edit).Form(t, edit), rosa.Get(t, edit).Form(t, edit)
	theirs.Set("description", "How they describe it.")
	theirs.Set("title", "Their title")
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, edit, theirs).Status)
	mine.Set("title", "My title")
	met := rosa.Post(t, edit, mine)
	require.Equal(t, http.StatusConflict, met.Status)
	has(t, met.Body, "Their title")
	again := decided(t, met, edit, "mine")
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, edit, again).Status)
	r := s.At(t, "rosa/halves")
	assert.Equal(t, "My title", r.Metadata.Title)
	assert.Equal(t, "How they describe it.", r.Metadata.Description)

	// Of a revision that there is not, nothing is known: everything that was typed stays.
	mine.Set("base", "0000000000000000000000000000000000000000")
	met = rosa.Post(t, edit, mine)
	require.Equal(t, http.StatusConflict, met.Status)
	assert.Equal(t, mine.Get("description"), met.Form(t, edit).Get("description"))
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, edit, decided(t, met, edit, "mine")).Status)
	assert.Equal(t, mine.Get("title"), s.At(t, "rosa/halves").Metadata.Title)
}
