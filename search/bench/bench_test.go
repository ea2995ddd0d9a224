// Package bench compares search with what a repository would otherwise be searched by: SQLite FTS5, PostgreSQL's full
// text and Xapian, on the same catalog, in one run:
//
//	go test -run '^$' -bench Compare -cpu 1 -timeout 60m ./search/bench -resources 100000 -keep /tmp/bench
//
// PostgreSQL is started from PATH or Debian's folder, Xapian is used from Python (apt install python3-xapian); what is
// missing is left out, and said. Times are the processor's, which other work on the machine disturbs less than the wall's;
// everything is in memory, and each engine answers with one thread, so that on a quiet machine both are the same. With -keep the indexes stay for the next run. What each engine is asked is what it takes
// to show one page: the first 10 hits, the exact total, and the counts of seven facets where the row says so.
package bench

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/search/corpus"
)

var (
	resources = flag.Int("resources", 10_000, "resources in the catalog that engines are compared on")
	short     = flag.Bool("short-texts", false, "resources of 300 bytes instead of 7 kB")
	keep      = flag.String("keep", "", "folder to keep the indexes in between runs")
	engines   = flag.String("engines", "ours,fts5,postgres,xapian", "engines to compare")
	wall      = flag.Bool("wall", false, "measure the time of the wall instead of the processor's")
	only      = flag.String("rows", "", "regular expression of the rows to measure; all by default")
	budget    = flag.Duration("budget", 10*time.Second, "time for one row of one engine")
)

// question is one thing asked.
type question struct {
	words          []string
	license, grade string // filters; "" for none
	standard       string // key of a statement whose subtree is asked for; "" for none
	facets, newest bool
}

// engine is one side of the comparison.
type engine interface {
	// index adds the resources of a load, at once and durably.
	index(l *load) error
	// finish ends the indexing.
	finish() error
	// ask answers with the total and how long it took.
	ask(q question) (int, time.Duration, error)
	// size is the bytes on disk.
	size() (int64, error)
	close() error
}

// rows are the kinds of questions; each is asked with other words every time.
var rows = []struct {
	name string
	make func(r *rand.Rand) question
}{
	{"one word", func(r *rand.Rand) question { return question{words: []string{some(r, 100, 3000)}} }},
	{"three words", func(r *rand.Rand) question {
		return question{words: []string{some(r, 100, 3000), some(r, 100, 3000), some(r, 100, 3000)}}
	}},
	{"sentence, all facets", func(r *rand.Rand) question { // the first is the most frequent of all words
		q := question{words: []string{some(r, 0, 10)}, facets: true}
		for range 7 + r.IntN(8) {
			q.words = append(q.words, some(r, 0, 3000))
		}
		return q
	}},
	{"words, filters, all facets", func(r *rand.Rand) question {
		return question{words: []string{some(r, 100, 1000), some(r, 100, 1000)}, license: "CC-BY-4.0", grade: fmt.Sprint(1 + r.IntN(12)), facets: true}
	}},
	{"words, all facets", func(r *rand.Rand) question {
		return question{words: []string{some(r, 100, 1000), some(r, 100, 1000)}, facets: true}
	}},
	{"broad word, all facets", func(r *rand.Rand) question {
		return question{words: []string{some(r, corpus.Broad-10, corpus.Broad+20)}, facets: true}
	}},
	{"subtree of a domain", func(r *rand.Rand) question { return question{standard: corpus.Subtree(r.Uint64N(1344), false)} }},
	{"subtree of a subject", func(r *rand.Rand) question { return question{standard: corpus.Subtree(r.Uint64N(16), true)} }},
	{"newest first, broad", func(r *rand.Rand) question {
		return question{words: []string{some(r, corpus.Broad-10, corpus.Broad+20)}, newest: true}
	}},
}

// some takes a word of a range of ranks.
func some(r *rand.Rand, from, to int) string { return corpus.Ranked(0, from+r.IntN(to-from)) }

func BenchmarkCompare(b *testing.B) {
	dir := *keep
	if dir == "" {
		dir = b.TempDir()
	}
	c := corpus.New(1, *short)
	open := map[string]func(testing.TB, string) engine{"ours": openOurs, "fts5": openFTS5, "postgres": openPostgres, "xapian": openXapian}
	var names []string
	sides := map[string]engine{}
	var report strings.Builder
	fmt.Fprintf(&report, "\n%d resources\n", *resources)
	for name := range strings.SplitSeq(*engines, ",") {
		e := open[name](b, filepath.Join(dir, name))
		if e == nil {
			continue
		}
		b.Cleanup(func() { require.NoError(b, e.close()) })
		names, sides[name] = append(names, name), e
		fill(b, &report, name, e, c, filepath.Join(dir, name+".filled"))
	}
	fmt.Fprintf(&report, "%-28s", "ms: median / p99")
	for _, name := range names {
		fmt.Fprintf(&report, "%22s", name)
	}
	report.WriteString("\n")
	for b.Loop() {
		for _, row := range rows {
			if !regexp.MustCompile(*only).MatchString(row.name) {
				continue
			}
			compare(b, &report, row.name, row.make, names, sides)
		}
	}
	fmt.Print(report.String()) // b.Log cuts long reports off
}

