package catalog

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
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

// TestAMoveRendersOnlyWhatMayReadOtherwise: by the base URLs in what a record came through, and by what has no page at home.
func TestAMoveRendersOnlyWhatMayReadOtherwise(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"}, federation.Peer{Name: "b"})
	give := func(peer string, records ...federation.Harvested) {
		run, err := c.Begin(t.Context(), federation.Run{Peer: peer, Started: fixed()})
		require.NoError(t, err)
		for i := range records {
			records[i].Datestamp, records[i].Prefix, records[i].Raw = fixed(), federation.DublinCore, []byte("x")
		}
		_, err = c.Commit(t.Context(), federation.Page{Run: run.ID, Peer: peer, At: fixed(), Records: records})
		require.NoError(t, err)
	}
	named := metadata.Metadata{Title: `"origin":{"peer":"b","url":"`}
	give("a", federation.Harvested{Identifier: "oai:a:1", URL: "https://a.example/1"},
		federation.Harvested{Identifier: "oai:a:old", URL: "https://a.example/2", About: [][]byte{[]byte("<p>https://old.example/oai</p>")}},
		federation.Harvested{Identifier: "oai:a:new", URL: "https://a.example/3", About: [][]byte{[]byte("<p>https://new.example/oai</p>")}})
	give("b", federation.Harvested{Identifier: "oai:b:1", URL: "https://b.example/1"}, federation.Harvested{Identifier: "oai:b:2", Metadata: named})
	aggregate(t, c, rendered)

	var mu sync.Mutex
	var again []string
	counted := func(ctx context.Context, copied federation.Copy) (repository.Records, bool, error) {
		mu.Lock()
		again = append(again, copied.Resource.Identifier)
		mu.Unlock()
		return rendered(ctx, copied)
	}
	aggregate(t, c, counted)
	assert.Empty(t, again)
	require.NoError(t, c.Moved(t.Context(), "https://old.example", "https://new.example"))
	aggregate(t, c, counted)
	assert.ElementsMatch(t, []string{"oai:a:old", "oai:a:new", "oai:b:1", "oai:b:2"}, again)
}

// TestLargeRecordsArePassedOnInParts: peers choose how large their records are, and all of a call are held at once.
func TestLargeRecordsArePassedOnInParts(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"})
	var identifiers []string
	for i := range 3 * chosenAtOnce {
		identifiers = append(identifiers, fmt.Sprint("oai:far.example:", i))
		receive(t, c, "a", identifiers[i], "CC0-1.0")
	}
	large := bytes.Repeat([]byte("x"), maxChosen/chosenAtOnce+1) // those of one statement are enough
	var most, made atomic.Int64
	render := func(context.Context, federation.Copy) (repository.Records, bool, error) {
		most.Store(max(most.Load(), made.Add(1)))
		return repository.Records{Formats: map[string][]byte{federation.DublinCore: large}}, true, nil
	}
	calls := 0
	for more := true; more; calls++ {
		made.Store(0)
		var err error
		more, err = c.Aggregate(t.Context(), len(identifiers), render)
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, most.Load(), int64(chosenAtOnce*runtime.GOMAXPROCS(0)))
	for _, identifier := range identifiers {
		assert.Len(t, listedAs(t, c, identifier), len(large))
	}
}

// TestChangesOfOwnResourcesDoNotPileUp: a list that knows of no change of a harvested one still knows how far it has looked.
func TestChangesOfOwnResourcesDoNotPileUp(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"})
	require.NoError(t, c.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE clock SET seq = $1, counted = $1`, farBehind+1)
		return err
	}))
	aggregate(t, c, rendered)
	var listed int64
	require.NoError(t, c.db.Read().QueryRowContext(t.Context(), `SELECT listed FROM clock`).Scan(&listed))
	assert.EqualValues(t, farBehind+1, listed)
	receive(t, c, "a", "oai:far.example:1", "CC0-1.0")
	aggregate(t, c, rendered)
	assert.NotEmpty(t, listedAs(t, c, "oai:far.example:1"))
}
