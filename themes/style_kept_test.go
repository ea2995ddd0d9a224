package themes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStylesThatAreKeptAreThoseThatWouldBeMade asks for the style of pages that differ in one thing that it depends on, in two
// orders: each has what it has in a theme that has made no other.
func TestStylesThatAreKeptAreThoseThatWouldBeMade(t *testing.T) {
	t.Parallel()
	fresh := func() *Theme {
		theme := &Theme{name: Default, layers: opened(t, Default).layers, languages: Languages[:]}
		require.Empty(t, theme.load())
		return theme
	}
	type asked struct {
		page, html string
		f          Frame
	}
	all := []asked{
		{"search", `<ul class="cards"><li class="card">x</li></ul>`, Frame{}},
		{"search", `<ul class="cards"><li class="card">x</li></ul><mark>y</mark>`, Frame{}},
		{"search", `<ul class="cards"><li class="card" style="color:var(--accent)">x</li></ul>`, Frame{}},
		{"resource", `<ul class="cards"><li class="card">x</li></ul>`, Frame{}},
		{"search", `<ul class="cards"><li class="card">x</li></ul>`, Frame{Look: Looks[len(Looks)-1]}},
		{"search", `<ul class="cards"><li class="card">x</li></ul>`, Frame{Whole: true}},
		{"search", `<ul class="cards"><li class="card">x</li></ul>`, Frame{Styles: []string{".card{margin:1px}"}}},
		{"search", `<ul class="cards"><li class="card">x</li></ul>`, Frame{Styles: []string{".card{margin:2px}"}}},
	}
	kept := fresh()
	for _, again := range []bool{false, true} {
		told := map[string]bool{}
		for i, a := range all {
			css, source, err := kept.styleOf(a.page, a.f, []byte(a.html))
			require.NoError(t, err)
			if !again {
				want, wantSource, err := fresh().styleOf(a.page, a.f, []byte(a.html))
				require.NoError(t, err)
				assert.Equal(t, want, css, "%d", i)
				assert.Equal(t, wantSource, source, "%d", i)
			}
			assert.True(t, strings.HasPrefix(source, "'sha256-"))
			told[css] = true
		}
		assert.Greater(t, len(told), len(all)-2, "they differ")
	}
	for i := range 2 * stylesKept {
		_, _, err := kept.styleOf("search", Frame{}, []byte(fmt.Sprintf(`<p style="color:var(--c%d)">`, i)))
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, len(kept.styles), stylesKept)
}
