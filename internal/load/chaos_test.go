//go:build linux

package load_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/load"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

var (
	faults    = flag.Int("load.faults", 10, "faults of the chaos")
	chaosRate = flag.Float64("load.chaos-rate", 12, "requests a second of the chaos; fewer where the machine has much else to do, since what nobody waits for any more is done all the same")
)

// chaosMix writes much more than people do.
var chaosMix = load.Mix{load.Search: 25, load.Read: 20, load.Harvest: 5, load.Publish: 40, load.Remix: 5, load.Git: 5}

const (
	faultsInARound = 10 // between two looks at the laws
	diskSize       = "200m"
)

// chaos are nodes that are disturbed while they are used, and what they promised.
type chaos struct {
	nodes  []*node
	token  string
	random *rand.Rand
	kinds  []faultKind
	ledger *load.Ledger
	counts map[string]int
	asked  load.Times // all requests
	errors int
}

// faultKind makes a fault. What it returns heals it; afterwards a process may have ended.
type faultKind struct {
	name  string
	begin func(t *testing.T) (heal func())
}

// TestChaosOnThreeNodes disturbs three nodes, their PostgreSQL and their S3 server in every way while they are used, and holds
// all that each node shows against what was acknowledged. With -load.faults there are more of them.
func TestChaosOnThreeNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("disturbs servers for many seconds")
	}
	nodes, s3 := threeNodes(t, false, func(c *config.Config) { c.Data = smallDisk(t) })
	c := newChaos(t, nodes)
	c.kinds = append(c.ofNodes(), c.ofNetwork(s3)...)
	c.run(t)
}

// TestChaosOnAFolder disturbs a server on SQLite and a folder.
func TestChaosOnAFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("disturbs servers for many seconds")
	}
	c := newChaos(t, []*node{newNode(t, "server", func(c *config.Config) { c.Data = smallDisk(t) })})
	c.kinds = c.ofNodes()
	c.run(t)
}

// smallDisk is a folder that is a disk of its own where this user may mount one, else any folder.
func smallDisk(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "cp")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(folder)) })
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+diskSize); err != nil {
		t.Logf("no full disks: a small one needs root: %v", err)
		return folder
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(folder, 0)) })
	return folder
}

func newChaos(t *testing.T, nodes []*node) *chaos {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &chaos{nodes: nodes, random: rand.New(rand.NewPCG(seed, 0)), ledger: load.NewLedger(), counts: map[string]int{}}
	a, done := nodes[0].open(t)
	c.token = fill(t, a, 40)
	done()
	return c
}

// some waits between two bounds.
func (c *chaos) some(least, most time.Duration) {
	time.Sleep(least + time.Duration(c.random.Int64N(int64(most-least))))
}

func (c *chaos) node() *node { return c.nodes[c.random.IntN(len(c.nodes))] }

// ofNodes are the faults of a server and its machine.
func (c *chaos) ofNodes() []faultKind {
	list := []faultKind{
		{"kill a node", func(t *testing.T) func() {
			n := c.node()
			n.kill()
			return func() { n.kill(); n.start(t) }
		}},
		{"kill a starting node", func(t *testing.T) func() {
			n := c.node()
			n.kill()
			n.start(t)
			c.some(0, 300*time.Millisecond)
			n.kill()
			return func() { n.kill(); n.start(t) }
		}},
		{"stop a node", func(t *testing.T) func() {
			n := c.node()
			if !n.ended() {
				_ = n.cmd.Process.Signal(syscall.SIGTERM) // it may end by itself
				select {
				case err := <-n.gone:
					n.gone <- err
				case <-time.After(15 * time.Second): // longer than it may take to drain, where it can reach nothing
				}
			}
			n.kill()
			return func() { n.kill(); n.start(t) }
		}},
		{"step a clock", func(*testing.T) func() {
			n := c.node()
			n.clock(time.Duration(c.random.IntN(7200)-3600) * time.Second)
			return func() {
				if c.random.IntN(2) == 0 { // else it stays until the node ends
					n.clock(0)
				}
			}
		}},
	}
	for _, n := range c.nodes {
		if !ownDisk(n.settings.Data) {
			return list
		}
	}
	return append(list, faultKind{"full disk", func(t *testing.T) func() {
		ballast := filepath.Join(c.node().settings.Data, "ballast")
		fillUp(t, ballast)
		return func() { assert.NoError(t, os.RemoveAll(ballast)) }
	}})
}

// ownDisk reports whether a folder is a disk of its own, which may be filled without harm to anything else.
func ownDisk(folder string) bool {
	var here, above syscall.Stat_t
	return syscall.Stat(folder, &here) == nil && syscall.Stat(filepath.Dir(folder), &above) == nil && here.Dev != above.Dev
}

// fillUp writes a file until there is no more room.
func fillUp(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		require.ErrorIs(t, err, syscall.ENOSPC)
		return
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			size /= 4
		}
	}
}

