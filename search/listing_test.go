package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// indexes gives indexes of the same documents: in memory, in several files with deleted documents, and merged.
func indexes(t *testing.T, docs []Document) map[string]*Index {
	out := map[string]*Index{}
	for _, name := range []string{"memory", "files", "merged"} {
		dir := ""
		if name != "memory" {
			dir = t.TempDir()
		}
		x, err := Open(dir, Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, x.Close()) })
		third := len(docs) / 3
		for i := range 3 {
			var gone []string
			for _, d := range docs[:i*third/2] {
				gone = append(gone, d.ID)
			}
			require.NoError(t, x.Apply(t.Context(), int64(i+1), docs[i*third:(i+1)*third], gone))
		}
		if name == "merged" {
			require.NoError(t, x.Compact(t.Context()))
			require.NoError(t, x.Apply(t.Context(), 9, nil, []string{docs[len(docs)-1].ID}))
		}
		out[name] = x
	}
	return out
}

// someDocuments have words of all frequencies: in one text, in more than a chunk has, in all; far apart and often.
func someDocuments(n int) []Document {
	r := rand.New(rand.NewPCG(5, 6))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%s%d ", []string{"relating", "skies", "fracciones", "sky"}[r.IntN(4)], int(400*r.Float64()*r.Float64()*r.Float64()))
			b.WriteString([]string{"relate ", "relat ", "", "fracción ", "everywhere "}[r.IntN(5)])
		}
		return b.String()
	}
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{ID: fmt.Sprint(i), Title: text(r.IntN(3)), Body: text(r.IntN(20)), Language: []string{"en", "es", "", "fr"}[i%4]}
	}
	docs[n-2].Body = text(2000) + strings.Repeat("far ", 70_000) + "once sky"
	docs[n-3].Body = strings.Repeat("sky and ", 40)
	return docs
}

// What is read of a file must be what bleve's own reader says.
func TestListsAreThoseOfBleve(t *testing.T) {
	for name, x := range indexes(t, someDocuments(3600)) {
		v, err := x.view()
		require.NoError(t, err)
		several, odd := 0, 0
		for i := range v.parts {
			p := &v.parts[i]
			assert.Equal(t, name == "memory", fileOf(p.segment.Segment()) == nil, "%s is read from its file", name)
			some := roaring.New()
			for d := 0; d < p.docs; d += 1 + d%7*(d%500) {
				some.Add(uint32(d))
			}
			for _, field := range p.segment.Segment().Fields() {
				if field == fieldShown || field == fieldSketch {
					continue
				}
				same := map[string][]uint32{}
				require.NoError(t, eachZapped(p.segment.Segment(), field, func(term string, docs []uint32) error {
					same[term] = slices.Clone(docs)
					return nil
				}))
				n := 0
				require.NoError(t, eachCounted(p.segment.Segment(), field, nil, nil, nil, func(term string, count int) bool {
					require.Len(t, same[term], count, term)
					n++
					return true
				}))
				require.Len(t, same, n)
				require.NoError(t, eachTerm(p.segment.Segment(), field, func(term string, docs []uint32) error {
					require.Equal(t, same[term], docs, term)
					l, err := p.listed(field, term)
					require.NoError(t, err)
					zapped, err := p.zapped(field, term)
					require.NoError(t, err)
					if zapped == nil {
						require.Nil(t, l, "only deleted documents have it")
						return nil
					}
					require.EqualValues(t, zapped.Count(), l.n)
					require.True(t, bitmapOf(zapped).Equals(l.docs))
					if l.n > docsPerChunk {
						several++
					}
					for _, set := range []*roaring.Bitmap{p.live, some} {
						var h, numbers hits
						in := newDense(roaring.And(p.live, set), p.docs, nil)
						require.NoError(t, h.read(l, in, false))
						require.NoError(t, numbers.read(l, in, true))
						require.Equal(t, h.docs, numbers.docs)
						known := *l
						var looked, again hits
						among := roaring.And(p.live, set).ToArray()
						require.NoError(t, looked.look(&known, in, among))
						require.Equal(t, h.times, looked.times)
						half := newDense(roaring.BitmapOf(among[:len(among)/2]...), p.docs, nil)
						require.True(t, known.seen.has(half))
						require.False(t, (&seen{among: among[:len(among)/2]}).has(in))
						require.NoError(t, again.read(&known, half, true)) // from what was seen
						require.NoError(t, looked.read(l, half, true))
						require.True(t, slices.Equal(looked.docs, again.docs))
						require.Len(t, again.kept, len(looked.kept))
						for i := range again.kept {
							require.Equal(t, looked.kept[i], again.kept[i])
						}
						var want hits
						var at [][]uint64
						it := zapped.Iterator(true, false, true, nil)
						for {
							posting, err := it.Next()
							require.NoError(t, err)
							if posting == nil {
								break
							}
							if d := uint32(posting.Number()); set.Contains(d) {
								want.docs, want.times = append(want.docs, d), append(want.times, float32(times(posting.Frequency())))
								at = append(at, places(nil, posting))
							}
						}
						require.Equal(t, want.docs, append([]uint32(nil), h.docs...))
						require.Equal(t, want.times, append([]float32(nil), h.times...), "%s %s", field, term)
						if field != fieldTitle && field != fieldText {
							continue
						}
						var got [][]uint64
						for i := range numbers.kept {
							here, err := numbers.kept[i].places(nil)
							require.NoError(t, err)
							got = append(got, here)
							if numbers.kept[i].far != nil || numbers.kept[i].zap != nil {
								odd++
							}
						}
						require.Equal(t, at, got)
					}
					return nil
				}))
			}
		}
		if name == "merged" {
			assert.Positive(t, several, "lists of several chunks")
		}
		assert.Positive(t, odd, "places beside the numbers")
		require.NoError(t, v.close())
	}
}

