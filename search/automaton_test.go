package search

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// apart counts insertions, deletions, substitutions and swaps of neighbors by the textbook's table.
func apart(a, b string) int {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
		for j := range t[i] {
			switch {
			case i == 0 || j == 0:
				t[i][j] = i + j
			default:
				cost := 1
				if a[i-1] == b[j-1] {
					cost = 0
				}
				t[i][j] = min(t[i-1][j]+1, t[i][j-1]+1, t[i-1][j-1]+cost)
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					t[i][j] = min(t[i][j], t[i-2][j-2]+1)
				}
			}
		}
	}
	return t[len(a)][len(b)]
}

func TestAutomatonAcceptsWhatIsNear(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	word := func() string {
		b := make([]byte, r.IntN(7))
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	accepted := 0
	for range 300 {
		from := word()
		for most := 1; most <= 2; most++ {
			a := newAutomaton(from, most)
			for range 100 {
				to := word()
				s := a.Start()
				for i := range len(to) {
					s = a.Accept(s, to[i])
				}
				near := apart(from, to) <= most
				assert.Equal(t, near, a.IsMatch(s), "%q to %q by %d", from, to, most)
				assert.False(t, near && !a.CanMatch(s))
				if near {
					accepted++
				}
			}
		}
	}
	assert.Positive(t, accepted)
}
