package search

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"
)

// Bitmaps must be those of the library, in both directions.
func TestBitmapsAreThoseOfRoaring(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 300 {
		most := 1 << (1 + r.IntN(19))
		share := r.Float64() * r.Float64()
		set := roaring.New()
		for d := range most {
			if r.Float64() < share {
				set.Add(uint32(d))
			}
		}
		if from := r.IntN(most); i%3 == 0 {
			set.AddRange(uint64(from), uint64(from+r.IntN(most-from)))
		}
		if set.IsEmpty() {
			continue
		}
		docs := set.ToArray()
		made, err := sized(appendBitmap(nil, docs), 0)
		require.NoError(t, err)
		got := roaring.New()
		n, err := got.FromBuffer(made)
		require.NoError(t, err)
		require.Equal(t, len(made), int(n))
		require.NoError(t, got.Validate())
		require.True(t, set.Equals(got), "written")

		for _, runs := range []bool{false, true} {
			if runs {
				set.RunOptimize()
			}
			b, err := set.ToBytes()
			require.NoError(t, err)
			read, err := appendListedDocs(nil, b, uint64(most))
			require.NoError(t, err)
			require.Equal(t, docs, read, "read, with runs: %v", runs)
			_, err = appendListedDocs(nil, b, uint64(docs[len(docs)-1]))
			require.ErrorIs(t, err, errList, "documents that are not there")
			for range 5 { // a broken one is an error, or another set in ascending order
				broken := append([]byte(nil), b[:len(b)-r.IntN(2)*r.IntN(len(b))]...)
				broken[r.IntN(len(broken))] ^= 1 << r.IntN(8)
				read, err := appendListedDocs(nil, broken, uint64(most))
				for j := range read {
					if err == nil && (int(read[j]) >= most || j > 0 && read[j] <= read[j-1]) {
						t.Fatal(fmt.Sprint(j, read[j]))
					}
				}
			}
		}
	}
}
