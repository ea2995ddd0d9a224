package approval_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

// TestAFinderFindsWhatAReaderWould compares it with going through all entries.
func TestAFinderFindsWhatAReaderWould(t *testing.T) {
	t.Parallel()
	words := []string{"Fracciones", "ÉTÉ", "pan", "panes", "x\ny", "5.NF", "a", ""}
	standings := []approval.Standing{approval.Stands, approval.Conditional, approval.Ended}
	days := []string{"", "2026-03-01", "2026-03-02", "2026-03-03"}
	now := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	some := func(r *rand.Rand, from []string, most int) (list []string) {
		for range r.IntN(most + 1) {
			list = append(list, from[r.IntN(len(from))])
		}
		return list
	}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 0))
		var f approval.File
		for n := range r.IntN(12) {
			var it approval.FileItem
			it.Item.ID, it.Item.Identifier = fmt.Sprintf("urn:uuid:%d", n), fmt.Sprintf("oai:x:%d", n)
			it.Item.Name, it.Item.Subjects = strings.Join(some(r, words, 3), " "), some(r, words, 2)
			it.Approval.Standing, it.Approval.Expires = standings[r.IntN(len(standings))], days[r.IntN(len(days))]
			f.Items = append(f.Items, it)
		}
		query := strings.Join(some(r, append(words, "frac", "oai:x:1", "pan 5"), 3), " ")
		wanted := append(standings, approval.Expired, "")[r.IntN(len(standings)+2)]
		var want []int
		counts := map[approval.Standing]int{}
		for i, it := range f.Items {
			text := strings.ToLower(strings.ReplaceAll(it.Item.Name+" "+strings.Join(it.Item.Subjects, " ")+" "+it.Item.Identifier, "\n", " "))
			all := true
			for _, w := range strings.Fields(strings.ToLower(query)) {
				all = all && strings.Contains(text, w)
			}
			if s := it.Approval.At(now); all {
				counts[s]++
				if wanted == "" || wanted == s {
					want = append(want, i)
				}
			}
		}
		x := approval.NewFinder(f)
		got, gotCounts := x.Find(query, wanted, now)
		if len(want) == 0 {
			require.Empty(t, got)
		} else {
			require.Equal(t, want, got, "seed %d: %q", seed, query)
		}
		require.Equal(t, counts, gotCounts)
		require.Len(t, x.InForce(now), counted(f, now))
	}
}

func TestAFinderKnowsEntriesByName(t *testing.T) {
	t.Parallel()
	var f approval.File
	for _, n := range []string{"1", "2"} {
		f.Items = append(f.Items, approval.FileItem{Item: approval.FileWork{ID: "urn:uuid:" + n, Identifier: "oai:x:" + n, Name: n}})
	}
	x := approval.NewFinder(f)
	it, ok := x.ID("2")
	assert.True(t, ok)
	assert.Equal(t, "2", it.Item.Name)
	it, ok = x.Identifier("oai:x:1")
	assert.True(t, ok)
	assert.Equal(t, "1", it.Item.Name)
	_, ok = x.ID("3")
	assert.False(t, ok)
}

// counted is how many entries are approvals.
func counted(f approval.File, now time.Time) (n int) {
	for _, it := range f.Items {
		if it.Approval.At(now).InForce() {
			n++
		}
	}
	return n
}
