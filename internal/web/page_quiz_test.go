package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const quizLesson = "---\ntitle: Halves\nlicense: CC-BY-4.0\nlanguage: en\ntype: lesson\ncreators: [{name: Ana}]\n---\n\n" +
	"::: quiz\nHow much is $1 \\div 2$?\n= 1/2\n> WHY\n\nWhich is more?\n\n- [ ] a third\n- [x] three eighths\n:::\n"

var quizField = regexp.MustCompile(`name="quiz" value="([^"]+)"`)

func TestQuizIsCheckedAndForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("ana/halves", fstest.MapFS{"index.md": {Data: []byte(quizLesson)}})
	page := w.get("/r/ana/halves")
	require.Equal(t, http.StatusOK, page.status)
	assert.NotContains(t, page.body, "WHY")
	assert.NotContains(t, page.body, "1/2")
	assert.Contains(t, page.body, `action="/r/ana/halves/quiz#n-q1"`)
	assert.Contains(t, page.body, "?view=teacher", "the key is for the teacher view")
	m := quizField.FindStringSubmatch(page.body)
	require.NotNil(t, m)

	form := url.Values{"quiz": {m[1]}, "q1": {"0.5"}, "q2": {"1"}}
	a := w.post("/r/ana/halves/quiz", form)
	assert.Equal(t, http.StatusOK, a.status)
	assert.NoError(t, wellFormed(a.body))
	assert.Contains(t, a.body, "1 of 2 right.")
	assert.Contains(t, a.body, "WHY")
	assert.Contains(t, a.body, `href="#n-q1-2"`)
	assert.Contains(t, a.body, `value="0.5"`)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	assert.Empty(t, a.header.Values("Set-Cookie"))
	csp := a.header.Get("Content-Security-Policy")
	assert.Equal(t, strings.Count(a.body, "<style>"), strings.Count(csp, "'sha256-"))
	assert.Contains(t, csp, "form-action 'self'")

	assert.Equal(t, page.body, w.get("/r/ana/halves").body, "nothing is left of the answers")
	assert.Equal(t, http.StatusSeeOther, w.get("/r/ana/halves/quiz").status, "a reload without the form")
	assert.Equal(t, http.StatusForbidden, w.post("/r/ana/halves/quiz", form, "Sec-Fetch-Site", "cross-site").status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.post("/r/ana/halves/quiz", url.Values{"q1": {strings.Repeat("x", tinyLimit)}}).status)

	teacher := w.get("/r/ana/halves?view=teacher")
	assert.Contains(t, teacher.body, "Answer key")
	assert.Contains(t, teacher.body, `action="/r/ana/halves/quiz?view=teacher#n-q1"`)
	paper := w.get("/r/ana/halves/print").body
	assert.NotContains(t, paper, `class="quiz" method`)
	assert.NotContains(t, paper, "WHY")
	assert.Contains(t, w.get("/r/ana/halves/print?view=teacher").body, "WHY")
}
