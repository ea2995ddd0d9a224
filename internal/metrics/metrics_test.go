package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesFollowPrometheusCustoms(t *testing.T) {
	m := New("1")
	m.Watch(func(context.Context) (State, error) { return State{Jobs: []Jobs{{Kind: "harvest", Waiting: 1}}}, nil })
	m.Request("GET", "/", 200, time.Second)
	m.Searched(true, time.Second)
	m.Harvesting("ListRecords")
	m.Bucket("get", "ok", time.Second)
	families, err := m.Gatherer().Gather()
	require.NoError(t, err)
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	require.NoError(t, err)
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "commonplace_") {
			assert.Fail(t, p.Metric, p.Text)
		}
	}
}

func TestAVerbThatIsNoneIsNoLabel(t *testing.T) {
	m := New("1")
	m.Harvesting("rosa@example.org")
	assert.NotContains(t, exposition(t, m), "rosa")
	assert.Contains(t, exposition(t, m), `commonplace_oai_answers_total{verb="none"} 1`)
}

func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	m := New("1")
	var down error
	m.Watch(func(context.Context) (State, error) { return State{Changes: 7}, down })
	assert.Contains(t, exposition(t, m), "commonplace_changes 7")
	down = errors.New("gone")
	out := exposition(t, m)
	assert.Contains(t, out, "commonplace_state_read 0")
	assert.NotContains(t, out, "commonplace_changes")
	assert.Contains(t, out, "go_goroutines")
}

func exposition(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	return w.Body.String()
}
