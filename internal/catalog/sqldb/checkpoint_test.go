package sqldb_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

func TestTheLogIsMovedBesideTheWrites(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "catalog.db")
	db, err := sqldb.Open(t.Context(), "sqlite://"+file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	const written = 8 * 100_000 // in fewer pages than a writer moves itself
	for range 8 {
		require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES (hex(randomblob(8)), $1)`, strings.Repeat("x", written/8))
			return err
		}))
	}
	require.Eventually(t, func() bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > written
	}, time.Minute, 10*time.Millisecond)
}
