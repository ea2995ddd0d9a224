package themes

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// folder writes the files of themes, by their paths.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func TestCheckNamesThePlaceAndTheRemedy(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says, helps string }{
		"unknown token":             {"tokens.css", ":root {\n  --acent: #123456;\n}", "tokens.css:2: unknown token --acent", "--accent"},
		"a property that is none":   {"tokens.css", ":root { color: red }", "tokens.css:1: color is not a token", "style.css"},
		"a token elsewhere":         {"tokens.css", "\n.card { --accent: #123456 }", "tokens.css:2: tokens stand in :root only", "style.css"},
		"a color without a value":   {"tokens.css", ":root { --accent: teal }", "tokens.css:1: --accent is a color", "#rrggbb"},
		"a token that loads":        {"tokens.css", ":root { --serif: url(//evil.example/x) }", "tokens.css:1: the value", "nothing is loaded"},
		"an open brace":             {"tokens.css", ":root {\n --accent: #123456", "tokens.css:2: a brace is missing", ":root {"},
		"low contrast":              {"tokens.css", "/* x */\n:root { --soft: #9a9a9a }", "tokens.css:2: low contrast in the light look: var(--soft) (#9a9a9a)", "would do"},
		"low contrast, dark only":   {"tokens.css", "@media (prefers-color-scheme: dark) {\n:root { --accent: #333 } }", "tokens.css:2: low contrast in the dark look", "would do"},
		"high contrast is more":     {"tokens.css", "@media (prefers-contrast: more) { :root { --accent: #5a6b78 } }", "tokens.css:1: low contrast in the high contrast look", "would do"},
		"a pair of its own":         {"style.css", "\n\n.tag { color: var(--accent); background: var(--soft) }", "low contrast in the light look: var(--accent)", "--soft"},
		"a pale focus":              {"tokens.css", ":root { --focus: #ddd }", "tokens.css:1: low contrast in the light look: var(--focus)", "would do"},
		"a color of its own":        {"style.css", ".tag { color: #777 }", "style.css:1: color: #777 is a color of its own", "var("},
		"a named color":             {"style.css", ".tag { border: 1px solid red }", "style.css:1: border: 1px solid red is a color of its own", "var("},
		"an unknown variable":       {"style.css", ".tag { color: var(--blue) }", "style.css:1: unknown token --blue", "--accent"},
		"a look of its own":         {"style.css", "@media (prefers-color-scheme: dark) { a { top: 0 } }", "style.css:1: a look that a reader chose", "tokens.css"},
		"an import":                 {"style.css", "@import 'x.css';", "style.css:1: nothing is loaded from elsewhere", "write the rules here"},
		"markup in a style":         {"style.css", ".a {}\n</style>", "style.css:2: a style sheet cannot contain", "take it out"},
		"a template":                {"pages/home.html", "\n{{if}}", "pages/home.html:2: ", "default theme"},
		"a partial":                 {"partials/card.html", "{{define \"card\"}}\n{{.Nothing}}{{end}}", "partials/card.html:2: ", "default theme"},
		"a page without a part":     {"pages/home.html", `{{define "main"}}{{end}}`, "pages/home.html:1: the page does not define title", "define"},
		"a page without a heading":  {"pages/error.html", `{{define "title"}}x{{end}}{{define "main"}}{{end}}`, "pages/error.html:1: the page must have one heading", "default theme"},
		"an inline style":           {"pages/error.html", `{{define "title"}}x{{end}}{{define "main"}}<h1 style="top:0">x</h1>{{end}}`, "the attribute style does nothing", "default theme"},
		"a word that is not there":  {"pages/error.html", "{{define \"title\"}}x{{end}}\n{{define \"main\"}}<h1>{{t \"no.such\"}}</h1>{{end}}", `pages/error.html:2: messages/en.json does not have "no.such"`, "messages/en.json"},
		"a word that is not asked":  {"messages/en.json", `{"home.headng": "x"}`, `nobody asks for "home.headng"`, "remove"},
		"one language only":         {"messages/en.json", "{\n\"subject.boats\": \"Boats\"}", `messages/en.json:2: messages/es.json does not have "subject.boats"`, "there too"},
		"a plural form is missing":  {"messages/es.json", "{\n\n\"home.count\": {\"one\": \"a\", \"other\": \"b\"}}", `messages/es.json:3: "home.count" has no plural form "many"`, "one, many, other"},
		"a plural form too many":    {"messages/en.json", `{"home.count": {"one": "a", "few": "b", "other": "c"}}`, `has the plural form "few", which en does not have`, "one, other"},
		"a form that is none":       {"messages/en.json", `{"home.count": {"one": "a", "lots": "b"}}`, `a plural form "lots"`, "zero, one"},
		"plural where none counts":  {"messages/en.json", `{"home.heading": {"one": "a", "other": "b"}}`, "has plural forms", "tn"},
		"none where it is counted":  {"messages/en.json", `{"home.count": "many"}`, "messages/en.json:1: \"home.count\" is counted", "other"},
		"a placeholder of no value": {"messages/en.json", `{"theme.stale": "{{.Thema}}"}`, "nothing fills {{.Thema}}", "placeholders"},
		"braces":                    {"messages/en.json", `{"home.heading": "{{if}}"}`, "has braces that are no placeholder", "{{.Name}}"},
		"broken messages":           {"messages/en.json", "{\n\"a\": 1,\n}", "messages/en.json:3: ", "one object"},
		"a file that nobody reads":  {"token.css", ":root {}", "token.css: nothing reads this file", "default theme"},
		"a page that is none":       {"pages/hello.html", "x", "pages/hello.html: nothing reads this file", "default theme"},
		"a language not offered":    {"messages/fr.json", "{}", "messages/fr.json: nothing reads this file", "languages of theme.toml"},
		"an unknown setting":        {"theme.toml", "name = \"x\"\ncolor = \"red\"", "theme.toml:2: there is no setting \"color\"", "parent"},
		"broken settings":           {"theme.toml", "name = \"x\"\nparent", "theme.toml:2: ", "parent ="},
		"an unknown parent":         {"theme.toml", "\nparent = \"nobody\"", "theme.toml:2: there is no theme \"nobody\"", "maplewood"},
		"a language that is none":   {"theme.toml", `languages = ["english please"]`, "theme.toml:1: \"english please\" is no tag", "pt-BR"},
		"a language without words":  {"theme.toml", `languages = ["en", "es", "fr"]`, `messages/fr.json does not have "skip"`, "messages/fr.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems, err := Check("bad", folder(t, map[string]string{"bad/" + c.file: c.text}))
			require.NoError(t, err)
			for _, p := range problems {
				if strings.Contains(p.Error(), c.says) {
					assert.Contains(t, p.Remedy, c.helps)
					assert.False(t, p.Warning)
					return
				}
			}
			t.Errorf("no problem says %q:\n%v", c.says, problems)
		})
	}
}

