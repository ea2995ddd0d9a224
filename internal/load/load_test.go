package load_test

import (
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/load"
)

var (
	resources = flag.Int("load.resources", 40, "lessons in the catalog")
	rate      = flag.Float64("load.rate", 30, "requests a second")
	duration  = flag.Duration("load.duration", 3*time.Second, "how long")
	seed      = flag.Uint64("load.seed", 1, "of the lessons and of the requests")
)

// TestAServerUnderLoad answers every request of a state's mix, and keeps what it acknowledged, across a restart too. With
// -load.resources, -load.rate and -load.duration it is the benchmark of docs/measurements.md.
func TestAServerUnderLoad(t *testing.T) {
	s := newNode(t, "server", nil)
	a, done := s.open(t)
	token := fill(t, a, *resources)
	done()
	s.start(t)
	await(t, []*node{s})
	plan := load.Plan{
		Nodes: []string{s.URL}, Token: token, Owner: "load", Password: apptest.Password, Rate: *rate, Duration: *duration, Seed: *seed,
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
	acknowledged, _, _ := r.Ledger.Acknowledged()
	for _, restart := range []bool{false, true} {
		if restart {
			s.stop(t)
			assert.NoError(t, os.RemoveAll(s.settings.Data+"/cache"))
			s.start(t)
			await(t, []*node{s})
		}
		lost, err := r.Ledger.Check(t.Context(), http.DefaultClient, s.URL, false)
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
