package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestABoardWorksByKeyboard reviews, votes and accepts a newer version with keys alone and without scripts.
func TestABoardWorksByKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	s, rosa, _ := oneServer(t)
	_, _, ben := withCall(t, s, rosa)
	const at = "/calls/spring/1"
	require.Equal(t, http.StatusSeeOther, ben.Post(t, at, reviewOf(t, ben.Get(t, at), "2")).Status)
	h := hand{b.Page(t), t, false, true}
	h.DisableScripts()
	h.SetViewport(1280, 900, false)
	enter := func(name string) {
		h.Open(s.URL + "/sign-in")
		h.fill("#name", name)
		h.fill("#password", apptest.Password)
		h.follow(`form[action="/sign-in"] button`)
	}
	enter("ana")
	h.Open(s.URL + at) // the first page
	call, err := s.App.Boards.Call(t.Context(), "spring")
	require.NoError(t, err)
	for _, k := range call.Rubric.Criteria {
		h.pick(`input[name="score-` + k.ID + `"][value="3"]`)
	}
	h.pick(`input[name="none"]`)
	h.follow(`button[value="review"]`) // the second
	h.pick(`input[name="vote"][value="approve"]`)
	h.follow(`section.narrow form button`) // the third
	call, err = s.App.Boards.Call(t.Context(), "spring")
	require.NoError(t, err)
	one := call.Submissions[0]
	require.Len(t, one.Votes, 1)
	assert.Equal(t, "ana", one.Votes[0].By)
	assert.Len(t, one.Reviews, 2)

	approved(t, s, "rosa/halves")
	r := s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper three times."))
	h.Open(s.URL + "/account")
	h.follow(`form[action="/sign-out"] button`)
	enter("okafor")
	h.Open(s.URL + "/lists/math")
	h.follow(`a[href="/lists/math/newer"]`)
	h.follow(`button[value="accept"]`)
	l, err := s.App.Boards.List(t.Context(), "math")
	require.NoError(t, err)
	assert.Equal(t, r.Revision, l.Entries[0].Revision, "in two steps")
}
