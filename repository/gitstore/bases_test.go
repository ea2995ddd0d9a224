package gitstore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// drawn is a history made from a drawing: each commit has a name and, after the colon, its parents.
func drawn(t testing.TB, s *gitstore.Store, clock func(n int) time.Time, drawing ...string) (*gitstore.Repository, map[string]gitstore.Hash) {
	t.Helper()
	var r *gitstore.Repository
	commits := make(map[string]gitstore.Hash)
	for n, line := range drawing {
		name, parents, _ := strings.Cut(line, ":")
		save := gitstore.Save{
			Base: r, Ref: "refs/heads/" + name, Tree: tree("index.md", name), Author: "Rosa Delgado",
			Email: "rosa@example.org", Message: name, When: clock(n),
		}
		for p := range strings.FieldsSeq(parents) {
			save.Parents = append(save.Parents, commits[p])
		}
		var err error
		r, commits[name], err = s.Save(t.Context(), at, save)
		require.NoError(t, err)
	}
	return r, commits
}

func forward(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func TestBases(t *testing.T) {
	for _, c := range []struct{ name, drawing, a, b, want string }{
		{"of one revision with itself", "a:", "a", "a", "a"},
		{"of a revision and its ancestor", "a:,b:a,c:b", "c", "a", "a"},
		{"of a remix and its source", "a:,b:a,mine:b,theirs:b", "mine", "theirs", "b"},
		{"after a pull", "a:,mine:a,theirs:a,pulled:mine theirs,more:pulled,newer:theirs", "more", "newer", "theirs"},
		{"of histories that merged each other", "a:,l:a,r:a,lr:l r,rl:r l", "lr", "rl", "l r"},
		{"of strangers", "a:,x:", "a", "x", ""},
		{"three of them", "a:,p:a,q:a,r:a,m:p q r,n:p q r", "m", "n", "p q r"},
		{"where one merge base leads to the other", "a:,b:a,x:a b,y:a b", "x", "y", "b"},
	} {
		for clock, when := range map[string]func(int) time.Time{
			"": forward, ", with clocks that run backward": func(n int) time.Time { return forward(1000 - n) },
			", all in one second": func(int) time.Time { return noon },
		} {
			t.Run(c.name+clock, func(t *testing.T) {
				r, commits := drawn(t, gitstore.New(new(blob.Memory), gitstore.Options{}), when, strings.Split(c.drawing, ",")...)
				want := []gitstore.Hash{}
				for name := range strings.FieldsSeq(c.want) {
					want = append(want, commits[name])
				}
				slices.Sort(want)
				got, err := r.Bases(t.Context(), commits[c.a], commits[c.b])
				require.NoError(t, err)
				assert.Equal(t, want, got)
				got, err = r.Bases(t.Context(), commits[c.b], commits[c.a])
				require.NoError(t, err)
				assert.Equal(t, want, got, "the other way round")
			})
		}
	}
}

// Every commit of random histories, by the definition and by the walk.
func TestBasesOfRandomHistories(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		drawing := []string{"0:"}
		above := []map[int]bool{{0: true}} // what each commit leads to, itself included
		for n := 1; n < 24; n++ {
			line, reach := fmt.Sprintf("%d:", n), map[int]bool{n: true}
			for range 1 + r.IntN(2) {
				p := max(0, n-1-r.IntN(5))
				if !reach[p] {
					line += fmt.Sprintf(" %d", p)
				}
				for x := range above[p] {
					reach[x] = true
				}
			}
			drawing, above = append(drawing, line), append(above, reach)
		}
		view, commits := drawn(t, gitstore.New(new(blob.Memory), gitstore.Options{}), func(int) time.Time { return forward(r.IntN(30)) }, drawing...)
		for a := range drawing {
			for b := range drawing {
				want := []gitstore.Hash{}
				for x := range above[a] {
					best := above[b][x]
					for y := range above[a] {
						best = best && !(y != x && above[b][y] && above[y][x])
					}
					if best {
						want = append(want, commits[fmt.Sprint(x)])
					}
				}
				slices.Sort(want)
				got, err := view.Bases(t.Context(), commits[fmt.Sprint(a)], commits[fmt.Sprint(b)])
				require.NoError(t, err)
				require.Equal(t, want, got, "%d and %d of %v", a, b, drawing)
			}
		}
	}
}

func TestBasesOfARemixAndItsSource(t *testing.T) {
	s := newFolder(t)
	source, old := first(t, s, tree("index.md", "one"))
	save := revision(source, tree("index.md", "mine"), 1)
	save.Old = ""
	mine, h, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	source, newer := next(t, s, source, tree("index.md", "two"), 2)

	_, err = mine.Bases(t.Context(), h, newer)
	require.ErrorIs(t, err, kind.ErrNotFound, "the remix does not lead there")
	both := gitstore.NewAncestry(mine, source)
	got, err := both.Bases(t.Context(), []gitstore.Hash{h}, newer)
	require.NoError(t, err)
	assert.Equal(t, []gitstore.Hash{old}, got)
	for _, rev := range []gitstore.Hash{h, newer, old} {
		_, err := both.Tree(t.Context(), rev)
		assert.NoError(t, err)
	}
	_, err = both.Tree(t.Context(), strings.Repeat("0", 40))
	assert.ErrorIs(t, err, kind.ErrNotFound)
}

func TestBasesOfACommitThatIsNotMadeYet(t *testing.T) {
	r, c := drawn(t, gitstore.New(new(blob.Memory), gitstore.Options{}), forward, "a:", "b:a", "c:a", "d:b", "e:c")
	got, err := gitstore.NewAncestry(r).Bases(t.Context(), []gitstore.Hash{c["b"], c["c"]}, c["e"])
	require.NoError(t, err)
	assert.Equal(t, []gitstore.Hash{c["c"]}, got)
}
