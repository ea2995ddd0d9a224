package themes

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func opened(t testing.TB, name string) *Theme {
	t.Helper()
	theme, err := openTheme(name, "")
	require.NoError(t, err)
	return theme
}

// openTheme is a theme that is without a problem.
func openTheme(name, dir string) (*Theme, error) {
	theme, problems, err := load(name, dir)
	if err == nil {
		err = problems.err()
	}
	return theme, err
}

func TestEveryPageRendersInEveryThemeAndLanguage(t *testing.T) {
	leftover := regexp.MustCompile(`ZgotmplZ|&lt;no value&gt;|<no value>|\{\{|%!|<script>|<title> `)
	for _, name := range Names() {
		theme := opened(t, name)
		for sample, view := range samples() {
			for _, lang := range Languages {
				var b bytes.Buffer
				f := Frame{Language: lang, Site: "Test", Path: "/x?y=1", Notice: "published", Canonical: "https://oer.example/", Lede: "A lesson."}
				_, err := theme.Page(&b, pageOf(sample), f, view)
				require.NoError(t, err, sample)
				page := b.String()
				where := name + " " + sample + " " + lang
				assert.Empty(t, leftover.FindString(page), where)
				assert.Equal(t, 1, strings.Count(page, "<h1"), where)
				assert.True(t, strings.Contains(page, `<html lang="`+lang+`">`), where)
			}
		}
	}
}

func TestEveryPageHasASample(t *testing.T) {
	theme := opened(t, Default)
	seen := map[string]bool{}
	for sample := range samples() {
		seen[pageOf(sample)] = true
	}
	for page := range theme.pages["en"] {
		assert.True(t, seen[page], page)
	}
}

func TestLanguagesDiffer(t *testing.T) {
	theme := opened(t, Default)
	same := map[string]bool{}
	for key := range theme.messages["en"].entries {
		if en, es := theme.Text("en", key, "N", "1"), theme.Text("es", key, "N", "1"); en == es && strings.Contains(en, " ") && !strings.Contains(key, "time.") {
			same[key] = true
		}
	}
	delete(same, "new.template") // a file format
	assert.Empty(t, same, "these sentences are not translated")
}

func TestPolicyAllowsTheInlinedStyle(t *testing.T) {
	for _, name := range Names() {
		theme := opened(t, name)
		for sample, view := range samples() {
			var b bytes.Buffer
			style, err := theme.Page(&b, pageOf(sample), Frame{Language: "en", Styles: []string{"a{b:c}"}}, view)
			require.NoError(t, err)
			parts := strings.Split(b.String(), "<style>")
			require.Len(t, parts, 2, sample)
			css, _, _ := strings.Cut(parts[1], "</style>")
			assert.Contains(t, css, "a{b:c}")
			sum := sha256.Sum256([]byte(css))
			assert.Equal(t, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", style, sample)
		}
	}
}

func TestEveryClassOfAPageHasARule(t *testing.T) {
	theme := opened(t, Default)
	names := regexp.MustCompile(`class="([^"]*)"`)
	plain := map[string]bool{"results": true, "start": true, "head": true, "file": true, "leaf": true, "url": true, "colophon": true, "same": true, "stds": true, "files": true, "versions": true, "may": true, "refused": true, "l2": true, "printbar": true}
	for sample, view := range samples() {
		var b bytes.Buffer
		_, err := theme.Page(&b, pageOf(sample), Frame{Language: "en", Notice: "published", Whole: true}, view)
		require.NoError(t, err)
		for _, hit := range names.FindAllStringSubmatch(b.String(), -1) {
			for _, class := range strings.Fields(hit[1]) {
				assert.True(t, plain[class] || regexp.MustCompile(`\.`+class+`\b`).Match(b.Bytes()), "%s: no rule for %s", sample, class)
			}
		}
	}
}

func TestPageEscapesWhatPeopleWrote(t *testing.T) {
	theme := opened(t, Default)
	evil := `"><script>alert(1)</script>`
	card := sampleCard(evil, `en"><script>`)
	card.URL, card.Description, card.Source = "javascript:alert(1)", evil, evil
	var b bytes.Buffer
	_, err := theme.Page(&b, "search", Frame{Language: "en", Query: evil, Path: evil}, Search{Total: 1, Cards: []Card{card}})
	require.NoError(t, err)
	assert.NotContains(t, b.String(), "<script>")
	assert.NotContains(t, b.String(), `href="javascript`)
}

func TestOverlayReplacesAndAdds(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, "valley", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	write("tokens.css", ":root { --accent: #123456 }")
	write("messages/en.json", `{"home.heading": "Valley lessons"}`)
	write("pages/error.html", `{{define "title"}}Oh{{end}}{{define "main"}}<h1>{{t "home.heading"}}</h1>{{end}}`)
	theme, err := openTheme("valley", dir)
	require.NoError(t, err)
	var b bytes.Buffer
	_, err = theme.Page(&b, "error", Frame{Language: "en"}, Error{})
	require.NoError(t, err)
	assert.Contains(t, b.String(), "--accent:#123456")
	assert.Contains(t, b.String(), "<h1>Valley lessons</h1>")
	assert.Equal(t, opened(t, Default).Text("es", "home.heading"), theme.Text("es", "home.heading"), "what the overlay does not say stays")
}

func TestBrokenOverlayIsRefusedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says string }{
		"template":     {"pages/home.html", "{{define", "home.html"},
		"missing word": {"pages/home.html", `{{define "title"}}{{t "no.such"}}{{end}}{{define "main"}}{{end}}`, "no.such"},
		"style":        {"tokens.css", "</style><script>", "tokens.css"},
		"messages":     {"messages/en.json", "{", "messages/en.json"},
		"one language": {"messages/en.json", `{"new.key": "x"}`, "new.key"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "bad", c.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))
			_, err := openTheme("bad", dir)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestUnknownThemeIsRefused(t *testing.T) {
	for _, name := range []string{"nobody", "..", "../default", "a/b", ".hidden"} {
		_, err := openTheme(name, t.TempDir())
		require.ErrorIs(t, err, ErrUnknown, name)
	}
}

