package load_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/load"
)

var (
	resources = flag.Int("load.resources", 40, "lessons in the catalog")
	own       = flag.Int("load.own", 2000, "how many of them are published here; the others are harvested")
	keep      = flag.String("load.keep", "", "`folder` in which the catalog of one server is kept for the next time")
	rate      = flag.Float64("load.rate", 30, "requests a second")
	duration  = flag.Duration("load.duration", 3*time.Second, "how long")
	seed      = flag.Uint64("load.seed", 1, "of the lessons and of the requests")
	slow      = flag.Int("load.slow", 100, "slow readers")
	profiles  = flag.String("load.profiles", "", "`folder` for profiles of every node, taken while the load is made: cpu, block, mutex, heap, goroutine")
	older     = flag.String("load.older", "", "test `binary` of this package at another version, which a rolling upgrade begins with")
	atOnce    = flag.Int("load.at-once", 4, "requests that a server works on at once where more is asked than it can do; 0: as many as by itself")
	only      = flag.String("load.only", "", "one `kind` of request in the place of the mix: search, read, harvest, publish, remix, git")
	goals     = flag.Bool("load.goals", false, "fail where a goal in time is missed, on a machine that has nothing else to do")
)

// within holds a time against its goal, where it is wanted.
func within(t *testing.T, goal, took time.Duration, what string) {
	t.Helper()
	if *goals {
		assert.LessOrEqual(t, took, goal, what)
	}
}

// madeServer is a server with the catalog of -load.resources, not started, and the plan for it.
func madeServer(t testing.TB) (*node, load.Plan) {
	t.Helper()
	plan := load.Plan{Owner: "load", Password: apptest.Password, Rate: *rate, Duration: *duration, Seed: *seed}
	var n *node
	kept := filepath.Join(*keep, "token")
	if *keep == "" {
		n = newNode(t, "server", nil)
	} else {
		n = newNode(t, "server", func(c *config.Config) { c.Data = filepath.Join(*keep, "data") })
		if token, err := os.ReadFile(kept); err == nil {
			plan.Token, plan.Seed = string(token), uint64(time.Now().Unix()) // the addresses of before are taken
		}
	}
	if plan.Token == "" {
		a, done := n.open(t)
		plan.Token = fill(t, a, *resources)
		done()
		if *keep != "" {
			require.NoError(t, os.WriteFile(kept, []byte(plan.Token), 0o600))
		}
	}
	plan.Nodes = []string{n.URL}
	if *only != "" {
		plan.Mix = load.Mix{load.Kind(*only): 1}
	}
	return n, plan
}

// started starts a server, and says how long it took to be ready and how much memory it has then.
func started(t *testing.T, n *node) {
	t.Helper()
	began := time.Now()
	n.start(t)
	for !n.ready() {
		require.False(t, n.ended(), "%s", &n.log)
		require.Less(t, time.Since(began), late)
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(began)
	t.Logf("ready after %s, with %s", took.Round(time.Millisecond), n.memory())
	within(t, time.Second, took, "ready")
}

// run makes the load of a plan on its nodes and logs its table.
func run(t *testing.T, p load.Plan, nodes ...*node) *load.Report {
	t.Helper()
	var profiled sync.WaitGroup
	if begun := p.Begun; *profiles != "" {
		p.Begun = func() {
			for i, n := range nodes {
				profiled.Go(func() { profile(t, n, fmt.Sprintf("%s-%d", t.Name(), i), p.Duration) })
			}
			if begun != nil {
				begun()
			}
		}
	}
	busy := func() (all time.Duration) {
		for _, n := range nodes {
			all += n.busy()
		}
		return all
	}
	before := busy()
	if !*goals {
		p.Timeout = late
	}
	r, err := load.Run(t.Context(), p)
	require.NoError(t, err)
	used := busy() - before
	profiled.Wait()
	var table strings.Builder
	require.NoError(t, r.Write(&table))
	t.Logf("%d resources, %g requests a second for %s, %s of a processor for each\n%s",
		*resources, p.Rate, p.Duration, ms(used/time.Duration(max(1, r.All.N))), table.String())
	return r
}

// TestAServerUnderLoad answers every request of a state's mix, and keeps what it acknowledged, across a restart too. With
// -load.resources, -load.rate and -load.duration it is the benchmark of docs/measurements.md.
func TestAServerUnderLoad(t *testing.T) {
	s, plan := madeServer(t)
	started(t, s)
	r := run(t, plan, s)
	t.Logf("with %s", s.memory())
	assert.Zero(t, r.All.Errors, r.Errors)
	if *only == "" {
		for _, k := range []load.Kind{load.Search, load.Read} {
			assert.Positive(t, r.Kinds[k].N, k)
		}
	}
	within(t, 50*time.Millisecond, r.All.Quantile(.99), "p99")
	acknowledged, _, _ := r.Ledger.Acknowledged()
	for _, restart := range []bool{false, true} {
		if restart {
			s.stop(t)
			assert.NoError(t, os.RemoveAll(s.settings.Data+"/cache"))
			started(t, s)
		}
		lost, err := r.Ledger.Check(t.Context(), http.DefaultClient, s.URL, false)
		require.NoError(t, err)
		assert.Empty(t, lost, "of %d", acknowledged)
	}
}

// madeNodes are three nodes with the catalog of -load.resources, running, and the plan for them. With -load.older that version
// has made it, and the nodes are of it.
func madeNodes(t *testing.T) ([]*node, load.Plan) {
	t.Helper()
	nodes, _ := threeNodes(t, true, nil)
	plan := load.Plan{Owner: "load", Password: apptest.Password, Rate: *rate, Duration: *duration, Seed: *seed}
	if *older != "" {
		plan.Token, plan.Seed = madeByOlder(t, nodes[0]), *seed+1
		empty := sqldbtest.EmptyPostgres(t)
		for _, n := range nodes {
			n.settings.Database = empty
		}
	} else {
		a, done := nodes[0].open(t)
		plan.Token = fill(t, a, *resources)
		done()
	}
	if *older == "" { // as a node is set up from another one's index, rather than index everything anew; it does not merge yet
		for _, n := range nodes[1:] {
			require.NoError(t, os.CopyFS(filepath.Join(n.settings.Data, "index"), os.DirFS(filepath.Join(nodes[0].settings.Data, "index"))))
		}
	}
	for _, n := range nodes {
		n.program = *older
		started(t, n)
		plan.Nodes = append(plan.Nodes, n.URL)
	}
	return nodes, plan
}

// TestThreeNodesUnderLoad answers every request, on three nodes with PostgreSQL and versitygw; what is published meanwhile is
// seen on all of them.
func TestThreeNodesUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, an S3 server and three nodes")
	}
	nodes, plan := madeNodes(t)
	type seen struct {
		times *load.Seeing
		err   error
	}
	seeing := make(chan seen, 1)
	go func() {
		pause := 500 * time.Millisecond
		s, err := load.See(t.Context(), plan, max(4, int(plan.Duration/pause)), pause)
		seeing <- seen{s, err}
	}()
	r := run(t, plan, nodes...)
	s := <-seeing
	require.NoError(t, s.err)
	for what, x := range map[string]*load.Times{"found": &s.times.Found, "harvested": &s.times.Harvested} {
		t.Logf("published → %s on all nodes: %d times, p50 %s, p99 %s, most %s", what, x.N, x.Quantile(.5), x.Quantile(.99), x.Max)
		within(t, time.Second, x.Quantile(.99), what)
	}
	for i, n := range nodes {
		t.Logf("node %d has %s", i, n.memory())
	}
	assert.Zero(t, r.All.Errors, r.Errors)
	within(t, 80*time.Millisecond, r.All.Quantile(.99), "p99")
	for _, n := range nodes {
		lost, err := r.Ledger.Check(t.Context(), http.DefaultClient, n.URL, false)
		require.NoError(t, err)
		assert.Empty(t, lost)
	}
}

