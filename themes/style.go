package themes

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const markupMessage = `a style sheet cannot contain "<"`

// loadStyles puts together what each page needs: the tokens, the rules of every page, and the sheets of styles/ that the
// page's template "styles" names.
func (t *Theme) loadStyles() (problems Problems) {
	t.css, t.brought, t.styles = make(map[string]sheet), make(map[string]sheet), make(map[string]style)
	for name, page := range t.pages[t.languages[0]] {
		var b bytes.Buffer
		file := "pages/" + name + ".html"
		if err := page.tmpl.ExecuteTemplate(&b, "styles", nil); err != nil {
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
		t.css[name] = parseSheet(css.String())
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

// styleOf is the style sheet of a page, which comes in the place of its mark, and the source expression with which a
// Content-Security-Policy allows that: 'sha256-…' with its quotes. The sheet has the rules that the page can use, and the
// tokens that these use, and no others: on a line of 50 kbit/s each thousand bytes that come before the text take 160 ms.
func (t *Theme) styleOf(page string, f Frame, html []byte) (css, source string, err error) {
	look := f.Look
	if !slices.Contains(Looks[:], look) {
		look = Looks[0]
	}
	has := func(string) bool { return true }
	uses := map[string]bool{}
	if !f.Whole {
		has = namesIn(html)
		variablesIn(html, uses)
	}
	sheets := []sheet{t.css[page]}
	for _, css := range f.Styles {
		if strings.Contains(css, "<") {
			return "", "", fmt.Errorf("style: %s", markupMessage)
		}
		sheets = append(sheets, t.further(css))
	}
	key := styleKey(page, look, f, sheets, has, uses)
	t.mu.Lock()
	made, ok := t.styles[key]
	t.mu.Unlock()
	if ok {
		return made.css, made.source, nil
	}
	var rules strings.Builder
	for _, s := range sheets {
		s.write(&rules, has, uses)
	}
	made.css = t.tokens.css(look, uses, f.Whole) + rules.String()
	sum := sha256.Sum256([]byte(made.css))
	made.source = "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.styles) >= stylesKept {
		clear(t.styles)
	}
	t.styles[key] = made
	return made.css, made.source, nil
}

// style is what styleOf gives.
type style struct{ css, source string }

// stylesKept bounds how many are kept: pages of a kind have much the same names.
const stylesKept = 256

// styleKey is what the style sheet of a page depends on.
func styleKey(page, look string, f Frame, sheets []sheet, has func(string) bool, uses map[string]bool) string {
	key := []byte(strings.Join([]string{page, look, strconv.FormatBool(f.Whole)}, "\x00"))
	for _, css := range f.Styles {
		key = append(append(strconv.AppendInt(append(key, 0), int64(len(css)), 10), 0), css...)
	}
	for _, v := range slices.Sorted(maps.Keys(uses)) {
		key = append(append(key, 0), v...)
	}
	key = append(key, 0)
	for _, s := range sheets {
		for _, r := range s {
			for _, sel := range r.selectors {
				kept := byte('1')
				if !sel.matches(has) {
					kept = '0'
				}
				key = append(key, kept)
			}
		}
	}
	return string(key)
}

// styleMark is where the style sheet of a page comes. It is in the head, before all that anybody has written.
const styleMark = "<style></style>"

// Style is the page's style sheet.
func (f frame) Style() template.HTML { return styleMark }

// furtherKept bounds how many sheets that pages bring along are kept as they were read: the renderer has some.
const furtherKept = 32

// further is a sheet that a page brings along.
func (t *Theme) further(css string) sheet {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.brought[css]
	if !ok {
		s = parseSheet(minify(css))
		if len(t.brought) < furtherKept {
			t.brought[css] = s
		}
	}
	return s
}
