package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

func TestOtherPeopleOfTheMachineReadNoSecrets(t *testing.T) {
	t.Parallel()
	c := folderConfig(t)
	require.NoError(t, os.Mkdir(c.Data, 0o755)) // by somebody who did not think of it
	a := openFolder(t, c)
	defer func() { assert.NoError(t, a.Close(t.Context())) }()
	_, err := a.Accounts.Add(t.Context(), "rosa", "Rosa", accounts.Author, "strips of paper")
	require.NoError(t, err)

	seen := map[string]bool{}
	require.NoError(t, filepath.WalkDir(c.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == c.Data {
			return err
		}
		name, err := filepath.Rel(c.Data, path)
		require.NoError(t, err)
		top, _, _ := strings.Cut(name, string(filepath.Separator))
		if top != "bucket" && !strings.HasPrefix(top, "catalog.db") {
			return nil
		}
		seen[name] = true
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		assert.Equal(t, want, info.Mode().Perm(), name)
		return nil
	}))
	for _, name := range []string{"catalog.db", "catalog.db-wal", "catalog.db-shm", "bucket", "bucket/backup/accounts.json", "bucket/backup/peers.json", "bucket/backup/settings.json"} {
		assert.True(t, seen[name], name)
	}
}
