package app_test

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// What was committed to the bucket while the catalog could not be written is shown as soon as it can, without a restart: a
// revision, a release whose maker was told that it is there, and a withdrawal.
func TestWhatTheCatalogMissedIsShownWithoutARestart(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.Publish(t, "rosa/strips", lesson("Strips", "Fold."))
	s.Publish(t, "rosa/gone", lesson("Gone", "Fold."))
	db, err := sqldb.Open(t.Context(), s.App.Config.Database)
	require.NoError(t, err)
	defer db.Close()
	change := func(query string) {
		require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.ExecContext(t.Context(), query); return err }))
	}
	rosa := repository.Actor{Name: "rosa", Display: "Rosa"}
	change(`ALTER TABLE changes RENAME TO elsewhere`)
	_, err = s.App.Repository.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "halves", Files: lesson("Halves", "Fold."), Actor: rosa})
	require.ErrorContains(t, err, "safe in the bucket")
	_, err = s.App.Repository.Release(t.Context(), repository.Releasing{
		Address: repository.Address{Owner: "rosa", Slug: "strips"}, Version: "v1", Notes: "First.", Actor: rosa,
	})
	require.NoError(t, err)
	require.Error(t, s.App.Repository.Withdraw(t.Context(), repository.Address{Owner: "rosa", Slug: "gone"}, "a test"))
	require.Equal(t, http.StatusNotFound, s.Get(t, "/r/rosa/halves").Status)
	require.Equal(t, http.StatusOK, s.Get(t, "/r/rosa/gone").Status)

	change(`ALTER TABLE elsewhere RENAME TO changes`)
	require.Eventually(t, func() bool {
		return s.Get(t, "/r/rosa/halves").Status == http.StatusOK && s.Get(t, "/r/rosa/gone").Status == http.StatusGone &&
			s.Get(t, "/r/rosa/strips/releases/v1").Status == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
}
