package catalog

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// open is a catalog whose counts are looked at when the test is over.
func open(t *testing.T, now func() time.Time) *Catalog {
	t.Helper()
	c := New(sqldbtest.Open(t), now)
	t.Cleanup(func() {
		wrong, err := c.Recount(context.Background())
		assert.NoError(t, err)
		assert.False(t, wrong, "counts differ from the tables")
	})
	return c
}

func TestMain(m *testing.M) { sqldbtest.Main(m) }

func fixed() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }

func TestInboxKeepsItsPromises(t *testing.T) {
	federationtest.RunInbox(t, func(t *testing.T) (federation.Inbox, func(string) map[string]federationtest.Held) {
		c := open(t, time.Now)
		return c, func(peer string) map[string]federationtest.Held {
			list, err := c.many(t.Context(), `WHERE r.peer = $1`, peer)
			require.NoError(t, err)
			held := map[string]federationtest.Held{}
			for _, r := range list {
				held[r.Identifier] = federationtest.Held{Title: r.Metadata.Title, Deleted: r.Deleted, Seq: r.Seq}
			}
			return held
		}
	})
}

func TestRecordsKeepTheirPromises(t *testing.T) {
	federationtest.RunRecords(t, func(t *testing.T, now func() time.Time) (federation.Records, func(federationtest.Put)) {
		c := open(t, now)
		generation := int64(0)
		return c, func(p federationtest.Put) {
			generation++
			id := repository.ID(uuid.NewSHA1(uuid.NameSpaceURL, []byte(p.Identifier)).String())
			r := repository.Resource{
				ID: id, Identifier: p.Identifier, Repository: id, Address: repository.Address{Owner: "rosa", Slug: string(id)},
				Deleted: p.Deleted, Metadata: metadata.Metadata{Title: fmt.Sprint("state ", generation)},
			}
			require.NoError(t, c.Apply(t.Context(), repository.Projection{
				Reservation: repository.Reservation{Owner: "rosa", Slug: string(id), Repository: id, Family: "f", Tag: fmt.Sprint(generation)},
				Generation:  generation, Resources: []repository.Resource{r},
				Records: map[repository.ID]repository.Records{id: {Formats: p.Metadata, Sets: p.Sets, Rights: p.Rights, About: map[string][]byte{federation.DublinCore: p.About}}},
			}))
		}
	})
}

// shown is a projection of one lesson.
func shown(generation int64, title string, deleted bool) repository.Projection {
	r := repository.Resource{
		ID: "1", Identifier: "oai:x.example:1", Repository: "1", Address: repository.Address{Owner: "rosa", Slug: "strips"}, Deleted: deleted,
		Metadata: metadata.Metadata{Title: title, Sources: []metadata.Source{{ID: "oai:y.example:7"}}},
	}
	return repository.Projection{
		Reservation: repository.Reservation{Owner: "rosa", Slug: "strips", Repository: "1", Family: "f", Tag: fmt.Sprint("tag ", generation)},
		Generation:  generation, Resources: []repository.Resource{r},
	}
}

func TestApplyingTheSameAgainIsNoChange(t *testing.T) {
	c := open(t, fixed)
	for range 3 {
		require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	}
	changes, err := c.Changes(t.Context(), 0, 10)
	require.NoError(t, err)
	assert.Len(t, changes, 1)
}

func TestAnOlderProjectionDoesNotUndoANewerOne(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.Apply(t.Context(), shown(2, "Newer", false)))
	require.NoError(t, c.Apply(t.Context(), shown(1, "Older", false)))
	r, err := c.ByID(t.Context(), "1")
	require.NoError(t, err)
	assert.Equal(t, "Newer", r.Metadata.Title)
	at, err := c.Reservation(t.Context(), "rosa", "strips")
	require.NoError(t, err)
	assert.Equal(t, "tag 2", at.Tag)
}

