package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestTeacherFindsInABrowser searches, narrows, and goes to a lesson, with and without scripts; both end at the same address.
func TestTeacherFindsInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	s := apptest.New(t).Server(t, "server", nil)
	s.ImportFrameworks(t)
	s.PublishSamples(t)
	ends := map[string]bool{}
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			p := b.Page(t)
			p.SetViewport(320, 700, false)
			if !scripts {
				p.DisableScripts()
			}
			here := func() {
				t.Helper()
				fits(t, p)
				accessible(t, p)
				silent(t, p)
				stays(t, p, s)
			}
			p.Open(s.URL)
			p.Fill("main input[name=q]", "fracti")
			if scripts {
				waitFor(t, p, `[...document.querySelector('main input[name=q]').list.options].some(o => o.value === 'fractions')`)
				p.Fill("main input[name=q]", "fractoins") // no option has it as it is written
				waitFor(t, p, `[...document.querySelector('main input[name=q]').list.options].some(o => o.label.startsWith('fractoins → '))`)
			}
			p.Fill("main input[name=q]", "fractoins")
			p.Submit("main form[role=search]")
			assert.Contains(t, p.Text("h1"), "fractoins")
			assert.Contains(t, p.Text(".note"), "fractions", "it says what was searched")
			here()
			p.Follow(".note a")
			assert.Contains(t, p.Text("h1"), "“fractions”")
			assert.NotEmpty(t, p.Text(".cards mark"))
			p.Follow(`#filters a[href*="grade=5"]`)
			assert.Contains(t, p.Text(".chips"), "Grade 5")
			p.Follow(`#filters a[href*="type=unit"]`)
			here()
			p.Fill("header input[name=q]", "division")
			p.Submit("header form[role=search]")
			assert.Contains(t, p.Text(".chips"), "Grade 5", "the filters stay with a new query")
			assert.True(t, p.Has(`link[type="application/atom+xml"][href^="/search.atom?"]`))
			p.Follow(".chips a")
			assert.False(t, strings.Contains(p.Text(".chips"), "Grade 5"), "and go with a click")
			p.Follow(".cards a")
			ends[p.URL()] = true
			here()
		})
	}
	assert.Len(t, ends, 1, ends)
}

// waitFor waits until an expression is true on the page.
func waitFor(t *testing.T, p *browser.Page, expression string) {
	t.Helper()
	require.Eventually(t, func() (yes bool) { p.Eval(expression, &yes); return yes }, time.Minute, 50*time.Millisecond, expression)
}
