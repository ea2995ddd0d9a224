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
