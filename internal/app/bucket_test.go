package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// TestEverythingLivesInABucket runs a server whose bucket is a real S3 server: samples, remix, clone, and a start with
// nothing but the bucket.
func TestEverythingLivesInABucket(t *testing.T) {
	gateway := blobtest.VersityGW(t)
	gateway.Setenv(t)
	s := apptest.New(t).Server(t, "server", func(c *config.Config) { c.Bucket = gateway.URL(gateway.NewBucket()) })
	s.ImportFrameworks(t)
	s.PublishSamples(t)
	rosa := s.SignIn(t, "rosa", accounts.Author)
	form := "/r/state-math/sharing-fairly/remix"
	typed := rosa.Get(t, form).Form(t, form)
	typed.Set("text", "Share twelve pizzas.")
	require.Equal(t, 303, rosa.Post(t, form, typed).Status)
	assert.Equal(t, 1, search(t, s, "owner:rosa").Total)

	pages := []string{"/", "/r/state-math/fractions-as-division", "/r/rosa/sharing-pizzas-fairly", "/standards/ccss-math", "/search?q=5.NF.B.3"}
	before := snapshot(t, s.Visitor, pages)
	s.Restart(t, func(folder string) {
		for _, name := range []string{"catalog.db", "catalog.db-wal", "catalog.db-shm", "index", "cache"} {
			require.NoError(t, os.RemoveAll(filepath.Join(folder, name)))
		}
	})
	same(t, before, snapshot(t, s.Visitor, pages))
	git := gitOf(t)
	clone := filepath.Join(t.TempDir(), "clone")
	git("clone", "-q", s.URL+"/r/rosa/sharing-pizzas-fairly.git", clone)
	git("-C", clone, "fsck", "--strict")

	// The store is away for a moment: readers are told so, and nothing is lost.
	gateway.Kill()
	time.Sleep(50 * time.Millisecond)
	gateway.Start(t)
	s.Publish(t, "rosa/after", lesson("After", "Still here."))
	assert.Contains(t, s.Page(t, "/r/rosa/after"), "Still here.")
}
