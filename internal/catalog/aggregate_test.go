package catalog

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// rendered makes records that say whose copy they are of.
func rendered(_ context.Context, c federation.Copy) (repository.Records, bool, error) {
	return repository.Records{
		Formats: map[string][]byte{federation.DublinCore: []byte("<dc>" + c.BaseURL + " " + string(c.Raw) + "</dc>")},
		Sets:    []string{"peer:" + c.Resource.Origin.Peer},
	}, c.Resource.Origin.Peer != "loop", nil
}

func aggregate(t *testing.T, c *Catalog, render func(context.Context, federation.Copy) (repository.Records, bool, error)) {
	t.Helper()
	for n := 0; ; n++ {
		more, err := c.Aggregate(t.Context(), 2, render)
		require.NoError(t, err)
		if !more {
			return
		}
		require.Less(t, n, 100, "it does not end")
	}
}

func withPeers(t *testing.T, peers ...federation.Peer) *Catalog {
	t.Helper()
	c := open(t, fixed)
	for _, p := range peers {
		p.URL = "https://" + p.Name + ".example/oai"
		require.NoError(t, c.SavePeer(t.Context(), p))
	}
	return c
}

// listedAs is the one record of an identifier; "" if there is none.
func listedAs(t *testing.T, c *Catalog, identifier string) string {
	t.Helper()
	item, err := c.Item(t.Context(), identifier)
	if err != nil {
		return ""
	}
	require.Len(t, item, 1)
	if item[0].Deleted {
		return "deleted"
	}
	return string(item[0].Metadata)
}

func TestWhatWasHarvestedIsListedOnce(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"}, federation.Peer{Name: "b"}, federation.Peer{Name: "loop"})
	const id = "oai:far.example:1"
	receive(t, c, "loop", id, "CC0-1.0")
	aggregate(t, c, rendered)
	assert.Equal(t, "", listedAs(t, c, id), "it came through here")
	receive(t, c, "b", id, "CC0-1.0")
	receive(t, c, "a", id, "CC0-1.0")
	aggregate(t, c, rendered)
	assert.Equal(t, "<dc>https://a.example/oai a</dc>", listedAs(t, c, id))
	page, err := c.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, Limit: 10})
	require.NoError(t, err)
	assert.Len(t, page, 1)

	before, err := c.Item(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, c.Forget(t.Context()))
	aggregate(t, c, rendered)
	after, err := c.Item(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, before, after, "what is the same keeps its number and its datestamp")

	require.NoError(t, c.RemovePeer(t.Context(), "a"))
	aggregate(t, c, rendered)
	assert.Equal(t, "<dc>https://b.example/oai b</dc>", listedAs(t, c, id))
	require.NoError(t, c.RemovePeer(t.Context(), "b"))
	aggregate(t, c, rendered)
	assert.Equal(t, "deleted", listedAs(t, c, id))
}

func TestARecordIsListedFromThePeerWhoseItIs(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"}, federation.Peer{Name: "owner", Namespace: "far.example"})
	const id = "oai:far.example:1"
	receive(t, c, "a", id, "CC0-1.0")
	aggregate(t, c, rendered)
	assert.Equal(t, "", listedAs(t, c, id), "the owner has no such record")
	receive(t, c, "owner", id, "CC-BY-NC-4.0")
	aggregate(t, c, rendered)
	assert.Equal(t, "<dc>https://owner.example/oai owner</dc>", listedAs(t, c, id))

	run, err := c.Begin(t.Context(), federation.Run{Peer: "owner", Started: fixed()})
	require.NoError(t, err)
	_, err = c.Commit(t.Context(), federation.Page{Run: run.ID, Peer: "owner", At: fixed(), Records: []federation.Harvested{{
		Identifier: id, Datestamp: fixed(), Deleted: true}}})
	require.NoError(t, err)
	aggregate(t, c, rendered)
	assert.Equal(t, "deleted", listedAs(t, c, id), "nobody else brings it back")
}

func TestAPeerThatSpeaksForItsRecordsFromNowOnTakesThem(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"}, federation.Peer{Name: "late"})
	const id = "oai:far.example:1"
	receive(t, c, "a", id, "CC0-1.0")
	receive(t, c, "late", id, "CC0-1.0")
	aggregate(t, c, rendered)
	assert.Equal(t, "<dc>https://a.example/oai a</dc>", listedAs(t, c, id))
	require.NoError(t, c.Claim(t.Context(), "late", "far.example"))
	aggregate(t, c, rendered)
	assert.Equal(t, "<dc>https://late.example/oai late</dc>", listedAs(t, c, id))
}

func TestOwnRecordsAreNeverAPeers(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"})
	p := shown(1, "Strips", false)
	p.Records = map[repository.ID]repository.Records{"1": {Formats: map[string][]byte{federation.DublinCore: []byte("<own/>")}}}
	require.NoError(t, c.Apply(t.Context(), p))
	receive(t, c, "a", "oai:x.example:1", "CC0-1.0")
	aggregate(t, c, rendered)
	assert.Equal(t, "<own/>", listedAs(t, c, "oai:x.example:1"))
}

func TestWhoStopsPassingOnDeletesWhatWasPassedOn(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"})
	receive(t, c, "a", "oai:far.example:1", "CC0-1.0")
	receive(t, c, "a", "oai:far.example:2", "CC0-1.0")
	aggregate(t, c, rendered)
	require.NoError(t, c.Forget(t.Context()))
	aggregate(t, c, nil)
	assert.Equal(t, "deleted", listedAs(t, c, "oai:far.example:1"))
	n, err := c.Count(t.Context(), federation.Window{Prefix: federation.DublinCore, Set: "peer:a"})
	require.NoError(t, err)
	assert.Equal(t, 2, n, "deleted records stay in their sets")
}
