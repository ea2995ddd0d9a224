package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newRenderer(tb testing.TB) *Renderer {
	tb.Helper()
	r, err := New(Options{})
	require.NoError(tb, err)
	return r
}

func lesson(tb testing.TB) []byte {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "lesson.md"))
	require.NoError(tb, err)
	return src
}

var part = View{Base: "/r/rosa/fractions", Folder: "01-strips", Language: "en", Source: "01-strips/index.md", Line: 11}

func render(t *testing.T, src string) Page {
	t.Helper()
	page, err := newRenderer(t).Render([]byte(src), part)
	require.NoError(t, err)
	return page
}

func TestLesson(t *testing.T) {
	r := newRenderer(t)
	for name, audience := range map[string]Audience{"student": Student, "teacher": Teacher} {
		t.Run(name, func(t *testing.T) {
			v := part
			v.Audience = audience
			page, err := r.Render(lesson(t), v)
			require.NoError(t, err)
			assertSafe(t, page)
			golden := filepath.Join("testdata", "lesson."+name+".html")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(page.HTML), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(page.HTML))
			assert.Empty(t, page.Problems)
			assert.True(t, page.Formulas)
			assert.True(t, page.Code)
			assert.Equal(t, []Image{{"media/strips.png", "Two of three parts are shaded", 15}}, page.Images)
		})
	}
}

func TestStudentPageHasNoTraceOfTeacherBlocks(t *testing.T) {
	r := newRenderer(t)
	page, err := r.Render(lesson(t), part)
	require.NoError(t, err)
	for _, secret := range []string{"Answer", "SECRET", "key.pdf", "cancel", "thirds"} {
		assert.NotContains(t, page.HTML, secret)
		assert.NotContains(t, page.Text, secret)
	}
	assert.Contains(t, page.HTML, "[dead link][k]", "a link that only the teacher's block defines")
	assert.NotContains(t, page.Outline, Heading{3, "h-answer-key", "Answer key"})
	assert.Equal(t, page.Text, Text(lesson(t)))
}

func TestTeacherBlockEndsWhereItShould(t *testing.T) {
	for name, src := range map[string]string{
		"plain":                "::: teacher\nSECRET\n:::\n\nshown",
		"no space":             ":::teacher\nSECRET\n:::\nshown",
		"capitals":             "::: Teacher\nSECRET\n:::\nshown",
		"other word":           "::: teachers-only\nSECRET\n:::\nshown",
		"pandoc":               "::: {.teacher}\nSECRET\n:::\nshown",
		"more colons":          ":::::: teacher ::::::\nSECRET\n::::::\nshown",
		"in a list":            "- a\n\n  ::: teacher\n  SECRET\n  :::\n\n  shown",
		"in a quote":           "> ::: teacher\n> SECRET\n> :::\n>\n> shown",
		"nested":               "::: teacher\n::: note\nSECRET\n:::\nSECRET\n:::\nshown",
		"around code":          "::: teacher\n```\n:::\n```\nSECRET\n:::\nshown",
		"around a formula":     "::: teacher\n$$\n:::\n$$\nSECRET\n:::\nshown",
		"after a paragraph":    "shown\n::: teacher\nSECRET\n:::\n",
		"list inside":          "::: teacher\n- a\n  - SECRET\n:::\nshown",
		"lazy line":            "shown\n\n> ::: teacher\n> SECRET\nSECRET\n",
		"never closed":         "shown\n\n::: teacher\nSECRET\n\n# SECRET\n",
		"HTML inside":          "::: teacher\n<script>\nSECRET\n:::\nshown",
		"carriage returns":     "::: teacher\r\nSECRET\r\n:::\r\nshown",
		"second one":           "::: teacher\nSECRET\n:::\nshown\n::: teacher\nSECRET\n:::\n",
		"code that hides it":   "::: teacher\n```\n:::\n\n::: teacher\nSECRET\n:::\n```\n:::\nshown",
		"heading, image, link": "::: teacher\n# SECRET\n![SECRET](SECRET.png)\n[SECRET]: /SECRET\n:::\nshown",
	} {
		t.Run(name, func(t *testing.T) {
			page := render(t, src)
			assert.NotContains(t, page.HTML, "SECRET")
			assert.NotContains(t, page.Text, "SECRET")
			assert.Empty(t, page.Images)
			assert.Empty(t, page.Outline)
			assert.Contains(t, page.HTML, "shown")
			v := part
			v.Audience = Teacher
			whole, err := newRenderer(t).Render([]byte(src), v)
			require.NoError(t, err)
			assert.Contains(t, whole.HTML, "SECRET")
			assert.Contains(t, whole.HTML, `<aside class="callout teacher" role="note"><p class="callout-title">For teachers</p>`)
		})
	}
}

