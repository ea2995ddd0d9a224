package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// BenchmarkStore stores the pages of one peer and of eight that were fetched and mapped before: what a harvest costs the
// database, with what it writes to the disk, which no other program on the machine changes.
func BenchmarkStore(b *testing.B) {
	for _, peers := range []int{1, 8} {
		b.Run(strconv.Itoa(peers), func(b *testing.B) {
			var used time.Duration
			var bytes, calls float64
			for b.Loop() {
				b.StopTimer()
				db, err := sqldb.Open(b.Context(), "sqlite://"+filepath.Join(b.TempDir(), fmt.Sprint(time.Now().UnixNano(), ".db")))
				require.NoError(b, err)
				c := New(db, time.Now)
				pages := make([][]federation.Page, peers)
				for i := range pages {
					pages[i] = mappedPages(b, c, fmt.Sprint("p", i))
				}
				bytesBefore, callsBefore, began := ioCount(b, "wchar"), ioCount(b, "syscw"), cpu()
				b.StartTimer()
				var all sync.WaitGroup
				for _, pages := range pages {
					all.Go(func() {
						for _, p := range pages {
							if _, err := c.Commit(b.Context(), p); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				b.StopTimer()
				used += cpu() - began
				bytes += ioCount(b, "wchar") - bytesBefore
				calls += ioCount(b, "syscw") - callsBefore
				require.NoError(b, db.Close())
				b.StartTimer()
			}
			n := float64(peers * benchRecords * b.N)
			b.ReportMetric(float64(used.Microseconds())/n, "µs-CPU/record")
			b.ReportMetric(bytes/n, "B-written/record")
			b.ReportMetric(calls/n, "writes/record")
			b.ReportMetric(n/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// mappedPages are those of a new peer, in a run that has begun.
func mappedPages(b *testing.B, c *Catalog, peer string) []federation.Page {
	b.Helper()
	require.NoError(b, c.SavePeer(b.Context(), federation.Peer{Name: peer, URL: "https://" + peer + ".example.org/oai", Prefix: "oai_dc"}))
	run, err := c.Begin(b.Context(), federation.Run{Peer: peer, Started: benchStart})
	require.NoError(b, err)
	pages := make([]federation.Page, benchRecords/benchPage)
	for k := range pages {
		pages[k] = federation.Page{Run: run.ID, Peer: peer, At: benchStart, Answered: benchStart, State: federation.State{
			Round: 1, URL: "https://" + peer + ".example.org/oai", Prefix: "oai_dc", Resume: &federation.Resume{Full: true, Token: strconv.Itoa(k)},
		}}
		for i := k * benchPage; i < (k+1)*benchPage; i++ {
			v := harvestView(peer, i)
			raw := metadata.DublinCore(v)
			m, _ := metadata.ReadRecord("oai_dc", raw)
			pages[k].Records = append(pages[k].Records, federation.Harvested{
				Identifier: v.Identifier, Datestamp: benchStart, Stamp: "2026-01-01T00:00:00Z", Sets: []string{"grade:5"}, Prefix: "oai_dc",
				Raw: raw, Metadata: m.Metadata, License: "CC-BY-4.0", URL: m.URL, Modified: m.Modified,
			})
		}
	}
	return pages
}

// ioCount is what the system counts of this process's reading and writing under a name; 0 where it does not tell.
func ioCount(b *testing.B, name string) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0 // told on Linux alone
	}
	_, rest, _ := strings.Cut(string(text), name+": ")
	var n float64
	_, err = fmt.Sscan(rest, &n)
	require.NoError(b, err)
	return n
}
