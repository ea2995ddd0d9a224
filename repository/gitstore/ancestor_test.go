package gitstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestAncestor(t *testing.T) {
	for name, when := range map[string]func(int) time.Time{
		"clocks that run forward": forward, "clocks that run backward": func(n int) time.Time { return forward(1000 - n) },
	} {
		t.Run(name, func(t *testing.T) {
			r, commits := drawn(t, gitstore.New(new(blob.Memory), gitstore.Options{}), when,
				"a:", "b:a", "side:a", "merged:b side", "main:merged", "offered:main", "stranger:")
			for c, rev := range commits {
				found, err := r.Ancestor(t.Context(), rev, commits["main"])
				require.NoError(t, err)
				assert.Equal(t, c != "offered" && c != "stranger", found, c)
			}
			found, err := r.Ancestor(t.Context(), strings.Repeat("a", 40), commits["main"])
			require.NoError(t, err)
			assert.False(t, found)
			_, err = r.Ancestor(t.Context(), commits["a"], strings.Repeat("a", 40))
			assert.ErrorIs(t, err, kind.ErrNotFound)
		})
	}
}
