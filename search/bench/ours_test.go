package bench

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/search/corpus"
)

type ours struct {
	x   *search.Index
	dir string
}

func openOurs(t testing.TB, dir string) engine {
	f, err := corpus.Framework()
	require.NoError(t, err)
	start := time.Now()
	x, err := search.Open(dir, search.Options{Library: standards.NewLibrary(f)})
	require.NoError(t, err)
	took := time.Since(start)
	runtime.GC()
	t.Logf("opened in %v, %d MB of its own", took, own()>>20)
	return &ours{x, dir}
}

// index follows the load as a node follows the catalog.
func (o *ours) index(l *load) error {
	return o.x.CatchUp(context.Background(), &feed{load: l})
}

// feed is a load in which each resource is published once.
type feed struct {
	*load
	docs map[string]search.Document
}

func (f *feed) Changes(_ context.Context, after int64, _ int) (list []search.Change, err error) {
	f.docs = map[string]search.Document{}
	for i, d := range f.documents() {
		f.docs[d.ID] = d
		list = append(list, search.Change{Seq: after + int64(i) + 1, ID: d.ID})
	}
	return list, nil
}

func (f *feed) Document(_ context.Context, id string) (search.Document, bool, error) {
	d, ok := f.docs[id]
	return d, ok, nil
}

func (o *ours) finish() error        { return o.x.Compact(context.Background()) }
func (o *ours) size() (int64, error) { return bytesOf(o.dir) }
func (o *ours) close() error         { return o.x.Close() }

func (o *ours) ask(q question) (int, time.Duration, error) {
	r := search.Request{Size: 10, Facets: []search.Field{}}
	for _, w := range q.words {
		r.Query.Groups = append(r.Query.Groups, search.Group{{Value: w}})
	}
	if q.standard != "" {
		r.Query.Groups = append(r.Query.Groups, search.Group{{Field: search.Standard, Value: q.standard}})
	}
	if q.license != "" {
		r.Filters = search.Filters{search.License: {q.license}, search.Grade: {q.grade}}
	}
	if q.facets {
		r.Facets = nil
	}
	if q.newest {
		r.Sort = search.Newest
	}
	var out search.Results
	took, err := timed(func() (err error) {
		out, err = o.x.Search(context.Background(), r)
		return err
	})
	return out.Total, took, err
}
