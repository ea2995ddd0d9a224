package catalog

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// BenchmarkPassOn measures how harvested records get into the list for who harvests this server: first, when they have just
// been harvested; again, when all are rendered anew and read as before; moved, when each reads otherwise.
func BenchmarkPassOn(b *testing.B) {
	useMemory(b, 300<<20)
	for b.Loop() {
		b.StopTimer()
		db, err := sqldb.Open(b.Context(), "sqlite://"+filepath.Join(b.TempDir(), "x.db"))
		require.NoError(b, err)
		c := New(db, time.Now)
		for _, p := range mappedPages(b, c, "p") {
			_, err := c.Commit(b.Context(), p)
			require.NoError(b, err)
		}
		b.StartTimer()
		for _, step := range []struct{ name, base string }{
			{"first", "https://state.example.org"}, {"again", "https://state.example.org"}, {"moved", "https://new.example.org"},
		} {
			require.NoError(b, c.Forget(b.Context()))
			service := repository.New(repository.Options{
				Store: gitstore.New(new(blob.Memory), gitstore.Options{}), Catalog: c, Namespace: "state.example.org", BaseURL: step.base, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
			})
			render := federation.Aggregator{BaseURL: step.base + "/oai", View: service.View}.Records
			began, wall := cpu(), time.Now()
			for more := true; more; {
				more, err = c.Aggregate(b.Context(), 200, render)
				require.NoError(b, err)
			}
			b.ReportMetric(float64((cpu()-began).Microseconds())/benchRecords, step.name+"-µs-CPU/record")
			b.ReportMetric(benchRecords/time.Since(wall).Seconds(), step.name+"-records/s")
		}
		require.NoError(b, db.Close())
	}
}
