package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

var answered = regexp.MustCompile(`<responseDate>[^<]*</responseDate>|<resumptionToken[^>]*>[^<]*</resumptionToken>`)

// snapshot is what a server shows at a number of addresses.
func snapshot(t *testing.T, v *apptest.Visitor, paths []string) map[string]string {
	t.Helper()
	shown := map[string]string{}
	for _, path := range paths {
		shown[path] = answered.ReplaceAllString(v.Page(t, path), "")
	}
	return shown
}

func same(t *testing.T, before, after map[string]string) {
	t.Helper()
	require.Len(t, after, len(before))
	for path, body := range before {
		if body != after[path] {
			at := 0
			for at < len(body) && at < len(after[path]) && body[at] == after[path][at] {
				at++
			}
			around := func(s string) string { return s[max(0, min(at, len(s))-80):min(len(s), at+160)] }
			assert.Fail(t, "another page than before: "+path, "before: %s\nafter:  %s", around(body), around(after[path]))
		}
	}
}

func TestRestartShowsTheSame(t *testing.T) {
	t.Parallel()
	w, state, district := twoServers(t)
	kim := district.SignIn(t, "kim", accounts.Author)
	source := harvested(t, district, "Sharing pizzas fairly")
	made := kim.Call(t, http.MethodPost, "/api/v1/resources"+source[len("/id"):]+"/remix", district.Token(t, "kim"), map[string]any{})
	require.Equal(t, http.StatusCreated, made.Status, made.Body)
	district.Publish(t, "kim/own", lesson("Own", "Fold."))
	district.Publish(t, "kim/own", lesson("Own", "Fold twice."))
	state.Withdraw(t, "state-math/how-many-scoops")
	w.Pass(2 * time.Second)
	district.Harvest(t, state)

	common := []string{
		"/", "/search", "/search?q=5.NF.B.3", "/search?q=fractions&sort=newest", "/search?page=2", "/standards", "/standards/ccss-math",
		"/peers", "/sitemap.xml", "/feed.atom", "/api/v1/search?q=standard:5.NF", "/api/v1/changes?after=0", "/oai?verb=Identify", "/oai?verb=ListSets",
		"/oai?verb=ListRecords&metadataPrefix=oai_dc", "/oai?verb=ListRecords&metadataPrefix=lrmi",
	}
	inDistrict := append(slices.Clone(common), source, "/r/kim/sharing-pizzas-fairly", "/r/kim/sharing-pizzas-fairly/history", "/r/kim/own",
		"/r/kim/own/metadata.jsonld", "/api/v1/resources/"+string(district.At(t, "kim/own").ID))
	inState := append(slices.Clone(common), "/r/state-math/fractions-as-division", "/r/state-math/fractions-as-division/01-strips",
		"/r/state-math/fractions-as-division/01-strips/history", "/r/state-math/sharing-fairly?lang=es", "/r/maria-santos/sharing-trail-mix",
		"/r/state-math/sharing-fairly/print")
	before, mine, stateBefore := snapshot(t, district.Visitor, inDistrict), kim.Page(t, "/account"), snapshot(t, state.Visitor, inState)

	t.Run("stopped and started", func(t *testing.T) {
		district.Restart(t, nil)
		same(t, before, snapshot(t, district.Visitor, inDistrict))
		assert.Equal(t, mine, kim.Page(t, "/account"), "who was signed in still is")
		state.Restart(t, nil)
		same(t, stateBefore, snapshot(t, state.Visitor, inState))
		assert.Zero(t, district.Harvest(t, state).New, "nothing is new to harvesters")
	})
	before = snapshot(t, district.Visitor, inDistrict) // the harvest is another one
	t.Run("without its index", func(t *testing.T) {
		district.Restart(t, func(folder string) { require.NoError(t, os.RemoveAll(filepath.Join(folder, "index"))) })
		same(t, before, snapshot(t, district.Visitor, inDistrict))
	})
	t.Run("with a damaged index", func(t *testing.T) {
		district.Restart(t, func(folder string) { damage(t, filepath.Join(folder, "index")) })
		same(t, before, snapshot(t, district.Visitor, inDistrict))
		assert.Contains(t, district.Log(), "built anew", "it says so")
	})
	t.Run("without its caches", func(t *testing.T) {
		state.Restart(t, func(folder string) { require.NoError(t, os.RemoveAll(filepath.Join(folder, "cache"))) })
		same(t, stateBefore, snapshot(t, state.Visitor, inState))
	})
	t.Run("without its catalog", func(t *testing.T) {
		if sqldbtest.Engine() != sqldb.SQLite {
			t.Skip("it is no file of the data folder")
		}
		state.Restart(t, func(folder string) {
			files, err := filepath.Glob(filepath.Join(folder, "catalog.db*"))
			require.NoError(t, err)
			require.NotEmpty(t, files)
			for _, file := range files {
				require.NoError(t, os.Remove(file))
			}
		})
		// The feed of changes is a new one; the pages and identifiers are those of before.
		drop := func(shown map[string]string) map[string]string {
			for _, path := range []string{"/api/v1/changes?after=0", "/oai?verb=ListRecords&metadataPrefix=oai_dc", "/oai?verb=ListRecords&metadataPrefix=lrmi", "/oai?verb=Identify"} {
				delete(shown, path)
			}
			return shown
		}
		same(t, drop(stateBefore), drop(snapshot(t, state.Visitor, inState)))
		w.Pass(2 * time.Second)
		run := district.Harvest(t, state)
		assert.Zero(t, run.New)
		assert.Equal(t, http.StatusGone, state.Get(t, "/r/state-math/how-many-scoops").Status)
		state.SignIn(t, "kim", accounts.Author)
	})
}

// damage overwrites the middle of every file in a folder.
func damage(t *testing.T, folder string) {
	t.Helper()
	n := 0
	require.NoError(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		info, err := d.Info()
		if err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteAt([]byte("damaged damaged damaged damaged damaged"), info.Size()/2)
		return err
	}))
	require.NotZero(t, n)
}

func TestADataFolderHasOneOwner(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", func(c *config.Config) { c.Name = "One" })
	_, err := app.Open(t.Context(), s.App.Config, app.Options{CheapPasswords: true})
	require.ErrorIs(t, err, app.ErrLocked)
	has(t, s.Page(t, "/"), "One")
}
