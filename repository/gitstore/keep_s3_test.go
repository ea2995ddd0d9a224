package gitstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// A bucket on S3 is compacted, copied, erased from, swept and verified as any other.
func TestKeepingABucketOnS3(t *testing.T) {
	b := blobtest.VersityGW(t).Open(t)
	s, _, _, _ := exposed(t, b)
	_, err := s.Compact(t.Context(), atRemix)
	require.NoError(t, err)
	backup := new(blob.Memory)
	_, err = gitstore.Copy(t.Context(), b, backup, nil)
	require.NoError(t, err)
	require.Empty(t, damages(t, gitstore.New(backup, gitstore.Options{})))

	_, err = s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
	require.NoError(t, err)
	require.Empty(t, holding(t, b, secret))
	_, err = gitstore.Copy(t.Context(), b, backup, nil)
	require.NoError(t, err)
	require.Empty(t, holding(t, backup, secret))

	c := &clock{noon}
	sweeping := gitstore.New(b, gitstore.Options{Now: c.Now})
	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	for i := range 8 {
		r, _ = next(t, s, r, tree("index.md", string(rune('a'+i))), 60+i)
	}
	_, err = s.Compact(t.Context(), at)
	require.NoError(t, err)
	for range 2 {
		_, err := sweeping.Sweep(t.Context(), gitstore.SweepOptions{})
		require.NoError(t, err)
		c.now = c.now.Add(25 * time.Hour)
	}
	listed := make(map[string]bool)
	for _, loc := range []gitstore.Location{at, atRemix} {
		r, err := s.Open(t.Context(), loc)
		require.NoError(t, err)
		for _, p := range r.Manifest().Packs {
			listed["f/"+family+"/p/"+p.ID] = true
		}
	}
	for _, key := range packKeys(t, b) {
		require.True(t, listed[key], "%s is listed nowhere", key)
		delete(listed, key)
	}
	require.Empty(t, listed)
	require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})))
	clone(t, server(t, s, atRemix).URL)
}