// TestNoReadFailsDuringARollingRestart restarts one node after the other below a balancer. With -load.older each comes back at
// this version, beside those that are still of the other one, and what either acknowledged is on all of them afterwards.
func TestNoReadFailsDuringARollingRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, an S3 server and three nodes")
	}
	nodes, plan := madeNodes(t)
	if *older != "" {
		t.Logf("the newest migration is %d", migration(t, nodes[0]))
	}
	for _, n := range nodes {
		n.settings.DrainDelay = "3s" // for the balancer to see it
		n.kill()
		n.start(t)
	}
	await(t, nodes)
	until := make(chan struct{})
	begun := make(chan struct{})
	plan.Balance, plan.Duration, plan.Until, plan.Begun = true, time.Hour, until, func() { close(begun) }
	go func() {
		defer close(until)
		<-begun
		for _, n := range nodes {
			n.stop(t)
			n.program = ""
			n.start(t)
			await(t, []*node{n})
			if *older != "" {
				t.Logf("%s is of this version now; the newest migration is %d", n.URL, migration(t, n))
			}
			time.Sleep(2 * time.Second) // until the balancer has seen it
		}
	}()
	r := run(t, plan, nodes...)
	require.Greater(t, r.All.N, 50)
	for _, k := range []load.Kind{load.Search, load.Read, load.Harvest, load.Git} {
		assert.Zero(t, r.Kinds[k].Errors, "%s: %q", k, r.Errors)
	}
	for _, n := range nodes {
		lost, err := r.Ledger.Check(t.Context(), http.DefaultClient, n.URL, false)
		require.NoError(t, err)
		assert.Empty(t, lost)
	}
}

// flood is a rate that no server of one machine can do.
const flood = 2000

// TestTwiceWhatItCanDo asks twice as much of a server as it can do, which is what it does of a flood. Those who are answered
// do not wait for long, the others are told to come again, and all is well afterwards.
func TestTwiceWhatItCanDo(t *testing.T) {
	if testing.Short() {
		t.Skip("keeps a machine busy")
	}
	s, plan := madeServer(t)
	s.settings.AtOnce = *atOnce
	started(t, s)
	plan.Away, plan.Rate, plan.Duration = true, flood, 2*time.Second
	r := run(t, plan, s)
	assert.Zero(t, r.All.Errors, r.Errors)
	require.Positive(t, r.All.N)
	assert.Positive(t, r.Away)

	plan.Rate, plan.Duration, plan.Ledger = 2*float64(r.All.N)/r.Took.Seconds(), *duration, r.Ledger
	plan.Seed++
	r = run(t, plan, s)
	assert.Zero(t, r.All.Errors, r.Errors)
	within(t, 2*time.Second, r.All.Quantile(.99), "p99 of those who were answered")

	plan.Rate, plan.Duration = 5, time.Second
	plan.Seed++
	require.Eventually(t, func() bool {
		plan.Seed++
		r, err := load.Run(t.Context(), plan)
		return assert.NoError(t, err) && assert.Zero(t, r.All.Errors, r.Errors) && r.Away == 0
	}, late, time.Millisecond, "all is well afterwards")
	lost, err := r.Ledger.Check(t.Context(), http.DefaultClient, s.URL, false)
	require.NoError(t, err)
	assert.Empty(t, lost)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

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
