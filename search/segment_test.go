package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A segment of builder must say what zapx's own says of the same documents.
func TestSegmentsAreThoseOfBleve(t *testing.T) {
	m, err := newMapping()
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%s%d ", []string{"relating", "Skies'", "naïve", "数学", "the", "fracciones"}[r.IntN(6)], int(1000*r.Float64()*r.Float64()*r.Float64()))
		}
		return b.String()
	}
	docs := make([]Document, 5000)
	for i := range docs {
		docs[i] = Document{
			ID: fmt.Sprint(i), Title: text(r.IntN(6)), Body: text(r.IntN(12)), Language: []string{"en", "es", "", "fr"}[i%4],
			Type: "lesson", Subjects: []string{fmt.Sprint(r.IntN(9)), "all", "all"}, Teaches: []string{"5.NF.B.3"},
		}
		if i > 100 && i%3 == 0 {
			docs[i].Title = "" // the words of titles are not in all chunks
		}
	}
	docs[7].Body = text(3000) + strings.Repeat("far ", 70_000) + "apart skies"
	docs[8].Body = strings.Repeat("far and ", 20)
	docs[9].Body = "apart " + strings.Repeat("far ", 40_000) + "apart"
	w := &writer{mapping: m}
	for _, n := range []int{1, 2, 40, len(docs)} {
		b := newBuilder(w)
		list := make([]index.Document, n)
		for i := range list {
			d := &docs[i]
			fields := d.fields(nil)
			if i%2 == 0 {
				fields[fieldGroup], fields[fieldBand] = groupTerm(uint64(i/4)), []string{"a", fmt.Sprint(i)}
				fields[fieldSketch] = &sketch{byte(i), 1}
			}
			b.add(d.ID, fields)
			doc := written(w, d.ID, fields)
			doc.AddIDField()
			doc.VisitFields(func(f index.Field) {
				if f.Options().IsIndexed() {
					f.Analyze()
				}
			})
			list[i] = doc
		}
		made, err := b.build()
		require.NoError(t, err)
		var p plugin
		want, _, err := p.ZapPlugin.New(list)
		require.NoError(t, err)
		got, _, err := p.New(batched(made))
		require.NoError(t, err)
		same(t, want, got)

		path := t.TempDir() + "/merged.zap"
		_, _, err = p.Merge([]segment.Segment{got, want}, make([]*roaring.Bitmap, 2), path, nil, nil)
		require.NoError(t, err, "bleve merges it")
		file, err := p.Open(path)
		require.NoError(t, err)
		assert.EqualValues(t, 2*n, file.Count())
		require.NoError(t, file.Close())
	}
}

// batched is a batch in the order of its documents.
func batched(s *built) (list []index.Document) {
	b := s.batch()
	for _, id := range s.ids {
		list = append(list, b.IndexOps[id])
	}
	return list
}

func same(t *testing.T, want, got segment.Segment) {
	t.Helper()
	require.Equal(t, want.Count(), got.Count())
	fields := append(slices.Clone(want.Fields()), got.Fields()...) // one of which nothing is left may be there or not
	slices.Sort(fields)
	for _, field := range slices.Compact(fields) {
		require.Equal(t, listed(t, want, field), listed(t, got, field), "field %s", field)
	}
	for d := range want.Count() {
		require.Equal(t, stored(t, want, d), stored(t, got, d))
	}
}

// listed has all lists of a field as text.
func listed(t *testing.T, s segment.Segment, field string) []string {
	t.Helper()
	d, err := s.Dictionary(field)
	require.NoError(t, err)
	var out []string
	terms := d.AutomatonIterator(nil, nil, nil)
	for {
		e, err := terms.Next()
		require.NoError(t, err)
		if e == nil {
			return out
		}
		l, err := d.PostingsList([]byte(e.Term), nil, nil)
		require.NoError(t, err)
		var b strings.Builder
		fmt.Fprintf(&b, "%q %d:", e.Term, l.Count())
		it := l.Iterator(true, true, true, nil)
		for {
			p, err := it.Next()
			require.NoError(t, err)
			if p == nil {
				break
			}
			fmt.Fprintf(&b, " %d %d %v", p.Number(), p.Frequency(), p.Norm())
			if field == fieldTitle || field == fieldText {
				fmt.Fprint(&b, places(nil, p))
			}
			for _, l := range p.Locations() {
				fmt.Fprint(&b, l.Field(), l.Pos(), l.Start(), l.End(), len(l.ArrayPositions()))
			}
		}
		out = append(out, b.String())
		if far := l.Count() / 2; far > 2 { // and from the middle
			posting, err := l.Iterator(true, true, true, nil).Advance(far)
			require.NoError(t, err)
			if posting != nil {
				out = append(out, fmt.Sprint(posting.Number(), posting.Frequency()))
			}
		}
	}
}

func stored(t *testing.T, s segment.Segment, d uint64) (out []string) {
	t.Helper()
	require.NoError(t, s.VisitStoredFields(d, func(field string, kind byte, value []byte, at []uint64) bool {
		out = append(out, fmt.Sprintf("%s %c %q %v", field, kind, value, at))
		return true
	}))
	id, err := s.(interface{ DocID(uint64) ([]byte, error) }).DocID(d)
	require.NoError(t, err)
	return append(out, string(id))
}

func TestASegmentIsNotMadeWithoutSomeOfItsDocuments(t *testing.T) {
	m, err := newMapping()
	require.NoError(t, err)
	b := newBuilder(&writer{mapping: m})
	for _, id := range []string{"a", "b"} {
		b.add(id, (&Document{ID: id}).fields(nil))
	}
	made, err := b.build()
	require.NoError(t, err)
	var p plugin
	_, _, err = p.New(batched(made)[:1])
	require.Error(t, err)
}

func TestStemsOfAWordAreThoseOfItsAnalyzer(t *testing.T) {
	m, err := newMapping()
	require.NoError(t, err)
	w := &writer{mapping: m}
	for language := range stemFilters {
		for _, word := range []string{"a", "the", "relating", "skies", "casas", "les", "unités", "haus", "5", "x5", "數", "數學", "q", "running"} {
			var want []string
			for _, token := range m.AnalyzerNamed(stemFieldOf(language)).Analyze([]byte(word)) {
				want = append(want, string(token.Term))
			}
			assert.Equal(t, want, w.stem(stemFieldOf(language), word), "%s in %s", word, language)
		}
	}
}
