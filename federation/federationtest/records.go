package federationtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Start is where the clock of the suites stands.
var Start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// RecordsFactory makes an empty list for one test, whose datestamps are of the given clock, and the way to write to it.
type RecordsFactory func(t *testing.T, now func() time.Time) (federation.Records, func(Put))

// RunRecords checks that an implementation keeps the promises of federation.Records.
func RunRecords(t *testing.T, factory RecordsFactory) {
	for name, test := range map[string]func(*recordsTest, *testing.T){
		"an empty list answers":                           (*recordsTest).empty,
		"windows page by Seq without gaps":                (*recordsTest).pages,
		"both ends of a window are inclusive":             (*recordsTest).dates,
		"a set holds all that is below it":                (*recordsTest).sets,
		"a change moves the record to the end":            (*recordsTest).change,
		"a deleted record stays as a tombstone":           (*recordsTest).tombstone,
		"an item has its records in all formats":          (*recordsTest).item,
		"datestamps never step back":                      (*recordsTest).stepsBack,
		"headers come without metadata being needed":      (*recordsTest).headers,
		"nothing is missed while the list is changing":    (*recordsTest).moving,
		"rights and provenance come back":                 (*recordsTest).about,
		"a format that is given up has deleted records":   (*recordsTest).givenUp,
		"answers are no newer than what is visible":       (*recordsTest).answers,
		"what an item was read from cannot be written to": (*recordsTest).isolation,
	} {
		t.Run(name, func(t *testing.T) {
			clock := NewClock(Start)
			records, put := factory(t, clock.Now)
			test(&recordsTest{Records: records, put: put, clock: clock}, t)
		})
	}
}

type recordsTest struct {
	federation.Records
	put   func(Put)
	clock *Clock
}

func identifier(i int) string { return fmt.Sprintf("oai:example.org:0192d5c0-9a4e-7000-8000-%012d", i) }

// write puts item i into both formats.
func (r *recordsTest) write(i int, sets ...string) {
	r.put(Put{Identifier: identifier(i), Sets: sets, Metadata: map[string][]byte{
		federation.DublinCore: fmt.Appendf(nil, "<dc>%d</dc>", i), federation.LRMI: fmt.Appendf(nil, "<lrmi>%d</lrmi>", i),
	}})
}

func (r *recordsTest) window(t *testing.T, w federation.Window) []string {
	t.Helper()
	if w.Prefix == "" {
		w.Prefix = federation.DublinCore
	}
	if w.Limit == 0 {
		w.Limit = 100
	}
	page, err := r.Window(t.Context(), w)
	require.NoError(t, err)
	n, err := r.Count(t.Context(), federation.Window{Prefix: w.Prefix, From: w.From, Until: w.Until, Set: w.Set})
	require.NoError(t, err)
	if w.After == 0 && len(page) < w.Limit && n != 0 {
		assert.Len(t, page, n, "Count and Window differ")
	}
	ids := make([]string, len(page))
	for i, rec := range page {
		ids[i] = rec.Identifier
		assert.Equal(t, w.Prefix, rec.Prefix)
	}
	return ids
}

func ids(numbers ...int) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = identifier(n)
	}
	return out
}

func (r *recordsTest) only(t *testing.T, i int) federation.Record {
	t.Helper()
	item, err := r.Item(t.Context(), identifier(i))
	require.NoError(t, err)
	require.Len(t, item, 2)
	return item[1] // lrmi, oai_dc
}

func (r *recordsTest) empty(t *testing.T) {
	assert.Empty(t, r.window(t, federation.Window{}))
	_, err := r.Item(t.Context(), identifier(1))
	require.ErrorIs(t, err, kind.ErrNotFound)
	sets, err := r.Sets(t.Context(), "", 10)
	require.NoError(t, err)
	assert.Empty(t, sets)
	at, err := r.Earliest(t.Context())
	require.NoError(t, err)
	assert.True(t, at.IsZero())
}

func (r *recordsTest) pages(t *testing.T) {
	for i := range 10 {
		r.write(i)
		r.clock.Add(time.Second)
	}
	var all []string
	var after int64
	for {
		page, err := r.Window(t.Context(), federation.Window{Prefix: federation.LRMI, After: after, Limit: 3})
		require.NoError(t, err)
		for _, rec := range page {
			assert.Greater(t, rec.Seq, after)
			assert.Equal(t, time.UTC, rec.Datestamp.Location())
			after = rec.Seq
			all = append(all, rec.Identifier)
		}
		if len(page) < 3 {
			break
		}
	}
	assert.Equal(t, ids(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), all)
	assert.Empty(t, r.window(t, federation.Window{Prefix: "nope"}))
	at, err := r.Earliest(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Start, at.UTC())
}

