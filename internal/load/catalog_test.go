package load_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"path"
	"strings"
	"syscall"
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

// fill fills a server with so many lessons, and the frameworks that they are aligned to, and makes the account that load is
// made with. The first of them, as many as -load.own says, are published; the rest is harvested from another repository. It
// returns a token of that account.
func fill(t testing.TB, a *app.App, all int) (token string) {
	t.Helper()
	importFrameworks(t, a)
	lessons := load.NewLessons(*seed)
	n := min(all, *own)
	harvest(t, a, load.Provider{Lessons: lessons, From: n, To: all})
	began, used := time.Now(), processor(t)
	const batch = 500
	var rates []string // of the batches, which all take the same time where nothing grows with the catalog
	for from := 0; from < n; from += batch {
		batchBegan, batchUsed := time.Now(), processor(t)
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
		rates = append(rates, fmt.Sprintf("%.0f/s %.1f ms", float64(len(list))/time.Since(batchBegan).Seconds(), float64((processor(t)-batchUsed).Microseconds())/1000/float64(len(list))))
	}
	published := time.Since(began)
	each := (processor(t) - used) / time.Duration(max(1, n))
	require.NoError(t, a.CatchUp(t.Context()))
	t.Logf("%d lessons published in %s (%.0f a second, %s of a processor each), found after %s; by batches of %d: %s", n, published.Round(time.Millisecond),
		float64(n)/published.Seconds(), ms(each), time.Since(began).Round(time.Millisecond), batch, strings.Join(rates, ", "))
	_, err := a.Accounts.Add(t.Context(), "load", "Load", accounts.Author, apptest.Password)
	require.NoError(t, err)
	token, _, err = a.Accounts.CreateToken(t.Context(), "load", "load", nil, 0)
	require.NoError(t, err)
	return token
}

// processor is how long this process has used processors.
func processor(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// harvest brings what a provider has.
func harvest(t testing.TB, a *app.App, p load.Provider) {
	t.Helper()
	if p.From >= p.To {
		return
	}
	began := time.Now()
	server := httptest.NewServer(p)
	defer server.Close()
	_, err := a.Harvests.Register(t.Context(), "corpus", server.URL)
	require.NoError(t, err)
	run, err := a.Harvests.Run(t.Context(), "corpus", false, nil)
	require.NoError(t, err)
	require.True(t, run.Complete)
	require.Equal(t, p.To-p.From, run.New)
	t.Logf("%d lessons harvested in %s (%.0f a second)", run.New, time.Since(began).Round(time.Millisecond), float64(run.New)/time.Since(began).Seconds())
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
