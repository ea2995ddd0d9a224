package repository_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/render"
)

func conformance(r repository.Report) map[string]repository.Criterion {
	byNumber := map[string]repository.Criterion{}
	for _, c := range r.Conformance() {
		byNumber[c.Number] = c
	}
	return byNumber
}

func checks(r repository.Report) map[string]repository.CheckState {
	byName := map[string]repository.CheckState{}
	for _, c := range r.Checks() {
		byName[c.Name] = c.State
	}
	return byName
}

func TestAReportSaysWhatIsPassedFailedUnknownAndNotApplicable(t *testing.T) {
	w := newWorld(t)
	files := unit("01-strips", "02-film")
	files["01-strips/index.md"].Data = append(files["01-strips/index.md"].Data, "## Do\n\n#### Too deep\n\n![](a.png)\n"...)
	files["01-strips/a.png"] = &fstest.MapFile{Data: make([]byte, 2<<20)}
	files["02-film/index.md"].Data = append(files["02-film/index.md"].Data, "\n![The fold](fold.mp4)\n"...)
	files["02-film/fold.mp4"] = &fstest.MapFile{Data: []byte("film")}
	r := w.publish(t, "unit", files).Resource

	report, err := w.Report(t.Context(), r)
	require.NoError(t, err)
	all := conformance(report)
	assert.Len(t, all, 50)
	counts, levels := repository.ConformanceCounts(report.Conformance()), map[string]int{}
	for _, c := range all {
		levels[c.Level]++
	}
	assert.Equal(t, map[string]int{"A": 30, "AA": 20}, levels)
	assert.Equal(t, repository.CheckFailed, all["1.1.1"].State)
	assert.Equal(t, "01-strips/index.md", all["1.1.1"].Places[0].File)
	assert.Positive(t, all["1.1.1"].Places[0].Line)
	assert.Equal(t, repository.CheckFailed, all["1.3.1"].State, "a heading skips a level")
	assert.Equal(t, repository.CheckFailed, all["1.2.2"].State, "a film without captions")
	assert.Equal(t, repository.CheckPerson, all["1.2.5"].State)
	assert.Equal(t, repository.CheckNothing, all["1.2.4"].State, "nothing is live")
	assert.Equal(t, repository.CheckPassed, all["3.1.1"].State)
	assert.Equal(t, 50, counts[repository.CheckPassed]+counts[repository.CheckFailed]+counts[repository.CheckPerson]+counts[repository.CheckNothing])
	gate := checks(report)
	assert.Equal(t, repository.CheckWarned, gate["alt"])
	assert.Equal(t, repository.CheckWarned, gate["captions"])
	assert.Equal(t, repository.CheckWarned, gate["sizes"], "a picture of two megabytes")
	assert.Equal(t, repository.CheckPassed, gate["license"])
	assert.Equal(t, repository.CheckNothing, gate["alignments"])

	part, err := w.Report(t.Context(), w.get(t, "rosa/unit/01-strips"))
	require.NoError(t, err)
	assert.Equal(t, repository.CheckNothing, conformance(part)["1.2.2"].State, "the film is in another lesson")
	assert.Equal(t, repository.CheckFailed, conformance(part)["1.1.1"].State)
	assert.Len(t, part.Parts, 1)
	for _, p := range part.Problems {
		assert.True(t, strings.HasPrefix(p.File, "01-strips/"), p.File)
	}
}

func TestAReportStaysAsItWasAndIsMadeAgainWhereItIsLost(t *testing.T) {
	w := newWorld(t)
	r := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	first, err := w.Report(t.Context(), r)
	require.NoError(t, err)
	w.publish(t, "strips", lesson("Strips again", "CC BY 4.0", ""))
	again, err := w.Report(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, first, again, "made once, and of its revision")
	assert.Equal(t, "Strips", again.Parts[0].Title)

	key := "reports/" + string(r.Repository) + "/" + r.Revision
	_, err = w.bucket.Put(t.Context(), key, strings.NewReader("{broken"), blob.Condition{})
	require.NoError(t, err)
	broken, err := w.Report(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, first.Problems, broken.Problems)
	require.NoError(t, w.bucket.Delete(t.Context(), key))
	made, err := w.Report(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, first.Parts, made.Parts)
	assert.Contains(t, w.keys(t), key)
}

// testRenderer is shared: it is safe for concurrent use, and slow to make.
var testRenderer = func() *render.Renderer {
	r, err := render.New(render.Options{})
	if err != nil {
		panic(err)
	}
	return r
}()

func TestErasureTakesTheReportsAlong(t *testing.T) {
	w := newWorld(t)
	files := lesson("Strips", "CC BY 4.0", "")
	files["names.txt"] = &fstest.MapFile{Data: []byte("Ana, Ben")}
	r := w.publish(t, "strips", files).Resource
	_, err := w.Report(t.Context(), r)
	require.NoError(t, err)
	key := "reports/" + string(r.Repository) + "/" + r.Revision
	require.Contains(t, w.keys(t), key)
	_, err = w.Erase(t.Context(), r.Address, []string{"names.txt"}, nil)
	require.NoError(t, err)
	assert.NotContains(t, w.keys(t), key)
}
