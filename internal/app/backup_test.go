package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// folderConfig is that of a data folder of its own.
func folderConfig(t *testing.T) config.Config {
	t.Helper()
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	return c
}

func openFolder(t *testing.T, c config.Config) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), c, app.Options{CheapPasswords: true})
	require.NoError(t, err)
	return a
}

// kept is a data folder with rosa, a token of hers and a peer, whose catalog is gone: all is in the bucket only.
func kept(t *testing.T) (c config.Config, token string) {
	t.Helper()
	c = folderConfig(t)
	a := openFolder(t, c)
	_, err := a.Accounts.Add(t.Context(), "rosa", "Rosa", accounts.Author, "strips of paper")
	require.NoError(t, err)
	token, _, err = a.Accounts.CreateToken(t.Context(), "rosa", "laptop", nil, 0)
	require.NoError(t, err)
	require.NoError(t, a.Catalog.SavePeer(t.Context(), federation.Peer{Name: "state", URL: "https://state.example/oai"}))
	require.NoError(t, a.Close(t.Context()))
	loseCatalog(t, c)
	return c, token
}

func loseCatalog(t *testing.T, c config.Config) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.Data, "catalog.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		require.NoError(t, os.Remove(file))
	}
}

func backupFile(c config.Config, name string) string {
	return filepath.Join(c.Data, "bucket", "backup", name)
}

func TestDamagedBackupStopsTheStartAndStays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, object, old, new string }{
		{"a changed table name", "accounts.json", `"accounts"`, `"accountz"`},
		{"a changed value", "accounts.json", `"rosa"`, `"rosy"`},
		{"a changed member of the object", "accounts.json", `"content"`, `"contemt"`},
		{"another format", "accounts.json", `"format":1`, `"format":2`},
		{"a peer's changed member", "peers.json", `"url"`, `"uri"`},
		{"nothing", "peers.json", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := kept(t)
			file := backupFile(c, test.object)
			good, err := os.ReadFile(file)
			require.NoError(t, err)
			damaged := strings.Replace(string(good), test.old, test.new, 1)
			if test.old == "" {
				damaged = ""
			}
			require.NotEqual(t, string(good), damaged)
			require.NoError(t, os.WriteFile(file, []byte(damaged), 0o600))

			for range 2 { // the second start finds the database that the first one made
				_, err = app.Open(t.Context(), c, app.Options{CheapPasswords: true})
				require.ErrorContains(t, err, "backup/"+test.object)
				require.ErrorContains(t, err, "restore it from a backup, or remove it to begin without")
			}
			after, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, damaged, string(after), "what is damaged is not overwritten")

			require.NoError(t, os.WriteFile(file, good, 0o600))
			a := openFolder(t, c)
			_, err = a.Accounts.Account(t.Context(), "rosa")
			assert.NoError(t, err)
			_, err = a.Catalog.Peer(t.Context(), "state")
			assert.NoError(t, err)
			require.NoError(t, a.Close(t.Context()))
		})
	}
}

func TestDamagedSettingsStopTheStart(t *testing.T) {
	t.Parallel()
	c, _ := kept(t)
	require.NoError(t, os.WriteFile(backupFile(c, "settings.json"), []byte(`{"repository_identifier":"oer.test","sekret":"eHh4"}`), 0o600))
	_, err := app.Open(t.Context(), c, app.Options{CheapPasswords: true})
	require.ErrorContains(t, err, "backup/settings.json in the bucket is damaged")
}

