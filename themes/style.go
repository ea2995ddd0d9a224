package themes

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

const markupMessage = `a style sheet cannot contain "<"`

// loadStyles puts together what each page needs: the tokens, the rules of every page, and the sheets of styles/ that the
// page's template "styles" names.
func (t *Theme) loadStyles() (problems Problems) {
	t.css = make(map[string]map[string]string, len(Looks))
	for _, look := range Looks {
		t.css[look] = make(map[string]string)
	}
	for name, page := range t.pages[t.languages[0]] {
		var b bytes.Buffer
		file := "pages/" + name + ".html"
		if err := page.ExecuteTemplate(&b, "styles", nil); err != nil {
			problems = append(problems, t.templateProblem(file, err))
			continue
		}
		var css strings.Builder
		for _, sheet := range append([]string{"style"}, strings.Fields(b.String())...) {
			part := sheet + ".css"
			if sheet != "style" {
				part = "styles/" + part
			}
			text, found := t.sheet(part)
			if !found {
				problems = append(problems, Problem{File: t.layers.place(file), Line: 1, Message: "there is no " + part, Remedy: "write it, or take it out of the template \"styles\""})
			}
			css.WriteString(text)
		}
		for _, look := range Looks {
			t.css[look][name] = t.tokens.css(look) + css.String()
		}
	}
	for _, l := range t.layers {
		for file, b := range l.files {
			if strings.HasSuffix(file, ".css") && bytes.ContainsRune(b, '<') {
				problems = append(problems, Problem{File: l.at(file), Line: lineOf(b, "<"), Message: markupMessage, Remedy: "take it out"})
			}
		}
	}
	return problems
}

// sheet is a style sheet of all layers that have it, the topmost last.
func (t *Theme) sheet(file string) (css string, found bool) {
	var b strings.Builder
	for _, l := range t.layers {
		if src, ok := l.files[file]; ok {
			found = true
			b.WriteString(minify(string(src)))
		}
	}
	return b.String(), found
}

// sheetOf is the page's style sheet in the look that a reader has chosen.
func (t *Theme) sheetOf(page, look string) string {
	if !slices.Contains(Looks[:], look) {
		look = Looks[0]
	}
	return t.css[look][page]
}

// Style is the page's style sheet, and those that its content needs besides.
func (f frame) Style() (template.HTML, error) {
	var b strings.Builder
	for _, css := range append([]string{f.css}, f.Styles...) {
		if strings.Contains(css, "<") {
			return "", fmt.Errorf("style: %s", markupMessage)
		}
		b.WriteString("<style>" + css + "</style>")
	}
	return template.HTML(b.String()), nil //nolint:gosec // no "<" in any of them
}

// StyleHashes are the source expressions with which a Content-Security-Policy allows the styles of a page, each as
// 'sha256-…' with its quotes, separated by spaces.
func (t *Theme) StyleHashes(page string, f Frame) string {
	var hashes []string
	for _, css := range append([]string{t.sheetOf(page, f.Look)}, f.Styles...) {
		sum := sha256.Sum256([]byte(css))
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return strings.Join(hashes, " ")
}
