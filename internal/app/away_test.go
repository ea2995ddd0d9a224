package app_test

import (
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/load"
)

// While the database is away, who writes is told to come again, over the web, the API and git, in the form that each reads; and
// when it is back the same goes well.
func TestWritingWhileTheDatabaseIsAwayIsToBeTriedAgain(t *testing.T) {
	t.Parallel()
	database, err := url.Parse(sqldbtest.Postgres(t))
	require.NoError(t, err)
	proxy, err := load.NewProxy("unix", filepath.Join(database.Query().Get("host"), ".s.PGSQL.5432"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, proxy.Close()) })
	host, port, err := net.SplitHostPort(proxy.Addr)
	require.NoError(t, err)
	s := apptest.New(t).Server(t, "server", func(c *config.Config) {
		c.Database = "postgres://" + database.Path + "?" + url.Values{"host": {host}, "port": {port}, "user": {"postgres"}, "sslmode": {"disable"}}.Encode()
	})
	s.Publish(t, "rosa/strips", lesson("Strips", "Fold."))
	rosa := s.SignIn(t, "rosa", accounts.Author)
	token := s.Token(t, "rosa", accounts.ScopeWrite)
	typed := rosa.Get(t, "/r/rosa/strips/edit").Form(t, "/r/rosa/strips/edit")
	typed.Set("text", "Fold it twice.")
	files := map[string]any{"owner": "rosa", "slug": "halves", "files": map[string]string{
		"index.md": "---\ntitle: Halves\ntype: lesson\nlanguage: en\nlicense: CC-BY-4.0\ncreators: [{name: Rosa}]\n---\n\nFold.\n",
	}}
	git := func() apptest.Answer {
		return s.Get(t, "/r/rosa/strips.git/info/refs?service=git-receive-pack", "Authorization", "Bearer "+token)
	}
	later := func(a apptest.Answer, mediaType string) {
		t.Helper()
		assert.Equal(t, http.StatusServiceUnavailable, a.Status, a.Body)
		seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
		require.NoError(t, err)
		assert.Positive(t, seconds)
		assert.Contains(t, a.Header.Get("Content-Type"), mediaType)
	}

	proxy.Set(load.Cut, 0)
	a := rosa.Post(t, "/r/rosa/strips/edit", typed)
	later(a, "text/html")
	assert.Contains(t, a.Body, "What was published is safe")
	assert.Contains(t, a.Body, "go back")
	a = s.Call(t, http.MethodPost, "/api/v1/resources", token, files)
	later(a, "application/problem+json")
	var problem struct {
		Type, Title, Detail string
		Status              int
	}
	a.JSON(t, &problem)
	assert.Equal(t, http.StatusServiceUnavailable, problem.Status)
	assert.Contains(t, problem.Type, "#away")
	assert.Contains(t, problem.Detail, "Send the same again")
	a = git()
	later(a, "text/plain")
	assert.Contains(t, a.Body, "Send the same again")

	proxy.Set(load.Pass, 0)
	require.Eventually(t, func() bool {
		rosa.Post(t, "/r/rosa/strips/edit", typed)
		s.Call(t, http.MethodPost, "/api/v1/resources", token, files)
		return git().Status == http.StatusOK && s.Get(t, "/r/rosa/halves").Status == http.StatusOK &&
			strings.Contains(s.Get(t, "/r/rosa/strips").Body, "Fold it twice.")
	}, 2*time.Minute, 50*time.Millisecond)
}
