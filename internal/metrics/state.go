package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is what is read when Prometheus asks.
type State struct {
	Changes, Indexed int64 // numbers of the newest change, of the catalog and in the index
	Rebuilding       bool  // the index is being made anew
	Own, Harvested   int   // live resources
	Jobs             []Jobs
	Peers, Failing   int // peers that are harvested, and those whose last run went wrong
	Database         Database
}

// Jobs counts the jobs of a kind.
type Jobs struct {
	Kind             string
	Waiting, Running int
	Oldest           time.Duration // since the one that waits longest was due
}

// Database is the work of this node's database so far.
type Database struct {
	Queries, Errors, Writes    int64
	QueryTime, WriteTime       time.Duration // WriteTime is from asking for a turn to the end of the commit
	Connections, InUse, Waited int64
}

// scrapeTime bounds the reading of a State.
const scrapeTime = 5 * time.Second

// Watch has read called whenever Prometheus asks. What it cannot read is left out, and counted as a failed scrape.
func (m *Metrics) Watch(read func(context.Context) (State, error)) {
	m.registry.MustRegister(&watcher{read: read, up: prometheus.NewDesc("commonplace_state_read", "1 if catalog and index could be asked for what follows.", nil, nil)})
}

type watcher struct {
	read func(context.Context) (State, error)
	up   *prometheus.Desc
}

// gauges are what a State has, by name. Their names end in _total where they only grow.
var gauges = []valued{
	gauge("commonplace_changes", "Number of the newest change of the catalog.", func(s State) float64 { return float64(s.Changes) }),
	gauge("commonplace_index_lag_changes", "Changes of the catalog that this node's index has not yet.", func(s State) float64 { return float64(max(s.Changes-s.Indexed, 0)) }),
	gauge("commonplace_index_rebuilding", "1 while this node's index is made anew.", func(s State) float64 { return one(s.Rebuilding) }),
	gauge("commonplace_peers", "Peers that are harvested.", func(s State) float64 { return float64(s.Peers) }),
	gauge("commonplace_peers_failing", "Peers whose last harvest was incomplete.", func(s State) float64 { return float64(s.Failing) }),
	counter("commonplace_database_queries_total", "Queries and statements of this node.", func(s State) float64 { return float64(s.Database.Queries) }),
	counter("commonplace_database_errors_total", "Those that failed.", func(s State) float64 { return float64(s.Database.Errors) }),
	counter("commonplace_database_query_seconds_total", "Time until their first rows.", func(s State) float64 { return s.Database.QueryTime.Seconds() }),
	counter("commonplace_database_writes_total", "Transactions that write.", func(s State) float64 { return float64(s.Database.Writes) }),
	counter("commonplace_database_write_seconds_total", "Time of transactions that write, with waiting for their turn.", func(s State) float64 { return s.Database.WriteTime.Seconds() }),
	gauge("commonplace_database_connections", "Open connections for reading.", func(s State) float64 { return float64(s.Database.Connections) }),
	gauge("commonplace_database_connections_in_use", "Those that are being used.", func(s State) float64 { return float64(s.Database.InUse) }),
	counter("commonplace_database_waits_total", "How often a connection had to be waited for.", func(s State) float64 { return float64(s.Database.Waited) }),
}

type valued struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(State) float64
}

func gauge(name, help string, value func(State) float64) valued {
	return valued{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, value}
}

func counter(name, help string, value func(State) float64) valued {
	return valued{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, value}
}

var (
	resources = prometheus.NewDesc("commonplace_resources", "Live resources, by where they are from.", []string{"from"}, nil)
	jobs      = prometheus.NewDesc("commonplace_jobs", "Jobs of all nodes, by kind and state.", []string{"kind", "state"}, nil)
	oldest    = prometheus.NewDesc("commonplace_jobs_oldest_seconds", "How long the oldest job that waits has been due.", []string{"kind"}, nil)
)

// Describe implements prometheus.Collector.
func (w *watcher) Describe(out chan<- *prometheus.Desc) {
	out <- w.up
	for _, g := range gauges {
		out <- g.desc
	}
	out <- resources
	out <- jobs
	out <- oldest
}

// Collect implements prometheus.Collector.
func (w *watcher) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	s, err := w.read(ctx)
	out <- prometheus.MustNewConstMetric(w.up, prometheus.GaugeValue, one(err == nil))
	if err != nil {
		return
	}
	for _, g := range gauges {
		out <- prometheus.MustNewConstMetric(g.desc, g.kind, g.value(s))
	}
	out <- prometheus.MustNewConstMetric(resources, prometheus.GaugeValue, float64(s.Own), "own")
	out <- prometheus.MustNewConstMetric(resources, prometheus.GaugeValue, float64(s.Harvested), "harvested")
	for _, j := range s.Jobs {
		out <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue, float64(j.Waiting), j.Kind, "waiting")
		out <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue, float64(j.Running), j.Kind, "running")
		out <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, j.Oldest.Seconds(), j.Kind)
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
