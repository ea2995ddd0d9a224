package app_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// examined are the doctor's findings by what was looked at.
func examined(t *testing.T, c config.Config) map[string]app.Finding {
	t.Helper()
	all := map[string]app.Finding{}
	require.NoError(t, app.Doctor(t.Context(), c, func(f app.Finding) { all[f.Check] = f }))
	for _, f := range all {
		if f.Health != app.Fine {
			assert.NotEmpty(t, f.Remedy, f.Check)
		}
	}
	return all
}

func TestDoctorFindsNothingWrongWithAServerThatWorks(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.PublishSamples(t)
	seen := map[string]app.Health{}
	require.NoError(t, s.App.Doctor(t.Context(), func(f app.Finding) { seen[f.Check] = f.Health }))
	for _, check := range []string{"data folder", "bucket", "database", "catalog and bucket", "counts", "index and catalog"} {
		assert.Equal(t, app.Fine, seen[check], check)
	}
}

// TestCountsThatAreWrongAreSeenAndMended has somebody write who does not count.
func TestCountsThatAreWrongAreSeenAndMended(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	s.Publish(t, "rosa/first", lesson("First", "Fold."))
	db, err := sqldb.Open(t.Context(), s.App.Config.Database)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE holdings SET stored = stored + 1, resources = resources + 1 WHERE kind = 'owner'`)
		return err
	}))
	require.NoError(t, db.Close())
	counts := func() (f app.Finding) {
		require.NoError(t, s.App.Doctor(t.Context(), func(one app.Finding) {
			if one.Check == "counts" {
				f = one
			}
		}))
		return f
	}
	assert.Equal(t, app.Failed, counts().Health, counts().Found)
	s.Restart(t, nil)
	assert.Eventually(t, func() bool { return counts().Health == app.Fine }, time.Minute, 100*time.Millisecond)
	held, err := s.App.Catalog.Held(t.Context(), "rosa")
	require.NoError(t, err)
	assert.Equal(t, 1, held.Count)
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	first := s.Publish(t, "rosa/first", lesson("First", "Fold."))
	s.Publish(t, "rosa/second", lesson("Second", "Fold twice."))
	c := s.App.Config
	require.ErrorIs(t, app.Doctor(t.Context(), c, func(f app.Finding) {
		t.Errorf("%s is reported here, and once more by the process that has the folder", f.Check)
	}), app.ErrLocked)
	s.Stop(t)
	found := examined(t, c)
	assert.Equal(t, app.Fine, found["catalog and bucket"].Health, found["catalog and bucket"].Found)
	assert.Equal(t, app.Fine, found["index and catalog"].Health, found["index and catalog"].Found)

	// A repository is lost in the bucket.
	require.NotEmpty(t, first.ID)
	manifests, err := filepath.Glob(filepath.Join(c.Data, "bucket", "f", "*", "r", string(first.ID), "manifest"))
	require.NoError(t, err)
	require.Len(t, manifests, 1)
	require.NoError(t, os.Remove(manifests[0]))
	lost := examined(t, c)["catalog and bucket"]
	assert.Equal(t, app.Failed, lost.Health, "a start would withdraw what is lost")
	assert.Contains(t, lost.Found, "1 of 2 repositories differ, such as rosa/first; 1 of those that differ cannot be read, such as rosa/first: ")
	assert.Contains(t, lost.Remedy, "from a backup")

	require.NoError(t, os.RemoveAll(filepath.Join(c.Data, "index")))
	assert.Equal(t, app.Hinted, examined(t, c)["index"].Health)
	require.NoError(t, os.Chmod(c.Data, 0o777))
	assert.Equal(t, app.Failed, examined(t, c)["data folder"].Health)
	require.NoError(t, os.Chmod(c.Data, 0o700))

	const kept = "what the bucket keeps of the server"
	assert.Equal(t, app.Fine, examined(t, c)[kept].Health, examined(t, c)[kept].Found)
	for name, says := range map[string]string{"restoring": "restore was cut off", "backup/settings.json": "damaged", "backup/accounts.json": "damaged"} {
		file := filepath.Join(c.Data, "bucket", name)
		good, _ := os.ReadFile(file)
		require.NoError(t, os.WriteFile(file, []byte("20260901T080000"), 0o600))
		assert.Equal(t, app.Failed, examined(t, c)[kept].Health, name)
		assert.Contains(t, examined(t, c)[kept].Found, says)
		if good == nil {
			require.NoError(t, os.Remove(file))
		} else {
			require.NoError(t, os.WriteFile(file, good, 0o600))
		}
	}

	if file, embedded := strings.CutPrefix(c.Database, "sqlite://"); embedded {
		damageInside(t, file)
		assert.Equal(t, app.Failed, examined(t, c)["database"].Health)
		assert.Contains(t, examined(t, c)["database"].Remedy, "move catalog.db out of the data folder")
		require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("no database", 1000)), 0o600))
		assert.Equal(t, app.Failed, examined(t, c)["database"].Health)
	}
	c.PageSize = 0
	assert.Contains(t, examined(t, c)["settings"].Found, "oai-page-size")
}

// damageInside damages a database where opening it does not look: the last pages.
func damageInside(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	for i := len(raw) - 5*4096; i < len(raw); i++ {
		raw[i] ^= 0xa5
	}
	require.NoError(t, os.WriteFile(file, raw, 0o600))
}

// A catalog whose damage shows only when it is used is made anew as one that cannot be opened is.
func TestACatalogThatIsDamagedInsideIsMadeAnew(t *testing.T) {
	t.Parallel()
	c, token := kept(t)
	a := openFolder(t, c)
	require.NoError(t, a.Close(t.Context()))
	file := filepath.Join(c.Data, "catalog.db")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	const page = 4096
	for n := page * 2; n < len(raw); n++ { // the tables, but not the list of them
		raw[n] ^= 0xa5
	}
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	a = openFolder(t, c)
	_, _, err = a.Accounts.Token(t.Context(), token)
	require.NoError(t, err)
	require.NoError(t, a.Close(t.Context()))
	aside, err := filepath.Glob(file + ".damaged-*")
	require.NoError(t, err)
	assert.Len(t, aside, 1)
}
