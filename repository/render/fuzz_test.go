package render

import (
	"strings"
	"testing"
)

func FuzzRender(f *testing.F) {
	f.Add(lesson(f))
	for _, s := range []string{
		"<script>x</script>", "[x](javascript:y)", "$\\frac{1}{2}$", "::: teacher\n$$\nx\n:::\n", "> - [^1]\n\n[^1]: # a", "|a|\n|-|\n|`|`|", "![a](b.png)\n***",
	} {
		f.Add([]byte(s))
	}
	r := newRenderer(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 50_000 {
			return
		}
		student, err := r.Render(src, part)
		if err != nil {
			t.Fatal(err)
		}
		assertSafe(t, student)
		if strings.Contains(string(student.HTML), `class="callout teacher"`) {
			t.Fatal("a teachers' block in a student's page")
		}
		if text := Text(src); text != student.Text {
			t.Fatalf("Text is %q, the page has %q", text, student.Text)
		}
		v := part
		v.Audience = Teacher
		teacher, err := r.Render(src, v)
		if err != nil {
			t.Fatal(err)
		}
		assertSafe(t, teacher)
		again, err := r.Render(src, v)
		if err != nil || again.HTML != teacher.HTML {
			t.Fatal("not the same bytes again", err)
		}
	})
}

func FuzzCheckSVG(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" style="fill:url(#a)"/></svg>`))
	f.Fuzz(func(_ *testing.T, src []byte) { _ = CheckSVG(src) })
}

func FuzzDiagram(f *testing.F) {
	for name, sheet := range diagramSamples {
		f.Add(name, sheet)
	}
	r := newRenderer(f)
	f.Fuzz(func(t *testing.T, name, sheet string) {
		if !isDiagram(name) || strings.Contains(sheet, "```") {
			return
		}
		page, err := r.Render([]byte("```"+name+"\n"+sheet+"\n```\n"), part)
		if err != nil {
			t.Fatal(err)
		}
		assertSafe(t, page)
		drawn := strings.Contains(string(page.HTML), "<svg")
		if drawn == (len(page.Problems) > 0) && strings.TrimSpace(sheet) != "" {
			t.Fatalf("drawn: %v, problems: %v, %s", drawn, page.Problems, page.HTML)
		}
		if strings.Contains(string(page.HTML), "NaN") && !strings.Contains(sheet, "NaN") || strings.Contains(string(page.HTML), "Inf") && !strings.Contains(sheet, "Inf") {
			t.Fatalf("a coordinate is no number: %s", page.HTML)
		}
		if len(page.HTML) > 60_000 {
			t.Fatalf("the drawing has %d bytes", len(page.HTML))
		}
	})
}

func FuzzQuiz(f *testing.F) {
	f.Add("What?\n- [x] a\n  > why\n- [ ] b\n\nHow many?\n= 3/4\n> because\n", "1", "6/8")
	f.Add("- [x] a\n- [x] b\n- [ ] c\n\n> ::: quiz\n> = 1\n", "2", "x")
	f.Add("= ?\n= = 1\n::: teacher\n= 1\n:::\n", "", "1½")
	r := newRenderer(f)
	f.Fuzz(func(t *testing.T, quiz, q1, q2 string) {
		if len(quiz) > 20_000 {
			return
		}
		v := part
		v.Quiz = part.Base + "/quiz"
		for _, audience := range []Audience{Student, Teacher} {
			for _, sent := range []*Answers{nil, {map[string][]string{"quiz": {"1"}, "q1": {q1}, "q2": {q2}}}} {
				v.Audience, v.Answers = audience, sent
				page, err := r.Render([]byte("::: quiz\n"+quiz+"\n:::\n"), v)
				if err != nil {
					t.Fatal(err)
				}
				assertSafe(t, page)
				if audience == Student && strings.Contains(string(page.HTML), `class="key"`) {
					t.Fatal("a key in a student's page")
				}
			}
		}
		_ = SameAnswer(q1, q2)
		if !SameAnswer(q1, q1) {
			t.Fatalf("%q is not itself", q1)
		}
	})
}
