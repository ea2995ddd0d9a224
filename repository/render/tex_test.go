package render

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// formulaCorpus has each construct of Temml that writes styles or classes of its own, and what schools use.
func formulaCorpus() []string {
	return []string{
		`\frac{3}{4}`, `a^2+b^2=c^2`, `\sqrt[3]{x}`, `x'''`, `\begin{align}a&=b\\c&=d\end{align}`, `\begin{aligned}a&=b\\c&=d\end{aligned}`,
		`\begin{gather}a\\b\end{gather}`, `\begin{multline}a\\b\end{multline}`, `\begin{alignat}{2}a&=b&c&=d\end{alignat}`,
		`\begin{cases}1&x>0\\0&x\le 0\end{cases}`, `\begin{pmatrix}1&2\\3&4\end{pmatrix}`, `\begin{smallmatrix}1&2\end{smallmatrix}`,
		`\begin{array}{|r:l|}\hline 1&2\\\hdashline 3&4\\[1em]\hline\hline\end{array}`, `\begin{array}{c|c}1&2\\\hline 3&4\end{array}`,
		`\cancel{x}\bcancel{y}\xcancel{z}\sout{w}`, `\cancelto{0}{x}`, `\boxed{x=1}`, `\fbox{a}`, `\color{red}x`, `\textcolor{#00f}{x}`,
		`\colorbox{yellow}{x}`, `\fcolorbox{red}{yellow}{x}`, `\overbrace{a+b}^{n}`, `\underline{ab}\overline{AB}`, `\overleftrightarrow{AB}`,
		`\vec{v}\hat{x}\widehat{xyz}\tilde{n}\widetilde{abc}\mathring{a}`, `\sum_{i=1}^n i`, `\int_0^1 x\,dx`, `\lim_{x\to 0}`, `\phantom{x}\smash{y}`,
		`\mathbb{R}\mathcal{L}\mathfrak{g}\mathscr{F}`, `\rule{1em}{2em}`, `\raisebox{1em}{x}`, `\large x \tiny y`, `\boldsymbol{\alpha}\mathbf{y}`,
		`\longdiv{123}`, `\xrightarrow[a]{b}`, `\begin{CD}A @>a>> B\\@VVbV @AAcA\\C @= D\end{CD}`, `\angl{n}`, `\phase{30}`, `\textcircled{1}`,
		`\ce{2H2 + O2 -> 2H2O}`, `\ce{^{14}_{6}C}`, `\pu{5 m s-1}`, `45^\circ`, `\text{total } \$5`, `\left(\frac12\right]`, `\binom{n}{k}`,
		`\overset{a}{b}\underset{c}{d}`, `\vcenter{x}`, `\bordermatrix{1&2\cr 3&4}`, `\prescript{a}{b}{c}`, `\not=\ne\le`, `\textit{a}\texttt{c}`,
	}
}

// known are declarations that need no class: MathCSS says the same for all formulas, or Temml writes them without need.
var known = regexp.MustCompile(`^(display:block math|color:.*|background-color:.*|padding-(left|right|top|bottom):.*|border:0\.0667em solid #.*)?$`)

func TestEveryStyleOfTemmlHasAClass(t *testing.T) {
	e, err := newEngine()
	require.NoError(t, err)
	rules := newMathRules()
	classes := map[string]bool{}
	for _, s := range mathStyles {
		classes[s.declaration] = true
	}
	style := regexp.MustCompile(` style="([^"]*)"`)
	for _, tex := range formulaCorpus() {
		v, err := e.run(goja.Undefined(), e.vm.ToValue(tex), e.vm.ToValue(true))
		require.NoError(t, err, tex)
		for _, m := range style.FindAllStringSubmatch(v.String(), -1) {
			for declaration := range strings.SplitSeq(m[1], ";") {
				property, value, _ := strings.Cut(declaration, ":")
				declaration = strings.TrimSuffix(strings.TrimSpace(property)+":"+strings.TrimSpace(value), ":")
				assert.True(t, classes[declaration] || known.MatchString(declaration), "%s: %s", tex, declaration)
			}
		}
		tidy, err := rules.tidy(v.String())
		require.NoError(t, err)
		assert.NotContains(t, tidy, ` style="`)
		assert.Contains(t, tidy, `<annotation encoding="application/x-tex">`)
	}
	assert.NotContains(t, MathCSS(), "url(")
}

func TestFormulasThatCannotBeSet(t *testing.T) {
	set, err := newTypesetter(16, 1)
	require.NoError(t, err)
	for name, c := range map[string]struct{ tex, problem string }{
		"unknown":      {`\nope`, "Unsupported function name: \\nope"},
		"unbalanced":   {`\frac{1`, "the formula is not valid TeX: "},
		"macro loop":   {`\def\a{\a\a}\a`, "Too many expansions"},
		"two macros":   {`\def\a{\b}\def\b{\a}\a`, "Too many expansions"},
		"doubling":     {`\def\a{xx}\def\b{\a\a}\def\c{\b\b}\def\d{\c\c}\def\e{\d\d}\def\f{\e\e}\def\g{\f\f}\def\h{\g\g}\def\i{\h\h}\def\j{\i\i}\j\j`, "Too many expansions"},
		"href":         {`\href{javascript:alert(1)}{x}`, "Unsupported function name: \\href"},
		"untrusted":    {`\class{a}{b}`, "not trusted"},
		"too long":     {strings.Repeat("x", maxTeX+1), "4001 bytes"},
		"deep groups":  {strings.Repeat("{", 1000) + strings.Repeat("}", 1000), "groups in one another"},
		"deep scripts": {strings.Repeat("x^{", 55) + strings.Repeat("}", 55), ""},
		"deep fences":  {strings.Repeat(`\left(`, 200) + strings.Repeat(`\right)`, 200), "the formula is too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := set.set(c.tex, false)
			require.NoError(t, err)
			if c.problem == "" {
				assert.Empty(t, s.problem)
				return
			}
			assert.Contains(t, s.problem, c.problem)
			assert.NotContains(t, s.problem, "\n")
			assert.Empty(t, s.mathml)
			again, err := set.set("x", false)
			require.NoError(t, err)
			assert.Equal(t, `<math><semantics><mi>x</mi><annotation encoding="application/x-tex">x</annotation></semantics></math>`, again.mathml)
		})
	}
}

func TestInterruptedFormulaLeavesTheOthersAlone(t *testing.T) {
	set, err := newTypesetter(16, 1)
	require.NoError(t, err)
	e, err := newEngine()
	require.NoError(t, err)
	<-set.idle
	v, err := e.vm.RunString(`(function () { for (;;) {} })`)
	require.NoError(t, err)
	e.run, _ = goja.AssertFunction(v)
	set.idle <- e
	s, err := set.set("x", false)
	require.NoError(t, err)
	assert.Equal(t, "the formula is too complex to be set", s.problem)
	s, err = set.set("y", false)
	require.NoError(t, err)
	assert.Contains(t, s.mathml, "<mi>y</mi>")
}
