package app_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/backup"
)

// TestACatalogIsNotHealedFromAnotherBucket has a server start without its --bucket, and with one that was restored meanwhile:
// what the catalog shows would be withdrawn, and harvesters would be told so.
func TestACatalogIsNotHealedFromAnotherBucket(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.Publish(t, "rosa/first", lesson("First", "Fold."))
	backups := filepath.Join(t.TempDir(), "backups")
	_, err := s.App.Backup(t.Context(), backups, backup.Keys{}, nil)
	require.NoError(t, err)
	s.Publish(t, "rosa/second", lesson("Second", "Fold twice."))
	c := s.App.Config
	s.Stop(t)

	restored := folderConfig(t)
	_, err = app.Restore(t.Context(), restored, backups, "", backup.Keys{}, nil)
	require.NoError(t, err)
	for name, folder := range map[string]string{"a new bucket": t.TempDir(), "a restored bucket": restored.Data} {
		wrong := c
		wrong.Bucket = "file://" + filepath.Join(folder, "bucket")
		found := examined(t, wrong)["catalog and bucket"]
		assert.Equal(t, app.Failed, found.Health, name)
		assert.Contains(t, found.Found, "another bucket", name)
		_, err := app.Open(t.Context(), wrong, app.Options{CheapPasswords: true})
		assert.ErrorContains(t, err, "another bucket", name)
	}

	s.Restart(t, nil)
	assert.False(t, s.At(t, "rosa/first").Deleted)
	assert.False(t, s.At(t, "rosa/second").Deleted)
}