func TestCheckAllowsWhatAThemeIsFor(t *testing.T) {
	dir := folder(t, map[string]string{
		"valley/README.md":        "Not read.",
		"valley/theme.toml":       "name = \"Valley\"\nsite = \"Valley Schools\"\nparent = \"county\"\nlanguages = [\"es\", \"en\"]",
		"valley/messages/en.json": `{"home.heading": "Valley", "subject.boats": "Boats"}`,
		"valley/messages/es.json": `{"home.heading": "Valle", "subject.boats": "Barcos", "home.count": {"one": "uno", "many": "{{.N}} de", "other": "{{.N}}"}}`,
		"valley/style.css":        ".tag { color: var(--ink); background: var(--wash); margin-inline-start: 1px }\n@media print { body { color: #000 } }",
		"county/theme.toml":       `parent = "maplewood"`,
		"county/tokens.css":       ":root { --accent: #123456; --focus: #a00 }",
	})
	problems, err := Check("valley", dir)
	require.NoError(t, err)
	require.Empty(t, problems.Error())
	theme, err := openTheme("valley", dir)
	require.NoError(t, err)
	assert.Equal(t, "Valley Schools", theme.Site())
	assert.Equal(t, []string{"es", "en"}, theme.Languages())
	assert.Equal(t, "Valley", theme.Text("en", "home.heading"))
	assert.Contains(t, theme.Text("en", "home.lede"), "Made by our teachers", "of maplewood, two themes below")
	assert.Contains(t, theme.tokens.css("light", nil, true), "--accent:#123456")
	assert.Contains(t, theme.tokens.css("dark", nil, true), "--accent:#f3a896", "a light color leaves the dark one as it was")
}

