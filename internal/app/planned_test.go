package app_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
)

func TestAReleaseIsPlannedChangedAndMadeInTime(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	s := w.Server(t, "planning", nil)
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	rosa, maria := s.SignIn(t, "rosa", accounts.Author), s.SignIn(t, "maria", accounts.Author)
	first := s.At(t, "rosa/halves").Revision
	const page = "/r/rosa/halves/releases"
	form := rosa.Get(t, page).Form(t, page)
	require.Equal(t, first, form.Get("revision"))
	central, err := time.LoadLocation("America/Chicago")
	require.NoError(t, err)
	at := func(d time.Duration) { // as a person in Chicago says it
		when := w.Now().Add(d).In(central)
		form.Set("day", when.Format("2006-01-02"))
		form.Set("hour", when.Format("15:04"))
		form.Set("zone", "central")
	}
	form.Set("notes", "For the <spring>.")
	at(-time.Hour)
	a := rosa.Post(t, page, form)
	require.Equal(t, http.StatusUnprocessableEntity, a.Status)
	has(t, a.Body, "must be ahead", "For the &lt;spring&gt;.")
	form.Set("day", "tomorrow")
	require.Equal(t, http.StatusUnprocessableEntity, rosa.Post(t, page, form).Status)
	at(26 * time.Hour)
	require.Equal(t, http.StatusForbidden, maria.Post(t, page, form).Status)
	require.Equal(t, page+"?notice=planned", rosa.Post(t, page, form).Location())

	has(t, rosa.Page(t, page), "v1", "Central", `value="unplan"`)
	has(t, rosa.Page(t, "/r/rosa/halves"), "Planned release:")
	for _, v := range []*apptest.Visitor{s.Visitor, maria} {
		hasNot(t, v.Page(t, page), "Central", "spring")
		hasNot(t, v.Page(t, "/r/rosa/halves"), "Planned release:")
	}
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold it once more."))
	require.NoError(t, s.App.ReleaseDue(t.Context()))
	require.Equal(t, http.StatusNotFound, s.Get(t, page+"/v1").Status, "it is not the time")
	w.Pass(28 * time.Hour) // an hour that comes twice in autumn may be the second one
	require.NoError(t, s.App.ReleaseDue(t.Context()))
	has(t, s.Page(t, page+"/v1"), "For the &lt;spring&gt;.", first)
	hasNot(t, rosa.Page(t, page), "Central</time>", `value="unplan"`)

	// By the API: planned, listed, taken back, and refused where it is past or taken.
	token, other := s.Token(t, "rosa"), s.Token(t, "maria")
	api := "/api/v1/resources/" + string(s.At(t, "rosa/halves").ID) + "/releases"
	plan := func(token, version string, d time.Duration) apptest.Answer {
		return s.Call(t, http.MethodPost, api, token, map[string]any{"version": version, "at": w.Now().Add(d)})
	}
	assert.Equal(t, http.StatusUnprocessableEntity, plan(token, "v2", -time.Minute).Status)
	assert.Equal(t, http.StatusConflict, plan(token, "v1", time.Hour).Status)
	assert.Equal(t, http.StatusForbidden, plan(other, "v2", time.Hour).Status)
	require.Equal(t, http.StatusAccepted, plan(token, "v2", time.Hour).Status)
	has(t, s.Call(t, http.MethodGet, api+"/planned", token, nil).Body, `"version": "v2"`, `"due"`)
	require.Equal(t, http.StatusNoContent, s.Call(t, http.MethodDelete, api+"/planned/v2", token, nil).Status)
	require.Equal(t, http.StatusNotFound, s.Call(t, http.MethodDelete, api+"/planned/v2", token, nil).Status)

	// Who may not release any more releases nothing, and it is said.
	require.Equal(t, http.StatusAccepted, plan(token, "v3", time.Hour).Status)
	mod := s.SignIn(t, "mod", accounts.Moderator)
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/blocks", url.Values{"owner": {"rosa"}, "reason": {"Spam."}, "do": {"block"}}).Status)
	w.Pass(2 * time.Hour)
	require.NoError(t, s.App.ReleaseDue(t.Context()))
	require.Equal(t, http.StatusNotFound, s.Get(t, page+"/v3").Status)
	plans, err := s.App.Accounts.Plans(t.Context(), "rosa/halves")
	require.NoError(t, err)
	require.Len(t, plans, 1)
	assert.Equal(t, accounts.PlanRights, plans[0].Problem)
	admin := s.SignIn(t, "admin", accounts.Admin)
	has(t, admin.Page(t, page), "may not release here any more")
	require.Equal(t, page+"?notice=unplanned", admin.Post(t, page, url.Values{"do": {"unplan"}, "version": {"v3"}}).Location())
}

func TestSeveralNodesMakeAPlannedReleaseOnce(t *testing.T) {
	t.Parallel()
	w, nodes, _ := threeNodes(t)
	nodes[0].Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	nodes[0].SignIn(t, "rosa", accounts.Author)
	revision := nodes[0].At(t, "rosa/halves").Revision
	for _, version := range []string{"v1", "v2", "v3"} {
		require.NoError(t, nodes[0].App.Accounts.Plan(t.Context(), accounts.Planned{
			Address: "rosa/halves", Version: version, Revision: revision, Account: "rosa", Due: w.Now().Add(time.Hour),
		}))
	}
	w.Pass(2 * time.Hour)
	var all sync.WaitGroup
	for _, n := range nodes {
		for range 3 {
			all.Go(func() { assert.NoError(t, n.App.ReleaseDue(t.Context())) })
		}
	}
	all.Wait()
	require.NoError(t, nodes[1].App.ReleaseDue(t.Context()))
	list, err := nodes[2].App.Repository.Releases(t.Context(), nodes[2].At(t, "rosa/halves").Address)
	require.NoError(t, err)
	require.Len(t, list, 3)
	var out struct{ Changes []change }
	nodes[1].Get(t, "/api/v1/changes?limit=1000").JSON(t, &out)
	made := 0
	for _, c := range out.Changes {
		if c.Kind == "release" {
			made++
		}
	}
	assert.Equal(t, 3, made)
	due, err := nodes[2].App.Accounts.Plans(t.Context(), "rosa/halves")
	require.NoError(t, err)
	assert.Empty(t, due)
}