func TestATombstoneKeepsWhatItWas(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	linked, err := c.Linked(t.Context(), repository.SourceLink, "oai:y.example:7")
	require.NoError(t, err)
	assert.Len(t, linked, 1)

	require.NoError(t, c.Apply(t.Context(), shown(2, "", true)))
	r, err := c.Resource(t.Context(), repository.Address{Owner: "rosa", Slug: "strips"})
	require.NoError(t, err)
	assert.True(t, r.Deleted)
	assert.Equal(t, "Strips", r.Metadata.Title)
	assert.Equal(t, int64(2), r.Seq)
	linked, err = c.Linked(t.Context(), repository.SourceLink, "oai:y.example:7")
	require.NoError(t, err)
	assert.Empty(t, linked)
	_, found, err := c.Document(t.Context(), "1")
	require.NoError(t, err)
	assert.False(t, found)
}

func TestAnAddressBelongsToWhoReservedItFirst(t *testing.T) {
	at := fixed()
	c := open(t, func() time.Time { return at })
	first, err := c.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "strips", Repository: "0", Family: "f"})
	require.NoError(t, err)
	second, err := c.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "strips", Repository: "9", Family: "g"})
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.ErrorIs(t, c.Apply(t.Context(), shown(1, "Strips", false)), kind.ErrConflict)

	at = at.Add(time.Hour) // until then another node may be about to publish it
	require.NoError(t, c.Release(t.Context(), "0"))
	require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	require.NoError(t, c.Release(t.Context(), "1"), "a repository that was saved keeps its address")
	_, err = c.Reservation(t.Context(), "rosa", "strips")
	require.NoError(t, err)
}

func TestDatestampsNeverGoBack(t *testing.T) {
	at := fixed()
	c := open(t, func() time.Time { return at })
	require.NoError(t, c.Apply(t.Context(), shown(1, "First", false)))
	at = at.Add(-time.Hour)
	require.NoError(t, c.Apply(t.Context(), shown(2, "Second", false)))
	r, err := c.ByID(t.Context(), "1")
	require.NoError(t, err)
	assert.Equal(t, fixed(), r.Datestamp)
}

// receive holds a record of a peer.
func receive(t *testing.T, c *Catalog, peer, identifier string, license licensing.ID) repository.ID {
	t.Helper()
	run, err := c.Begin(t.Context(), federation.Run{Peer: peer, Started: fixed()})
	require.NoError(t, err)
	_, err = c.Commit(t.Context(), federation.Page{Run: run.ID, Peer: peer, At: fixed(), Records: []federation.Harvested{{
		Identifier: identifier, Datestamp: fixed(), Raw: []byte(peer), License: license, Metadata: metadata.Metadata{Title: "Strips"},
	}}})
	require.NoError(t, err)
	return harvestedID(peer, identifier)
}

func TestARecordWasHarvestedWhenThePeerAnswered(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "state"}))
	run, err := c.Begin(t.Context(), federation.Run{Peer: "state", Started: fixed()})
	require.NoError(t, err)
	answered := fixed().Add(-7 * time.Minute)
	for i, page := range []federation.Page{{Answered: answered}, {}} {
		page.Run, page.Peer, page.At = run.ID, "state", fixed()
		page.Records = []federation.Harvested{{Identifier: fmt.Sprint("oai:a:", i), Datestamp: fixed(), Raw: []byte("<dc/>")}}
		_, err = c.Commit(t.Context(), page)
		require.NoError(t, err)
	}
	for i, want := range []time.Time{answered, fixed()} {
		r, err := c.ByID(t.Context(), harvestedID("state", fmt.Sprint("oai:a:", i)))
		require.NoError(t, err)
		assert.Equal(t, want, r.Origin.Harvested)
	}
}

