package catalog

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// window is what a harvester of a set gets: identifiers, in order, with the sets that they name.
func window(t *testing.T, c *Catalog, set string) (ids []string, sets [][]string) {
	t.Helper()
	page, err := c.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, Set: set, Limit: 1000})
	require.NoError(t, err)
	for _, r := range page {
		ids, sets = append(ids, r.Identifier), append(sets, r.Sets)
	}
	return ids, sets
}

// publish shows one resource with one record.
func publish(t *testing.T, c *Catalog, id string, generation int64, deleted bool) {
	t.Helper()
	r := repository.Resource{
		ID: repository.ID(id), Identifier: "oai:x.example:" + id, Repository: repository.ID(id), Address: repository.Address{Owner: "rosa", Slug: id}, Deleted: deleted,
	}
	require.NoError(t, c.Apply(t.Context(), repository.Projection{
		Reservation: repository.Reservation{Owner: "rosa", Slug: id, Repository: r.Repository, Family: "f", Tag: fmt.Sprint(generation)},
		Generation:  generation, Resources: []repository.Resource{r},
		Records: map[repository.ID]repository.Records{r.ID: {
			Formats: map[string][]byte{federation.DublinCore: []byte("<dc>" + id + "</dc>")}, Sets: []string{"grade:5", "owner:rosa"}, Rights: "https://x.example/license",
		}},
	}))
}

func TestAListIsASetWhoseMembersAreHarvestedAgain(t *testing.T) {
	at := fixed()
	c := open(t, func() time.Time { return at })
	for i := range 3 {
		publish(t, c, fmt.Sprint(i), 1, false)
	}
	at = at.Add(time.Hour)
	require.NoError(t, c.SetList(t.Context(), "algebra", []string{"oai:x.example:2", "oai:x.example:0", "oai:x.example:later"}))
	ids, sets := window(t, c, "list:algebra")
	assert.Equal(t, []string{"oai:x.example:0", "oai:x.example:2"}, ids)
	assert.Equal(t, []string{"grade:5", "list:algebra", "owner:rosa"}, sets[0])
	ids, _ = window(t, c, "list")
	assert.Len(t, ids, 2)
	page, err := c.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, From: at, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page, 2, "what joined is newer than all that was harvested before")
	assert.Equal(t, "<dc>0</dc>", string(page[0].Metadata))
	assert.Equal(t, "https://x.example/license", page[0].Rights)
	n, err := c.Count(t.Context(), federation.Window{Prefix: federation.DublinCore, Set: "list:algebra"})
	require.NoError(t, err)
	assert.Equal(t, 2, n)

	at = at.Add(time.Hour)
	require.NoError(t, c.SetList(t.Context(), "algebra", []string{"oai:x.example:0", "oai:x.example:2", "oai:x.example:later"}))
	page, err = c.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, From: at, Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, page, "the same list again is no change")

	publish(t, c, "later", 1, false)
	publish(t, c, "0", 2, false) // healed: shown again as it was
	ids, _ = window(t, c, "list:algebra")
	assert.Equal(t, []string{"oai:x.example:0", "oai:x.example:2", "oai:x.example:later"}, ids, "a member that came later; one that was shown again")

	require.NoError(t, c.SetList(t.Context(), "geometry", []string{"oai:x.example:2"}))
	require.NoError(t, c.SetList(t.Context(), "algebra", []string{"oai:x.example:2"}))
	slugs, err := c.Lists(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"algebra", "geometry"}, slugs)
	_, sets = window(t, c, "list:geometry")
	assert.Equal(t, [][]string{{"grade:5", "list:algebra", "list:geometry", "owner:rosa"}}, sets)
	_, sets = window(t, c, "owner:rosa")
	assert.Contains(t, sets, []string{"grade:5", "owner:rosa"}, "what left is in its other sets")

	publish(t, c, "2", 2, true)
	require.NoError(t, c.SetList(t.Context(), "algebra", nil))
	page, err = c.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, Set: "list:algebra", Limit: 10})
	require.NoError(t, err)
	require.Len(t, page, 1)
	assert.True(t, page[0].Deleted, "a tombstone names the sets that it was in, so that their harvesters learn of it")
	held, err := c.List(t.Context(), "algebra")
	require.NoError(t, err)
	assert.Empty(t, held)
}

// TestAListTellsOfWhatHasNoRecordsYet sets a list while the copies of a resource that two peers sent are not listed.
func TestAListTellsOfWhatHasNoRecordsYet(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"}, federation.Peer{Name: "b"})
	const id = "oai:far.example:1"
	receive(t, c, "a", id, "CC0-1.0")
	receive(t, c, "b", id, "CC0-1.0")
	for _, members := range [][]string{{id}, nil} {
		before, err := c.Seq(t.Context())
		require.NoError(t, err)
		require.NoError(t, c.SetList(t.Context(), "a/algebra", members))
		changes, err := c.Changes(t.Context(), before, 10)
		require.NoError(t, err)
		require.Len(t, changes, 2, "one of each copy")
		for _, change := range changes {
			d, found, err := c.Document(t.Context(), change.ID)
			require.NoError(t, err)
			require.True(t, found)
			assert.Equal(t, members != nil, len(d.Lists) == 1)
		}
	}
}

func TestALongListIsSetInSeveralTransactions(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"})
	var ids []string
	for i := range membersAtOnce + 20 {
		ids = append(ids, fmt.Sprintf("oai:far.example:%03d", i))
		receive(t, c, "a", ids[i], "CC0-1.0")
	}
	aggregate(t, c, rendered)
	require.NoError(t, c.SetList(t.Context(), "far", ids))
	listed, sets := window(t, c, "list:far")
	assert.Equal(t, ids, listed)
	assert.Equal(t, []string{"list:far", "peer:a"}, sets[0], "what was harvested can be approved too")
	require.NoError(t, c.SetList(t.Context(), "far", ids[1:]))
	listed, _ = window(t, c, "list:far")
	assert.Equal(t, ids[1:], listed)
}
