package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMegabytesOfAnything renders 1 MB of what makes parsers slow. Without the bounds, several of these run for minutes.
func TestMegabytesOfAnything(t *testing.T) {
	repeat := func(s string) string { return strings.Repeat(s, MaxSource/len(s)) }
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	stairs := func() string {
		var b strings.Builder
		for i := 0; b.Len() < MaxSource-4000; i++ {
			b.WriteString(strings.Repeat("  ", i) + "- a\n")
		}
		return b.String()
	}
	r := newRenderer(t)
	for name, src := range map[string]string{
		"headings":       strings.Repeat("# the same heading\n", 50_000),
		"quotes":         repeat(">"),
		"lists":          repeat("- "),
		"numbered lists": repeat("1. "),
		"stairs":         stairs(),
		"footnotes":      repeat("[^a]: "),
		"many footnotes": numbered(30_000, "[^%d]: x\n") + "\n" + numbered(30_000, "[^%d]\n\n"),
		"brackets":       repeat("["),
		"images":         repeat("!["),
		"emphasis":       repeat("a**b"),
		"mixed emphasis": repeat("*a _b "),
		"closed":         strings.Repeat("*", MaxSource/2) + "a" + strings.Repeat("*", MaxSource/2-1),
		"backticks":      repeat("`a``b"),
		"dollars":        repeat("$a "),
		"formula":        "$" + strings.Repeat("x", MaxSource-2) + "$",
		"formula block":  "$$\n" + strings.Repeat("x+\n", MaxSource/3-3) + "$$",
		"formulas":       numbered(100_000, "$x_{%d}$\n"),
		"containers":     repeat("::: note\n"),
		"teacher blocks": repeat("::: teacher\na\n:::\n"),
		"code":           repeat("```python\nx='a'\n```\n"),
		"quizzes":        repeat("::: quiz\na\n- [x] b\n  > c\n- [ ] d\n\n:::\n"),
		"quiz answers":   "::: quiz\n" + strings.Repeat("= 1\n", MaxSource/4-10) + ":::",
		"quiz choices":   "::: quiz\n" + strings.Repeat("- [x] a\n", MaxSource/8-10) + ":::",
		"quiz reasons":   "::: quiz\n" + strings.Repeat("= 1\n> a\n\n", MaxSource/9-10) + ":::",
		"diagrams":       repeat("```number-line\nto: 200\nlabels: none\n```\n"),
		"diagram":        "```coordinate-plane\n" + strings.Repeat("point: (1, 1)\n", MaxSource/14-3) + "```",
		"diagram colons": "```array\n" + strings.Repeat(":", MaxSource-20) + "\n```",
		"diagram terms":  "```bar-model\nbar: " + strings.Repeat("1+", 3000) + "1\n```",
		"code unclosed":  "```python\n" + strings.Repeat("x = '''", MaxSource/8),
		"wide table":     strings.Repeat("|a", MaxSource/5) + "\n" + strings.Repeat("|-", MaxSource/5) + "\n",
		"long heading":   "# " + strings.Repeat("*a ", MaxSource/4),
		"tags":           repeat("<a "),
		"addresses":      repeat("http://a "),
		"definitions":    numbered(40_000, "[%d]: /x\n") + "\n" + numbered(40_000, "[%d]\n\n"),
	} {
		t.Run(name, func(t *testing.T) {
			page, err := r.Render([]byte(src[:min(len(src), MaxSource)]), part)
			require.NoError(t, err)
			assert.LessOrEqual(t, len(page.Problems), maxProblems)
			if name == "headings" {
				assert.Len(t, page.Outline, 50_000)
			}
		})
	}
}

func TestWhatIsTooMuchIsShownAsText(t *testing.T) {
	page := render(t, strings.Repeat("*a* ", 600)+"\n\n*b*")
	assert.Contains(t, page.HTML, "<p>*a* *a*")
	assert.Contains(t, page.HTML, "<em>b</em>")
	require.Len(t, page.Problems, 1)
	assert.Equal(t, "text-long", page.Problems[0].Code)

	page = render(t, "$"+strings.Repeat("x", maxTeX+1)+"$")
	assert.NotContains(t, page.HTML, "<math")

	page = render(t, "|a|\n|-|\n"+strings.Repeat("| *a* and some more words |\n", 1000))
	assert.Equal(t, 1000, strings.Count(string(page.HTML), "<em>"), "a long table is fine")

	page = render(t, strings.Repeat("*", 450)+"a"+strings.Repeat("*", 450))
	assert.Equal(t, "text-deep", page.Problems[0].Code)
}
