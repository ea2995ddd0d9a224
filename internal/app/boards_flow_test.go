package app_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

var scoreField = regexp.MustCompile(`name="(score-[a-z-]+)"`)

// withCall opens a call and hands rosa's lesson in, as the forms do.
func withCall(t *testing.T, s *apptest.Server, rosa *apptest.Visitor) (chair, ana, ben *apptest.Visitor) {
	t.Helper()
	on := withBoard(t, s)
	chair, ana, ben = on["okafor"], on["ana"], on["ben"]
	a := chair.Post(t, "/boards/board/calls", url.Values{
		"title": {"Spring"}, "list": {"math"}, "rubric": {approval.AchieveID}, "opens": {"2020-01-01"}, "quorum": {"2"}, "reviews": {"2"}, "months": {"12"},
	})
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	a = rosa.Post(t, "/calls/spring", url.Values{"resource": {"rosa/halves"}, "note": {"Please"}})
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	return chair, ana, ben
}

// reviewOf fills in the review form of a submission's page.
func reviewOf(t *testing.T, page apptest.Answer, score string) url.Values {
	t.Helper()
	v := url.Values{"do": {"review"}, "none": {"1"}, "comment": {"Fine."}}
	for _, m := range scoreField.FindAllStringSubmatch(page.Body, -1) {
		v.Set(m[1], score)
	}
	require.Len(t, v, 3+8)
	return v
}

func TestReviewAndVoteTakeFewPages(t *testing.T) {
	t.Parallel()
	s, rosa, maria := oneServer(t)
	chair, ana, ben := withCall(t, s, rosa)
	const at = "/calls/spring/1"
	pages := map[*apptest.Visitor]int{}
	get := func(v *apptest.Visitor, path string) apptest.Answer {
		pages[v]++
		a := v.Get(t, path)
		require.Equal(t, http.StatusOK, a.Status, path)
		return a
	}
	follow := func(v *apptest.Visitor, values url.Values) apptest.Answer {
		a := v.Post(t, at, values)
		require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
		return get(v, a.Location())
	}
	follow(ana, reviewOf(t, get(ana, at), "3"))
	page := follow(ben, reviewOf(t, get(ben, at), "2"))
	assert.Contains(t, page.Body, "ana", "hers is shown now")
	follow(ana, url.Values{"do": {"vote"}, "vote": {"approve"}})
	follow(ben, url.Values{"do": {"vote"}, "vote": {"approve"}})
	assert.LessOrEqual(t, pages[ben], 5, "pages that one reviewer loads to review and vote")

	for who, v := range map[string]*apptest.Visitor{"the author": rosa, "somebody": maria, "a reader": s.Visitor} {
		for _, do := range []url.Values{{"do": {"vote"}, "vote": {"approve"}}, {"do": {"decide"}, "result": {"approve"}}} {
			a := v.Post(t, at, do)
			assert.Contains(t, []int{http.StatusForbidden, http.StatusUnauthorized}, a.Status, "%s: %s", who, do.Get("do"))
		}
	}
	a := ana.Post(t, at, url.Values{"do": {"decide"}, "result": {"approve"}})
	assert.Equal(t, http.StatusForbidden, a.Status, "only the chair")
	follow(chair, reviewOf(t, get(chair, at), "3"))
	follow(chair, url.Values{"do": {"decide"}, "result": {"approve"}})
	l, err := s.App.Boards.List(t.Context(), "math")
	require.NoError(t, err)
	require.Len(t, l.Entries, 1)
	assert.Contains(t, s.Page(t, "/r/rosa/halves"), "This exact version is approved")

	s.Publish(t, "rosa/halves", fstest.MapFS{"index.md": {Data: []byte(lessonText("Halves, again", "Cut it."))}})
	assert.Contains(t, s.Page(t, "/r/rosa/halves"), "Another version is approved")
	list := chair.Page(t, "/lists/math") // from here it is two clicks
	assert.Contains(t, list, "/lists/math/newer")
	form := chair.Get(t, "/lists/math/newer").Form(t, "/lists/math/judge")
	form.Set("do", "accept")
	assert.Equal(t, http.StatusForbidden, ben.Post(t, "/lists/math/judge", form).Status)
	require.Equal(t, http.StatusSeeOther, chair.Post(t, "/lists/math/judge", form).Status)
	assert.Contains(t, s.Page(t, "/r/rosa/halves"), "This exact version is approved")
}

