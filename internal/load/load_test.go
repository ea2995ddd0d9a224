package load_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/load"
	"github.com/commonplace-oer/commonplace/repository"
)

var (
	resources = flag.Int("load.resources", 40, "lessons in the catalog")
	rate      = flag.Float64("load.rate", 30, "requests a second")
	duration  = flag.Duration("load.duration", 3*time.Second, "how long")
	seed      = flag.Uint64("load.seed", 1, "of the lessons and of the requests")
)

// fill publishes so many lessons on a server.
func fill(t *testing.T, s *apptest.Server, n int) {
	t.Helper()
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
		_, err := s.App.Repository.PublishAll(t.Context(), list, func(i int, _ repository.Outcome, err error) {
			require.NoError(t, err, "lesson %d", from+i)
		})
		require.NoError(t, err)
	}
	published := time.Since(began)
	require.NoError(t, s.App.CatchUp(t.Context()))
	t.Logf("%d lessons published in %s (%.0f a second), found after %s", n, published.Round(time.Millisecond), float64(n)/published.Seconds(),
		time.Since(began).Round(time.Millisecond))
}

// TestAServerUnderLoad answers every request of a state's mix, and keeps what it acknowledged, across a restart too. With
// -load.resources, -load.rate and -load.duration it is the benchmark of docs/measurements.md.
func TestAServerUnderLoad(t *testing.T) {
	s := apptest.New(t).Server(t, "state", nil)
	s.ImportFrameworks(t)
	fill(t, s, *resources)
	plan := load.Plan{
		Nodes: []string{s.URL}, Token: s.Token(t, "load"), Owner: "load", Rate: *rate, Duration: *duration, Seed: *seed,
	}
	r, err := load.Run(t.Context(), plan)
	require.NoError(t, err)
	var table strings.Builder
	require.NoError(t, r.Write(&table))
	t.Logf("%d resources, %g requests a second for %s\n%s", *resources, *rate, *duration, table.String())
	assert.Zero(t, r.All.Errors, r.Errors)
	for _, k := range []load.Kind{load.Search, load.Read} {
		assert.Positive(t, r.Kinds[k].N, k)
	}
	acknowledged, _ := r.Ledger.Acknowledged()
	for _, restart := range []bool{false, true} {
		if restart {
			s.Restart(t, func(folder string) { assert.NoError(t, os.RemoveAll(folder+"/cache")) })
		}
		lost, err := r.Ledger.Check(t.Context(), http.DefaultClient, s.URL)
		require.NoError(t, err)
		assert.Empty(t, lost, "of %d", acknowledged)
	}
}

func TestLoadIsForThisMachineOnly(t *testing.T) {
	for _, node := range []string{"http://oer.example.org", "http://10.0.0.1:8080", "https://127.0.0.1", "http://192.168.1.1", "http://localhost.example"} {
		_, err := load.Run(t.Context(), load.Plan{Nodes: []string{node}, Rate: 1, Duration: time.Second})
		require.ErrorContains(t, err, "of this machine", node)
	}
	_, err := load.Run(t.Context(), load.Plan{})
	require.ErrorContains(t, err, "no server")
	_, err = load.Run(t.Context(), load.Plan{Nodes: []string{"http://127.0.0.1:1"}, Duration: time.Second})
	require.ErrorContains(t, err, "requests a second")
}