func TestCheckWarnsOfSides(t *testing.T) {
	dir := folder(t, map[string]string{"left/style.css": ".tag { margin-left: 1px;\ntext-align: right }"})
	problems, err := Check("left", dir)
	require.NoError(t, err)
	require.Len(t, problems, 2)
	assert.Contains(t, problems.Error(), "style.css:2: warning: text-align: right is wrong where one writes from right to left")
	_, err = openTheme("left", dir)
	assert.NoError(t, err, "a warning is no refusal")
}

func TestThemeIsBounded(t *testing.T) {
	dir := folder(t, map[string]string{"big/style.css": "/*" + strings.Repeat("x", maxFile) + "*/", "loop/theme.toml": `parent = "loop2"`, "loop2/theme.toml": `parent = "loop"`})
	for name, says := range map[string]string{"big": "larger than 1 MB", "loop": "more than 5 parents"} {
		_, err := openTheme(name, dir)
		require.ErrorContains(t, err, says)
	}
	require.NoError(t, os.Symlink("/etc", filepath.Join(dir, "out")))
	_, err := openTheme("out", dir)
	require.ErrorIs(t, err, ErrUnknown, "nothing outside of the folder is read")
}

func TestContrastIsThatOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000", "#fff", 21}, {"#fff", "#fff", 1}, {"#777777", "#ffffff", 4.478}, {"#767676", "#ffffff", 4.542}, {"#0000ff", "#ffffff", 8.592}} {
		assert.InDelta(t, c.want, ratio(parseColor(c.a), parseColor(c.b)), 0.001, c)
	}
	near, ok := passing(parseColor("#777"), parseColor("#fff"), 4.5)
	require.True(t, ok)
	assert.GreaterOrEqual(t, ratio(near, parseColor("#fff")), 4.5)
	assert.Equal(t, "#808080", parseColor("#000").mix(parseColor("#fff"), 0.5).String())
}

func TestLooksAreWrittenIntoThePage(t *testing.T) {
	theme := opened(t, Default)
	for look, c := range map[string]struct{ has, hasNot []string }{
		"system":   {[]string{"color-scheme:light dark;", "--paper:#fffdf9", "--paper:#14191b", "--paper:#000"}, nil},
		"light":    {[]string{"color-scheme:light;", "--paper:#fffdf9", "@media (prefers-contrast:more){:root{--accent:#003a46"}, []string{"prefers-color-scheme", "#14191b"}},
		"dark":     {[]string{"color-scheme:dark;", "--paper:#14191b", "@media (prefers-contrast:more)"}, []string{"prefers-color-scheme", "#fffdf9"}},
		"contrast": {[]string{"color-scheme:light dark;", "--ink:#000", "@media (prefers-color-scheme:dark)"}, []string{"prefers-contrast", "#fffdf9", "#14191b"}},
		"unknown":  {[]string{"--paper:#fffdf9", "--paper:#14191b"}, nil},
	} {
		var b bytes.Buffer
		_, err := theme.Page(&b, "error", Frame{Language: "en", Look: look}, Error{})
		require.NoError(t, err)
		css := b.String()
		for _, s := range c.has {
			assert.Contains(t, css, s, look)
		}
		for _, s := range c.hasNot {
			assert.NotContains(t, css, s, look)
		}
	}
}

