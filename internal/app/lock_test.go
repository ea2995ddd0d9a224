package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

func TestAClosedFolderIsFreeWhileProgramsAreStarted(t *testing.T) {
	t.Parallel()
	blobtest.StartPrograms(t)
	folder := t.TempDir()
	for range 2000 {
		lock, err := lockFolder(folder)
		require.NoError(t, err)
		_, err = lockFolder(folder)
		require.ErrorIs(t, err, ErrLocked)
		require.NoError(t, lock.Close())
	}
}
