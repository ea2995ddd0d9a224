package bench

import (
	"context"
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
	t.Logf("opened in %v", time.Since(start))
	return &ours{x, dir}
}

func (o *ours) index(docs []search.Document) error {
	return o.x.Apply(context.Background(), o.x.Seq()+1, docs, nil)
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
