package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// benchStart is the datestamp of the first record; ten records share a second.
var benchStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// benchView is a lesson whose oai_dc has 1.5 kB.
func benchView(i int) metadata.View {
	return metadata.View{
		Metadata: metadata.Metadata{
			Title: fmt.Sprintf("Lesson %07d: fractions & more", i), Type: metadata.Lesson, Language: "en", License: "CC BY 4.0",
			Description: strings.Repeat("Students model a fraction with paper strips. ", 12),
			Creators:    []metadata.Agent{{Name: "Rosa Delgado"}}, Subjects: []string{"mathematics"}, Grades: []string{"5"},
		},
		Identifier: benchIdentifier(i), URL: "https://oer.example.org/r/rosa/lesson", License: "CC-BY-4.0", Published: benchStart, Modified: benchStart,
	}
}

func benchIdentifier(i int) string {
	return fmt.Sprintf("oai:oer.example.org:0192d5c0-9a4e-7000-8000-%012d", i)
}

const benchKey = "0123456789abcdef" // of tokens

const benchSets = "grade:5 license:CC-BY:4.0 owner:rosa subject:mathematics type:lesson"

// filled is a catalog on disk with n records, every tenth of them in the set grade:5.
func filled(b *testing.B, n int) *Catalog {
	b.Helper()
	db, err := sqldb.Open(b.Context(), "sqlite://"+filepath.Join(b.TempDir(), "catalog.db"))
	require.NoError(b, err)
	b.Cleanup(func() { _ = db.Close() })
	xml := metadata.DublinCore(benchView(1234567))
	b.Logf("%d records of %d bytes", n, len(xml))
	parts := strings.SplitN(string(xml), "1234567", 2)
	// What show writes, all at once.
	require.NoError(b, db.Write(b.Context(), func(tx *sql.Tx) error {
		for _, q := range []string{
			`CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n`,
			`INSERT INTO items (identifier, seq, resource, peer, datestamp, deleted, sets)
				SELECT 'oai:oer.example.org:0192d5c0-9a4e-7000-8000-' || printf('%012d', i), i, i, '', ` + fmt.Sprint(benchStart.Unix()) + ` + i / 10, 0, '` + benchSets + `' FROM n WHERE $1 > 0`,
			`INSERT INTO records (place, identifier, datestamp, deleted, sets, rights, about, xml)
				SELECT 17592186044416 + i.seq, i.identifier, i.datestamp, 0, i.sets, 'https://creativecommons.org/licenses/by/4.0/', '',
				CAST('` + parts[0] + `' || printf('%07d', i.seq) || '` + strings.ReplaceAll(parts[1], "1234567", "0000000") + `' AS BLOB) FROM items i WHERE $1 > 0 ORDER BY i.seq`,
			`INSERT INTO set_items (spec, seq) SELECT 'grade:5', i FROM n WHERE i % 10 = 0 AND $1 > 0`,
			`INSERT OR REPLACE INTO sets (spec, items) SELECT '', COUNT(*) FROM items WHERE $1 > 0`,
			`INSERT INTO sets (spec, items) SELECT 'grade:5', COUNT(*) FROM set_items WHERE $1 > 0`,
			`UPDATE clock SET item = $1, datestamp = (SELECT MAX(datestamp) FROM items)`,
		} {
			if _, err := tx.ExecContext(b.Context(), q, n); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}))
	return New(db, func() time.Time { return benchStart.AddDate(1, 0, 0) })
}

// overHTTP serves a function on 127.0.0.1 and returns what asks it once and says how many bytes came.
func overHTTP(b *testing.B, answer func(ctx context.Context, query string) []byte) func(query string) []byte {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write(answer(r.Context(), r.URL.RawQuery))
	})}
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { _ = server.Close() })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}}
	return func(query string) []byte {
		resp, err := client.Get("http://" + l.Addr().String() + "/oai?" + query)
		require.NoError(b, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(b, err)
		return body
	}
}

// tokenOf is the resumption token of an answer; "" at the end.
func tokenOf(body []byte) string {
	s := string(body[max(0, len(body)-1000):])
	_, s, _ = strings.Cut(s, "<resumptionToken")
	_, s, _ = strings.Cut(s, ">")
	token, _, _ := strings.Cut(s, "<")
	return token
}

