package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// sampleLine is one line of the text format of Prometheus 0.0.4.
var sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)$`)

// series reads an exposition: values by name and labels. It fails the test for a line that is none.
func series(t *testing.T, text string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	typed := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ = strings.Cut(name, " ")
			assert.False(t, typed[name], "%s is there twice", name)
			typed[name] = true
		}
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		require.NotNil(t, m, "no sample: %q", line)
		v, err := strconv.ParseFloat(m[3], 64)
		require.NoError(t, err)
		key := m[1]
		if m[2] != "" {
			key += "{" + m[2] + "}"
		}
		_, twice := all[key]
		require.False(t, twice, "%s is there twice", key)
		all[key] = v
	}
	return all
}

func TestMetricsCountWhatIsDoneAndTellNothingOfReaders(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	peer, s := w.Server(t, "peer", nil), w.Server(t, "server", nil)
	admin, rosa := s.SignIn(t, "kim", accounts.Admin), s.SignIn(t, "rosa", accounts.Author)
	before := series(t, admin.Page(t, "/metrics"))

	s.Publish(t, "kim/halves", lesson("Halves", "Fold."))
	s.Publish(t, "kim/halves", lesson("Halves", "Fold twice."))
	s.Publish(t, "kim/gone", lesson("Gone", "Text."))
	s.Withdraw(t, "kim/gone")
	form := "/r/kim/halves/remix"
	require.Equal(t, 303, rosa.Post(t, form, rosa.Get(t, form).Form(t, form)).Status)
	s.Page(t, "/search?q=secretquestion")
	s.Page(t, "/search?q=halves")
	s.Page(t, "/oai?verb=Identify")
	s.Page(t, "/r/kim/halves/history")
	require.Equal(t, 404, s.Get(t, "/secretpath").Status)
	peer.Publish(t, "ana/thirds", lesson("Thirds", "Cut."))
	s.Harvest(t, peer)

	text := admin.Page(t, "/metrics")
	after := series(t, text)
	for key, by := range map[string]float64{
		`commonplace_publications_total{kind="new"}`:                                                    2,
		`commonplace_publications_total{kind="revision"}`:                                               1,
		`commonplace_publications_total{kind="remix"}`:                                                  1,
		`commonplace_publications_total{kind="withdrawal"}`:                                             1,
		`commonplace_search_seconds_count{found="false"}`:                                               1,
		`commonplace_search_seconds_count{found="true"}`:                                                1,
		`commonplace_oai_answers_total{verb="Identify"}`:                                                1,
		`commonplace_harvested_records_total{outcome="new"}`:                                            1,
		`commonplace_http_request_seconds_count{method="GET",route="/r/:owner/* history",status="2xx"}`: 1,
		`commonplace_http_request_seconds_count{method="GET",route="none",status="4xx"}`:                1,
		`commonplace_http_request_seconds_count{method="POST",route="/r/:owner/* remix",status="3xx"}`:  1,
		`commonplace_http_request_seconds_bucket{method="GET",route="/search",status="2xx",le="+Inf"}`:  2,
		`commonplace_http_refused_total{reason="rate"}`:                                                 0,
	} {
		assert.InDelta(t, by, after[key]-before[key], 0, key)
		assert.Contains(t, after, key)
	}
	for _, key := range []string{
		"commonplace_changes", "commonplace_database_queries_total", "commonplace_database_writes_total", "commonplace_database_write_seconds_total",
		`commonplace_bucket_request_seconds_count{operation="put",outcome="ok"}`, "process_cpu_seconds_total",
	} {
		assert.Greater(t, after[key], before[key], key)
	}
	for _, told := range []string{"secret", "halves", "rosa", "kim", "127.0.0.1", "peer\""} {
		assert.NotContains(t, text, told)
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	free := blobtest.FreeAddress(t)
	s := apptest.New(t).Server(t, "server", func(c *config.Config) { c.MetricsListen = free })
	admin := s.SignIn(t, "kim", accounts.Admin)
	assert.Equal(t, 404, admin.Get(t, "/metrics").Status)
	answer, err := http.Get("http://" + free + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, 200, answer.StatusCode)
	profile, err := http.Get("http://" + free + "/debug/pprof/goroutine?debug=1")
	require.NoError(t, err)
	defer profile.Body.Close()
	assert.Equal(t, 200, profile.StatusCode)
	hidden, err := http.Get("http://" + free + "/debug/pprof/cmdline")
	require.NoError(t, err)
	defer hidden.Body.Close()
	assert.Equal(t, 404, hidden.StatusCode)
}

var (
	ownMetric = regexp.MustCompile(`\b(?:commonplace|process|go)_[a-z0-9_]+\b`)
	label     = regexp.MustCompile(`\b([a-z_]+)\s*(?:=~|!~|!=|=)\s*"`)
)

// TestAlertsAndDashboardUseMetricsThatExist reads both as Prometheus and Grafana do, and asks a server for every metric.
func TestAlertsAndDashboardUseMetricsThatExist(t *testing.T) {
	t.Parallel()
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr string
				For         string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations", "alerts.yml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, &rules))
	var expressions []string
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
			assert.NotEmpty(t, r.Annotations["remedy"], r.Alert)
			assert.Contains(t, []string{"page", "ticket"}, r.Labels["severity"], r.Alert)
			_, err := time.ParseDuration(r.For)
			assert.NoError(t, err, r.Alert)
			expressions = append(expressions, r.Expr)
		}
	}
	require.NotEmpty(t, expressions)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	b, err = os.ReadFile(filepath.Join("..", "..", "docs", "operations", "dashboard.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &board))
	for _, p := range board.Panels {
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			expressions = append(expressions, target.Expr)
		}
	}

	s := apptest.New(t).Server(t, "server", nil)
	admin := s.SignIn(t, "kim", accounts.Admin)
	s.Publish(t, "kim/halves", lesson("Halves", "Fold."))
	s.Page(t, "/search?q=halves")
	s.Page(t, "/oai?verb=Identify")
	require.NoError(t, s.App.Jobs().Add(t.Context(), "test", "of an alert", "", time.Now().Add(-time.Minute)))
	exported := map[string]bool{}
	labels := map[string]bool{"job": true, "instance": true} // given by Prometheus
	for key := range series(t, admin.Page(t, "/metrics")) {
		name, rest, _ := strings.Cut(key, "{")
		exported[name] = true
		for _, m := range label.FindAllStringSubmatch(rest, -1) {
			labels[m[1]] = true
		}
	}
	for _, e := range expressions {
		for _, name := range ownMetric.FindAllString(e, -1) {
			assert.True(t, exported[name], "%s is used and not exported", name)
		}
		for _, m := range label.FindAllStringSubmatch(e, -1) {
			assert.True(t, labels[m[1]], "no metric has the label %s: %s", m[1], e)
		}
	}
}
