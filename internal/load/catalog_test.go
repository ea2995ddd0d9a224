package load_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	samples "github.com/commonplace-oer/commonplace/content-samples"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/load"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// fill publishes so many lessons on a server, with the frameworks that they are aligned to, and makes the account that load
// is made with. It returns a token of that account.
func fill(t testing.TB, a *app.App, n int) (token string) {
	t.Helper()
	importFrameworks(t, a)
	lessons := load.NewLessons(*seed)
	began := time.Now()
	const batch = 500
	for from := 0; from < n; from += batch {
		var list []repository.Publication
		for i := from; i < min(n, from+batch); i++ {
			list = append(list, repository.Publication{
				Owner: "state", Slug: fmt.Sprintf("lesson-%d", i), Files: fstest.MapFS{"index.md": {Data: []byte(lessons.Lesson(i).Index)}},
				Actor: repository.Actor{Name: "state", Display: "State"},
			})
		}
		_, err := a.Repository.PublishAll(t.Context(), list, func(i int, _ repository.Outcome, err error) {
			require.NoError(t, err, "lesson %d", from+i)
		})
		require.NoError(t, err)
	}
	published := time.Since(began)
	require.NoError(t, a.CatchUp(t.Context()))
	t.Logf("%d lessons published in %s (%.0f a second), found after %s", n, published.Round(time.Millisecond), float64(n)/published.Seconds(),
		time.Since(began).Round(time.Millisecond))
	_, err := a.Accounts.Add(t.Context(), "load", "Load", accounts.Author, apptest.Password)
	require.NoError(t, err)
	token, _, err = a.Accounts.CreateToken(t.Context(), "load", "load", nil, 0)
	require.NoError(t, err)
	return token
}

func importFrameworks(t testing.TB, a *app.App) {
	t.Helper()
	files, err := fs.Glob(samples.Frameworks(), "*.json")
	require.NoError(t, err)
	for _, name := range files {
		src, err := fs.ReadFile(samples.Frameworks(), name)
		require.NoError(t, err)
		_, err = a.ImportFramework(t.Context(), standards.About{Name: strings.TrimSuffix(path.Base(name), ".json")}, bytes.NewReader(src))
		require.NoError(t, err)
	}
}
