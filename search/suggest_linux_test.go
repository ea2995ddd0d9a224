package search_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/commonplace-oer/commonplace/search"
	generated "github.com/commonplace-oer/commonplace/search/corpus"
)

// BenchmarkSuggest completes beginnings of titles: of one letter up to two words, and misspelled ones. Suggestions depend
// on titles, codes and subjects alone, so the resources have no text. Times are of the processor, so that those of a busy
// machine can be compared; what it gives to collecting garbage for others is not in them. "Segments" are as indexing
// leaves them, "compact" is one segment as after a rebuild.
func BenchmarkSuggest(b *testing.B) {
	for _, size := range []int{10_000, 100_000} {
		c := generated.New(1, true)
		x, err := search.Open(filepath.Join(b.TempDir(), "index"), search.Options{})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, x.Close()) })
		filled := false
		for _, state := range []string{"segments", "compact"} {
			for _, kind := range []struct {
				name string
				of   func(words []string) string
			}{
				{"letter", func(w []string) string { return w[0][:1] }},
				{"two letters", func(w []string) string { return w[0][:2] }},
				{"three letters", func(w []string) string { return w[0][:min(3, len(w[0]))] }},
				{"word", func(w []string) string { return w[0] }},
				{"two words", func(w []string) string { return w[0] + " " + w[min(1, len(w)-1)] }},
				{"word and two letters", func(w []string) string { return w[0] + " " + w[min(1, len(w)-1)][:2] }},
				{"misspelled", func(w []string) string { return w[0][:1] + "x" + w[0][1:] }},
			} {
				b.Run(fmt.Sprintf("%dk/%s/%s", size/1000, state, kind.name), func(b *testing.B) {
					if !filled {
						fillTitles(b, x, c, size)
						filled = true
					}
					if state == "compact" {
						require.NoError(b, x.Compact(b.Context()))
						_, err := x.Suggest(b.Context(), "warm", "en", 8)
						require.NoError(b, err)
					}
					runtime.LockOSThread()
					defer runtime.UnlockOSThread()
					var took []time.Duration
					for i := 0; b.Loop(); i++ {
						typed := kind.of(strings.Fields(c.Document(i * 97 % size).Title))
						start := processorTime(b)
						_, err := x.Suggest(b.Context(), typed, "en", 8)
						took = append(took, processorTime(b)-start)
						require.NoError(b, err)
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/median")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
				})
			}
		}
	}
}

// fillTitles indexes resources that have no text.
func fillTitles(b *testing.B, x *search.Index, c *generated.Corpus, size int) {
	for i := 0; i < size; i += 500 {
		docs := c.Documents(i, i+500)
		for j := range docs {
			docs[j].Description, docs[j].Body = "", ""
		}
		require.NoError(b, x.Apply(b.Context(), int64(i+1), docs, nil))
	}
}

// processorTime is what this thread has used of a processor.
func processorTime(b *testing.B) time.Duration {
	var t unix.Timespec
	require.NoError(b, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t))
	return time.Duration(t.Nano())
}