// bound is a provider that holds everything in memory and knows no storage: the fastest thing to compare with that
// renders a record when it is asked for.
func bound(views []metadata.View) func(context.Context, string) []byte {
	return func(_ context.Context, query string) []byte {
		req, errs := oaipmh.ParseQuery(query)
		if len(errs) > 0 {
			return nil
		}
		at := 0
		if req.Token != "" {
			_, _ = fmt.Sscan(req.Token, &at)
		}
		w := oaipmh.NewWriter(benchStart, "https://oer.example.org/oai", req.Args)
		w.Open(oaipmh.ListRecords)
		w.Grow(100 * 2500)
		end := min(at+100, len(views))
		for i := at; i < end; i++ {
			v := views[i]
			w.Record(oaipmh.Header{Identifier: v.Identifier, Datestamp: benchStart, Sets: strings.Fields(benchSets)}, metadata.DublinCore(v), "",
				[]byte(`<rights xmlns="http://www.openarchives.org/OAI/2.0/rights/" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/rights/ http://www.openarchives.org/OAI/2.0/rights.xsd"><rightsReference ref="https://creativecommons.org/licenses/by/4.0/"/></rights>`))
		}
		token := oaipmh.Token{Cursor: at, Size: len(views)}
		if end < len(views) {
			token.Value = fmt.Sprint(end)
		}
		w.Token(token)
		return w.Bytes()
	}
}

func provider(b *testing.B, c *Catalog) func(context.Context, string) []byte {
	p, err := federation.NewProvider(federation.ProviderOptions{
		Records: c, BaseURL: "https://oer.example.org/oai", SchemaURL: "https://oer.example.org/oai/lrmi.xsd", Emails: []string{"a@b.org"},
		Key: []byte(benchKey), Formats: federation.Formats(),
	})
	require.NoError(b, err)
	return func(ctx context.Context, query string) []byte {
		a, err := p.AnswerQuery(ctx, query)
		require.NoError(b, err)
		return a.Body
	}
}

// cpu is the time that this process has used, of all cores.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serverMemory is what a server with 100,000 resources may use.
const serverMemory = 300 << 20

const listDublinCore = "verb=ListRecords&metadataPrefix=oai_dc"

// BenchmarkProviderAgainstMemory asks both for page after page, in turns, over HTTP on this machine.
func BenchmarkProviderAgainstMemory(b *testing.B) {
	const n = 100_000
	c := filled(b, n)
	views := make([]metadata.View, n)
	for i := range views {
		views[i] = benchView(i + 1)
	}
	ours, theirs := overHTTP(b, provider(b, c)), overHTTP(b, bound(views))
	var took, spent [2]time.Duration
	queries := [2]string{listDublinCore, listDublinCore}
	pages := 0
	for b.Loop() {
		for i, ask := range []func(string) []byte{ours, theirs} {
			start, used := time.Now(), cpu()
			body := ask(queries[i])
			took[i] += time.Since(start)
			spent[i] += cpu() - used
			if len(body) < 100_000 {
				b.Fatalf("%d bytes: %s", len(body), body[:min(len(body), 500)])
			}
			queries[i] = listDublinCore
			if token := tokenOf(body); token != "" {
				queries[i] = "verb=ListRecords&resumptionToken=" + token
			}
		}
		pages++
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "of-memory")
	b.ReportMetric(float64(took[0].Microseconds())/float64(pages*100), "µs/record")
	b.ReportMetric(float64(spent[0].Microseconds())/float64(pages*100), "µs-CPU/record")
	b.ReportMetric(float64(spent[1].Microseconds())/float64(pages*100), "µs-CPU/record-memory")
}

