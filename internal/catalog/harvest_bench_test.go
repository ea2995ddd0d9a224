package catalog

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// benchRecords are harvested in one run, in pages of benchPage, each of about 1.5 kB.
const (
	benchRecords = 5_000
	benchPage    = 100
	benchMemory  = 88 << 20 // that Go may use in all; SQLite has 8 MB of its own
)

// harvestView is a lesson of a peer whose oai_dc has about 1.5 kB.
func harvestView(peer string, i int) metadata.View {
	return metadata.View{
		Identifier: fmt.Sprintf("oai:%s.example.org:%d", peer, i), URL: fmt.Sprintf("https://%s.example.org/r/%d", peer, i),
		Metadata: metadata.Metadata{
			Title: fmt.Sprintf("Sharing %d pizzas fairly", i), Description: strings.Repeat("Students share pizzas among friends with drawings and paper circles. ", 4),
			Type: metadata.Lesson, Language: "en", License: "CC-BY-4.0", Creators: []metadata.Agent{{Name: "Rosa Delgado"}, {Name: "Kim Lee"}},
			Subjects: []string{"mathematics"}, Grades: []string{"5"}, Keywords: []string{"fractions", "division"},
			Alignments: metadata.Alignments{Teaches: []string{"CCSS.MATH.CONTENT.5.NF.B.3"}},
		},
	}
}

// benchPeer is a provider that has every page ready in memory: the least that any provider can cost.
func benchPeer(b *testing.B, name string) *httptest.Server {
	b.Helper()
	pages := make([][]byte, 0, benchRecords/benchPage)
	for page := range benchRecords / benchPage {
		var s strings.Builder
		s.WriteString(`<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T08:00:00Z</responseDate><request verb="ListRecords">http://x</request><ListRecords>`)
		for i := page * benchPage; i < (page+1)*benchPage; i++ {
			v := harvestView(name, i)
			fmt.Fprintf(&s, `<record><header><identifier>%s</identifier><datestamp>2026-02-01T08:00:00Z</datestamp><setSpec>grade:5</setSpec></header><metadata>%s</metadata></record>`,
				v.Identifier, metadata.DublinCore(v))
		}
		s.WriteString(`<resumptionToken>`)
		if page+1 < benchRecords/benchPage {
			s.WriteString(strconv.Itoa(page + 1))
		}
		s.WriteString(`</resumptionToken></ListRecords></OAI-PMH>`)
		pages = append(pages, outside(b, s.String()))
	}
	b.Logf("%d bytes a record", len(pages[0])/benchPage)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		switch args := r.URL.Query(); args.Get("verb") {
		case "Identify":
			fmt.Fprint(w, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><Identify><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>`)
		default:
			n, _ := strconv.Atoi(args.Get("resumptionToken"))
			_, _ = w.Write(pages[n])
		}
	}))
	b.Cleanup(server.Close)
	return server
}

// outside keeps text where the garbage collector does not count it: what a peer holds is not the harvester's memory, and lets
// the heap grow by as much again.
func outside(b *testing.B, text string) []byte {
	b.Helper()
	memory, err := syscall.Mmap(-1, 0, len(text), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(b, err)
	b.Cleanup(func() { _ = syscall.Munmap(memory) })
	copy(memory, text)
	return memory
}

// useMemory has garbage collected only when so many bytes are in use. A program that holds as little as a benchmark would else
// be busy with that, which a server that holds a hundred megabytes is not.
func useMemory(b *testing.B, bytes int64) {
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(bytes)
	b.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

// onlyFetched keeps nothing of a page but the state, in memory.
type onlyFetched struct{ *federationtest.MemoryInbox }

func (o onlyFetched) Commit(ctx context.Context, p federation.Page) (federation.Tally, error) {
	n := len(p.Records)
	p.Records = nil
	_, err := o.MemoryInbox.Commit(ctx, p)
	return federation.Tally{New: n}, err
}

// BenchmarkHarvest measures harvests over HTTP on this machine: bytes is fetching alone, map is fetching, parsing and mapping
// with nothing stored, which bounds what any store can reach, and durable is all of it, each page in a transaction that is
// on disk before the next page is asked for, with its numbers in the feed that the index follows.
func BenchmarkHarvest(b *testing.B) {
	client := fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}})
	useMemory(b, benchMemory)
	b.Run("bytes/1", func(b *testing.B) {
		server := benchPeer(b, "p0")
		for b.Loop() {
			for page := range benchRecords / benchPage {
				resp, err := client.Get(server.URL + "/?verb=ListRecords&resumptionToken=" + strconv.Itoa(page))
				require.NoError(b, err)
				_, err = io.Copy(io.Discard, resp.Body)
				require.NoError(b, err)
				require.NoError(b, resp.Body.Close())
			}
		}
		b.ReportMetric(benchRecords*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	})
	for _, peers := range []int{1, 8} {
		var servers []*httptest.Server
		for i := range peers {
			servers = append(servers, benchPeer(b, fmt.Sprint("p", i)))
		}
		for name, open := range map[string]func() federation.Inbox{
			"map": func() federation.Inbox { return onlyFetched{federationtest.NewInbox()} },
			"durable": func() federation.Inbox {
				db, err := sqldb.Open(b.Context(), "sqlite://"+filepath.Join(b.TempDir(), fmt.Sprint(time.Now().UnixNano(), ".db")))
				require.NoError(b, err)
				b.Cleanup(func() { _ = db.Close() })
				return New(db, time.Now)
			},
		} {
			b.Run(fmt.Sprint(name, "/", peers), func(b *testing.B) {
				b.ReportAllocs()
				var heap atomic.Uint64
				var before uint64 // the pages of the peers are in this process too
				var used time.Duration
				for b.Loop() {
					b.StopTimer()
					inbox := open()
					for i := range peers {
						require.NoError(b, inbox.SavePeer(b.Context(), federation.Peer{Name: fmt.Sprint("p", i), URL: servers[i].URL, Prefix: "oai_dc"}))
					}
					h := federation.NewHarvester(federation.HarvesterOptions{Inbox: inbox, Client: client})
					var m runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&m)
					before = m.HeapInuse
					began := cpu()
					b.StartTimer()
					var all sync.WaitGroup
					for i := range peers {
						all.Go(func() {
							run, err := h.Run(b.Context(), fmt.Sprint("p", i), federation.RunOptions{Progress: func(r federation.Run) {
								if r.Pages%10 == 0 {
									var m runtime.MemStats
									runtime.ReadMemStats(&m)
									heap.Store(max(heap.Load(), m.HeapInuse+m.StackInuse-min(before, m.HeapInuse)))
								}
							}})
							if err != nil || run.New != benchRecords && name == "durable" {
								b.Error(run.New, err)
							}
						})
					}
					all.Wait()
					used += cpu() - began
				}
				b.ReportMetric(float64(used.Microseconds())/float64(peers*benchRecords*b.N), "µs-CPU/record")
				b.ReportMetric(float64(peers)*benchRecords*float64(b.N)/b.Elapsed().Seconds(), "records/s")
				b.ReportMetric(float64(heap.Load())/(1<<20), "MB-heap")
			})
		}
	}
}
