package render

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const quizText = `before

::: quiz Try it
Which is the same as $\frac{9}{12}$?

- [ ] four thirds
  > REASON-A more than one whole
- [x] six eighths
  > REASON-B both times two [link][secret]
  >
  > [secret]: SECRET.pdf

> REASON-ALL

What is $3 \div 4$?
= 3/4
= FREEWORD
> REASON-WRITTEN

Which are even?

- [x] two
- [ ] three
- [x] four
:::

A [dead link][secret] after.
`

func quiz(t *testing.T, src string, v View) Page {
	t.Helper()
	v.Base, v.Source, v.Quiz = part.Base, part.Source, part.Base+"/quiz"
	page, err := newRenderer(t).Render([]byte(src), v)
	require.NoError(t, err)
	assertSafe(t, page)
	return page
}

var quizID = regexp.MustCompile(`name="quiz" value="([^"]+)"`)

// send answers the only quiz of a text.
func send(t *testing.T, src string, v View, fields map[string][]string) Page {
	t.Helper()
	m := quizID.FindStringSubmatch(string(quiz(t, src, v).HTML))
	require.NotNil(t, m)
	fields["quiz"] = []string{m[1]}
	v.Answers = &Answers{fields}
	return quiz(t, src, v)
}

func TestQuizIsAFormWithoutItsAnswers(t *testing.T) {
	page := quiz(t, quizText, View{})
	assert.Empty(t, page.Problems)
	assert.True(t, page.Quizzes)
	html := string(page.HTML)
	for _, secret := range []string{"REASON", "SECRET", "FREEWORD", "3/4", "checked", "☑", "[x]", "key"} {
		assert.NotContains(t, html, secret)
		assert.NotContains(t, page.Text, secret)
	}
	assert.Equal(t, page.Text, Text([]byte(quizText)))
	assert.Contains(t, page.Text, "six eighths")
	assert.Contains(t, html, "[dead link][secret]", "a link that only an explanation defines")
	assert.Contains(t, html, `<form class="quiz" method="post" action="/r/rosa/fractions/quiz#n-q1">`)
	assert.Equal(t, 2, strings.Count(html, `type="radio" name="q1"`))
	assert.Equal(t, 1, strings.Count(html, `type="text" name="q2"`))
	assert.Equal(t, 3, strings.Count(html, `type="checkbox" name="q3"`))
	assert.Contains(t, html, `<label><input type="radio" name="q1" value="2"> six eighths</label>`)
	assert.Contains(t, html, `aria-labelledby="n-q1-2p"`)
	assert.Contains(t, html, `id="n-q1-2p"`)
	assert.NotContains(t, html, `role="status"`)
}

// TestAnswersDoNotShowInTheBytes compares pages of quizzes that differ only in what is right.
func TestAnswersDoNotShowInTheBytes(t *testing.T) {
	one := "::: quiz\nq\n- [x] a\n- [ ] b\n\nr\n= 3/4\n\ns\n- [x] a\n- [x] b\n- [ ] c\n:::\n"
	two := "::: quiz\nq\n- [ ] a\n- [x] b\n\nr\n= 1\n\ns\n- [ ] a\n- [x] b\n- [x] c\n:::\n"
	assert.Equal(t, quiz(t, one, View{}), quiz(t, two, View{}))
	assert.NotEqual(t, quiz(t, one, View{Audience: Teacher}).HTML, quiz(t, two, View{Audience: Teacher}).HTML)
}

func TestQuizIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		fields      map[string][]string
		score       string
		shown, kept []string
	}{
		"all right": {map[string][]string{"q1": {"2"}, "q2": {" 0.75 "}, "q3": {"1", "3"}}, "3 of 3 right.", []string{"REASON-B", "REASON-ALL", "REASON-WRITTEN", "SECRET.pdf"}, []string{"REASON-A ", "FREEWORD", "Look again"}},
		"wrong":     {map[string][]string{"q1": {"1"}, "q2": {"4/3"}, "q3": {"1"}}, "0 of 3 right.", []string{"REASON-A ", `<p id="n-q1-1m" class="mark miss">✗ Not yet</p>`, `<a href="#n-q1-3">question 3</a>`, `value="4/3"`}, []string{"REASON-B", "REASON-ALL", "REASON-WRITTEN", "SECRET"}},
		"nothing":   {map[string][]string{}, "0 of 3 right.", []string{"No answer yet"}, []string{"REASON"}},
		"all boxes": {map[string][]string{"q1": {"1", "2"}, "q3": {"1", "2", "3"}}, "0 of 3 right.", []string{"REASON-A "}, []string{"REASON-B"}},
		"nonsense":  {map[string][]string{"q1": {"99", "-1", "x"}, "q2": {"</form>"}, "q9": {"1"}}, "0 of 3 right.", []string{`value="&lt;/form&gt;"`}, []string{"REASON"}},
		"word":      {map[string][]string{"q2": {"  frééword. "}}, "1 of 3 right.", []string{"REASON-WRITTEN"}, []string{"REASON-A"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := send(t, quizText, View{}, c.fields)
			assert.Contains(t, page.HTML, `<div id="n-q1" class="result" role="status" tabindex="-1"><p><strong>`+c.score)
			for _, s := range c.shown {
				assert.Contains(t, page.HTML, s)
			}
			for _, s := range c.kept {
				assert.NotContains(t, page.HTML, s)
			}
		})
	}
	page := send(t, quizText, View{Language: "es"}, map[string][]string{"q1": {"2"}})
	assert.Contains(t, page.HTML, "1 de 3 correctas.")
	assert.Contains(t, page.HTML, `name="q1" value="2" checked=""`)
}

