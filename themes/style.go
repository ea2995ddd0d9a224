package themes

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

var errMarkup = errors.New(`a style sheet cannot contain "<"`)

// loadStyles puts together what each page needs: the tokens, the rules of every page, and the sheets of styles/ that the
// page's template "styles" names.
func (t *Theme) loadStyles() error {
	t.css = make(map[string]string)
	for name, page := range t.pages[Languages[0]] {
		var b bytes.Buffer
		if err := page.ExecuteTemplate(&b, "styles", nil); err != nil {
			return fmt.Errorf("pages/%s.html: %w", name, err)
		}
		var css strings.Builder
		for _, sheet := range append([]string{"tokens", "style"}, strings.Fields(b.String())...) {
			file := sheet + ".css"
			if sheet != "tokens" && sheet != "style" {
				file = "styles/" + file
			}
			text, err := t.sheet(file)
			if err != nil {
				return err
			}
			css.WriteString(text)
		}
		t.css[name] = css.String()
	}
	return nil
}

// sheet is a style sheet of all layers that have it, the topmost last.
func (t *Theme) sheet(file string) (string, error) {
	var css strings.Builder
	found := false
	for _, layer := range t.layers {
		b, err := fs.ReadFile(layer, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if bytes.ContainsRune(b, '<') {
			return "", fmt.Errorf("%s: %w", file, errMarkup)
		}
		found = true
		css.WriteString(minify(string(b)))
	}
	if !found {
		return "", fmt.Errorf("%s: %w", file, fs.ErrNotExist)
	}
	return css.String(), nil
}

// Style is the page's style sheet, and those that its content needs besides.
func (f frame) Style() (template.HTML, error) {
	var b strings.Builder
	for _, css := range append([]string{f.css}, f.Styles...) {
		if strings.Contains(css, "<") {
			return "", errMarkup
		}
		b.WriteString("<style>" + css + "</style>")
	}
	return template.HTML(b.String()), nil //nolint:gosec // no "<" in any of them
}

// StyleHashes are the source expressions with which a Content-Security-Policy allows the styles of a page, each as
// 'sha256-…' with its quotes, separated by spaces.
func (t *Theme) StyleHashes(page string, f Frame) string {
	var hashes []string
	for _, css := range append([]string{t.css[page]}, f.Styles...) {
		sum := sha256.Sum256([]byte(css))
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return strings.Join(hashes, " ")
}
