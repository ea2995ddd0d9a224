package search_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// Peers and authors write one subject in several ways: it is one choice, and choosing it in any of them finds all.
func TestSpellingsOfASubjectAreOneChoice(t *testing.T) {
	t.Parallel()
	x := filled(t, nil)
	docs := []search.Document{
		{ID: "a", Title: "Loops", Subjects: []string{"computer-science"}},
		{ID: "b", Title: "Loops again", Subjects: []string{"Computer Science", "computer_science"}},
		{ID: "c", Title: "Loops once more", Subjects: []string{"  computer  science", "Educación-Física"}},
		{ID: "d", Title: "Loops in art", Subjects: []string{"art"}},
	}
	for i := range docs { // in segments of their own
		require.NoError(t, x.Apply(t.Context(), int64(i+2), docs[i:i+1], nil))
	}
	parsed := func(text string) search.Query { q, _ := search.ParseQuery(text); return q }
	r, err := x.Search(t.Context(), search.Request{Query: parsed("loops")})
	require.NoError(t, err)
	assert.Equal(t, []search.Facet{{Value: "computer science", Count: 3}, {Value: "art", Count: 1}, {Value: "educación física", Count: 1}}, r.Facets[search.Subject])
	for _, spelling := range []string{"computer science", "computer-science", "COMPUTER_SCIENCE", "Computer  Science"} {
		r, err := x.Search(t.Context(), search.Request{Query: parsed("loops"), Filters: search.Filters{search.Subject: {spelling}}})
		require.NoError(t, err)
		assert.Equal(t, 3, r.Total, spelling)
		assert.Equal(t, search.Facet{Value: "computer science", Count: 3, Selected: true}, r.Facets[search.Subject][0], spelling)
		r, err = x.Search(t.Context(), search.Request{Query: parsed(`loops subject:"` + spelling + `"`)})
		require.NoError(t, err)
		assert.Equal(t, 3, r.Total, spelling)
	}
	r, err = x.Search(t.Context(), search.Request{Filters: search.Filters{search.Subject: {"educacion fisica"}}})
	require.NoError(t, err)
	assert.Equal(t, 1, r.Total, "with or without accents")
}
