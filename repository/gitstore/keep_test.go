package gitstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// damages are what Verify finds.
func damages(t testing.TB, s *gitstore.Store) (all []gitstore.Damage) {
	t.Helper()
	_, err := s.Verify(t.Context(), func(d gitstore.Damage) { all = append(all, d) }, nil)
	require.NoError(t, err)
	return all
}
