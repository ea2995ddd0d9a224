package app_test

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
)

// TestAServerThatKnowsItsCatalogComparesItBeside starts with a catalog in which everything is shown in an outdated way.
func TestAServerThatKnowsItsCatalogComparesItBeside(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Data = t.TempDir()
	open := func(background bool) *app.App {
		a, err := app.Open(t.Context(), c, app.Options{CheapPasswords: true, Background: background})
		require.NoError(t, err)
		return a
	}
	publish := func(a *app.App, slug string) {
		_, err := a.Repository.Publish(t.Context(), repository.Publication{
			Owner: "rosa", Slug: slug, Actor: repository.Actor{Name: "rosa"},
			Files: fstest.MapFS{"index.md": {Data: []byte("---\ntitle: " + slug + "\ntype: lesson\nlanguage: en\nlicense: CC0-1.0\ncreators: [{name: Rosa}]\n---\nFold.\n")}},
		})
		require.NoError(t, err)
	}
	a := open(false)
	for _, slug := range []string{"strips", "scoops", "shares"} {
		publish(a, slug)
	}
	_, err := a.Catalog.Reserve(t.Context(), repository.Reservation{Owner: "rosa", Slug: "never", Repository: "1", Family: "1"})
	require.NoError(t, err)
	require.NoError(t, a.Catalog.Forget(t.Context()))
	require.NoError(t, a.Close(context.Background()))

	a = open(true)
	defer func() { require.NoError(t, a.Close(context.Background())) }()
	r, err := a.Catalog.Resource(t.Context(), repository.Address{Owner: "rosa", Slug: "strips"})
	require.NoError(t, err)
	assert.False(t, r.Deleted, "it is shown meanwhile")
	publish(a, "later")
	require.Eventually(t, func() bool {
		all, err := a.Catalog.Reservations(t.Context())
		require.NoError(t, err)
		current := 0
		for _, at := range all {
			if at.Tag != "stale" && at.Tag != "" {
				current++
			}
		}
		return len(all) == 4 && current == 4
	}, time.Minute, 10*time.Millisecond, "all are shown anew, and what was never published gave its address back")
}
