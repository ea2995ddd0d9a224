package web

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

// release gives a revision of a resource of rosa's a version.
func (w *world) release(t *testing.T, r repository.Resource, version string) {
	t.Helper()
	_, err := w.repo.Release(t.Context(), repository.Releasing{Address: r.Address, Revision: r.Revision, Version: version, Actor: repository.Actor{Name: "rosa", Display: "Rosa"}})
	require.NoError(t, err)
}

// halves is rosa's lesson as it is.
func (w *world) halves(t *testing.T) repository.Resource {
	t.Helper()
	r, err := w.repo.Resource(t.Context(), repository.Address{Owner: "rosa", Slug: "halves"})
	require.NoError(t, err)
	return r
}

func TestSuggestionNamesTheVersionsThatItIsAbout(t *testing.T) {
	t.Parallel()
	w := suggested(t)
	old := w.halves(t)
	page := func() string {
		t.Helper()
		a := w.get("/r/rosa/halves/suggestions/1")
		require.Equal(t, http.StatusOK, a.status)
		return a.body
	}
	assert.Contains(t, page(), "changes "+old.Revision[:7])
	assert.NotContains(t, page(), "newest: ", "it is the newest")
	w.release(t, old, "v1")
	assert.Contains(t, page(), "changes v1")
	changeSource(w, lessonFiles(), "PT30M", "PT40M")
	next := w.halves(t)
	assert.Contains(t, page(), "changes v1 · newest: "+next.Revision[:7])
	w.release(t, next, "v2")
	assert.Contains(t, page(), "changes v1 · newest: v2")
}

func TestPullNamesTheVersionsOfTheSource(t *testing.T) {
	t.Parallel()
	w, source, remix := followed(t)
	changeSource(w, source, "The answer is four.", "The answer is four parts.")
	r := w.halves(t)
	list, err := w.repo.History(t.Context(), r, 2)
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Contains(t, w.get(remix+"/pull").body, "up to "+list[1].Hash[:7]+"; its newest is "+r.Revision[:7])
	w.release(t, r, "v2")
	r.Revision = list[1].Hash
	w.release(t, r, "v1")
	assert.Contains(t, w.get(remix+"/pull").body, "You have its changes up to v1; its newest is v2.")
}