func TestAReviewThatIsNotWholeIsNotLost(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	_, ana, _ := withCall(t, s, rosa)
	v := reviewOf(t, ana.Get(t, "/calls/spring/1"), "3")
	v.Del("score-alignment")
	v.Set("comment-teaching", "Worth keeping")
	a := ana.Post(t, "/calls/spring/1", v)
	assert.Equal(t, http.StatusUnprocessableEntity, a.Status)
	assert.Contains(t, a.Body, "Worth keeping")
	assert.Contains(t, a.Body, "Some criteria have no score yet")
	v = reviewOf(t, ana.Get(t, "/calls/spring/1"), "3")
	v.Del("none")
	a = ana.Post(t, "/calls/spring/1", v)
	assert.Equal(t, http.StatusConflict, a.Status, "no declaration")
	c, err := s.App.Boards.Call(t.Context(), "spring")
	require.NoError(t, err)
	assert.Empty(t, c.Submissions[0].Reviews)
}

// sendSheet sends a score sheet as a browser does.
func sendSheet(t *testing.T, v *apptest.Visitor, at, sheet, do string) apptest.Answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("sheet", "spring.csv")
	require.NoError(t, err)
	_, err = part.Write([]byte(sheet))
	require.NoError(t, err)
	require.NoError(t, m.WriteField("do", do))
	require.NoError(t, m.Close())
	return v.Do(t, http.MethodPost, at, &b, "Content-Type", m.FormDataContentType())
}

func TestOffline(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	_, ana, ben := withCall(t, s, rosa)
	sheet := ana.Get(t, "/calls/spring/sheet.csv")
	require.Equal(t, http.StatusOK, sheet.Status)
	filled := strings.ReplaceAll(sheet.Body, ",,\n", ",2,\n")
	filled = strings.ReplaceAll(filled, "overall,,2,", "overall,,,Good")
	const at = "/calls/spring/sheet"
	wrong := sendSheet(t, ana, at, strings.Replace(filled, ",2,", ",7,", 1), "send")
	assert.Equal(t, http.StatusUnprocessableEntity, wrong.Status)
	has(t, read(wrong.Body), "sheet.csv:2 score", "A score is 0, 1, 2, 3 or NA. (7)")
	tooLong := sendSheet(t, ana, at, strings.Repeat("x", approval.MaxSheet+1), "check")
	assert.Equal(t, http.StatusRequestEntityTooLarge, tooLong.Status)
	reviews := func() []approval.Review {
		c, err := s.App.Boards.Call(t.Context(), "spring")
		require.NoError(t, err)
		return c.Submissions[0].Reviews
	}
	checked := sendSheet(t, ana, at, filled, "check")
	require.Equal(t, http.StatusOK, checked.Status)
	has(t, read(checked.Body), "Nothing is sent yet.", "2 · 2 · 2 · 2 · 2 · 2 · 2 · 2", "Good")
	assert.Empty(t, reviews(), "a check sends nothing")
	form := checked.Form(t, at)
	form.Set("do", "send")
	require.Equal(t, http.StatusSeeOther, ana.Post(t, at, form).Status)
	require.Len(t, reviews(), 1)
	assert.Equal(t, "Good", reviews()[0].Comment)
	again := sendSheet(t, ana, at, filled, "check")
	assert.Contains(t, read(again.Body), "Your review is in already.")
	require.Equal(t, http.StatusSeeOther, sendSheet(t, ben, at, filled, "send").Status, "without a check")
	assert.Len(t, reviews(), 2)
	for who, v := range map[string]*apptest.Visitor{"the author": rosa, "a reader": s.Visitor} {
		for _, answer := range []apptest.Answer{v.Get(t, at), v.Get(t, at+".csv"), sendSheet(t, v, at, filled, "send")} {
			assert.Contains(t, []int{http.StatusForbidden, http.StatusUnauthorized, http.StatusSeeOther}, answer.Status, who)
		}
	}
	assert.Len(t, reviews(), 2)
}

