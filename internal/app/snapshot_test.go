package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

func TestANewIndexStartsFromACopyInTheBucket(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.Crowd(t, 1100)
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold it."))
	require.NoError(t, s.App.MakeSnapshot(t.Context()))
	s.Publish(t, "rosa/thirds", lesson("Thirds", "Fold in three."))
	require.NoError(t, s.App.MakeSnapshot(t.Context()))
	s.Publish(t, "rosa/fifths", lesson("Fifths", "Fold in five."))
	s.Withdraw(t, "rosa/halves")
	all := search(t, s, "").Total
	const started, unusable = "search index started from a copy in the bucket", "a copy of the search index cannot be used"
	data := s.App.Config.Data
	lists := func() []string {
		list, err := filepath.Glob(filepath.Join(data, "bucket", "snapshots", "index", "*"))
		require.NoError(t, err)
		return list
	}
	require.Len(t, lists(), 2)
	again := func(meanwhile func(folder string)) (said string) {
		before := len(s.Log())
		s.Restart(t, func(folder string) {
			require.NoError(t, os.RemoveAll(filepath.Join(folder, "index")))
			meanwhile(folder)
		})
		assert.Equal(t, all, search(t, s, "").Total)
		assert.Equal(t, 1, search(t, s, "Fifths").Total, "what came after the copy is caught up with")
		assert.NotContains(t, search(t, s, "owner:rosa").titles(), "Halves")
		return s.Log()[before:]
	}
	damage := func(file string) {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		b[len(b)/2] ^= 1
		require.NoError(t, os.Chmod(file, 0o600))
		require.NoError(t, os.WriteFile(file, b, 0o600))
	}

	said := again(func(string) {})
	assert.Contains(t, said, started)
	assert.Contains(t, said, filepath.Base(lists()[1]), "from the newest")

	said = again(func(string) { damage(lists()[1]) })
	assert.Contains(t, said, filepath.Base(lists()[0]), "a damaged list is passed over")
	assert.Contains(t, said, started)

	said = again(func(folder string) {
		files, err := filepath.Glob(filepath.Join(folder, "bucket", "snapshots", "files", "*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			damage(file)
		}
	})
	assert.Contains(t, said, unusable)
	assert.NotContains(t, said, started, "then everything is indexed")

	require.Len(t, lists(), 1, "the copy is gone; what is left is the list that cannot be read")
	require.NoError(t, s.App.MakeSnapshot(t.Context()))
	require.Len(t, lists(), 1)
	assert.Contains(t, again(func(string) {}), started)
	all = 2 // partners are harvested anew
	again(func(folder string) {
		for _, name := range []string{"catalog.db", "catalog.db-wal", "catalog.db-shm"} {
			_ = os.Remove(filepath.Join(folder, name))
		}
	})
	assert.Equal(t, 1, strings.Count(s.Log(), unusable), "the copy of another catalog is not even tried")
	assert.Equal(t, 3, strings.Count(s.Log(), started))
}
