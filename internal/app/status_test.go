package app_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestTheStateOfTheServerIsShownToAdministrators(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	peer := w.Server(t, "peer", nil)
	s := w.Server(t, "server", func(c *config.Config) { c.OwnerResources = 7 })
	admin := s.SignIn(t, "kim", accounts.Admin)
	peer.Publish(t, "ana/thirds", lesson("Thirds", "Cut."))
	s.Harvest(t, peer)
	s.Publish(t, "kim/halves", lesson("Halves", "Fold."))
	for i := range 40 {
		require.NoError(t, s.App.Jobs().Add(t.Context(), "letters", fmt.Sprint("job ", i), "", w.Now().AddDate(0, 0, 1)))
	}
	page := admin.Page(t, "/status")
	for _, shown := range []string{"State of the server", "It has every change.", "1 resource of its own", "1 from partners", `href="/peers/peer"`, "40 in all", "of at most 7"} {
		assert.Contains(t, page, shown)
	}
	assert.NotContains(t, page, "<script")
	assert.Contains(t, admin.Page(t, "/status", "Accept-Language", "es"), "Estado del servidor")
	compressed := admin.Get(t, "/status", "Accept-Encoding", "gzip")
	assert.Less(t, len(compressed.Body), 14_600)
}

func TestAnOwnerMayPublishNoMoreThanAllowed(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", func(c *config.Config) { c.OwnerResources = 2 })
	rosa := s.SignIn(t, "rosa", accounts.Author)
	s.Publish(t, "rosa/one", lesson("One", "Fold."))
	s.Publish(t, "rosa/two", lesson("Two", "Fold."))
	s.Publish(t, "rosa/two", lesson("Two", "Fold twice.")) // a revision is no other resource
	refused := rosa.Call(t, http.MethodPost, "/api/v1/resources", s.Token(t, "rosa"), map[string]any{
		"owner": "rosa", "slug": "three", "files": map[string]string{"index.md": lessonText("Three", "Fold.")},
	})
	assert.Equal(t, 422, refused.Status)
	assert.Contains(t, string(refused.Body), "rosa has 2 resources, and may have 2")
	assert.Equal(t, 404, s.Get(t, "/r/rosa/three").Status)
}

func TestAnOwnerStoresNoMoreThanAllowed(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", func(c *config.Config) { c.OwnerMegabytes = 1 })
	admin := s.SignIn(t, "kim", accounts.Admin)
	rosa := s.SignIn(t, "rosa", accounts.Author)
	noise := make([]byte, 2<<20)
	_, err := rand.Read(noise)
	require.NoError(t, err)
	folder := lesson("One", "Fold.")
	folder["sounds.bin"] = &fstest.MapFile{Data: noise}
	s.Publish(t, "rosa/one", folder)
	assert.Contains(t, admin.Page(t, "/status"), "2.1 MB of at most 1.0 MB")
	_, err = s.App.Repository.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "one", Files: lesson("One", "Fold twice."), Actor: repository.Actor{Name: "rosa"}})
	require.ErrorIs(t, err, kind.ErrInvalid)
	require.ErrorContains(t, err, "rosa has stored 2 MB, and may store 1")
	s.Publish(t, "kim/two", lesson("Two", "Fold.")) // others have room of their own

	const says = "rosa has stored 2 MB, and may store 1; ask who runs this server for more room"
	token := s.Token(t, "rosa")
	program := rosa.Call(t, http.MethodPost, "/api/v1/resources", token, map[string]any{
		"owner": "rosa", "slug": "three", "files": map[string]string{"index.md": lessonText("Three", "Fold.")},
	})
	assert.Equal(t, 422, program.Status)
	assert.Contains(t, string(program.Body), says)
	mediaType, body := multipartForm(t, map[string]string{"owner": "rosa", "text": lessonText("Three", "Fold.")}, "", nil)
	page := rosa.Upload(t, http.MethodPost, "/new", "", mediaType, body, "Sec-Fetch-Site", "same-origin")
	assert.Contains(t, string(page.Body), says)
	large := rosa.Call(t, http.MethodPost, "/r/rosa/one.git/info/lfs/objects/batch", token, map[string]any{
		"operation": "upload", "objects": []map[string]any{{"oid": strings.Repeat("a", 64), "size": 5}},
	})
	assert.Equal(t, 200, large.Status)
	assert.Contains(t, string(large.Body), says)
	assert.Contains(t, string(large.Body), `"code":507`)
	assert.NotContains(t, string(large.Body), "actions")
	c := cloned(t, s, "rosa", "rosa/one")
	c.must(t, "fetch", "-q", "origin", "main")
	c.must(t, "reset", "-q", "--hard", "FETCH_HEAD")
	c.commit(t, "index.md", lessonText("One", "Fold again."))
	said, err := c.git(t, "push", "origin", "main")
	require.Error(t, err)
	assert.Contains(t, said, says)
}