func TestBlockThatAppearsWithoutAnotherIsErasedToo(t *testing.T) {
	page := render(t, "- a\n\n::: teacher\nSECRET\n:::\n\n      ::: teacher\n  ::: teacher\n  SECRET\n")
	assert.NotContains(t, page.HTML, "SECRET")
	page = render(t, "- a\n\n::: teacher\nx\n:::\n\n  ::: teacher\n  SECRET\n  :::\n\n::: teacher\nx\n:::\n")
	assert.NotContains(t, page.HTML, "SECRET")
	assert.NotContains(t, page.HTML, "callout teacher")
	page = render(t, "- a\n\n::: teacher\nx\n:::\n\n    ::: teacher\n    once code\n    :::\n\nshown\n")
	assert.NotContains(t, page.HTML, "callout teacher")
	assert.Contains(t, page.HTML, "shown")
}

func TestWordsFollowTheLanguage(t *testing.T) {
	v := part
	v.Audience, v.Language = Teacher, "es-MX"
	page, err := newRenderer(t).Render([]byte("::: teacher\n:::\n::: warning\n:::\n|a|\n|-|\n"), v)
	require.NoError(t, err)
	for _, want := range []string{"Para docentes", "Atención", `aria-label="Tabla"`} {
		assert.Contains(t, page.HTML, want)
	}
}

func TestHeadingsStandBelowTheTitleOfThePage(t *testing.T) {
	page := render(t, "### Uno\n#### Dos *y* $x$\n### Uno\n### uno 2\n### ¿Qué?\n### !\n## h-x\n###### Far\n")
	assert.Equal(t, []Heading{
		{3, "h-uno", "Uno"}, {4, "h-dos-y-x", "Dos y x"}, {3, "h-uno-2", "Uno"}, {3, "h-uno-2-2", "uno 2"}, {3, "h-qué", "¿Qué?"},
		{3, "h-section", "!"}, {2, "h-x", "h-x"}, {6, "h-far", "Far"},
	}, page.Outline)
	require.NotEmpty(t, page.Problems)
	last := page.Problems[len(page.Problems)-1]
	assert.Equal(t, "heading-skips", last.Code)
	assert.Equal(t, 18, last.Line)
	assert.Contains(t, page.HTML, `<h4 id="h-dos-y-x">Dos <em>y</em> <math>`)
}

func TestProblemsNameTheLineInTheFile(t *testing.T) {
	page := render(t, strings.Join([]string{
		"text", "", "a $\\nope$", "", "> [x](javascript:y)", "", "<div>x</div>", "", "![](a.png)", "", "[up](../../../x)", "",
		"$$", "x", "", "::: hint", ":::", "", "![a](https://example.org/a.png)", "",
	}, "\n"))
	var got []string
	for _, p := range page.Problems {
		got = append(got, p.String()[:strings.Index(p.String(), ": ")]+" "+p.Code)
		assert.NotEmpty(t, p.Message)
		assert.NotEmpty(t, p.Remedy)
	}
	file := "01-strips/index.md:"
	assert.Equal(t, []string{
		file + "13 math-invalid", file + "15 link-refused", file + "17 html-refused", file + "19 image-alt", file + "21 link-escapes",
		file + "23 math-invalid", file + "26 block-unknown", file + "29 image-outside",
	}, got)
}

func TestFormulasAndMoney(t *testing.T) {
	for src, formulas := range map[string]int{
		"$x$":                        1,
		"it costs $5, or $6":         0,
		"$5–$10":                     0,
		"US$5 and US$10":             0,
		"($3/$4)":                    0,
		"**$5** and **$6**":          0,
		"costs $5 and $x$ is a name": 1,
		"$x$-axis, $y$.":             2,
		"$\\$5$":                     1,
		"\\$x$":                      0,
		"`$x$`":                      0,
		"$ x $":                      0,
		"$x\ny$":                     1,
		"$x\n\ny$":                   0,
		"$$x$$":                      1,
		"a $$x$$ b":                  1,
		"$$\nx\n$$":                  1,
		"$$x\n=y$$\nmore":            1,
		"- a\n  $$\n  x\n  $$":       1,
		"> $$\n> x\n> $$":            1,
		"> $x +\n> y$":               1,
		"```math\nx\n```":            1,
		"$$\n\n$$":                   0,
		"a_b $x_1$ c_d $y_2$":        2,
		"|a|\n|-|\n|$\\|x\\|$|":      1,
	} {
		t.Run(src, func(t *testing.T) {
			page := render(t, src)
			assert.Equal(t, formulas, strings.Count(string(page.HTML), "<math"), "%s", page.HTML)
			assert.NotContains(t, page.HTML, "&gt; y")
		})
	}
}

