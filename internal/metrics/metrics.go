// Package metrics counts what a server does, for Prometheus: the four golden signals by route, and what the server is for.
//
// Nothing in it tells about a reader: labels are from lists that the program has, never what a request brought, so that there
// is no address, no name, no id and no query among them.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the counters of one server. The zero value is of no use; see New.
type Metrics struct {
	registry *prometheus.Registry

	requests     *prometheus.HistogramVec
	underWay     prometheus.Gauge
	refused      *prometheus.CounterVec
	publications *prometheus.CounterVec
	searches     *prometheus.HistogramVec
	records      *prometheus.CounterVec
	oai          *prometheus.CounterVec
	bucket       *prometheus.HistogramVec
}

// times are the bounds of the buckets of what takes time, in seconds: around the 50 ms that a page may take.
var times = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}

// New returns counters at zero.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{
		registry: r,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "commonplace_http_request_seconds", Help: "Time until the answer to a request was ready, by route and class of status.", Buckets: times,
		}, []string{"method", "route", "status"}),
		underWay: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "commonplace_http_requests_in_flight", Help: "Requests whose answer is being made.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "commonplace_http_refused_total", Help: "Requests and connections that were refused for their number: rate, connections of one client, connections in all, requests that waited too long for their turn, and answers that waited too long for a slow reader.",
		}, []string{"reason"}),
		publications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "commonplace_publications_total", Help: "What this node published: new resources, remixes, revisions, withdrawals.",
		}, []string{"kind"}),
		searches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "commonplace_search_seconds", Help: "Time that a search took, by whether it found anything.", Buckets: times,
		}, []string{"found"}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "commonplace_harvested_records_total", Help: "Records that harvests of this node brought, by what became of them.",
		}, []string{"outcome"}),
		oai: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "commonplace_oai_answers_total", Help: "Answers to harvesters, by verb.",
		}, []string{"verb"}),
		bucket: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "commonplace_bucket_request_seconds", Help: "Time that a request to the bucket took, by operation and outcome.", Buckets: times,
		}, []string{"operation", "outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "commonplace_build_info", Help: "1; the label says the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	r.MustRegister(m.requests, m.underWay, m.refused, m.publications, m.searches, m.records, m.oai, m.bucket, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.begin()
	return m
}

// begin makes the series that are worth watching from the first moment on: a rate needs a zero to start from.
func (m *Metrics) begin() {
	for _, kind := range []Publication{Published, Remixed, Revised, Withdrawn} {
		m.publications.WithLabelValues(string(kind))
	}
	for _, reason := range []Refusal{TooFast, TooManyOfOne, TooMany, TooSlow, Overloaded} {
		m.refused.WithLabelValues(string(reason))
	}
	for _, outcome := range []string{"new", "changed", "deleted", "unchanged", "quarantined", "filtered"} {
		m.records.WithLabelValues(outcome)
	}
}

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 30 * time.Second})
}

// Gatherer is for tests of what there is.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Begin counts a request until the function that it returns is called.
func (m *Metrics) Begin() (done func()) {
	m.underWay.Inc()
	return m.underWay.Dec
}

// Request counts a request. The route is the pattern that answered it, never the address.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// Refusal is why a request or a connection was turned away.
type Refusal string

// The reasons.
const (
	TooFast      Refusal = "rate"
	TooManyOfOne Refusal = "connections_of_one"
	TooMany      Refusal = "connections"
	TooSlow      Refusal = "slow"     // too much waited for slow readers
	Overloaded   Refusal = "overload" // more was asked for than could be done
)

// Refused counts what was turned away.
func (m *Metrics) Refused(why Refusal) { m.refused.WithLabelValues(string(why)).Inc() }

// Publication is what a publication is.
type Publication string

// The kinds of it.
const (
	Published Publication = "new"
	Remixed   Publication = "remix"
	Revised   Publication = "revision"
	Withdrawn Publication = "withdrawal"
)

// Publication counts one.
func (m *Metrics) Publication(kind Publication) { m.publications.WithLabelValues(string(kind)).Inc() }

// Searched counts a search.
func (m *Metrics) Searched(found bool, took time.Duration) {
	m.searches.WithLabelValues(strconv.FormatBool(found)).Observe(took.Seconds())
}

// Harvested counts records of a page that was stored, by outcome.
func (m *Metrics) Harvested(counts map[string]int) {
	for outcome, n := range counts {
		m.records.WithLabelValues(outcome).Add(float64(n))
	}
}

// verbs are those of OAI-PMH 2.0.
var verbs = map[string]bool{"Identify": true, "ListMetadataFormats": true, "ListSets": true, "ListIdentifiers": true, "ListRecords": true, "GetRecord": true}

// Harvesting counts an answer to a harvester.
func (m *Metrics) Harvesting(verb string) {
	if !verbs[verb] {
		verb = "none"
	}
	m.oai.WithLabelValues(verb).Inc()
}

// Bucket counts a request to the bucket. The outcome is ok, absent, conflict or error.
func (m *Metrics) Bucket(operation, outcome string, took time.Duration) {
	m.bucket.WithLabelValues(operation, outcome).Observe(took.Seconds())
}
