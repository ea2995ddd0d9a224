package search

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPackedPlacesAreReadAsTheyWere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lists := [][]int32{{1}, {1, 2, 3}, {math.MaxInt32}, {1, math.MaxInt32}, {1 << 16}, {1<<16 - 1}, {500, 600, 700, 800, 900}}
	for n := 1; n < 100; n++ {
		var list []int32
		at := int32(0)
		for range n {
			at += 1 + r.Int32N(1+int32(1)<<r.IntN(20))
			list = append(list, at)
		}
		lists = append(lists, list)
	}
	inNumber := 0
	for _, list := range lists {
		number, all := pack(list)
		require.Positive(t, number)
		require.Less(t, number, 1<<62, "one bit is bleve's")
		require.NotEqual(t, 1, number, "bleve forgets the places of those")
		assert.EqualValues(t, len(list), times(uint64(number)))
		p := &packedPosting{number: uint64(number)}
		if all {
			inNumber++
		} else {
			l := location(list)
			p.locations = []segment.Location{packedLocation{uint64(l.Position), uint64(l.Start), uint64(l.End), l.ArrayPositions}}
		}
		var got []int32
		for _, at := range places(nil, p) {
			got = append(got, int32(at))
		}
		assert.True(t, slices.Equal(list, got), "%v %v", list, got)
	}
	assert.Greater(t, inNumber, 5)
	for _, n := range []int{1, 2, 15, 16, 17, 1 << 20} {
		assert.EqualValues(t, n, times(uint64(packTimes(n))))
	}
	assert.Equal(t, 1, packTimes(1))
}

type packedPosting struct {
	segment.Posting
	number    uint64
	locations []segment.Location
}

func (p *packedPosting) Frequency() uint64             { return p.number }
func (p *packedPosting) Locations() []segment.Location { return p.locations }

type packedLocation struct {
	position, start, end uint64
	rest                 []uint64
}

func (l packedLocation) Field() string            { return "" }
func (l packedLocation) Pos() uint64              { return l.position }
func (l packedLocation) Start() uint64            { return l.start }
func (l packedLocation) End() uint64              { return l.end }
func (l packedLocation) ArrayPositions() []uint64 { return l.rest }
func (l packedLocation) Size() int                { return 0 }
