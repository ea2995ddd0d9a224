package app_test

import (
	"maps"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pageTime is what a page may take the server, in 99 of 100 cases.
const pageTime = 10 * time.Millisecond

// TestServerTime measures how long the server takes for each kind of page, over the loopback and uncompressed, with as many
// resources as RESOURCES says. For each kind it prints the first request, and of 450 more the median and the 99th percentile,
// and at the end on how many kinds that is above 10 ms. The 450 come in three rounds over all kinds, so that what else the
// machine does meanwhile does not meet one kind alone; "least" is the smallest 99th percentile of a round, and "CPU"
// what the server, its client and the collector of garbage together took of a processor for one request. Forms count whose
// answer changes nothing: previews, checks, merges; each with a text that nobody has sent before. It asserts no time, and
// runs when it is asked for, on two cores for the server and its client together:
//
//	RESOURCES=100000 GOMAXPROCS=2 taskset -c 0,1 go test ./internal/app -run TestServerTime -v -timeout 60m
//
// KINDS is a pattern of the names of those that are measured, and RECORD a file for a CPU profile of the measuring alone.
func TestServerTime(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("RESOURCES"))
	if err != nil {
		return
	}
	m := withManyPages(t, n)
	member := m.SignIn(t, "kim", "")
	var measured []*timed
	for _, k := range m.kinds {
		// A password takes as long as it is meant to take.
		if !k.form.Has("password") && wanted(t, k.name) {
			measured = append(measured, &timed{kindOfPage: k})
		}
	}
	ask := func(k *timed) time.Duration {
		v := m.Visitor
		if k.member {
			v = member
		}
		asked := k.kindOfPage
		if asked.form.Has("text") {
			asked.form = maps.Clone(asked.form)
			asked.form.Set("text", asked.form.Get("text")+"\n\n"+itoa(len(k.took)+1)) // nobody looks twice at the same
		}
		began := time.Now()
		a := asked.ask(t, v, "Accept-Encoding", "identity")
		took := time.Since(began)
		if k.status == 0 {
			k.status = a.Status
		}
		require.Equal(t, k.status, a.Status, "%s: %s", k.name, a.Body)
		return took
	}
	for _, k := range measured {
		k.took = append(k.took, ask(k))
	}
	stop := profiled(t, os.Getenv("RECORD"))
	for range 3 {
		for _, k := range measured {
			round, before := make([]time.Duration, 150), used()
			for i := range round {
				round[i] = ask(k)
				k.took = append(k.took, round[i])
			}
			k.add(round, used()-before)
		}
	}
	stop()
	t.Logf("%d resources, %d processors:  first  median     p99   least     CPU", n, runtime.GOMAXPROCS(0))
	over, overLeast := 0, 0
	for _, k := range measured {
		first, rest := k.took[0], k.took[1:]
		p99 := percentile(rest, 99)
		if p99 > pageTime {
			over++
		}
		if k.least > pageTime {
			overLeast++
		}
		t.Logf("%7.1f %7.1f %7.1f %7.1f %7.1f ms %s", ms(first), ms(percentile(rest, 50)), ms(p99), ms(k.least), ms(k.cpu)/float64(len(rest)), k.name)
	}
	t.Logf("above %s: %d of %d kinds; in their least round %d", pageTime, over, len(measured), overLeast)
}

// timed is a kind of page and what it took.
type timed struct {
	kindOfPage
	status int
	took   []time.Duration // the first one first
	least  time.Duration   // the smallest 99th percentile of a round
	cpu    time.Duration   // of this process, for all of it
}

func (k *timed) add(round []time.Duration, cpu time.Duration) {
	k.cpu += cpu
	if p99 := percentile(round, 99); k.least == 0 || p99 < k.least {
		k.least = p99
	}
}

// used is what this process has taken of all processors.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// wanted reports whether KINDS names a kind, or nothing does.
func wanted(t *testing.T, name string) bool {
	t.Helper()
	ok, err := regexp.MatchString(os.Getenv("KINDS"), name)
	require.NoError(t, err)
	return ok
}

// profiled writes a profile of the CPU to a file until the function that it returns is called; none without a name.
func profiled(t *testing.T, name string) (stop func()) {
	t.Helper()
	if name == "" {
		return func() {}
	}
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, pprof.StartCPUProfile(f))
	return func() {
		pprof.StopCPUProfile()
		require.NoError(t, f.Close())
	}
}