// BenchmarkProviderAlone asks the provider for page after page without HTTP and without a client, to see what it costs itself.
func BenchmarkProviderAlone(b *testing.B) {
	useMemory(b, serverMemory)
	answer := provider(b, filled(b, 100_000))
	var each []time.Duration
	used := cpu()
	query := listDublinCore
	for b.Loop() {
		start := time.Now()
		token := tokenOf(answer(b.Context(), query))
		each = append(each, time.Since(start))
		if query = listDublinCore; token != "" {
			query = "verb=ListRecords&resumptionToken=" + token
		}
	}
	used = cpu() - used
	slices.Sort(each)
	b.ReportMetric(float64(used.Microseconds())/float64(len(each)*100), "µs-CPU/record")
	b.ReportMetric(float64(each[len(each)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(each[len(each)*99/100].Microseconds())/1000, "ms-p99")
}

// BenchmarkProviderStreams lists everything, once by one harvester and once by four.
func BenchmarkProviderStreams(b *testing.B) {
	useMemory(b, serverMemory)
	c := filled(b, 100_000)
	ask := overHTTP(b, provider(b, c))
	list := func(pages int) {
		query := listDublinCore
		for range pages {
			token := tokenOf(ask(query))
			query = "verb=ListRecords&resumptionToken=" + token
		}
	}
	const pages = 100
	list(pages)
	var one, four time.Duration
	for b.Loop() {
		start := time.Now()
		list(pages)
		one += time.Since(start)
		start = time.Now()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { list(pages) })
		}
		all.Wait()
		four += time.Since(start)
	}
	b.ReportMetric(4*float64(one)/float64(four), "times-one")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cores")
}

// BenchmarkProviderDeepPages compares the last tenth of a long list with its first: a page of the one and a page of the other
// in turns, so that both have the same machine. COMMONPLACE_BENCH_RECORDS says how long the list is.
func BenchmarkProviderDeepPages(b *testing.B) {
	n := 100_000
	if s := os.Getenv("COMMONPLACE_BENCH_RECORDS"); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(b, err)
	}
	useMemory(b, serverMemory)
	c := filled(b, n)
	answer := provider(b, c)
	last := benchStart.Add(time.Duration(n/10) * time.Second)
	second := benchStart.Add(time.Second)
	for _, bench := range []struct {
		name   string
		cursor oaipmh.Cursor
	}{
		{"all", oaipmh.Cursor{Until: last, Pinned: true}},
		{"set", oaipmh.Cursor{Set: "grade:5", Until: last, Pinned: true}},
		{"dates", oaipmh.Cursor{From: second, Until: last}},
		{"set and dates", oaipmh.Cursor{Set: "grade:5", From: second, Until: last}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			at := bench.cursor
			at.Verb, at.Prefix, at.Size, at.Count = oaipmh.ListRecords, "oai_dc", n, 100
			pages := n / 1000
			if at.Set != "" {
				pages /= 10
			}
			var took, spent, reads [2][]float64
			for b.Loop() {
				first, deep := at, at
				first.After, deep.After = 20, int64(n-n/10)
				tokens := [2]string{first.Seal([]byte(benchKey)), deep.Seal([]byte(benchKey))}
				for range pages - 1 {
					for i, token := range tokens {
						start, used, asked := time.Now(), cpu(), readCalls(b)
						body := answer(b.Context(), "verb=ListRecords&resumptionToken="+token)
						took[i] = append(took[i], float64(time.Since(start).Microseconds()))
						spent[i] = append(spent[i], float64((cpu() - used).Microseconds()))
						reads[i] = append(reads[i], readCalls(b)-asked)
						if tokens[i] = tokenOf(body); tokens[i] == "" || len(body) < 100_000 {
							b.Fatalf("the list ends too early: %d bytes", len(body))
						}
					}
				}
			}
			b.ReportMetric(median(took[1])/median(took[0]), "last/first")
			b.ReportMetric(median(spent[1])/median(spent[0]), "CPU-last/first")
			b.ReportMetric(mean(reads[0]), "reads-first")
			b.ReportMetric(mean(reads[1]), "reads-last")
			each := slices.Sorted(slices.Values(slices.Concat(took[0], took[1])))
			b.ReportMetric(each[len(each)*99/100]/1000, "ms-p99")
			b.ReportMetric(each[len(each)/2]/1000, "ms-p50")
		})
	}
}

// readCalls is how often this process has read from a file: SQLite does so for each of its pages that it does not hold.
func readCalls(b *testing.B) float64 { return ioCount(b, "syscr") }

func mean(all []float64) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	return sum / float64(max(1, len(all)))
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