func TestCanceledStartLeavesTheBackup(t *testing.T) {
	t.Parallel()
	c, _ := kept(t)
	good, err := os.ReadFile(backupFile(c, "accounts.json"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = app.Open(ctx, c, app.Options{CheapPasswords: true})
	require.ErrorIs(t, err, context.Canceled)
	after, err := os.ReadFile(backupFile(c, "accounts.json"))
	require.NoError(t, err)
	assert.Equal(t, string(good), string(after))
}

func TestChangesOfAccountsAndPeersAreInTheBucketAtOnce(t *testing.T) {
	t.Parallel()
	c := folderConfig(t)
	a := openFolder(t, c)
	defer func() { assert.NoError(t, a.Close(context.Background())) }()
	backup := func(name string) string {
		b, err := os.ReadFile(backupFile(c, name))
		require.NoError(t, err)
		return string(b)
	}
	_, err := a.Accounts.Add(t.Context(), "rosa", "Rosa", accounts.Author, "strips of paper")
	require.NoError(t, err)
	assert.Contains(t, backup("accounts.json"), `"rosa"`)
	_, token, err := a.Accounts.CreateToken(t.Context(), "rosa", "laptop", nil, 0)
	require.NoError(t, err)
	assert.Contains(t, backup("accounts.json"), token.ID)
	require.NoError(t, a.Accounts.RevokeToken(t.Context(), "rosa", token.ID))
	assert.NotContains(t, backup("accounts.json"), token.ID)
	assert.Contains(t, backup("accounts.previous.json"), token.ID, "the copy before the last change")
	before := backup("accounts.json")
	require.NoError(t, a.Accounts.SetPassword(t.Context(), "rosa", "another password"))
	assert.NotEqual(t, before, backup("accounts.json"))
	before = backup("accounts.json")
	require.NoError(t, a.Accounts.Disable(t.Context(), "rosa"))
	assert.NotEqual(t, before, backup("accounts.json"))
	require.NoError(t, a.Accounts.AddTeam(t.Context(), "state-math", ""))
	require.NoError(t, a.Accounts.AddMember(t.Context(), "state-math", "rosa"))
	assert.Contains(t, backup("accounts.json"), `["state-math","rosa","member",""`)

	require.NoError(t, a.Catalog.SavePeer(t.Context(), federation.Peer{Name: "state", URL: "https://state.example/oai"}))
	assert.Contains(t, backup("peers.json"), `"state"`)
	require.NoError(t, a.Catalog.RemovePeer(t.Context(), "state"))
	assert.NotContains(t, backup("peers.json"), `"state"`)
}

func TestTheAuditLogComesBackFromTheBucket(t *testing.T) {
	t.Parallel()
	c := folderConfig(t)
	a := openFolder(t, c)
	ctx := t.Context()
	require.NoError(t, a.Accounts.AddTeam(ctx, "team", ""))
	for range 3 {
		require.NoError(t, a.Accounts.SetTitle(ctx, "team", "Another title"))
	}
	before, err := a.Accounts.Audit(ctx, 0, 100)
	require.NoError(t, err)
	require.Len(t, before, 4)
	require.NoError(t, a.Close(ctx))
	loseCatalog(t, c)
	a = openFolder(t, c)
	after, err := a.Accounts.Audit(ctx, 0, 100)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	require.NoError(t, a.Close(ctx))

	loseCatalog(t, c)
	file := backupFile(c, "audit/000000000000.jsonl")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(b), `"Another title"`, `"Another titlf"`, 1)), 0o600))
	_, err = app.Open(ctx, c, app.Options{CheapPasswords: true})
	require.ErrorContains(t, err, "event 2 is not what was written")
}

func TestABackupFromBeforeRolesIsTaken(t *testing.T) {
	t.Parallel()
	a := openFolder(t, folderConfig(t))
	defer func() { assert.NoError(t, a.Close(context.Background())) }()
	require.NoError(t, a.Accounts.Import(t.Context(), []byte(`{"owners":[["rosa","Rosa","person"],["math","Math","team"]],
		"accounts":[["rosa","Rosa","author","",1795316503]],"members":[["math","rosa","member"]],"tokens":[]}`)))
	list, err := a.Accounts.Members(t.Context(), "math")
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, accounts.Member, list[0].Role)
	require.Error(t, a.Accounts.Import(t.Context(), []byte(`{"owners":[],"accounts":[],"members":[]}`)))
}

func TestOldBackupBringsNoRevokedTokenBack(t *testing.T) {
	t.Parallel()
	c, secret := kept(t)
	stale, err := os.ReadFile(backupFile(c, "accounts.json"))
	require.NoError(t, err)
	a := openFolder(t, c)
	_, token, err := a.Accounts.Token(t.Context(), secret)
	require.NoError(t, err, "a new database takes the backup")
	require.NoError(t, a.Accounts.RevokeToken(t.Context(), "rosa", token.ID))
	require.NoError(t, a.Close(t.Context()))

	require.NoError(t, os.WriteFile(backupFile(c, "accounts.json"), stale, 0o600))
	a = openFolder(t, c)
	_, _, err = a.Accounts.Token(t.Context(), secret)
	assert.ErrorIs(t, err, kind.ErrDenied)
	require.NoError(t, a.Close(t.Context()))
}
