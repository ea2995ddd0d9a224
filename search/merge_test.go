package search

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mergedDocument makes a document of a random one. Some fields are in few documents only, so that not all segments have them.
func mergedDocument(r *rand.Rand, i, words int) Document {
	text := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%s%d ", []string{"relating", "Skies", "naïve", "fracciones"}[r.IntN(4)], int(float64(words)*r.Float64()*r.Float64()))
		}
		return b.String()
	}
	d := Document{ID: fmt.Sprint("id ", i), Title: text(r.IntN(3)), Body: text(r.IntN(4)) + "common", Type: "lesson"}
	if r.IntN(40) == 0 {
		d.Body += strings.Repeat(" far common", 20+r.IntN(9))
	}
	if r.IntN(3) > 0 {
		d.Language = []string{"en", "es"}[r.IntN(2)]
	}
	if r.IntN(900) == 0 {
		d.Language, d.Body = "fr", d.Body+strings.Repeat(" unités", 40)
	}
	if r.IntN(200) == 0 {
		d.Minutes, d.Remixes, d.Teaches = 1+r.IntN(300), 1+r.IntN(9), []string{"5.NF.B.3"}
	}
	return d
}

// written puts documents in a segment on the disk.
func writtenSegment(t *testing.T, w *writer, path string, docs []Document) segment.Segment {
	t.Helper()
	b := newBuilder(w)
	for i := range docs {
		fields := docs[i].fields(nil)
		if len(docs[i].Title)%2 == 0 {
			fields[fieldGroup], fields[fieldBand] = groupTerm(uint64(len(docs[i].Title)%50)), []string{"a", docs[i].ID}
			fields[fieldSketch] = &sketch{byte(len(docs[i].Body)), 1}
		}
		b.add(docs[i].ID, fields)
	}
	made, err := b.build()
	require.NoError(t, err)
	var p plugin
	s, _, err := p.New(batched(made))
	require.NoError(t, err)
	require.NoError(t, s.(*zap.SegmentBase).Persist(path))
	return openedSegment(t, path)
}

func openedSegment(t *testing.T, path string) segment.Segment {
	t.Helper()
	s, err := new(plugin).Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// What is merged must say what zapx merges of the same, and what is written anew of the documents that are left.
func TestMergedSegmentsAreThoseOfBleve(t *testing.T) {
	t.Parallel()
	m, err := newMapping()
	require.NoError(t, err)
	w := &writer{mapping: m}
	sizes := [][]int{{1, 1}, {3}, {1, 30, 2, 500, 7}, {1300, 2, 1200}}
	for round, sizes := range sizes {
		for _, share := range []float64{0, 0.02, 0.6} {
			r := rand.New(rand.NewPCG(uint64(round), 3))
			dir := t.TempDir()
			var segments []segment.Segment
			var drops []*roaring.Bitmap
			var left []Document
			for i, n := range sizes {
				docs := make([]Document, n)
				for j := range docs {
					docs[j] = mergedDocument(r, i*10_000+j, 300)
				}
				segments = append(segments, writtenSegment(t, w, filepath.Join(dir, fmt.Sprint(i)), docs))
				drop := roaring.New()
				for j := range docs {
					if r.Float64() < share && (i > 0 || j > 0) {
						drop.Add(uint32(j))
					} else {
						left = append(left, docs[j])
					}
				}
				if drop.IsEmpty() && r.IntN(2) == 0 {
					drop = nil
				}
				drops = append(drops, drop)
			}
			var p plugin
			stats := &reported{}
			ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
			numbers, size, err := p.Merge(segments, drops, ours, nil, stats)
			require.NoError(t, err)
			want, _, err := p.ZapPlugin.Merge(segments, drops, theirs, nil, nil)
			require.NoError(t, err)
			assert.Equal(t, want, numbers)
			assert.EqualValues(t, size, stats.bytes)
			got := openedSegment(t, ours)
			same(t, openedSegment(t, theirs), got)
			same(t, writtenSegment(t, w, filepath.Join(dir, "anew"), left), got)

			again := filepath.Join(dir, "again")
			_, _, err = p.Merge([]segment.Segment{got, segments[0]}, []*roaring.Bitmap{nil, nil}, again, nil, nil)
			require.NoError(t, err)
			theirs = filepath.Join(dir, "theirs again")
			_, _, err = p.ZapPlugin.Merge([]segment.Segment{got, segments[0]}, []*roaring.Bitmap{nil, nil}, theirs, nil, nil)
			require.NoError(t, err)
			same(t, openedSegment(t, theirs), openedSegment(t, again))
		}
	}
}

type reported struct{ bytes uint64 }

func (r *reported) ReportBytesWritten(n uint64) { r.bytes += n }

func TestMoreDocumentsThanAContainerHasAreMerged(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	m, err := newMapping()
	require.NoError(t, err)
	w := &writer{mapping: m}
	dir := t.TempDir()
	var segments []segment.Segment
	for i, n := range []int{40_000, 26_000} {
		docs := make([]Document, n)
		for j := range docs {
			docs[j] = Document{ID: fmt.Sprint(i, " ", j), Title: fmt.Sprint("all w", j%7, " v", j%900), Language: "en"}
		}
		segments = append(segments, writtenSegment(t, w, filepath.Join(dir, fmt.Sprint(i)), docs))
	}
	drops := []*roaring.Bitmap{nil, roaring.BitmapOf(0, 17, 25_999)}
	var p plugin
	_, _, err = p.Merge(segments, drops, filepath.Join(dir, "ours"), nil, nil)
	require.NoError(t, err)
	_, _, err = p.ZapPlugin.Merge(segments, drops, filepath.Join(dir, "theirs"), nil, nil)
	require.NoError(t, err)
	same(t, openedSegment(t, filepath.Join(dir, "theirs")), openedSegment(t, filepath.Join(dir, "ours")))
}

func TestAMergeThatIsStoppedLeavesNoFile(t *testing.T) {
	m, err := newMapping()
	require.NoError(t, err)
	w := &writer{mapping: m}
	dir := t.TempDir()
	s := writtenSegment(t, w, filepath.Join(dir, "one"), []Document{{ID: "a", Title: "word"}})
	stop := make(chan struct{})
	close(stop)
	path := filepath.Join(dir, "merged")
	_, _, err = new(plugin).Merge([]segment.Segment{s, s}, make([]*roaring.Bitmap, 2), path, stop, nil)
	require.True(t, err == segment.ErrClosed, "bleve compares it: %v", err)
	require.NoFileExists(t, path)
}
