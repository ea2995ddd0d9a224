package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr/coding"
)

func unitFiles(first string) fstest.MapFS {
	head := "title: %\ntype: lesson\nlanguage: en\nlicense: CC-BY-4.0\ncreators: [{name: Rosa}]\naudience: [teacher]\n---\n"
	part := func(title, body string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("---\n" + strings.Replace(head, "%", title, 1) + body)}
	}
	return fstest.MapFS{
		"index.md":    {Data: []byte("---\n" + strings.Replace(strings.Replace(head, "%", "Shares", 1), "type: lesson", "type: unit", 1) + "## Overview\n\nAll of it.\n\n::: teacher\nTwo days.\n:::\n")},
		"01/index.md": part("Strips", "## Warm-up\n\n"+first+"\n\n::: teacher\n#### Key\n\nThe answer is 3/4.\n:::\n\n[up](#warm-up)\n"),
		"02/index.md": part("Recipes", "## Warm-up\n\nMix.\n\n::: quiz\nHalf of 1?\n\n= 1/2\n:::\n\nEnd.\n"),
	}
}

func TestPrintedUnitIsOneDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/shares", unitFiles("Fold the strips."))
	a := w.get("/r/rosa/shares/print?view=teacher")
	require.Equal(t, http.StatusOK, a.status)
	require.NoError(t, wellFormed(a.body))
	text, key, found := strings.Cut(a.body, `<section class="key"`)
	require.True(t, found)
	assert.Contains(t, text, `<a href="#p1">Strips</a>`)
	assert.Contains(t, text, `<h2 id="p2">Recipes</h2>`)
	assert.Contains(t, text, `<h3 id="p2-h-warm-up">`)
	assert.Contains(t, text, `<a href="#p1-h-warm-up">up</a>`)
	for _, note := range []string{"Two days.", "The answer is 3/4.", "1/2"} {
		assert.NotContains(t, text, note, "students get these pages")
		assert.Contains(t, key, note)
	}
	assert.Contains(t, key, `<p class="under">Warm-up</p>`)
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
		assert.False(t, ids[m[1]], m[1])
		ids[m[1]] = true
	}
	student := w.get("/r/rosa/shares/print?view=student").body
	assert.NotContains(t, student, "The answer is")
	assert.NotContains(t, student, `class="key"`)
}

func TestPrintedRevisionIsTheOneThatItsCodeLeadsTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.publish("rosa/shares", unitFiles("Fold the strips."))
	w.publish("rosa/shares", unitFiles("Cut the strips."))
	address := testBase + "/id/" + string(old.ID) + "@" + old.Revision
	page := w.get(pathOf(old.Address, old.Revision) + "/print")
	require.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.body, ">"+address+"</a>")
	assert.Contains(t, page.body, `aria-label="QR code: `+address+`"`)
	assert.Contains(t, page.body, "Fold the strips.", "the parts are as they were")
	assert.NotContains(t, page.body, "Cut the strips.")

	to := w.get(strings.TrimPrefix(address, testBase))
	require.Equal(t, http.StatusFound, to.status)
	assert.Equal(t, pathOf(old.Address, old.Revision), to.header.Get("Location"))
	for _, wrong := range []string{"@", "@x", "@" + old.Revision + "0", "@3f9a1c0/remix"} {
		assert.Equal(t, http.StatusNotFound, w.get("/id/"+string(old.ID)+wrong).status, wrong)
	}
}

// TestQRCodeSaysItsText reads a drawn code back: its modules are those of a plan made anew, found by filling in the strokes.
func TestQRCodeSaysItsText(t *testing.T) {
	t.Parallel()
	text := "https://oer.example/id/01920000-0000-7000-8000-000000000000@" + strings.Repeat("3f9a1c0d", 5)
	code, err := qrCode(text)
	require.NoError(t, err)
	assert.Less(t, len(code.Path), 4000)
	side := code.Size - 2*qrQuiet
	version := (side - 17) / 4
	plan, err := coding.NewPlan(coding.Version(version), coding.M, 0)
	require.NoError(t, err)
	want, err := plan.Encode(coding.String(text))
	require.NoError(t, err)
	require.Equal(t, want.Size, side)

	black := map[[2]int]bool{}
	x, y := 0, 0
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)\.5|m(\d+) 0|h(\d+)`).FindAllStringSubmatch(code.Path, -1) {
		n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
		switch m[0][0] {
		case 'M':
			x, y = n(1), n(2)
		case 'm':
			x += n(3)
		case 'h':
			for range n(4) {
				black[[2]int{x - qrQuiet, y - qrQuiet}] = true
				x++
			}
		}
	}
	for y := range side {
		for x := range side {
			require.Equal(t, want.Black(x, y), black[[2]int{x, y}], "module %d, %d", x, y)
		}
	}
}

func TestPaperKeepsHeadingsInOrder(t *testing.T) {
	t.Parallel()
	p := onPaper(`<h2 id="h-a">A <math><mi>x</mi><annotation>\x</annotation></math></h2><h4>B</h4><aside class="callout teacher" role="note"><h4>K</h4><aside class="callout note"><p>in</p></aside><p>k</p></aside><p>t</p>`, "p1-", 1)
	assert.Equal(t, `<h3 id="p1-h-a">A <math><mi>x</mi><annotation>\x</annotation></math></h3><h5>B</h5><p>t</p>`, string(p.Text))
	assert.Equal(t, `<p class="under">B</p>`+"\n"+`<aside class="callout teacher" role="note"><h4>K</h4><aside class="callout note"><p>in</p></aside><p>k</p></aside>`, string(p.Key))
}
