package search

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
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

// No search reads the columns of a segment that was merged: they are there before it is used.
func TestColumnsOfWhatIsMergedAreThereBeforeIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	x, err := Open(dir, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	apply := func(from int) {
		for i := range 4 {
			var docs []Document
			for j := range 30 {
				docs = append(docs, Document{ID: fmt.Sprint(from+i, " ", j), Title: "one", Subjects: []string{fmt.Sprint(j % 5)}, Origin: fmt.Sprint("o", j%20)})
			}
			require.NoError(t, x.Apply(t.Context(), int64(from+i+1), docs, nil))
		}
		require.NoError(t, x.Compact(t.Context()))
	}
	ready := func() *columns {
		t.Helper()
		advanced, err := x.bleve.Advanced()
		require.NoError(t, err)
		r, err := advanced.Reader()
		require.NoError(t, err)
		defer func() { require.NoError(t, r.Close()) }()
		segments := r.(*scorch.IndexSnapshot).Segments()
		require.Len(t, segments, 1)
		x.columns.mu.Lock()
		defer x.columns.mu.Unlock()
		c := x.columns.by[segments[0].Id()]
		require.NotNil(t, c)
		return c
	}
	apply(0)
	c := ready()
	require.Equal(t, 120, c.docs)
	require.EqualValues(t, 120, c.copies.docs.GetCardinality(), "all have mirrors")
	v, err := x.view()
	require.NoError(t, err)
	require.Same(t, c, v.parts[0].columns)
	require.NoError(t, v.close())

	require.NoError(t, x.Close())
	x, err = Open(dir, Options{})
	require.NoError(t, err, "what tells of segments is not stored")
	apply(10)
	require.Equal(t, 240, ready().docs)
}

func TestTimesTakeFewBytesWhereTheyCan(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []int64
		few  bool
	}{
		{"none", nil, true},
		{"years", []int64{1_400_000_000, 1_700_000_000, 0}, true},
		{"136 years", []int64{-5, -5 + math.MaxUint32}, true},
		{"more", []int64{-5, -4 + math.MaxUint32}, false},
		{"all of time", []int64{math.MinInt64, math.MaxInt64, 0}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSeconds(c.all)
			assert.Equal(t, c.few, s.all == nil)
			for d, at := range c.all {
				assert.Equal(t, at, s.of(uint32(d)))
			}
		})
	}
}

func TestColumnsOfManyNames(t *testing.T) {
	for _, names := range []int{3, math.MaxUint16 - 1, math.MaxUint16 + 1, math.MaxUint16 + 2} {
		for _, most := range []uint32{1, 2} {
			c := column{names: make([]string, names), shared: make([]uint32, names), first: []uint32{0, most, 1, 0}}
			for i := range c.shared {
				c.shared[i] = uint32(i) + 7
			}
			last := uint32(names - 1)
			entries, ends := []uint32{0, 1}, make([]uint32, names) // the first document has the last value, the second the one before
			if most == 2 {
				entries = []uint32{1, 0, 0}
				ends[0] = 1
			}
			for i := range ends {
				switch {
				case most == 2 && i == int(last)-1:
					ends[i] = 2
				case i == int(last):
					ends[i] = uint32(len(entries))
				case i > 0:
					ends[i] = ends[i-1]
				}
			}
			if most == 1 {
				ends[last-1] = 1
				entries = []uint32{1, 0}
			}
			c.fill(3, most, entries, ends)
			got := map[uint32][]uint32{}
			for d := range uint32(3) {
				got[d] = c.appendShared(nil, d)
			}
			want := map[uint32][]uint32{0: {last + 7}, 1: {last + 6}, 2: nil}
			if most == 2 {
				want = map[uint32][]uint32{0: {last + 6, last + 7}, 1: {7}, 2: nil}
			}
			assert.Equal(t, want, got, "%d names, %d each", names, most)
			sums := make([]int32, names+1)
			c.count([]uint32{0, 1, 2}, nil, sums)
			assert.EqualValues(t, 1, sums[last+1])
			var each []uint32
			c.each([]uint32{0}, func(v uint32) { each = append(each, v+7) })
			assert.Equal(t, want[0], each)
		}
	}
}

func TestADocumentThatCannotBeReadIsAnError(t *testing.T) {
	x, err := Open("", Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Apply(t.Context(), 1, []Document{{ID: "one", Title: "x"}}, nil))
	v, err := x.view()
	require.NoError(t, err)
	assert.Equal(t, "one", v.parts[0].id(0))
	assert.Empty(t, v.parts[0].id(7))
	require.ErrorIs(t, v.close(), errList)
}