func (r *recordsTest) dates(t *testing.T) {
	for i := range 4 {
		r.write(i)
		r.clock.Add(10 * time.Second)
	}
	at := func(s int) time.Time { return Start.Add(time.Duration(s) * time.Second) }
	assert.Equal(t, ids(1, 2), r.window(t, federation.Window{From: at(10), Until: at(20)}))
	assert.Equal(t, ids(2), r.window(t, federation.Window{From: at(11), Until: at(29)}))
	assert.Equal(t, ids(3), r.window(t, federation.Window{From: at(30)}))
	assert.Equal(t, ids(0), r.window(t, federation.Window{Until: at(0)}))
	assert.Empty(t, r.window(t, federation.Window{From: at(31)}))
	assert.Empty(t, r.window(t, federation.Window{Until: at(-1)}))
	assert.Equal(t, ids(1), r.window(t, federation.Window{From: at(10), Limit: 1}))
}

func (r *recordsTest) sets(t *testing.T) {
	r.write(0, "grade:5", "type:lesson")
	r.write(1, "grade:6", "owner:a")
	r.write(2, "grade", "owner:a:b")
	r.write(3, "gradebook")
	r.write(4)
	assert.Equal(t, ids(0, 1, 2), r.window(t, federation.Window{Set: "grade"}))
	assert.Equal(t, ids(0), r.window(t, federation.Window{Set: "grade:5"}))
	assert.Equal(t, ids(1, 2), r.window(t, federation.Window{Set: "owner:a"}))
	for _, none := range []string{"grad", "grade:", "grade:55", "GRADE", "%", "_rade", "owner:b", "*"} {
		assert.Empty(t, r.window(t, federation.Window{Set: none}), none)
	}
	var specs []string
	for after := ""; ; {
		sets, err := r.Sets(t.Context(), after, 2)
		require.NoError(t, err)
		for _, s := range sets {
			specs = append(specs, s.Spec)
			after = s.Spec
		}
		if len(sets) < 2 {
			break
		}
	}
	for _, s := range []string{"grade:5", "grade:6", "gradebook", "owner:a", "owner:a:b", "type:lesson"} {
		assert.Contains(t, specs, s)
	}
	assert.True(t, slices.IsSorted(specs), "%v", specs)
	assert.Len(t, specs, len(slices.Compact(slices.Clone(specs))), "a set is listed twice: %v", specs)
	assert.Equal(t, []string{"grade:5", "type:lesson"}, slices.Sorted(slices.Values(r.only(t, 0).Sets)))
}

func (r *recordsTest) change(t *testing.T) {
	r.write(0, "grade:5")
	r.write(1)
	before := r.only(t, 0)
	r.clock.Add(time.Minute)
	r.write(0, "grade:6")
	after := r.only(t, 0)
	assert.Greater(t, after.Seq, before.Seq)
	assert.Equal(t, Start.Add(time.Minute), after.Datestamp.UTC())
	assert.Equal(t, ids(1, 0), r.window(t, federation.Window{}))
	assert.Empty(t, r.window(t, federation.Window{Set: "grade:5"}))
	assert.Equal(t, ids(0), r.window(t, federation.Window{Set: "grade:6"}))
}

func (r *recordsTest) tombstone(t *testing.T) {
	r.write(0, "grade:5")
	r.clock.Add(time.Hour)
	r.put(Put{Identifier: identifier(0), Sets: []string{"grade:5"}, Deleted: true, Metadata: map[string][]byte{federation.DublinCore: nil, federation.LRMI: nil}})
	rec := r.only(t, 0)
	assert.True(t, rec.Deleted)
	assert.Empty(t, rec.Metadata)
	assert.Equal(t, Start.Add(time.Hour), rec.Datestamp.UTC())
	assert.Equal(t, ids(0), r.window(t, federation.Window{Set: "grade:5"}))
	r.clock.Add(time.Hour)
	r.write(0, "grade:5")
	assert.False(t, r.only(t, 0).Deleted)
}

