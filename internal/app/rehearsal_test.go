package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/backup"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// wipe removes all that a data folder has, and restores the newest backup into it.
func wipe(t *testing.T, s *apptest.Server, backups string) func(folder string) {
	t.Helper()
	c := s.App.Config
	return func(folder string) {
		require.NoError(t, os.RemoveAll(folder))
		_, err := app.Restore(t.Context(), c, backups, "", backup.Keys{}, nil)
		require.NoError(t, err)
	}
}

// changed is the feed of changes, and where it ends.
func changed(t *testing.T, s *apptest.Server, after int64) (ids map[string]bool, next int64) {
	t.Helper()
	ids = map[string]bool{}
	for {
		var page struct {
			Changes []struct{ ID string }
			Next    int64
		}
		s.Get(t, fmt.Sprintf("/api/v1/changes?after=%d&limit=1000", after)).JSON(t, &page)
		for _, c := range page.Changes {
			ids[c.ID] = true
		}
		if page.Next == after {
			return ids, after
		}
		after = page.Next
	}
}

// numbers are those that a catalog gives anew.
var numbers = regexp.MustCompile(`"seq": ?\d+|"datestamp": ?"[^"]*"`)

// exports are what other programs take out, by address.
func exports(t *testing.T, s *apptest.Server, ids map[string]bool) map[string]string {
	t.Helper()
	paths := []string{
		"/lists/math.json", "/lists/math.csv", "/lists/math", "/api/v1/search?q=standard:5.NF&limit=50", "/standards/ccss-math", "/oai?verb=ListSets",
		"/r/state-math/fractions-as-division/metadata.jsonld", "/r/state-math/fractions-as-division/history", "/peers",
	}
	for id := range ids {
		paths = append(paths, "/api/v1/resources/"+id)
	}
	all := map[string]string{}
	for _, path := range paths {
		answer := s.Get(t, path)
		require.Contains(t, []int{http.StatusOK, http.StatusGone}, answer.Status, path)
		all[path] = fmt.Sprint(answer.Status, numbers.ReplaceAllString(answered.ReplaceAllString(answer.Body, ""), ""))
	}
	return all
}

// A server is lost with its database. What is restored from the last backup has the same identifiers, datestamps not
// earlier, and byte for byte the same exports; harvesters and those who follow the feed miss nothing.
func TestALostServerComesBackFromItsBackup(t *testing.T) {
	t.Parallel()
	if sqldbtest.Engine() == sqldb.Postgres {
		t.Skip("here the database goes with the folder; with PostgreSQL a restore takes a new one, and refuses this one")
	}
	w, state, district := twoServers(t)
	state.SignIn(t, "rosa", accounts.Author)
	rosa := state.Token(t, "rosa")
	withBoard(t, state)
	pinned := approved(t, state, "state-math/sharing-fairly")
	made := state.Call(t, http.MethodPost, "/api/v1/resources/"+string(pinned.ID)+"/remix", rosa, map[string]any{})
	require.Equal(t, http.StatusCreated, made.Status, made.Body)
	state.Publish(t, "rosa/halves", lesson("Halves", "Fold."))
	state.Publish(t, "rosa/halves", lesson("Halves", "Fold twice."))
	state.Withdraw(t, "state-math/how-many-scoops")
	w.Pass(2 * time.Second)
	district.Harvest(t, state)
	district.Publish(t, "kim/own", lesson("Own", "Fold."))

	backups := filepath.Join(t.TempDir(), "backups")
	done, err := state.App.Backup(t.Context(), backups, backup.Keys{}, nil)
	require.NoError(t, err)
	require.NoError(t, state.App.Boards.Settle(t.Context()))
	ids, _ := changed(t, state, 0)
	require.Greater(t, len(ids), 20)
	before, records, lrmi := exports(t, state, ids), harvestable(t, state, "oai_dc"), harvestable(t, state, "lrmi")
	audit, err := state.App.Accounts.Audit(t.Context(), 0, 1000)
	require.NoError(t, err)

	// Much happens after the backup, which is lost, but those who follow the feed have seen it.
	require.NoError(t, state.App.Catalog.Raise(t.Context(), catalog.Floor{Seq: 1_000_000, Item: 1_000_000}))
	state.Publish(t, "rosa/lost", lesson("Lost", "Fold."))
	_, next := changed(t, state, 0)
	require.Greater(t, next, int64(1_000_000))

	state.Restart(t, wipe(t, state, backups))
	require.NoError(t, state.App.Boards.Settle(t.Context()))
	same(t, before, exports(t, state, ids))
	for prefix, old := range map[string]map[string]record{"oai_dc": records, "lrmi": lrmi} {
		now := harvestable(t, state, prefix)
		require.Len(t, now, len(old))
		for id, r := range old {
			require.Contains(t, now, id)
			assert.GreaterOrEqual(t, now[id].Header.Datestamp, r.Header.Datestamp, id)
			got := now[id]
			got.Header.Datestamp = r.Header.Datestamp
			assert.Equal(t, r, got, id)
		}
	}
	again, _ := changed(t, state, next)
	assert.Equal(t, ids, again, "who followed the feed gets everything once more")
	log, err := state.App.Accounts.Audit(t.Context(), 0, 1000)
	require.NoError(t, err)
	assert.Equal(t, audit, log)
	_, _, err = state.App.Accounts.Token(t.Context(), rosa)
	require.NoError(t, err)
	repaired, err := app.OpenBackups(t.Context(), backups, backup.Keys{})
	require.NoError(t, err)
	_, err = repaired.Verify(t.Context(), func(problem string) { assert.Fail(t, problem) }, nil)
	require.NoError(t, err)
	_, err = app.Restore(t.Context(), state.App.Config, backups, done.Name, backup.Keys{}, nil)
	require.ErrorIs(t, err, app.ErrLocked)

	// Harvesters take what is new, and nothing twice.
	state.Publish(t, "rosa/thirds", lesson("Thirds", "Fold in three."))
	w.Pass(2 * time.Minute)
	run := district.Harvest(t, state)
	assert.Equal(t, 1, run.New)
	assert.Zero(t, run.Deleted)
	assert.NotEmpty(t, harvested(t, district, "Thirds"))

	// What partners had comes back under the same addresses once they are harvested again.
	page := harvested(t, district, "Halves")
	backups = filepath.Join(t.TempDir(), "district")
	_, err = district.App.Backup(t.Context(), backups, backup.Keys{}, nil)
	require.NoError(t, err)
	district.Restart(t, wipe(t, district, backups))
	has(t, read(district.Page(t, "/r/kim/own")), "Own")
	district.Harvest(t, state)
	assert.Equal(t, page, harvested(t, district, "Halves"))
}

