package load_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// madeByOlder has the version of -load.older make a catalog, and brings its bucket to the node's: the node's database is then
// made by the migrations of that version, and changed by this one's while others go on. It returns the token to load with.
func madeByOlder(t *testing.T, n *node) (token string) {
	t.Helper()
	kept := t.TempDir()
	cmd := exec.CommandContext(t.Context(), *older, "-test.run=^TestAServerUnderLoad$", "-load.keep="+kept, "-load.duration=1s", "-load.rate=5",
		fmt.Sprintf("-load.resources=%d", *resources), fmt.Sprintf("-load.own=%d", *own))
	cmd.Dir = t.TempDir()
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
	b, err := os.ReadFile(filepath.Join(kept, "token"))
	require.NoError(t, err)
	for _, pair := range n.env {
		name, value, _ := strings.Cut(pair, "=")
		require.NoError(t, os.Setenv(name, value))
	}
	from, err := blob.Open(t.Context(), "file://"+filepath.Join(kept, "data", "bucket"))
	require.NoError(t, err)
	to, err := blob.Open(t.Context(), n.settings.Bucket)
	require.NoError(t, err)
	require.NoError(t, copied(t.Context(), from, to))
	return string(b)
}

func copied(ctx context.Context, from, to blob.Store) error {
	for o, err := range from.List(ctx, "") {
		if err != nil {
			return err
		}
		r, err := from.Get(ctx, o.Key, blob.GetOptions{})
		if err != nil {
			return err
		}
		all, err := io.ReadAll(r.Body)
		_ = r.Body.Close() // it was read
		if err != nil {
			return err
		}
		if _, err := to.Put(ctx, o.Key, bytes.NewReader(all), blob.Always()); err != nil {
			return err
		}
	}
	return nil
}

// migration is the newest one of a node's database.
func migration(t *testing.T, n *node) (newest int) {
	t.Helper()
	db, err := sql.Open("pgx", n.settings.Database)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT MAX(version_id) FROM goose_db_version`).Scan(&newest))
	return newest
}
