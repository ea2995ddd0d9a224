package catalog

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// tallies are the counts as the catalog tells them, and as its tables have them.
func tallies(t *testing.T, c *Catalog) (told, there []string) {
	t.Helper()
	ctx := t.Context()
	n, err := c.Counts(ctx)
	require.NoError(t, err)
	told = append(told, fmt.Sprintf("own %d, harvested %d", n.Own, n.Harvested))
	var own, harvested int
	require.NoError(t, c.db.Read().QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN peer = '' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN peer = '' THEN 0 ELSE 1 END), 0)
		FROM resources WHERE deleted = 0`).Scan(&own, &harvested))
	there = append(there, fmt.Sprintf("own %d, harvested %d", own, harvested))
	peers, err := c.Peers(ctx)
	require.NoError(t, err)
	for _, p := range peers {
		told = append(told, fmt.Sprint(p.Name, " ", p.Records))
		var live int
		require.NoError(t, c.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM resources WHERE peer = $1 AND deleted = 0`, p.Name).Scan(&live))
		there = append(there, fmt.Sprint(p.Name, " ", live))
	}
	owners, err := c.Owners(ctx, 100)
	require.NoError(t, err)
	for _, o := range owners {
		told = append(told, fmt.Sprint(o.Owner, " ", o.Count, " ", o.Stored))
		held, err := c.Held(ctx, o.Owner)
		require.NoError(t, err)
		assert.Equal(t, o, held)
	}
	rows, err := c.db.Read().QueryContext(ctx, `SELECT owner, COUNT(*) AS n, SUM(stored) FROM addresses WHERE tag <> '' GROUP BY owner ORDER BY n DESC, owner`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var o OwnerCount
		require.NoError(t, rows.Scan(&o.Owner, &o.Count, &o.Stored))
		there = append(there, fmt.Sprint(o.Owner, " ", o.Count, " ", o.Stored))
	}
	require.NoError(t, rows.Err())
	return told, there
}

// TestCountsAreThoseOfTheTables does what changes them, in any order, and counts the tables after each.
func TestCountsAreThoseOfTheTables(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "p0"}, federation.Peer{Name: "p1"})
	ctx := t.Context()
	random := rand.New(rand.NewPCG(7, 52))
	generation, round := int64(0), map[string]int64{}
	own := func() repository.Projection {
		generation++
		n := random.IntN(6)
		owner, slug := fmt.Sprint("owner", n%2), fmt.Sprint("slug", n)
		p := repository.Projection{
			Reservation: repository.Reservation{Owner: owner, Slug: slug, Repository: repository.ID(slug), Family: "f", Tag: fmt.Sprint(generation), Stored: random.Int64N(1000)},
			Generation:  generation,
		}
		for part := range 1 + random.IntN(3) {
			id := repository.ID(fmt.Sprint(slug, "-", part))
			p.Resources = append(p.Resources, repository.Resource{
				ID: id, Identifier: "oai:x.example:" + string(id), Repository: p.Repository, Address: repository.Address{Owner: owner, Slug: slug, Part: fmt.Sprint(part)},
				Deleted: random.IntN(3) == 0, Metadata: metadata.Metadata{Title: fmt.Sprint("title ", random.IntN(3))},
			})
		}
		return p
	}
	page := func(peer string, run int64) federation.Page {
		p := federation.Page{Run: run, Peer: peer, At: fixed(), State: federation.State{Round: round[peer]}}
		for range random.IntN(12) { // some of them twice and more
			n := random.IntN(8)
			h := federation.Harvested{
				Identifier: fmt.Sprintf("oai:%s.example:%d", peer, n), Datestamp: fixed(), Prefix: federation.DublinCore, Raw: fmt.Appendf(nil, "<dc>%d</dc>", random.IntN(3)),
				Deleted: random.IntN(3) == 0, Filtered: random.IntN(9) == 0,
			}
			p.Records = append(p.Records, h)
		}
		for range random.IntN(3) {
			p.Headers = append(p.Headers, federation.Header{Identifier: fmt.Sprintf("oai:%s.example:%d", peer, random.IntN(8)), Deleted: random.IntN(2) == 0})
		}
		return p
	}
	for step := range 150 {
		peer := fmt.Sprint("p", random.IntN(2))
		what := random.IntN(10)
		switch what {
		case 0:
			require.NoError(t, c.RemovePeer(ctx, peer))
			require.NoError(t, c.SavePeer(ctx, federation.Peer{Name: peer, URL: "https://" + peer + ".example/oai"}))
		case 1:
			id := harvestedID(peer, fmt.Sprintf("oai:%s.example:%d", peer, random.IntN(8)))
			if c.Withhold(ctx, id) == nil && random.IntN(2) == 0 {
				require.NoError(t, c.Unwithhold(ctx, id))
			}
		case 2:
			_, err := c.Reserve(ctx, repository.Reservation{Owner: "owner1", Slug: "reserved", Repository: "reserved", Family: "f"})
			require.NoError(t, err)
		case 3:
			require.NoError(t, c.Release(ctx, "reserved"))
			require.NoError(t, c.Raise(ctx, Floor{Seq: int64(step) * 20}))
		case 4, 5, 6:
			require.NoError(t, c.Apply(ctx, own()))
		default:
			round[peer]++
			run, err := c.Begin(ctx, federation.Run{Peer: peer, Started: fixed()})
			require.NoError(t, err)
			for range 1 + random.IntN(3) {
				_, err := c.Commit(ctx, page(peer, run.ID))
				require.NoError(t, err)
			}
			_, err = c.End(ctx, federation.Ending{Run: run, State: federation.State{Round: round[peer]}, Sweep: random.IntN(3) == 0})
			require.NoError(t, err)
		}
		told, there := tallies(t, c)
		require.Equal(t, there, told, "after step %d of kind %d", step, what)
		require.True(t, upToDate(t, c), "after step %d of kind %d", step, what)
	}
	told, _ := tallies(t, c)
	t.Log(told)
	wrong, err := c.Recount(ctx)
	require.NoError(t, err)
	assert.False(t, wrong)
}