func TestNumbersAndDates(t *testing.T) {
	theme := opened(t, Default)
	en, es := theme.messages["en"], theme.messages["es"]
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		assert.Equal(t, want, number(n))
	}
	check := func(want string, got string, err error) {
		t.Helper()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	text, err := es.count("resources", 1_000_000)
	check("1,000,000 de recursos", text, err)
	text, err = es.count("resources", 1)
	check("1 recurso", text, err)
	text, err = en.date(september)
	check("September 14, 2026", text, err)
	text, err = es.date(september)
	check("14 de septiembre de 2026", text, err)
	text, err = en.minutes(90)
	check("1 h 30 min", text, err)
	text, err = en.grades([]string{"5", "3", "4"})
	check("Grades 3–5", text, err)
	text, err = en.grades([]string{"K", "1"})
	check("Grades K–1", text, err)
	text, err = es.grades([]string{"5"})
	check("5.º grado", text, err)
	text, err = en.grades([]string{"3", "5", "adult"})
	check("Grade 3, Grade 5, Adults", text, err)
}

func TestMinifyKeepsTheMeaning(t *testing.T) {
	for css, want := range map[string]string{
		"a { color: red; }":                                      "a{color:red}",
		"/* x */ a > b, c  d { margin: 0 auto }":                 "a>b,c d{margin:0 auto}",
		"a::before { content: \"  {;} \" }":                      "a::before{content:\"  {;} \"}",
		"@media (min-width: 60rem) { a { b: calc(1px + 2px) } }": "@media (min-width:60rem){a{b:calc(1px + 2px)}}",
		".a :hover { x: y }":                                     ".a :hover{x:y}",
	} {
		assert.Equal(t, want, minify(css))
	}
}

func TestEveryThemePassesItsChecks(t *testing.T) {
	for _, name := range Names() {
		problems, err := Check(name, "")
		require.NoError(t, err)
		assert.Empty(t, problems.Error(), name)
	}
}

func TestTroubleIsShown(t *testing.T) {
	theme := opened(t, Default)
	for _, lang := range theme.Languages() {
		var b bytes.Buffer
		f := Frame{Language: lang, Trouble: []Stale{{"valley", []Problem{{File: "valley/tokens.css", Line: 2, Message: "unknown token", Remedy: "use another"}}}}}
		_, err := theme.Page(&b, "privacy", f, struct{}{})
		require.NoError(t, err)
		assert.Contains(t, b.String(), "<code>valley/tokens.css:2</code> unknown token<br>")
	}
}
