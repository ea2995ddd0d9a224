package themes

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func TestPageTakesTheRulesThatItUses(t *testing.T) {
	const css = `a{color:var(--ink)}p,ul>li,.note::before{margin:0}.note:not(.bad) a:hover{top:0}#q[type="a,b"]{left:0}` +
		`@media print{.foot,.top{display:none}.gone{color:var(--bad)}}@media (min-width:9rem){.gone{top:0}}@page{margin:1cm;color:var(--line)}` +
		`.gone{color:var(--soft)}.a .gone,.a{content:"a  {,} b"}:root,*{x:y}`
	for page, want := range map[string]string{
		"":                                  `@page{margin:1cm;color:var(--line)}:root,*{x:y}`,
		`<a href="?a=1>2">x</a>`:            `a{color:var(--ink)}@page{margin:1cm;color:var(--line)}:root,*{x:y}`,
		`<p class='note  top'>x<A class=x>`: `a{color:var(--ink)}p,.note::before{margin:0}.note:not(.bad) a:hover{top:0}@media print{.top{display:none}}@page{margin:1cm;color:var(--line)}:root,*{x:y}`,
		`<ul data-class="note"><li class="a"><i/>`: `ul>li{margin:0}@page{margin:1cm;color:var(--line)}.a{content:"a  {,} b"}:root,*{x:y}`,
		`<input type=search id=q>`:                 `#q[type="a,b"]{left:0}@page{margin:1cm;color:var(--line)}:root,*{x:y}`,
	} {
		var b strings.Builder
		parseSheet(css).write(&b, namesIn([]byte(page)), map[string]bool{})
		assert.Equal(t, want, b.String(), page)
	}
	var b strings.Builder
	uses := map[string]bool{}
	parseSheet(css).write(&b, func(string) bool { return true }, uses)
	assert.Equal(t, css, b.String(), "all that is written is read")
	assert.Equal(t, map[string]bool{"--ink": true, "--bad": true, "--line": true, "--soft": true}, uses)
}

func TestSheetThatCannotBeReadIsKept(t *testing.T) {
	for _, css := range []string{"a{b:c}p{", "p{i{top:0}}", "}", "a", `@import "x";`, "@layer x{a{b:c}}"} {
		var b strings.Builder
		parseSheet(css).write(&b, func(string) bool { return true }, map[string]bool{})
		assert.Equal(t, strings.TrimPrefix(css, "}"), b.String())
	}
}

// TestNoNameOfAPageIsOverlooked reads every page of every theme as browsers do, and asks for what it has.
func TestNoNameOfAPageIsOverlooked(t *testing.T) {
	for _, name := range Names() {
		theme := opened(t, name)
		for sample, view := range samples() {
			var b bytes.Buffer
			_, err := theme.Page(&b, pageOf(sample), Frame{Language: "en", Notice: "published", Account: "Rosa"}, view)
			require.NoError(t, err)
			has := namesIn(b.Bytes())
			doc, err := html.Parse(bytes.NewReader(b.Bytes()))
			require.NoError(t, err)
			for n := range doc.Descendants() {
				if n.Type != html.ElementNode {
					continue
				}
				assert.True(t, has(strings.ToLower(n.Data)), "%s: %s", sample, n.Data)
				for _, a := range n.Attr {
					switch a.Key {
					case "class":
						for class := range strings.FieldsSeq(a.Val) {
							assert.True(t, has("."+class), "%s: .%s", sample, class)
						}
					case "id":
						assert.True(t, has("#"+a.Val), "%s: #%s", sample, a.Val)
					}
				}
			}
		}
	}
}

func TestTokensAreThoseThatRulesUse(t *testing.T) {
	ts := tokens{light: {"--a": {value: "var(--b)"}, "--b": {value: "#fff"}, "--c": {value: "#000"}}, dark: {"--b": {value: "var(--d)"}, "--d": {value: "#111"}}}
	ts[light]["--d"] = token{value: "#222"}
	assert.Equal(t, ":root{color-scheme:light;--a:var(--b);--b:#fff;--d:#222}", ts.css("light", map[string]bool{"--a": true, "--none": true}, false))
	assert.Contains(t, ts.css("light", map[string]bool{}, true), "--c:#000")
}

func BenchmarkPageOfALesson(b *testing.B) {
	theme := opened(b, Default)
	view := samples()["resource"]
	for b.Loop() {
		_, err := theme.Page(&bytes.Buffer{}, "resource", Frame{Language: "en"}, view)
		require.NoError(b, err)
	}
}
