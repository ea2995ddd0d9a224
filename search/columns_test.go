package search

import (
	"fmt"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Sets over each other count what going through the documents does.
func TestColumnsCountBothWays(t *testing.T) {
	x, err := Open("", Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	f, err := x.fill()
	require.NoError(t, err)
	b := newBuilder(&x.writer)
	for i := range fewDocs + 321 {
		d := Document{
			ID: fmt.Sprint(i), Title: "x", Type: []string{"lesson", "unit", ""}[i%7%3], Subjects: []string{fmt.Sprint(i % 5), fmt.Sprint(i % 11)},
			Grades: []string{"1", "2", "3", "4", "5"}[:i%6], License: "CC-BY-4.0", Language: fmt.Sprintf("x%d", i%90),
		}
		b.add(d.ID, d.fields(nil))
	}
	made, err := b.build()
	require.NoError(t, err)
	require.NoError(t, x.put(made.batch()))
	f.end()
	v, err := x.view()
	require.NoError(t, err)
	defer func() { require.NoError(t, v.close()) }()
	require.Len(t, v.parts, 1)
	p := &v.parts[0]
	few := 0
	for _, step := range []int{1, 3} {
		set := roaring.New()
		for d := 0; d < p.docs; d += step {
			set.Add(uint32(d))
		}
		docs := set.ToArray()
		for field, c := range p.values {
			got, want := make([]int32, len(c.names)+1), make([]int32, len(c.names)+1)
			c.count(docs, newDense(set, p.docs, nil), got)
			plain := *c
			plain.sets = nil
			plain.count(docs, nil, want)
			assert.Equal(t, want[1:], got[1:], field)
			if c.sets != nil {
				few++
			}
		}
	}
	assert.Positive(t, few)
	assert.Nil(t, p.values[Language].sets, "too many values")
}
