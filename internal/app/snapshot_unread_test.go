package app

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// A list that the bucket does not give at the moment is not taken for a damaged one, whose files nobody needs.
func TestACopyOfTheIndexThatCannotBeReadNowIsKept(t *testing.T) {
	t.Parallel()
	bucket := blobtest.NewFaulty(new(blob.Memory))
	a := &App{bucket: bucket, log: slog.New(slog.DiscardHandler)}
	put := func(key, text string) {
		_, err := bucket.Put(t.Context(), key, strings.NewReader(text), blob.Always())
		require.NoError(t, err)
	}
	keys := func() (all []string) {
		for info, err := range bucket.List(t.Context(), snapshotPrefix) {
			require.NoError(t, err)
			all = append(all, info.Key)
		}
		return all
	}
	for n := range 3 {
		sum := strings.Repeat(fmt.Sprint(n), 64)
		content, err := json.Marshal(snapshot{Format: snapshotFormat, Seq: int64(n), Files: []snapshotFile{{Name: "a", SHA256: sum}}})
		require.NoError(t, err)
		sealed, err := seal(content)
		require.NoError(t, err)
		put(fmt.Sprint(snapshotLists, n), string(sealed))
		put(snapshotFiles+sum, "bytes")
	}
	before := keys()
	for _, fault := range []blobtest.Fault{blobtest.Truncate, blobtest.Unavailable} {
		bucket.Plan(func(op blobtest.Op) blobtest.Fault {
			if op.Kind == blobtest.Get && op.Key == snapshotLists+"2" {
				return fault
			}
			return blobtest.None
		})
		require.NoError(t, a.pruneSnapshots(t.Context()))
		assert.Equal(t, before, keys())
	}
	bucket.Plan(nil)
	put(snapshotLists+"2", "no list")
	require.NoError(t, a.pruneSnapshots(t.Context()))
	assert.Equal(t, []string{snapshotFiles + strings.Repeat("0", 64), snapshotFiles + strings.Repeat("1", 64), snapshotLists + "0", snapshotLists + "1"}, keys())
}
