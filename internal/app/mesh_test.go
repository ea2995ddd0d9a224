package app_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	searching "github.com/commonplace-oer/commonplace/search"
)

// recordOf is what a server answers for one identifier.
func recordOf(t *testing.T, s *apptest.Server, identifier string) (oaipmh.Record, oaipmh.Errors) {
	t.Helper()
	page := s.Page(t, "/oai?verb=GetRecord&metadataPrefix=lrmi&identifier="+url.QueryEscape(identifier))
	var got oaipmh.Record
	resp, err := oaipmh.Decode(strings.NewReader(page), oaipmh.Bounds{}, func(r oaipmh.Record) error { got = r; return nil })
	require.NoError(t, err)
	return got, resp.Errors
}

func TestALessonTravelsOverThreeServers(t *testing.T) {
	w := apptest.New(t)
	state, district, school := w.Server(t, "state", nil), w.Server(t, "district", nil), w.Server(t, "school", nil)
	closed := w.Server(t, "closed", func(c *config.Config) { c.Aggregate = false })
	halves := state.Publish(t, "rosa/halves", lesson("Halves", "Fold."))
	gone := state.Publish(t, "rosa/gone", lesson("Gone", "Fold."))
	own := district.Publish(t, "kim/own", lesson("Own", "Fold."))

	assert.Equal(t, 2, district.Harvest(t, state).New)
	assert.Equal(t, 3, school.Harvest(t, district).New)
	got, errs := recordOf(t, school, halves.Identifier)
	require.Empty(t, errs)
	var origin *oaipmh.Origin
	for _, a := range got.About {
		if o, err := oaipmh.ReadProvenance(a); err == nil {
			origin = o
		}
	}
	require.NotNil(t, origin)
	assert.Equal(t, 2, origin.Steps())
	assert.Equal(t, district.URL+"/oai", origin.BaseURL)
	assert.Equal(t, state.URL+"/oai", origin.Earlier.BaseURL)
	assert.Equal(t, halves.Identifier, origin.Earlier.Identifier)
	assert.False(t, origin.Altered)

	run := state.Harvest(t, school)
	assert.Equal(t, 1, run.New, "only what is the district's: its own lessons are no news to the state")
	_, errs = recordOf(t, state, own.Identifier)
	assert.Empty(t, errs)
	closed.Harvest(t, district)
	_, errs = recordOf(t, closed, halves.Identifier)
	assert.True(t, errs.Has(oaipmh.IDDoesNotExist), "what the operator does not want is not passed on")

	state.Withdraw(t, "rosa/gone")
	for _, step := range [][2]*apptest.Server{{district, state}, {school, district}, {state, school}, {district, state}} {
		step[0].Harvest(t, step[1])
	}
	for _, s := range []*apptest.Server{state, district, school} {
		got, errs := recordOf(t, s, gone.Identifier)
		require.Empty(t, errs)
		assert.True(t, got.Deleted, s.URL)
		got, errs = recordOf(t, s, halves.Identifier)
		require.Empty(t, errs)
		assert.False(t, got.Deleted, s.URL)
	}
	run = school.Harvest(t, district)
	assert.Equal(t, federation.Tally{Unchanged: run.Unchanged}, run.Tally, "it comes to rest")
}

// TestALessonFromTwoPeersIsOneHit: the same lesson, from its home and from somebody who passes it on.
func TestALessonFromTwoPeersIsOneHit(t *testing.T) {
	w := apptest.New(t)
	state, district, school := w.Server(t, "state", nil), w.Server(t, "district", nil), w.Server(t, "school", nil)
	halves := state.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper."))
	district.Harvest(t, state)
	school.Harvest(t, district)
	school.Harvest(t, state)
	found := search(t, school, "halves")
	require.Equal(t, 1, found.Total)
	page := read(school.Page(t, "/search?q=halves"))
	assert.Contains(t, page, "Also at")
	list, err := school.App.Search.Search(t.Context(), everything("halves"))
	require.NoError(t, err)
	require.Len(t, list.Hits, 1)
	assert.Len(t, list.Hits[0].Others, 1, "both are named")
	r, err := school.App.Repository.ByIdentifier(t.Context(), halves.Identifier)
	require.NoError(t, err)
	assert.Equal(t, "state", r.Origin.Peer, "its home speaks for it")
	assert.EqualValues(t, "CC-BY-SA-4.0", r.License, "no license is widened on the way")

	// A remix of the school's comes back to the state as a lesson of its own, and names its source.
	kim := repository.Actor{Name: "kim", Display: "Kim"}
	body := "Fold the paper, then cut it."
	_, err = school.App.Repository.Remix(t.Context(), repository.Remix{Source: r.ID, Owner: "kim", Slug: "mine", Actor: kim, Body: &body})
	require.NoError(t, err)
	require.NoError(t, school.App.CatchUp(t.Context()))
	state.Harvest(t, school)
	assert.Equal(t, 2, search(t, state, "halves").Total)
}

func everything(words string) searching.Request {
	q, _ := searching.ParseQuery(words)
	return searching.Request{Query: q}
}
