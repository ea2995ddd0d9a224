package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGreatestAreThoseThatSortingGives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 4, 5, 9, 10, 11, 3000} {
		for _, how := range []string{"random", "rising", "falling"} {
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = r.Uint64()<<20 | uint64(i)
			}
			sorted := slices.Sorted(slices.Values(keys))
			switch how {
			case "rising":
				keys = slices.Clone(sorted)
			case "falling":
				keys = slices.Clone(sorted)
				slices.Reverse(keys)
			}
			g := greatest{room: 5}
			for _, k := range keys {
				if k >= g.least {
					g.add(k)
				}
			}
			g.cut()
			assert.ElementsMatch(t, sorted[max(0, n-5):], g.keys, "%d %s", n, how)
		}
	}
}

func TestOrderIsByDateThenByIdentifier(t *testing.T) {
	for _, far := range []int64{0, 1 << 40} { // of which the dates take 8 bytes
		modified := newSeconds([]int64{5, 7, 5, 7 + far, 5})
		o := newOrder(&modified, []uint32{4, 1, 0, 2, 3})
		want := []uint32{1, 3, 2, 4, 0}
		if far > 0 {
			want = []uint32{3, 1, 2, 4, 0}
		}
		assert.Equal(t, want, o.docs)
		for i, d := range o.docs {
			assert.EqualValues(t, i, o.place[d])
		}
	}
}
