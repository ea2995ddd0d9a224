package gitstore

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeltaOfASmallEditIsSmall(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{100, 5_000, 70_000, 300_000} {
		base := make([]byte, size)
		for i := range base {
			base[i] = byte(random.Uint32())
		}
		target := slices.Concat(base[:size/3], []byte("something new"), base[size/2:], base[:size/4])
		delta := newDeltaIndex(base).delta(target, len(target))
		require.NotNil(t, delta)
		require.Less(t, len(delta), 100)
		got, err := applyDelta(base, delta, maxObject)
		require.NoError(t, err)
		require.True(t, bytes.Equal(target, got))
		require.Nil(t, newDeltaIndex(base).delta(target, 20), "not within the limit")
	}
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("the quick brown fox jumps over the lazy dog"), []byte("the quick brown cat jumps over the lazy dog"))
	f.Add([]byte("y"), []byte("x"))
	f.Add(bytes.Repeat([]byte("ab"), 300), bytes.Repeat([]byte("ab"), 70_000))
	f.Fuzz(func(t *testing.T, base, target []byte) {
		if len(base) == 0 || len(target) == 0 {
			return // no delta is made of or to nothing
		}
		delta := newDeltaIndex(base).delta(target, 2*len(target)+100)
		got, err := applyDelta(base, delta, maxObject)
		if err != nil || !bytes.Equal(got, target) {
			t.Fatalf("%v: %d bytes from %d became %d", err, len(target), len(base), len(got))
		}
	})
}