// A backup of a server in use, on S3, has everything that was acknowledged before it began, and its laws hold.
func TestABackupOfAServerInUse(t *testing.T) {
	s, _, _ := oneServer(t)
	token := s.Token(t, "rosa")
	withBoard(t, s)
	gateway := blobtest.VersityGW(t)
	gateway.Setenv(t)
	to := gateway.URL(gateway.NewBucket())
	var mu sync.Mutex
	var acknowledged []string
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for n := range 2 {
		busy.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				slug := fmt.Sprintf("lesson-%d-%d", n, i)
				made := s.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{
					"owner": "rosa", "slug": slug, "files": map[string]string{"index.md": lessonText(slug, "Fold it.")},
				})
				if !assert.Equal(t, http.StatusCreated, made.Status, made.Body) {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, slug)
				mu.Unlock()
			}
		})
	}
	decided := make(chan struct{})
	busy.Go(func() {
		first := sync.OnceFunc(func() { close(decided) })
		defer first() // where it failed
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			r := s.Publish(t, "rosa/approved", lesson(fmt.Sprint("Approved ", i), "Fold it."))
			if !assert.NoError(t, s.App.Boards.Add(t.Context(), "math", r, boardChair, approval.Outcome{Result: approval.Approve, Note: "Minutes"})) {
				return
			}
			first()
		}
	})
	<-decided
	var least []string
	for range 3 {
		time.Sleep(200 * time.Millisecond)
		mu.Lock()
		least = append([]string(nil), acknowledged...)
		mu.Unlock()
		_, err := s.App.Backup(t.Context(), to, backup.Keys{}, nil)
		require.NoError(t, err)
	}
	close(stop)
	busy.Wait()

	c := folderConfig(t)
	_, err := app.Restore(t.Context(), c, to, "", backup.Keys{}, nil)
	require.NoError(t, err)
	a := openFolder(t, c)
	defer func() { assert.NoError(t, a.Close(t.Context())) }()
	_, err = a.Verify(t.Context(), func(d gitstore.Damage) { assert.Fail(t, "damage", "%+v", d) }, nil)
	require.NoError(t, err)
	shown, err := a.Catalog.OfOwner(t.Context(), "rosa", 10_000)
	require.NoError(t, err)
	have := map[string]bool{}
	for _, r := range shown {
		have[r.Address.Slug] = true
	}
	for _, slug := range least {
		assert.True(t, have[slug], "%s was acknowledged before the backup began", slug)
	}
	l, err := a.Boards.List(t.Context(), "math")
	require.NoError(t, err)
	require.NotEmpty(t, l.Entries)
	for _, e := range l.Entries {
		r, err := a.Catalog.ByIdentifier(t.Context(), e.Identifier)
		require.NoError(t, err)
		_, err = a.Repository.At(t.Context(), r.Address, e.Revision)
		require.NoError(t, err, "a decision is not there without the revision that it pins")
	}
}

func TestAServerDoesNotStartOnHalfARestore(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	backups := filepath.Join(t.TempDir(), "backups")
	_, err := s.App.Backup(t.Context(), backups, backup.Keys{}, nil)
	require.NoError(t, err)
	_, err = s.App.Backup(t.Context(), filepath.Join(s.App.Config.Data, "bucket", "backups"), backup.Keys{}, nil)
	require.ErrorContains(t, err, "in the bucket itself")
	c := folderConfig(t)
	_, err = app.Restore(t.Context(), c, backups, "", backup.Keys{}, nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(c.Data, "bucket", backup.RestoringKey), []byte("20260901"), 0o600))
	_, err = app.Open(t.Context(), c, app.Options{CheapPasswords: true})
	require.ErrorContains(t, err, "give the same command again")
	require.True(t, strings.Contains(err.Error(), "20260901"))
}
