package catalog

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func open(t *testing.T, now func() time.Time) *Catalog {
	t.Helper()
	db, err := sqldb.Open(t.Context(), "sqlite::memory:")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return New(db, now)
}

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
				Records: map[repository.ID]repository.Records{id: {Formats: p.Metadata, Sets: p.Sets}},
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
	c := open(t, fixed)
	first, err := c.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "strips", Repository: "0", Family: "f"})
	require.NoError(t, err)
	second, err := c.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "strips", Repository: "9", Family: "g"})
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.ErrorIs(t, c.Apply(t.Context(), shown(1, "Strips", false)), kind.ErrConflict)

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