// ofNetwork are the faults of what nodes share, each for one node or for all.
func (c *chaos) ofNetwork(s3 *blobtest.Gateway) []faultKind {
	var list []faultKind
	add := func(name string, proxy func(n *node) *load.Proxy, f load.Fault) {
		list = append(list, faultKind{name, func(*testing.T) func() {
			nodes := c.nodes
			if c.random.IntN(2) == 0 {
				nodes = []*node{c.node()}
			}
			set := func(f load.Fault) {
				for _, n := range nodes {
					proxy(n).Set(f, time.Duration(5+c.random.IntN(100))*time.Millisecond)
				}
			}
			set(f)
			return func() { set(load.Pass) }
		}})
	}
	for _, f := range []struct {
		name  string
		fault load.Fault
	}{{"cut", load.Cut}, {"stalled", load.Stall}, {"slow", load.Slow}} {
		add(f.name+" PostgreSQL", func(n *node) *load.Proxy { return n.database }, f.fault)
		add(f.name+" S3", func(n *node) *load.Proxy { return n.bucket }, f.fault)
	}
	return append(list, faultKind{"kill the S3 server", func(t *testing.T) func() {
		s3.Kill()
		return func() { s3.Start(t) }
	}})
}

// run makes rounds of faults, and looks at the laws after each; at last every node is started anew, which heals what is left.
func (c *chaos) run(t *testing.T) {
	t.Helper()
	for _, n := range c.nodes {
		n.start(t)
	}
	await(t, c.nodes)
	began := time.Now()
	for done := 0; done < *faults && !t.Failed(); done += faultsInARound {
		c.round(t, uint64(done), min(faultsInARound, *faults-done))
		c.laws(t, true)
		if done%100 == 90 {
			t.Logf("%d faults after %s", done+faultsInARound, time.Since(began).Round(time.Second))
		}
	}
	for _, n := range c.nodes {
		n.kill()
	}
	for _, n := range c.nodes {
		n.start(t)
	}
	await(t, c.nodes)
	c.laws(t, false)
	resources, revisions, withdrawals := c.ledger.Acknowledged()
	t.Logf("%d faults in %s: %v; %d requests, of which %d failed; acknowledged: %d resources with %d revisions, %d withdrawals; %d writes without an answer",
		*faults, time.Since(began).Round(time.Second), sorted(c.counts), c.asked.N, c.errors, resources, revisions, withdrawals, c.ledger.Unanswered())
	assert.Greater(t, revisions, *faults, "too little was written to say anything")
}

func sorted(counts map[string]int) (list []string) {
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", k, counts[k]))
	}
	return list
}

// round uses the nodes while faults come, one or two at a time, and heals everything.
func (c *chaos) round(t *testing.T, seed uint64, n int) {
	t.Helper()
	begun, until, report := make(chan struct{}), make(chan struct{}), make(chan *load.Report, 1)
	plan := load.Plan{
		Token: c.token, Owner: "load", Password: apptest.Password, Mix: chaosMix, Rate: *chaosRate, Duration: time.Hour, Until: until, Begun: func() { close(begun) },
		Seed: 1000 + seed, Timeout: 8 * time.Second, Again: true, Ledger: c.ledger,
	}
	for _, n := range c.nodes {
		plan.Nodes = append(plan.Nodes, n.URL)
	}
	go func() {
		r, err := load.Run(t.Context(), plan)
		assert.NoError(t, err)
		report <- r
	}()
	select {
	case <-begun:
	case <-report:
		t.Fatal("nobody asks")
	}
	var heal []func()
	for range n {
		k := c.kinds[c.random.IntN(len(c.kinds))]
		heal = append(heal, k.begin(t))
		c.counts[k.name]++
		c.some(50*time.Millisecond, 700*time.Millisecond)
		if c.random.IntN(40) == 0 {
			c.some(2*time.Second, 12*time.Second) // longer than some patience
		}
		if len(heal) > 1 || c.random.IntN(2) == 0 {
			for _, h := range heal {
				h()
			}
			heal = nil
			await(t, c.nodes)
			c.some(200*time.Millisecond, 900*time.Millisecond)
		}
	}
	for _, h := range heal {
		h()
	}
	await(t, c.nodes)
	// A slow machine may have answered little between the faults: writers go on until they have something to lose.
	for deadline := time.Now().Add(late); c.revisions() <= int(seed)+n && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	close(until)
	r := <-report
	require.NotNil(t, r)
	c.asked.N += r.All.N
	c.errors += r.All.Errors
	await(t, c.nodes)
}

// revisions is how many were acknowledged so far.
func (c *chaos) revisions() int {
	_, revisions, _ := c.ledger.Acknowledged()
	return revisions
}

// laws looks until all nodes show what they promised. They follow each other within a moment; but what a killed node had saved
// and not shown is brought back beside, after it is ready, and what nobody waits for any more may still be on its way.
func (c *chaos) laws(t *testing.T, touched bool) {
	t.Helper()
	deadline := time.Now().Add(late)
	for {
		problems, err := c.look(t, touched)
		if err == nil && len(problems) == 0 {
			c.ledger.Settled()
			return
		}
		if time.Now().After(deadline) {
			require.NoError(t, err)
			require.Empty(t, problems, "%d breaks:\n%s", len(problems), strings.Join(problems[:min(20, len(problems))], "\n"))
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (c *chaos) look(t *testing.T, touched bool) (problems []string, err error) {
	var views []load.View
	for _, n := range c.nodes {
		v, err := load.Look(t.Context(), patient, n.URL)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	problems = c.ledger.Laws(views)
	for _, n := range c.nodes {
		lost, err := c.ledger.Check(t.Context(), patient, n.URL, touched)
		if err != nil {
			return nil, err
		}
		for _, p := range lost {
			problems = append(problems, n.URL+": "+p)
		}
	}
	return problems, nil
}