func TestAnswersToOtherQuestionsAreNotJudged(t *testing.T) {
	v := View{Answers: &Answers{map[string][]string{"quiz": {"1.00000000"}, "q1": {"2"}}}}
	page := quiz(t, quizText, v)
	assert.Contains(t, page.HTML, "The lesson has changed meanwhile.")
	assert.NotContains(t, page.HTML, "REASON")
	v.Answers.Fields["quiz"] = []string{"7.00000000"}
	assert.Equal(t, quiz(t, quizText, View{}).HTML, quiz(t, quizText, v).HTML, "there is no quiz 7")
}

func TestTeachersHaveTheKeyAtTheEnd(t *testing.T) {
	page := quiz(t, quizText, View{Audience: Teacher})
	before, key, found := strings.Cut(string(page.HTML), `<div class="key">`)
	require.True(t, found)
	assert.NotContains(t, before, "REASON")
	for _, want := range []string{`<h2 id="h-answer-key">Answer key</h2>`, "<strong>B</strong> six eighths", "3/4; FREEWORD", "<strong>A</strong> two; <strong>C</strong> four", "REASON-A", "REASON-B", "REASON-ALL", "REASON-WRITTEN"} {
		assert.Contains(t, key, want)
	}
	assert.Equal(t, []Heading{{2, "h-answer-key", "Answer key"}}, page.Outline)
	paper, err := newRenderer(t).Render([]byte(quizText), View{})
	require.NoError(t, err)
	assert.NotContains(t, paper.HTML, "<form")
	assert.NotContains(t, paper.HTML, "<input")
	assert.Contains(t, paper.HTML, `<p class="blank"></p>`)
}

func TestProblemsOfQuizzes(t *testing.T) {
	for src, want := range map[string]string{
		"::: quiz\n:::":                        "quiz-empty",
		"::: quiz\nonly words\n:::":            "quiz-answers",
		"::: quiz\nq\n- [ ] a\n- [ ] b\n:::":   "quiz-right",
		"::: quiz\nq\n= $\\frac{1}{2}$\n:::":   "quiz-answer",
		"::: quiz\nq\n= 1":                     "block-unclosed",
		"::: quiz\n::: quiz\nq\n= 1\n:::\n:::": "quiz-nested",
	} {
		page := quiz(t, src, View{Audience: Teacher})
		var codes []string
		for _, p := range page.Problems {
			codes = append(codes, p.Code)
		}
		assert.Contains(t, codes, want, src)
	}
}

func TestSameAnswer(t *testing.T) {
	for _, same := range [][2]string{
		{"3/4", "6/8"}, {"3/4", "0.75"}, {"3/4", ".75"}, {"3/4", "0,75"}, {"3/4", "75%"}, {"3/4", "¾"}, {"1 1/2", "1½"}, {"1 1/2", "3/2"}, {"-2", "−2"}, {"- 2", "-2"},
		{"1,000", "1000"}, {"1,234,567.5", "1234567.5"}, {"3 / 4", "3/4"}, {"12", "12."}, {"+3", "3"}, {"5.0", "5"},
		{"Río  Grande", "rio grande"}, {"Yes.", "yes"}, {"año", "AÑO"}, {"ＡＢ", "ab"}, {"x + 1", "X + 1"},
	} {
		assert.True(t, SameAnswer(same[0], same[1]), "%q", same)
		assert.True(t, SameAnswer(same[1], same[0]), "%q", same)
	}
	for _, other := range [][2]string{{"3/4", "4/3"}, {"1/0", "0"}, {"1e3", "1000"}, {"año", "ano"}, {"0x10", "16"}, {"1 000", "1"}, {"", "0"}, {"1,5", "15"}, {"Inf", "NaN"}} {
		assert.False(t, SameAnswer(other[0], other[1]), "%q", other)
	}
}
