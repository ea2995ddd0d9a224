package web

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

func TestAReportIsAPageAndDataOfOneRevision(t *testing.T) {
	w := filled(t)
	r, err := w.repo.Resource(t.Context(), repository.Address{Owner: "state-math", Slug: "sharing-fairly"})
	require.NoError(t, err)
	page := w.get("/r/state-math/sharing-fairly@" + r.Revision + "/report")
	require.Equal(t, 200, page.status)
	assert.Contains(t, page.body, "1.1.1 Non-text Content")
	assert.Contains(t, page.body, "needs a person")
	assert.LessOrEqual(t, len(page.body), 60_000)

	var fromPage, fromAPI apiReport
	require.NoError(t, json.Unmarshal([]byte(w.get("/r/state-math/sharing-fairly@"+r.Revision+"/report.json").body), &fromPage))
	require.NoError(t, json.Unmarshal([]byte(w.get("/api/v1/resources/"+string(r.ID)+"/report?revision="+r.Revision).body), &fromAPI))
	assert.Equal(t, fromPage, fromAPI)
	assert.Len(t, fromPage.Conformance, 50)
	assert.Equal(t, r.Revision, fromPage.Revision)
	assert.Equal(t, 404, w.get("/r/state-math/sharing-fairly@0123456789012345678901234567890123456789/report").status)
}

func TestReportsAndReleasesFitIntoTheFirstRoundTrip(t *testing.T) {
	w := filled(t)
	for _, path := range []string{"/r/state-math/fractions-as-division/report", "/r/state-math/fractions-as-division/releases"} {
		for _, language := range []string{"en", "es"} {
			page := w.get(path, "Accept-Encoding", "br", "Cookie", "language="+language)
			require.Equal(t, 200, page.status)
			require.Equal(t, "br", page.header.Get("Content-Encoding"))
			assert.LessOrEqual(t, len(page.body), 14_600, path)
		}
	}
}
