package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever goes on from before the first hit has every match scored. That is what leaving most of them out is held to, while
// documents come, change and go.
func TestLeavingOutWhatScoresTooLittleChangesNoAnswer(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	zipf := rand.NewZipf(r, 1.2, 3, 400)
	text := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%sing ", []string{"walk", "talk", "jump", "read", "draw", "sing"}[zipf.Uint64()%6]+string(rune('a'+zipf.Uint64()%20)))
		}
		return b.String()
	}
	doc := func(i int) Document {
		d := Document{
			ID: fmt.Sprintf("%08x-%d", r.Uint32(), i), Title: text(1 + r.IntN(4)), Body: text(5 + r.IntN(20)), Language: []string{"en", "en", "es", "fr"}[r.IntN(4)],
			Grades: []string{fmt.Sprint(r.IntN(4))}, Modified: time.Unix(int64(r.IntN(5)), 0),
		}
		if r.IntN(30) == 0 {
			d.Origin = fmt.Sprint("o", r.IntN(60))
		}
		return d
	}
	x, err := Open(filepath.Join(t.TempDir(), "index"), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	var docs []Document
	for i := range 16_000 { // many more blocks than hits that are looked for
		docs = append(docs, doc(i))
	}
	require.NoError(t, x.Apply(t.Context(), 1, docs, nil))
	require.NoError(t, x.Compact(t.Context()))
	left := 0
	first := position{titled: true, score: math.Inf(1)}
	kept := func() (n int) {
		v, err := x.view()
		require.NoError(t, err)
		for i := range v.parts {
			n += len(v.parts[i].bounds.by)
		}
		require.NoError(t, v.close())
		return n
	}
	// Of the best, of which hits are the first, none is left out either.
	parts := func(q Query) {
		v, err := x.view()
		require.NoError(t, err)
		defer func() { require.NoError(t, v.close()) }()
		p, err := x.plan(t.Context(), v, q)
		require.NoError(t, err)
		for i := range v.parts {
			part := &v.parts[i]
			run := run{x: x, v: v, plan: p, best: newTop(20), rooms: &rooms{}}
			all, err := part.match(p.clauses, 1)
			require.NoError(t, err)
			if all.GetCardinality() < 1000 {
				continue
			}
			titled, err := part.documents(fieldTitleKey, p.titleKey)
			require.NoError(t, err)
			run.set = newDense(all, part.docs, nil)
			require.NoError(t, run.scores.score(v, part, &p, all))
			want := slices.Clone(run.scored(part, all.ToArray(), titled))
			totals := slices.Clone(run.scores.total)
			_, _, err = run.bestScored(part, math.MaxInt32, roaring.New(), titled) // words are bounded when they are asked for again
			require.NoError(t, err)
			some, scored, err := run.bestScored(part, math.MaxInt32, roaring.New(), titled)
			require.NoError(t, err)
			require.True(t, scored)
			for d, score := range totals {
				if score > run.sumBounds[d/blockDocs]*rounding {
					assert.Fail(t, "a document scores more than its bound", "%v > %v", score, run.sumBounds[d/blockDocs])
					break
				}
			}
			left += int(all.GetCardinality()) - len(some)
			assert.Equal(t, want, run.scored(part, some, titled))
		}
	}
	for round := range 4 {
		for range 25 {
			words := strings.Fields(text(1 + r.IntN(3)))
			if r.IntN(4) == 0 {
				words = strings.Fields(docs[r.IntN(len(docs))].Title)
			}
			q, _ := ParseQuery(strings.Join(words, " "))
			request := Request{Query: q, Size: 12}
			if r.IntN(3) == 0 {
				request.Filters = Filters{Grade: {"1", "2"}}
			}
			_, err := x.Search(t.Context(), request)
			require.NoError(t, err)
			got, err := x.Search(t.Context(), request)
			require.NoError(t, err)
			request.Cursor = first.encode(Relevance)
			want, err := x.Search(t.Context(), request)
			require.NoError(t, err)
			assert.Equal(t, want, got, words)
			parts(q)
		}
		assert.Positive(t, kept(), "no word is broad enough")
		var changed []Document
		var gone []string
		for range 400 * round {
			i := r.IntN(len(docs))
			d := doc(i)
			d.ID = docs[i].ID
			docs[i] = d
			changed = append(changed, d)
		}
		for range 40 {
			gone = append(gone, docs[r.IntN(len(docs))].ID)
		}
		require.NoError(t, x.Apply(t.Context(), int64(round+2), changed, gone))
	}
	assert.Positive(t, left)
}

// A search that began before the best of all went is answered with it, whatever was kept since.
func TestBoundsOfLaterViewsAreNotForOlderOnes(t *testing.T) {
	t.Parallel()
	x, err := Open(filepath.Join(t.TempDir(), "index"), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	var docs []Document
	for i := range 4 * leastBounded {
		docs = append(docs, Document{ID: fmt.Sprint(i), Title: fmt.Sprint("Lesson ", i), Body: "walking " + strings.Repeat("elsewhere ", 20+i/blockDocs%40), Language: "en"})
	}
	best := &docs[39*blockDocs] // among those that score least
	best.Body = strings.Repeat("walking ", 20)
	require.NoError(t, x.Apply(t.Context(), 1, docs, nil))
	require.NoError(t, x.Compact(t.Context()))
	older, err := x.view()
	require.NoError(t, err)
	defer func() { require.NoError(t, older.close()) }()
	require.NoError(t, x.Apply(t.Context(), 2, nil, []string{best.ID}))
	q, _ := ParseQuery("walking")
	for range 2 { // which keeps bounds
		_, err = x.Search(t.Context(), Request{Query: q, Size: 12})
		require.NoError(t, err)
	}

	p, err := x.plan(t.Context(), older, q)
	require.NoError(t, err)
	part := &older.parts[0]
	require.NotEmpty(t, part.bounds.by)
	run := run{x: x, v: older, plan: p, best: newTop(20), rooms: &rooms{}}
	run.set = newDense(part.live, part.docs, nil)
	scored, _, err := run.bestScored(part, math.MaxInt32, roaring.New(), nil)
	require.NoError(t, err)
	assert.Less(t, len(scored), len(docs)/2)
	assert.Positive(t, slices.Max(run.scores.total))
	highest := slices.Index(run.scores.total, slices.Max(run.scores.total))
	assert.Contains(t, scored, uint32(highest))
	assert.Greater(t, run.scores.total[highest], 2*run.scores.total[(highest+1)%part.docs])
}