func TestPluralFormsAreThoseOfCLDR(t *testing.T) {
	for lang, want := range map[string]string{"en": "one other", "es": "one many other", "ar": "zero one two few many other", "pl": "one few many other", "ja": "other"} {
		assert.Equal(t, want, strings.Join(formsOf(lang), " "), lang)
	}
}

func TestForeignTextHasItsDirection(t *testing.T) {
	for _, c := range []struct{ text, page, want string }{
		{"en", "en", ""}, {"en-US", "en", ""}, {"es", "en", ` lang="es"`}, {"ar", "en", ` lang="ar" dir="rtl"`}, {"en", "ar", ` lang="en" dir="ltr"`},
		{"he", "ar", ` lang="he"`}, {"az-Arab", "en", ` lang="az-Arab" dir="rtl"`}, {`x"y`, "en", ""},
	} {
		assert.Equal(t, c.want, string(foreign(c.text, c.page)), c)
	}
}

// sayable are words in templates that are the same in every language.
var sayable = map[string]bool{"OAI-PMH": true, "API": true, "QR": true, "CSV": true, "JSON": true, "git clone": true, "TASL": true, "Atom": true}

// bareStrings are the words of a template that stand in it as they are.
func bareStrings(src string) (words []string) {
	src = regexp.MustCompile(`\{\{define "styles"\}\}[^{]*\{\{end\}\}`).ReplaceAllString(src, "")
	src = regexp.MustCompile(`(?s)\{\{.*?\}\}`).ReplaceAllString(src, "")
	note := func(s string) {
		if s = strings.TrimSpace(s); strings.IndexFunc(s, unicode.IsLetter) >= 0 && !sayable[s] && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "commonplace ") { // addresses and commands
			words = append(words, s)
		}
	}
	z := html.NewTokenizer(strings.NewReader(src))
	code := 0
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		token := z.Token()
		switch kind {
		case html.TextToken:
			if code == 0 {
				for line := range strings.SplitSeq(html.UnescapeString(token.Data), "\n") {
					note(line)
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if token.Data == "code" || token.Data == "pre" {
				code++
			}
			for _, a := range token.Attr {
				if slices.Contains([]string{"alt", "title", "placeholder", "aria-label"}, a.Key) {
					note(a.Val)
				}
			}
		case html.EndTagToken:
			if token.Data == "code" || token.Data == "pre" {
				code--
			}
		}
	}
	return words
}

func TestTemplatesHaveNoBareStrings(t *testing.T) {
	assert.Equal(t, []string{"Hello", "Close"}, bareStrings(`{{define "x"}}<p>{{t "a"}} Hello</p><img alt="Close"><code>x</code>{{end}}`), "planted ones are found")
	for _, name := range Names() {
		theme := opened(t, name)
		for _, l := range theme.layers {
			for _, file := range slices.Sorted(maps.Keys(l.files)) {
				if strings.HasSuffix(file, ".html") {
					assert.Empty(t, bareStrings(string(l.files[file])), l.at(file))
				}
			}
		}
	}
}

func FuzzCSS(f *testing.F) {
	for _, seed := range []string{":root { --a: #fff }", "@media (x) { a { b: c } }", "a{b:'}'", "/*", "@import 'x';", "a{b{", "}", "a { b }"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		rules, line, err := parseCSS(src)
		if err != nil && (line < 1 || line > 1+strings.Count(src, "\n")) {
			t.Errorf("line %d of %q", line, src)
		}
		for _, r := range rules {
			r.pairs()
		}
		minify(src)
		parseTokens("x", src)
	})
}
