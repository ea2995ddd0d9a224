package app_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
)

func release(t *testing.T, s *apptest.Server, address, version, notes string) repository.Release {
	t.Helper()
	made, err := s.App.Repository.Release(t.Context(), repository.Releasing{
		Address: s.At(t, address).Address, Version: version, Notes: notes, Actor: repository.Actor{Name: "rosa", Display: "Rosa"},
	})
	require.NoError(t, err)
	return made
}

// edited are the files of a folder with one text in the place of another in one of them.
func edited(t *testing.T, files fs.FS, name, old, new string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(files, ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, at)
		if at == name {
			require.Contains(t, string(b), old)
			b = []byte(strings.ReplaceAll(string(b), old, new))
		}
		out[at] = &fstest.MapFile{Data: b, Mode: 0o644}
		return err
	}))
	return out
}

type change struct {
	Seq                                     int64
	Kind, ID, URL, Revision, Version, Notes string
}

func TestReleasesAreInTheFeeds(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	after := seq(t, s)
	made := release(t, s, "rosa/halves", "v1", "The <first> one.")
	changes := func() (list []change) {
		var out struct{ Changes []change }
		s.Get(t, "/api/v1/changes?after="+itoa(int(after))).JSON(t, &out)
		return out.Changes
	}
	list := changes()
	require.Len(t, list, 2)
	assert.Equal(t, "put", list[0].Kind, "its record names the release")
	one := list[1]
	assert.Equal(t, "release", one.Kind)
	assert.Equal(t, "v1", one.Version)
	assert.Equal(t, made.Revision, one.Revision)
	assert.Equal(t, s.URL+"/r/rosa/halves/releases/v1", one.Notes)
	require.Equal(t, http.StatusOK, s.Get(t, strings.TrimPrefix(one.Notes, s.URL)).Status)
	has(t, s.Page(t, "/releases.atom"), "Halves v1", "The &lt;first&gt; one.", s.URL+"/r/rosa/halves/releases/v1")
	has(t, s.Page(t, "/oai?verb=GetRecord&metadataPrefix=lrmi&identifier="+url.QueryEscape(s.At(t, "rosa/halves").Identifier)), "workExample", made.Revision)

	s.Restart(t, func(string) {})
	assert.Equal(t, list, changes(), "what was told is told once")
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold again."))
	list = changes()
	require.Len(t, list, 2)
	assert.Equal(t, []string{"release", "put"}, []string{list[0].Kind, list[1].Kind})
	require.NotNil(t, s.At(t, "rosa/halves").Released)
	assert.Equal(t, made.Revision, s.At(t, "rosa/halves").Released.Revision)

	s.Withdraw(t, "rosa/halves")
	list = changes()
	require.Len(t, list, 1)
	assert.Equal(t, "delete", list[0].Kind)
	hasNot(t, s.Page(t, "/releases.atom"), "Halves")
}

func TestARemixElsewhereHearsOfAReleaseByTheHarvest(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	source := state.At(t, "state-math/sharing-fairly")
	page := harvested(t, district, "Sharing pizzas fairly")
	kim := district.SignIn(t, "kim", accounts.Author)
	typed := kim.Get(t, page+"/remix").Form(t, page+"/remix")
	done := kim.Post(t, page+"/remix", typed)
	require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
	remix := strings.TrimSuffix(done.Location(), "?notice=published")

	first := release(t, state, "state-math/sharing-fairly", "v1", "")
	require.Equal(t, source.Revision, first.Revision)
	district.Harvest(t, state)
	hasNot(t, kim.Page(t, "/account/news"), "Sharing pizzas fairly v1") // it was made from that

	files, err := state.App.Repository.Files(t.Context(), source)
	require.NoError(t, err)
	state.Publish(t, "state-math/sharing-fairly", edited(t, files, "index.md", "Will each friend get a whole pizza?", "Will each friend get a whole pie?"))
	release(t, state, "state-math/sharing-fairly", "v2", "Pies.")
	state.Publish(t, "state-math/sharing-fairly", edited(t, files, "index.md", "Will each friend get a whole pizza?", "Will each friend get a whole cake?"))
	district.Harvest(t, state)
	has(t, kim.Page(t, "/account/news"), "Sharing pizzas fairly v2", state.URL+"/r/state-math/sharing-fairly/releases/v2", remix+"/pull")

	form := kim.Get(t, remix+"/pull").Form(t, remix+"/pull")
	pulled := kim.Post(t, remix+"/pull", form)
	require.Equal(t, http.StatusSeeOther, pulled.Status, read(pulled.Body))
	hasNot(t, kim.Page(t, "/account/news"), "Sharing pizzas fairly v2") // it is in the history now
}
