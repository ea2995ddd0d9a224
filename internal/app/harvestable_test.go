package app_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// BenchmarkHarvestable measures from the acknowledgment of a publish until a harvester that asks for what is new has been
// answered with the record, and what the publish itself took.
func BenchmarkHarvestable(b *testing.B) {
	c := config.Default()
	c.Data = b.TempDir()
	c.BaseURL = "http://oer.test"
	a, address := node(b, c)
	_, err := a.Accounts.Add(b.Context(), "rosa", "Rosa", accounts.Author, "")
	require.NoError(b, err)
	b.Cleanup(http.DefaultClient.CloseIdleConnections)
	answer := func(query string) string {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address+"/oai?"+query, nil)
		require.NoError(b, err)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(b, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, resp.StatusCode)
		return string(body)
	}
	var took, visible []time.Duration
	n := 0
	for b.Loop() {
		n++
		title := fmt.Sprintf("Lesson number %d.", n)
		from := time.Now().UTC().Format("2006-01-02T15:04:05Z") // a harvester's last answer
		begun := time.Now()
		publish(b, a, fmt.Sprint("lesson-", n), title)
		acknowledged := time.Now()
		took = append(took, acknowledged.Sub(begun))
		for query := "verb=ListRecords&metadataPrefix=oai_dc&from=" + from; ; {
			body := answer(query)
			if strings.Contains(body, title) {
				break
			}
			query = "verb=ListRecords&metadataPrefix=oai_dc&from=" + from
			if _, rest, more := strings.Cut(body, "<resumptionToken"); more {
				_, rest, _ = strings.Cut(rest, ">")
				if token, _, _ := strings.Cut(rest, "<"); token != "" {
					query = "verb=ListRecords&resumptionToken=" + token
				}
			}
		}
		visible = append(visible, time.Since(acknowledged))
	}
	for name, list := range map[string][]time.Duration{"publish": took, "harvestable": visible} {
		slices.Sort(list)
		b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(list[len(list)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
}
