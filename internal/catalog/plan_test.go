package catalog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// A plan that goes by the peer alone reads all that the peer has, for every page.
func TestPagesAreComparedByTheirRecordsAlone(t *testing.T) {
	c := open(t, time.Now)
	if c.db.Engine() != sqldb.SQLite {
		t.Skip("PostgreSQL plans by what the tables hold")
	}
	for _, query := range []string{
		`SELECT h.digest FROM resources r LEFT JOIN harvested h ON h.peer = r.peer AND h.identifier = r.identifier WHERE r.id IN `,
		`SELECT h.stamp FROM harvested h JOIN resources r ON r.id = h.resource WHERE h.peer = $1 AND r.deleted = 0 AND h.identifier IN `,
		`SELECT entry, stamp FROM quarantine WHERE peer = $1 AND entry IN `,
		`DELETE FROM quarantine WHERE peer = $1 AND entry IN `,
		`UPDATE harvested SET round = $1 WHERE peer = $2 AND identifier IN `,
		`DELETE FROM links WHERE resource IN `,
	} {
		first := []any{"p", "p"}[:strings.Count(query, "$")]
		query += list(len(first), valuesAtOnce)
		rows, err := c.db.Read().QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+query, args(make([]string, valuesAtOnce), first...)...)
		require.NoError(t, err)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
			plan = append(plan, detail)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		text := strings.Join(plan, "; ")
		assert.NotContains(t, text, "SCAN", query)
		assert.NotContains(t, text, "(peer=?)", query)
		t.Log(text)
	}
}

// After a mass change there is no end of resources with one time: the order among them is read, not made.
func TestTheNewestAreReadInTheirOrder(t *testing.T) {
	c := open(t, time.Now)
	if c.db.Engine() != sqldb.SQLite {
		t.Skip("PostgreSQL plans by what the tables hold")
	}
	rows, err := c.db.Read().QueryContext(t.Context(), `EXPLAIN QUERY PLAN SELECT r.id FROM resources r `+newest, 9)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		assert.NotContains(t, detail, "TEMP B-TREE")
		assert.Contains(t, detail, "resources_newest")
	}
	require.NoError(t, rows.Err())
}

// A record in quarantine may be large: what is counted of it is in an index.
func TestQuarantinesAreCountedWithoutReadingThem(t *testing.T) {
	c := open(t, time.Now)
	if c.db.Engine() != sqldb.SQLite {
		t.Skip("PostgreSQL plans by what the tables hold")
	}
	for _, query := range []string{
		`SELECT reason, COUNT(*) FROM quarantine WHERE peer = $1 GROUP BY reason`, `SELECT peer, COUNT(*) FROM quarantine WHERE peer IN ($1) GROUP BY peer`,
	} {
		rows, err := c.db.Read().QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+query, "p")
		require.NoError(t, err)
		for rows.Next() {
			var id, parent, unused int
			var detail string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
			assert.Contains(t, detail, "COVERING INDEX", query)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
}
