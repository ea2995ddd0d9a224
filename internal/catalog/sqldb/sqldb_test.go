package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpenCreatesAndReopens(t *testing.T) {
	address := "sqlite://" + filepath.Join(t.TempDir(), "a folder", "catalog.db")
	db, err := Open(t.Context(), address)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE clock SET seq = $1", 7)
		return err
	}))
	require.NoError(t, db.Close())

	db, err = Open(t.Context(), address)
	require.NoError(t, err)
	defer db.Close()
	var seq int
	require.NoError(t, db.Read().QueryRow("SELECT seq FROM clock").Scan(&seq))
	require.Equal(t, 7, seq)
}

func TestWriteRollsBackOnError(t *testing.T) {
	db, err := Open(t.Context(), "sqlite::memory:")
	require.NoError(t, err)
	defer db.Close()
	planted := errors.New("planted")
	err = db.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("UPDATE clock SET seq = 9"); err != nil {
			return err
		}
		return planted
	})
	require.ErrorIs(t, err, planted)
	var seq int
	require.NoError(t, db.Read().QueryRow("SELECT seq FROM clock").Scan(&seq))
	require.Equal(t, 0, seq)
}

func TestOpenTellsADamagedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "catalog.db")
	require.NoError(t, os.WriteFile(file, []byte("this is no database, and it is longer than a header of one hundred bytes, which is what is read first of all"), 0o600))
	_, err := Open(context.Background(), "sqlite://"+file)
	require.ErrorIs(t, err, ErrCorrupt)
}

func TestOpenRefusesAnUnknownEngine(t *testing.T) {
	_, err := Open(t.Context(), "mysql://x")
	require.ErrorContains(t, err, "use sqlite://FILE")
}

func TestOpenTakesTheFileFromOtherPeople(t *testing.T) {
	file := filepath.Join(t.TempDir(), "catalog.db")
	db, err := Open(t.Context(), "sqlite://"+file)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	require.NoError(t, os.Chmod(file, 0o644)) // as earlier versions made it
	db, err = Open(t.Context(), "sqlite://"+file)
	require.NoError(t, err)
	defer db.Close()
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}
