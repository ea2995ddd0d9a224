package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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

// TestNodesMakeOneCopyOfTheIndex has three nodes find at one moment that a copy is due, again and again: each time one of them
// makes it, and at most two are kept.
func TestNodesMakeOneCopyOfTheIndex(t *testing.T) {
	t.Parallel()
	_, nodes, settings := threeNodes(t)
	bucket := strings.TrimPrefix(settings.Bucket, "file://")
	lists := func() (names []string) {
		list, err := filepath.Glob(filepath.Join(bucket, "snapshots", "index", "*"))
		require.NoError(t, err)
		for _, name := range list {
			names = append(names, filepath.Base(name))
		}
		return names
	}
	seen := map[string]bool{}
	const rounds = 4
	for round := range rounds {
		nodes[round%3].Publish(t, fmt.Sprintf("rosa/halves-%d", round), lesson(fmt.Sprintf("Halves %d", round), "Fold it."))
		for _, s := range nodes {
			require.NoError(t, s.App.CatchUp(t.Context()))
		}
		var all sync.WaitGroup
		for range 3 {
			for _, s := range nodes {
				all.Go(func() { assert.NoError(t, s.App.SnapshotIfDue(t.Context(), 0)) })
			}
		}
		all.Wait()
		made := 0
		for _, name := range lists() {
			if !seen[name] {
				made++
			}
			seen[name] = true
		}
		assert.Equal(t, 1, made, "round %d: %v", round, lists())
		assert.Len(t, lists(), min(round+1, 2))
	}
	held, err := nodes[1].App.Jobs().Hold(t.Context(), "index snapshot", "")
	require.NoError(t, err)
	nodes[0].Publish(t, "rosa/thirds", lesson("Thirds", "Fold in three."))
	before := lists()
	require.NoError(t, nodes[0].App.SnapshotIfDue(t.Context(), 0), "another has it in hand")
	assert.Equal(t, before, lists())
	require.NoError(t, held.Finish(t.Context(), nil))
	require.NoError(t, nodes[0].App.SnapshotIfDue(t.Context(), time.Hour), "a young copy is not made again")
	assert.Equal(t, before, lists())
	nodes[2].Restart(t, func(folder string) { require.NoError(t, os.RemoveAll(filepath.Join(folder, "index"))) })
	assert.Equal(t, rounds+1, search(t, nodes[2], "owner:rosa").Total)
}