// plainScores are what scorer computes, as its formulas stand, document by document.
func plainScores(t *testing.T, v *view, p *part, plan *plan) map[uint32]float64 {
	out := map[uint32]float64{}
	often := func(field, term string) map[uint32]float64 {
		out := map[uint32]float64{}
		l, err := p.zapped(field, term)
		require.NoError(t, err)
		if l == nil {
			return out
		}
		it := l.Iterator(true, false, false, nil)
		for {
			posting, err := it.Next()
			require.NoError(t, err)
			if posting == nil {
				return out
			}
			out[uint32(posting.Number())] = float64(times(posting.Frequency()))
		}
	}
	for _, c := range plan.clauses {
		for _, a := range c.atoms {
			for _, k := range a.concepts {
				sums := map[uint32]float64{}
				for _, f := range k.forms {
					for d, n := range often(f.field, f.term) {
						sums[d] += float64(f.weight) * n
					}
					if !strings.HasPrefix(f.field, stemPrefix) || !p.writer.itself(f.field, f.term) {
						continue
					}
					marked := often(f.field, stemMark)
					for _, words := range textFields {
						for d, n := range often(words, f.term) {
							if marked[d] > 0 {
								sums[d] += float64(f.weight) * n
							}
						}
					}
				}
				for d, n := range sums {
					length := 1 - plan.temper() + plan.temper()*float64(p.length[d])/v.average
					out[d] += k.weight * k.idf * (saturation + 1) * n / (saturation*length + n)
				}
			}
		}
	}
	return out
}

func TestScoresArePlain(t *testing.T) {
	docs := someDocuments(3000)
	for name, x := range indexes(t, docs) {
		v, err := x.view()
		require.NoError(t, err)
		var s scorer
		scored := 0
		for _, text := range []string{"sky0", "relate", "relat fracciones1", "everywhere skies2 fracción", "once far sky", "relating3 relate relating", `"relate sky1"`} {
			q, _ := ParseQuery(text)
			plan, err := x.plan(t.Context(), v, q)
			require.NoError(t, err)
			for i := range v.parts {
				p := &v.parts[i]
				set := p.live.Clone()
				set.RemoveRange(0, uint64(len(text)))
				require.NoError(t, s.score(v, p, &plan, set))
				want := plainScores(t, v, p, &plan)
				for d, total := range s.total {
					if !set.Contains(uint32(d)) {
						require.Zero(t, total)
						continue
					}
					require.InDelta(t, want[uint32(d)], total, 1e-4*math.Max(1, want[uint32(d)]), "%s: %s", name, text)
					if total > 0 {
						scored++
					}
				}
			}
		}
		assert.Greater(t, scored, 1000)
		require.NoError(t, v.close())
	}
}

// Broken bytes are an error at worst.
func FuzzListing(f *testing.F) {
	b := newBuilder(&writer{mapping: must(newMapping())})
	for i := range 3 {
		d := Document{ID: fmt.Sprint(i), Title: "sky", Body: strings.Repeat("sky and ", i+1)}
		b.add(d.ID, d.fields(nil))
	}
	made := must(b.build())
	f.Add(made.mem, uint64(40), uint16(3))
	f.Add(made.mem[:len(made.mem)/2], uint64(100), uint16(70))
	f.Fuzz(func(t *testing.T, mem []byte, at uint64, docs uint16) {
		_, _ = listedCount(mem, at)
		_, _ = appendListed(nil, mem, at, uint64(docs))
		l, err := readListing(mem, at, uint64(docs), nil)
		if err != nil || l.docs.IsEmpty() {
			return
		}
		var h hits
		set := newDense(roaring.BitmapOf(0, 2), int(docs), nil)
		if h.read(l, set, false) == nil && h.read(l, set, true) == nil {
			require.LessOrEqual(t, len(h.docs), 2)
			for i := range h.kept {
				_, _ = h.kept[i].places(nil)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