// BenchmarkListPages asks for pages of a list of 10,000 entries, and for a submission that 50 people have reviewed.
func BenchmarkListPages(b *testing.B) {
	s := apptest.New(b).Server(b, "server", nil)
	ctx := b.Context()
	require.NoError(b, s.App.Accounts.AddBoard(ctx, "board", "State board"))
	_, err := s.App.Boards.CreateList(ctx, approval.About{Slug: "math", Board: "board", Title: "Mathematics"}, boardChair)
	require.NoError(b, err)
	_, err = s.App.Boards.Step(ctx, "math", boardChair, func(*approval.List) ([]approval.Event, error) {
		var events []approval.Event
		for n := range 10_000 {
			w := approval.Work{
				ID: uuidOf(n), Identifier: "oai:far.example:" + uuidOf(n), Title: "Lesson " + uuidOf(n)[30:], URL: "https://far.example/r/a/b", License: "CC-BY-4.0",
				Revision: strings.Repeat("a", 40), Tree: strings.Repeat("b", 40),
			}
			events = append(events, approval.Event{Kind: approval.Added, Entry: &approval.Entry{Work: w, Result: approval.Approve, Note: "Minutes"}})
		}
		return events, nil
	})
	require.NoError(b, err)
	terms := approval.Terms{ID: "c", Board: "board", Title: "C", Rubric: approval.Achieve("en"), Opens: time.Unix(0, 0), Quorum: 1, List: "math"}
	w := approval.Work{ID: uuidOf(1), Identifier: "oai:x:1", Title: "L", Revision: strings.Repeat("a", 40), Tree: strings.Repeat("b", 40), License: "CC-BY-4.0"}
	_, err = s.App.Boards.OnCall(ctx, "c", func(*approval.Call) ([]approval.Event, error) {
		events := []approval.Event{{Kind: approval.Opened, By: boardChair, Terms: &terms}, {Kind: approval.Submitted, By: approval.Actor{Name: "rosa"}, Work: &w}}
		for n := range 50 {
			who := approval.Actor{Name: "r" + uuidOf(n)[30:], Reviewer: true}
			v := approval.Review{}
			for _, c := range terms.Rubric.Criteria {
				v.Marks = append(v.Marks, approval.Mark{Criterion: c.ID, Score: approval.Score(n % 4)})
			}
			events = append(events, approval.Event{Kind: approval.Declared, By: who, Submission: 1, Declaration: &approval.Declaration{}},
				approval.Event{Kind: approval.Reviewed, By: who, Submission: 1, Review: &v}, approval.Event{Kind: approval.Voted, By: who, Submission: 1, Vote: approval.Approve})
		}
		return append(events, approval.Event{Kind: approval.Declared, By: boardChair, Submission: 1, Declaration: &approval.Declaration{}},
			approval.Event{Kind: approval.Decided, By: boardChair, Submission: 1, Outcome: &approval.Outcome{Result: approval.Approve}}), nil
	})
	require.NoError(b, err)
	for name, path := range map[string]string{
		"10k/first": "/lists/math", "10k/last": "/lists/math?page=250", "10k/find": "/lists/math?q=lesson+0042", "10k/entry": "/lists/math/" + uuidOf(77), "50reviews": "/calls/c/1",
	} {
		b.Run(name, func(b *testing.B) {
			var slow []time.Duration
			for b.Loop() {
				at := time.Now()
				a := s.Get(b, path)
				slow = append(slow, time.Since(at))
				require.Equal(b, http.StatusOK, a.Status)
			}
			b.ReportMetric(float64(percentile(slow, 99).Microseconds())/1000, "p99-ms")
		})
	}
}

func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// percentile is the p-th of the times, of 100.
func percentile(times []time.Duration, p int) time.Duration {
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*p/100)]
}

// TestFindingsAreSentencesInBothLanguages hands in a lesson whose heading skips a level, for a list that has an earlier revision.
func TestFindingsAreSentencesInBothLanguages(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	on := withBoard(t, s)
	approved(t, s, "rosa/halves")
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice.\n\n## Cut it\n\n#### Once\n\nAgain."))
	require.Equal(t, http.StatusSeeOther, on["okafor"].Post(t, "/boards/board/calls", url.Values{
		"title": {"Spring"}, "list": {"math"}, "rubric": {approval.AchieveID}, "opens": {"2020-01-01"}, "quorum": {"1"}, "subjects": {"mathematics, folding"},
	}).Status)
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, "/calls/spring", url.Values{"resource": {"rosa/halves"}}).Status)
	has(t, s.Page(t, "/calls/spring", "Accept-Language", "es"), "Matemáticas", "folding")
	for lang, wants := range map[string][]string{
		"en": {"The call names no framework.", "criteria passed", "a heading of level 4 follows one of level 2", "reworded: index.md", "CC BY-SA 4.0; works that it is made of: 1."},
		"es": {"La convocatoria no nombra ningún marco de estándares.", "criterios cumplidos", "Un título se salta un nivel", "Con otro texto: index.md", "CC BY-SA 4.0; obras de las que está hecho: 1."},
	} {
		page := s.Page(t, "/calls/spring/1", "Accept-Language", lang)
		_, found, ok := strings.Cut(page, `<ul class="findings">`)
		require.True(t, ok)
		found, _, _ = strings.Cut(found, "</section>")
		has(t, read(found), wants...)
		assert.NotContains(t, found, "lang=", "all of it is in the page's language: %s", lang)
	}
}
