package catalog

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// TestAPublicationHoldsTheTurnForFewRoundTrips counts them: while statements go to the database and back, nobody else on any node
// writes. The first one is that for the turn, which brings what must be known as well.
func TestAPublicationHoldsTheTurnForFewRoundTrips(t *testing.T) {
	c := open(t, nil)
	if c.db.Engine() != sqldb.Postgres {
		return // a file has no round trips; it runs again with PostgreSQL
	}
	formats := map[string][]byte{}
	for i := range 7 {
		formats[fmt.Sprint("format", i)] = []byte("<x/>")
	}
	apply := func(generation int64, title string) int64 {
		p := shown(generation, title, false)
		p.Records = map[repository.ID]repository.Records{"1": {Formats: formats, Sets: []string{"grade:5", "grade:6", "owner:rosa", "subject:mathematics", "type:lesson"}}}
		before := c.db.Load().Queries
		require.NoError(t, c.Apply(t.Context(), p))
		n := c.db.Load().Queries - before
		t.Logf("%s: %d round trips", title, n)
		return n
	}
	apply(1, "Strips") // gives the formats their numbers
	require.NoError(t, c.Apply(t.Context(), shown(2, "", true)))
	assert.Equal(t, int64(2), apply(3, "Strips again"), "back from withdrawal, with its source")
	assert.Equal(t, int64(2), apply(4, "Strips, revised"))

	before := c.db.Load()
	_, err := c.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "scoops", Repository: "2", Family: "f"})
	require.NoError(t, err)
	assert.Equal(t, before.Writes, c.db.Load().Writes, "an address is taken without a turn")
}