// Resources are stored durably atOnce at a time, and handed over a few at a time, so that those of many texts are not in
// memory together. Python's side stores what it is handed.
const (
	atOnce = 14_400
	handed = 1200
)

// load is a range of resources to be stored at once. What it takes to make them is not counted.
type load struct {
	corpus    *corpus.Corpus
	next, end int
	wall, cpu time.Duration
	most      int64 // bytes of memory while it was stored
}

// documents gives the next resources; none after the last.
func (l *load) documents() []search.Document {
	start, busy := time.Now(), processor()
	from := l.next
	l.next = min(from+handed, l.end)
	docs := l.corpus.Documents(from, l.next)
	l.most = max(l.most, own())
	l.wall += time.Since(start)
	l.cpu += processor() - busy
	return docs
}

// fill makes the index, unless it was kept from an earlier run.
func fill(b *testing.B, report *strings.Builder, name string, e engine, c *corpus.Corpus, done string) {
	if _, err := os.Stat(done); err == nil {
		return
	}
	start, busy := time.Now(), processor()
	var made load
	for i := 0; i < *resources; i += atOnce {
		l := &load{corpus: c, next: i, end: min(i+atOnce, *resources)}
		require.NoError(b, e.index(l))
		made.wall, made.cpu, made.most = made.wall+l.wall, made.cpu+l.cpu, max(made.most, l.most, own())
	}
	wall, cpu := time.Since(start)-made.wall, processor()-busy-made.cpu
	require.NoError(b, e.finish())
	total := time.Since(start) - made.wall
	size, err := settled(e)
	require.NoError(b, err)
	a := func(took time.Duration) float64 { return float64(*resources) / took.Seconds() }
	fmt.Fprintf(report, "%-10s indexed %.0f a second (%.0f of the processor's), %.0f with what follows (%.0f), %.2f kB each, this process had at most %d MB of its own\n",
		name, a(wall), a(cpu), a(total), a(processor()-busy-made.cpu), float64(size)/1000/float64(*resources), max(made.most, own())>>20)
	require.NoError(b, os.WriteFile(done, nil, 0o600))
}

// settled is the bytes on disk once no more files are removed.
func settled(e engine) (size int64, err error) {
	for range 30 {
		last := size
		if size, err = e.size(); err != nil || size == last {
			return size, err
		}
		time.Sleep(2 * time.Second)
	}
	return size, nil
}

// compare asks all engines the same questions in turn.
func compare(b *testing.B, report *strings.Builder, name string, ask func(*rand.Rand) question, names []string, sides map[string]engine) {
	fmt.Fprintf(report, "%-28s", name)
	const most = 300
	spent := map[string]time.Duration{}
	times := map[string][]time.Duration{}
	totals := map[string]int{}
	r := rand.New(rand.NewPCG(7, 7))
	for i := range most {
		q := ask(r)
		for _, n := range names {
			if spent[n] > *budget {
				continue
			}
			total, took, err := sides[n].ask(q)
			require.NoError(b, err, "%s: %s", n, name)
			if i > 0 || took > *budget { // the first is a warm-up
				times[n] = append(times[n], took)
				totals[n] += total
			}
			spent[n] += took
		}
	}
	for _, n := range names {
		t := times[n]
		slices.Sort(t)
		median, p99 := t[len(t)/2], t[len(t)*99/100]
		own := times[names[0]]
		slices.Sort(own)
		fmt.Fprintf(report, "%9.2f /%8.2f", ms(median), ms(p99))
		if n != names[0] {
			fmt.Fprintf(report, "%3.0f×", float64(median)/float64(own[len(own)/2]))
		} else {
			report.WriteString("   ")
			b.ReportMetric(ms(median), strings.NewReplacer(" ", "-", ",", "").Replace(name)+"-ms")
		}
	}
	fmt.Fprintf(report, "  totals")
	for _, n := range names {
		fmt.Fprintf(report, " %d", totals[n]/len(times[n]))
	}
	report.WriteString("\n")
}

// timed is how long a function of this process takes.
func timed(f func() error) (time.Duration, error) {
	if *wall {
		start := time.Now()
		err := f()
		return time.Since(start), err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var from, to unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &from); err != nil {
		return 0, err
	}
	err := errors.Join(f(), unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &to))
	return time.Duration(to.Nano() - from.Nano()), err
}

// processor is how long this process has had processors.
func processor() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// own is the memory that this process has, without mapped files.
func own() (n int64) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "RssAnon:")
	_, err = fmt.Sscan(rest, &n)
	if err != nil {
		return 0
	}
	return n << 10
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// bytesOf sums up the files of a folder.
func bytesOf(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			n += info.Size()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return n, err
}