func TestAnIdentifierIsThePeersWhoseNamespaceItIsIn(t *testing.T) {
	const identifier = "oai:State.example.org:1"
	for _, order := range [][]string{{"state", "0aa"}, {"0aa", "state"}} {
		c := open(t, fixed)
		require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "0aa", Namespace: "fake.example.org"}))
		require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "state", Namespace: "state.example.org"}))
		for _, peer := range order {
			receive(t, c, peer, identifier, map[string]licensing.ID{"state": "CC-BY-NC-4.0", "0aa": "CC0-1.0"}[peer])
		}
		r, err := c.ByIdentifier(t.Context(), identifier)
		require.NoError(t, err)
		assert.Equal(t, "state", r.Origin.Peer)
		assert.EqualValues(t, "CC-BY-NC-4.0", r.License)
		copied, err := c.ByID(t.Context(), harvestedID("0aa", identifier))
		require.NoError(t, err, "an aggregator's records are shown")
		assert.EqualValues(t, "CC0-1.0", copied.License)

		require.NoError(t, c.RemovePeer(t.Context(), "state"))
		_, err = c.ByIdentifier(t.Context(), identifier)
		require.ErrorIs(t, err, kind.ErrNotFound, "nobody inherits it")
	}
}

func TestAnIdentifierOfNobodyIsNotFound(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "nameless"}))
	require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "fake", Namespace: "fake.example.org"}))
	for _, identifier := range []string{"", "7", "oai:state.example.org:1", "https://state.example.org/1", "oai:fake.example.org", "oai::1"} {
		for _, peer := range []string{"nameless", "fake"} {
			id := receive(t, c, peer, identifier, "CC0-1.0")
			_, err := c.ByIdentifier(t.Context(), identifier)
			require.ErrorIs(t, err, kind.ErrNotFound, "%q of %s", identifier, peer)
			_, err = c.ByID(t.Context(), id)
			require.NoError(t, err)
		}
	}
}

func TestOurOwnIdentifierIsNoPeers(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "fake", Namespace: "x.example"}))
	receive(t, c, "fake", "oai:x.example:1", "CC0-1.0")
	require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	for _, deleted := range []bool{false, true} {
		require.NoError(t, c.Apply(t.Context(), shown(2, "Strips", deleted)))
		r, err := c.ByIdentifier(t.Context(), "oai:x.example:1")
		require.NoError(t, err)
		assert.True(t, r.Own())
	}
}

func TestASourceIsIndexedAnewWhenItIsRemixed(t *testing.T) {
	c := open(t, fixed)
	generation := int64(0)
	projection := func(r repository.Resource) repository.Projection {
		generation++
		return repository.Projection{
			Reservation: repository.Reservation{Owner: r.Address.Owner, Slug: "s", Repository: r.ID, Family: "f", Tag: fmt.Sprint(generation)},
			Generation:  generation, Resources: []repository.Resource{r},
		}
	}
	source := repository.Resource{ID: "1", Identifier: "oai:x.example:1", Repository: "1", Address: repository.Address{Owner: "rosa", Slug: "s"}}
	remix := repository.Resource{ID: "2", Identifier: "oai:x.example:2", Repository: "2", Address: repository.Address{Owner: "kim", Slug: "s"}}
	remix.Metadata.Sources = []metadata.Source{{ID: source.Identifier}}
	require.NoError(t, c.Apply(t.Context(), projection(source)))
	remixes := func(after int64) (n int, changed bool, seq int64) {
		list, err := c.Changes(t.Context(), after, 10)
		require.NoError(t, err)
		for _, change := range list {
			changed = changed || change.ID == string(source.ID)
			seq = change.Seq
		}
		d, found, err := c.Document(t.Context(), string(source.ID))
		require.NoError(t, err)
		require.True(t, found)
		return d.Remixes, changed, seq
	}
	n, _, seq := remixes(0)
	assert.Zero(t, n)
	require.NoError(t, c.Apply(t.Context(), projection(remix)))
	n, changed, seq := remixes(seq)
	assert.Equal(t, 1, n)
	assert.True(t, changed)
	remix.Metadata.Title = "Another"
	require.NoError(t, c.Apply(t.Context(), projection(remix)))
	_, changed, seq = remixes(seq)
	assert.False(t, changed, "nothing else is made from it than before")
	remix.Deleted = true
	require.NoError(t, c.Apply(t.Context(), projection(remix)))
	n, changed, _ = remixes(seq)
	assert.Zero(t, n)
	assert.True(t, changed)
	same, err := c.ByID(t.Context(), source.ID)
	require.NoError(t, err)
	assert.EqualValues(t, 1, same.Seq, "its own number stays")
}
