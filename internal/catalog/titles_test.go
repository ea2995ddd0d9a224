package catalog

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

func TestPeersAreCalledWhatTheyCallThemselvesAtOnce(t *testing.T) {
	c := open(t, fixed)
	for _, title := range []string{"State library", "State library of lessons"} {
		require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "state", Title: title}))
		for range 2 {
			titles, err := c.PeerTitles(t.Context())
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"state": title}, titles)
		}
	}
}

func TestResourcesComeInTheOrderOfTheirIDs(t *testing.T) {
	c := open(t, fixed)
	var ids, want []repository.ID
	for i := range 2*idsAtOnce + 3 {
		id := repository.ID(fmt.Sprint("r", 99-i))
		ids = append(ids, id, "gone")
		if i%3 > 0 {
			publish(t, c, string(id), 1, false)
			want = append(want, id)
		}
	}
	list, err := c.Resources(t.Context(), ids)
	require.NoError(t, err)
	var got []repository.ID
	for _, r := range list {
		got = append(got, r.ID)
	}
	assert.Equal(t, want, got)
	list, err = c.Resources(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, list)
}