func (r *recordsTest) item(t *testing.T) {
	r.write(7, "grade:5")
	item, err := r.Item(t.Context(), identifier(7))
	require.NoError(t, err)
	require.Len(t, item, 2)
	assert.Equal(t, federation.LRMI, item[0].Prefix)
	assert.Equal(t, federation.DublinCore, item[1].Prefix)
	assert.Equal(t, "<lrmi>7</lrmi>", string(item[0].Metadata))
	assert.Equal(t, "<dc>7</dc>", string(item[1].Metadata))
	assert.Equal(t, item[0].Datestamp, item[1].Datestamp)
	_, err = r.Item(t.Context(), identifier(8))
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func (r *recordsTest) stepsBack(t *testing.T) {
	r.clock.Add(time.Minute)
	r.write(0)
	r.clock.Add(-time.Hour)
	r.write(1)
	assert.False(t, r.only(t, 1).Datestamp.Before(r.only(t, 0).Datestamp))
	assert.Equal(t, ids(0, 1), r.window(t, federation.Window{From: Start.Add(time.Minute)}))
}

func (r *recordsTest) headers(t *testing.T) {
	r.write(0, "grade:5")
	page, err := r.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, Limit: 1, Headers: true})
	require.NoError(t, err)
	require.Len(t, page, 1)
	assert.Equal(t, []string{"grade:5"}, page[0].Sets)
	assert.Equal(t, Start, page[0].Datestamp.UTC())
}

func (r *recordsTest) moving(t *testing.T) {
	for i := range 20 {
		r.write(i)
	}
	seen := map[string]bool{}
	var after int64
	for step := 0; ; step++ {
		page, err := r.Window(t.Context(), federation.Window{Prefix: federation.DublinCore, After: after, Limit: 3})
		require.NoError(t, err)
		for _, rec := range page {
			seen[rec.Identifier] = true
			after = rec.Seq
		}
		if len(page) < 3 {
			break
		}
		if step < 5 {
			r.write(step * 3)   // one that was seen
			r.write(19 - step)  // one that was not
			r.write(100 + step) // a new one
		}
	}
	for i := range 20 {
		assert.True(t, seen[identifier(i)], "item %d was missed", i)
	}
	for i := range 5 {
		assert.True(t, seen[identifier(100+i)], "new item %d was missed", i)
	}
}

func (r *recordsTest) isolation(t *testing.T) {
	r.write(0, "grade:5")
	rec := r.only(t, 0)
	rec.Sets[0] = "changed"
	assert.Equal(t, []string{"grade:5"}, r.only(t, 0).Sets)
}

func (r *recordsTest) about(t *testing.T) {
	r.put(Put{Identifier: identifier(0), Rights: "https://example.org/l", About: []byte("<a/>"), Metadata: map[string][]byte{
		federation.DublinCore: []byte("<dc/>"), federation.LRMI: []byte("<lrmi/>"),
	}})
	rec := r.only(t, 0)
	assert.Equal(t, "https://example.org/l", rec.Rights)
	assert.Equal(t, "<a/>", string(rec.About))
	r.put(Put{Identifier: identifier(0), Deleted: true, Metadata: map[string][]byte{federation.DublinCore: nil, federation.LRMI: nil}})
	rec = r.only(t, 0)
	assert.Empty(t, rec.Rights)
	assert.Empty(t, rec.About)
}

func (r *recordsTest) givenUp(t *testing.T) {
	r.write(0, "grade:5")
	r.clock.Add(time.Second)
	r.put(Put{Identifier: identifier(0), Sets: []string{"grade:5"}, Metadata: map[string][]byte{federation.DublinCore: []byte("<dc>0</dc>")}})
	rec := r.only(t, 0)
	assert.False(t, rec.Deleted)
	assert.Equal(t, Start.Add(time.Second), rec.Datestamp.UTC(), "another format of it has changed")
	page, err := r.Window(t.Context(), federation.Window{Prefix: federation.LRMI, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page, 1)
	assert.True(t, page[0].Deleted)
	assert.Equal(t, []string{"grade:5"}, page[0].Sets)
}

func (r *recordsTest) answers(t *testing.T) {
	now, err := r.Now(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Start, now)
	r.clock.Add(time.Hour)
	now, err = r.Now(t.Context())
	require.NoError(t, err)
	r.clock.Add(-time.Minute)
	r.write(0)
	assert.Equal(t, now, r.only(t, 0).Datestamp.UTC(), "a change after an answer is not older than the answer")
	again, err := r.Now(t.Context())
	require.NoError(t, err)
	assert.Equal(t, now, again)
}