func TestLinksAndImages(t *testing.T) {
	for destination, want := range map[string]string{
		"02-recipes":                 `href="/r/rosa/fractions/01-strips/02-recipes"`,
		"../02-recipes/":             `href="/r/rosa/fractions/02-recipes"`,
		"../02-recipes/index.md#A_B": `href="/r/rosa/fractions/02-recipes#h-a-b"`,
		"..":                         `href="/r/rosa/fractions"`,
		"index.md":                   `href="/r/rosa/fractions/01-strips"`,
		"data.csv?x=1":               `href="/r/rosa/fractions/raw/01-strips/data.csv"`,
		"../a%20b.pdf":               `href="/r/rosa/fractions/raw/a%20b.pdf"`,
		"<../ñ b.pdf>":               `href="/r/rosa/fractions/raw/%C3%B1%20b.pdf"`,
		"#Try-it":                    `href="#h-try-it"`,
		"mailto:rosa@example.org":    `href="mailto:rosa@example.org"`,
		"https://example.org/":       `href="https://example.org/" rel="noopener noreferrer"`,
		"HTTPS://example.org/":       `rel="noopener noreferrer"`,
		"//example.org/x":            `href="https://example.org/x" rel="noopener noreferrer"`,
		"/search?q=a":                `href="/search?q=a"`,
		"a.md":                       `href="/r/rosa/fractions/raw/01-strips/a.md"`,
	} {
		t.Run(destination, func(t *testing.T) {
			assert.Contains(t, render(t, "[x]("+destination+")").HTML, want)
		})
	}
	assert.Contains(t, render(t, "a ![x](../pictures/a.svg \"t\") b").HTML,
		`<img src="/r/rosa/fractions/raw/pictures/a.svg" alt="x" loading="lazy" decoding="async" title="t">`)
	assert.Contains(t, render(t, "- ![x](a.svg)").HTML, `<figure><img src="/r/rosa/fractions/raw/01-strips/a.svg"`)
	assert.Equal(t, "../pictures/a.svg", render(t, "![x](../pictures/a.svg)").Images[0].Path)
	page, err := newRenderer(t).Render([]byte("![x](a.svg) [y](b) [z](b:c.txt)"), View{})
	require.NoError(t, err)
	assert.Contains(t, page.HTML, `src="./raw/a.svg"`)
	assert.Contains(t, page.HTML, `href="./b"`)
}

func TestSameBytesWhateverCameBefore(t *testing.T) {
	first := newRenderer(t)
	want, err := first.Render(lesson(t), part)
	require.NoError(t, err)
	second, err := New(Options{Workers: 2, Formulas: 2})
	require.NoError(t, err)
	_, err = second.Render([]byte(`$\gdef\frac#1#2{x}\gdef\div{y}\def\ce#1{z}$ $\newcommand{\foo}{1}\foo$ $\label{a}x$ $\foo$`), part)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := second.Render(lesson(t), part)
			assert.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	wg.Wait()
}

func TestRenderRefusesWhatIsTooLarge(t *testing.T) {
	_, err := newRenderer(t).Render(make([]byte, MaxSource+1), part)
	assert.ErrorIs(t, err, ErrTooLarge)
	assert.NotEmpty(t, Text([]byte(strings.Repeat("word ", MaxSource/4))))
}

func TestText(t *testing.T) {
	src := "# A *b*\n\npara `x&amp;y`\nnext &amp; \\* <br>end\n\n- one\n- two\n\n|a|b|\n|-|-|\n|c|d|\n\n![alt](x.png)\n\n<!-- no -->\n\n```\ncode\n```\n"
	assert.Equal(t, "A b\npara x&amp;y next & * end\none\ntwo\na b\nc d\nalt\ncode", Text([]byte(src)))
}
