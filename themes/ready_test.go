package themes

import (
	"bytes"
	"errors"
	"html/template"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadyTemplatesGiveTheSameBytes executes every page as html/template does by itself, and as it was made ready.
func TestReadyTemplatesGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		theme := opened(t, name)
		views := samples()
		for _, lang := range theme.languages {
			plain, problems := theme.loadPages(lang)
			require.Empty(t, problems)
			ready, _ := theme.loadPages(lang)
			for _, sample := range slices.Sorted(maps.Keys(views)) {
				page := pageOf(sample)
				f := frame{Frame{
					Language: lang, Site: "Tom & Ana's <State>", Path: "/x?y=1&z=“a b”", Query: `1+1 "x"`, Notice: "published", Lede: "A lesson.",
					Canonical: "https://oer.example/", Account: "Rosa", JSONLD: `<script type="application/ld+json">{}</script>`, Script: "/s.js",
					Offered: []Option{{"a'b", "<c>"}},
				}, views[sample], theme}
				var want, got bytes.Buffer
				require.NoError(t, plain[page].tmpl.ExecuteTemplate(&want, "layout", f), sample)
				require.NoError(t, ready[page].layout().ExecuteTemplate(&got, "layout", f), sample)
				assert.Equal(t, want.String(), got.String(), "%s, %s, %s", name, lang, sample)
			}
		}
	}
}

// TestReadyTemplatesCallLess holds what BenchmarkPage shows: a version of Go that names what it calls otherwise must be found.
func TestReadyTemplatesCallLess(t *testing.T) {
	t.Parallel()
	theme := opened(t, Default)
	var all strings.Builder
	for _, one := range theme.pages["en"]["search"].layout().Templates() {
		if one.Tree != nil {
			all.WriteString(one.Tree.Root.String())
		}
	}
	for _, call := range []string{inText, inAttribute, filter, normalizer, `{{t "search.sort"`} {
		assert.NotContains(t, all.String(), call)
	}
	assert.Contains(t, all.String(), addressCall)
}

func TestValuesAreEscapedAsByHTMLTemplate(t *testing.T) {
	t.Parallel()
	values := []any{
		"", "plain", `a "b" 'c' & <d> + e`, "\x00", "\xff\xfe", "\ufdd0\uffff", "ñ — “x”", template.HTML("<b>x</b>&amp;"), template.URL("sms:?a b"), template.JS("x<y"),
		template.HTMLAttr(` lang="es"`), nil, 7, -1.5, true, time.Second, []string{"a", "<b>"}, new(string), errors.New("<e>"), Option{"<a>", "b"},
		"/search?q=a+b&page=2", "/a b", "/á", "/%41", "/%4", "/%zz", "//x/y", "/(x)'\"", "https://x.example/[a]?b=c#d", "http://x/", "HTTPS://x/", "javascript:alert(1)",
		"mailto:a@b", "data:text/html,x", "a:b", "a/b:c", "?q=x:y", "#x", "/\n", "/`{}|\\^",
	}
	for in, f := range map[string]func(any) string{"<p>{{.}}</p>": escapedText, `<p title="{{.}}"></p>`: escapedAttribute, `<a href="{{.}}"></a>`: escapedAddress} {
		before, after, _ := strings.Cut(in, "{{.}}")
		tmpl := template.Must(template.New("").Parse(in))
		for _, v := range values {
			var want strings.Builder
			require.NoError(t, tmpl.Execute(&want, v))
			assert.Equal(t, want.String(), before+f(v)+after, "%#v in %s", v, in)
		}
	}
}

// TestMessagesAreFilledAsByTheirLibrary fills every message of both languages.
func TestMessagesAreFilledAsByTheirLibrary(t *testing.T) {
	t.Parallel()
	for lang, m := range opened(t, Default).messages {
		require.NotEmpty(t, m.filled, lang)
		for key := range m.filled {
			var pairs []any
			for i, name := range slices.Sorted(maps.Keys(m.entries[key].placeholders())) {
				pairs = append(pairs, name, []any{7, "<a> & “b”", int64(-3), template.HTML("<b>")}[i%4])
			}
			data, err := pairData(key, pairs)
			require.NoError(t, err)
			want, err := m.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
			require.NoError(t, err)
			got, err := m.text(key, pairs...)
			require.NoError(t, err)
			assert.Equal(t, want, got, "%s in %s", key, lang)
		}
	}
}
