package search_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// Every batch exchanges the types and subjects of some resources and replaces one by another, so that at each moment as
// many as before have each value. A search that saw parts of two moments would count otherwise.
func TestCountsAreExactWhileWritersAndMergesRun(t *testing.T) {
	const lessons, units = 200, 100
	r := rand.New(rand.NewPCG(3, 4))
	lesson := func(id int, unit bool) search.Document {
		d := search.Document{
			ID: fmt.Sprintf("%06d", id), Title: fmt.Sprintf("Fractions number%d", id), Body: "fractions on strips",
			Type: "lesson", Subjects: []string{"mathematics"}, Grades: []string{"4", "5"}, License: "CC-BY-4.0",
		}
		if unit {
			d.Type, d.Subjects, d.Grades = "unit", []string{"science", "arts"}, []string{"5"}
		}
		return d
	}
	var docs []search.Document
	for i := range lessons + units {
		docs = append(docs, lesson(i, i >= lessons))
	}
	x, err := search.Open(t.TempDir(), search.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, x.Close()) }()
	require.NoError(t, x.Apply(t.Context(), 1, docs, nil))
	check := func() bool {
		q, _ := search.ParseQuery("fractions strips")
		for _, filters := range []search.Filters{nil, {search.Type: {"unit"}}} {
			got, err := x.Search(t.Context(), search.Request{Query: q, Filters: filters})
			if !assert.NoError(t, err) {
				return false
			}
			want := lessons + units
			mathematics, fourth := lessons, lessons
			if filters != nil {
				want, mathematics, fourth = units, 0, 0
			}
			counts := map[string]int{}
			for f, list := range got.Facets {
				for _, v := range list {
					counts[string(f)+" "+v.Value] = v.Count
				}
			}
			if !assert.Equal(t, want, got.Total) || !assert.Equal(t, []int{lessons, units, mathematics, units, fourth, want, want}, []int{
				counts["type lesson"], counts["type unit"], counts["subject mathematics"], counts["subject arts"],
				counts["grade 4"], counts["grade 5"], counts["permission adaptable"],
			}) {
				return false
			}
		}
		return true
	}
	require.True(t, check())
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for check() {
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for batch := range 30 {
		var changed []search.Document
		for range 5 {
			a, b := r.IntN(lessons), lessons+r.IntN(units)
			docs[a].ID, docs[b].ID = docs[b].ID, docs[a].ID
			changed = append(changed, docs[a], docs[b])
		}
		gone := r.IntN(len(docs))
		deleted := docs[gone].ID
		docs[gone].ID = fmt.Sprintf("%06d", len(docs)+batch)
		changed = append(changed, docs[gone])
		for i := len(changed) - 1; i >= 0; i-- { // only what is there now
			if changed[i].ID == deleted {
				changed = append(changed[:i], changed[i+1:]...)
			}
		}
		require.NoError(t, x.Apply(t.Context(), int64(batch+2), changed, []string{deleted}))
		if batch == 20 {
			require.NoError(t, x.Compact(t.Context()))
		}
	}
	close(done)
	readers.Wait()
	assert.True(t, check())
}
