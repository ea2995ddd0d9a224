package search_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

func TestAnAnswerIsKeptUntilSomethingIsApplied(t *testing.T) {
	x, why := openLive(t, t.TempDir())
	require.NoError(t, why)
	feed := &shelf{docs: map[string]search.Document{}}
	put := func(id, title string) {
		feed.put(id, title)
		require.NoError(t, x.CatchUp(t.Context(), feed))
	}
	put("1", "Pizza and fractions")
	put("2", "Pizza and ratios")
	q, _ := search.ParseQuery("pizza")
	r := search.Request{Query: q, Facets: []search.Field{search.Source, search.Language}}
	ask := func() search.Results {
		out, err := x.Search(t.Context(), r)
		require.NoError(t, err)
		return out
	}
	first := ask()
	require.NotEmpty(t, first.Hits)
	require.NotEmpty(t, first.Facets[search.Source])
	changed := ask()
	changed.Hits[0].ID, changed.Facets[search.Source][0].Count = "another", -1
	delete(changed.Facets, search.Language)
	assert.Equal(t, first, ask(), "what one caller does to an answer, no other sees")

	r.Size = 1
	assert.Len(t, ask().Hits, 1, "another request has another answer")
	r.Size = 0
	kept := testing.AllocsPerRun(5, func() { ask() })
	put("3", "More pizza")
	assert.Equal(t, first.Total+1, ask().Total, "it is found at once")
	n := 3
	anew := testing.AllocsPerRun(5, func() {
		n++
		put(fmt.Sprint(n), "Pasta")
		ask()
	})
	assert.Less(t, 3*kept, anew, "an answer that is kept takes no search")
	require.NoError(t, x.Close())
	_, err := x.Search(t.Context(), r)
	require.ErrorIs(t, err, search.ErrClosed)
}