func upToDate(t *testing.T, c *Catalog) (yes bool) {
	t.Helper()
	require.NoError(t, c.db.Read().QueryRowContext(t.Context(), `SELECT seq = counted FROM clock`).Scan(&yes))
	return yes
}

// TestCountsAreRightBesideAnOlderVersion has somebody change the tables who does not count.
func TestCountsAreRightBesideAnOlderVersion(t *testing.T) {
	c := withPeers(t, federation.Peer{Name: "a"})
	for i := range 3 {
		receive(t, c, "a", fmt.Sprint("oai:a.example:", i), "CC0-1.0")
	}
	require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	older := func(queries ...string) {
		require.NoError(t, c.db.Write(t.Context(), func(tx *sql.Tx) error {
			for _, query := range queries {
				if _, err := tx.ExecContext(t.Context(), query); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	older(`UPDATE resources SET deleted = 1 WHERE identifier = 'oai:a.example:1'`, `UPDATE addresses SET stored = 77`, `UPDATE clock SET seq = seq + 1`)
	require.False(t, upToDate(t, c))
	told, there := tallies(t, c)
	assert.Equal(t, there, told, "nobody has counted yet")
	assert.Contains(t, told, "a 2")
	assert.Contains(t, told, "rosa 1 77")
	receive(t, c, "a", "oai:a.example:7", "CC0-1.0")
	require.False(t, upToDate(t, c), "who counts the own changes only does not hide the others")
	told, there = tallies(t, c)
	assert.Equal(t, there, told)

	wrong, err := c.Recount(t.Context())
	require.NoError(t, err)
	assert.True(t, wrong)
	require.True(t, upToDate(t, c))
	told, there = tallies(t, c)
	assert.Equal(t, there, told)

	older(`UPDATE addresses SET stored = 78`) // a manifest without a change of what it shows
	wrong, err = c.Recount(t.Context())
	require.NoError(t, err)
	assert.True(t, wrong)
	told, there = tallies(t, c)
	assert.Equal(t, there, told)
	wrong, err = c.Recount(t.Context())
	require.NoError(t, err)
	assert.False(t, wrong)
}

// TestAnAddressThatIsOnlyReservedCountsForNobody reserves and publishes.
func TestAnAddressThatIsOnlyReservedCountsForNobody(t *testing.T) {
	c := New(sqldbtest.Open(t), fixed)
	_, err := c.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "strips", Repository: "1", Family: "f"})
	require.NoError(t, err)
	held, err := c.Held(t.Context(), "rosa")
	require.NoError(t, err)
	assert.Zero(t, held.Count)
	owners, err := c.Owners(t.Context(), 9)
	require.NoError(t, err)
	assert.Empty(t, owners)
	p := shown(1, "Strips", false)
	p.Stored = 5
	require.NoError(t, c.Apply(t.Context(), p))
	held, err = c.Held(t.Context(), "rosa")
	require.NoError(t, err)
	assert.Equal(t, OwnerCount{Owner: "rosa", Count: 1, Stored: 5}, held)
}
