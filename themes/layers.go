package themes

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// layers are folders laid over one another, the topmost last.
type layers []fs.FS

// read returns the file of the topmost layer that has it.
func (ls layers) read(name string) ([]byte, error) {
	for _, l := range slices.Backward(ls) {
		b, err := fs.ReadFile(l, name)
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// list names the templates in a folder of any layer, sorted.
func (ls layers) list(dir string) ([]string, error) {
	var names []string
	for _, l := range ls {
		found, err := fs.Glob(l, dir+"/*.html")
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// squeeze takes the indentation out of a template, which readers would have to download. Lines stay apart, so that the
// line numbers of parse errors hold.
func squeeze(src string) string {
	lines := strings.Split(src, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}

// minify takes comments and needless space out of a style sheet. Strings are kept as they are.
func minify(css string) string {
	b := make([]byte, 0, len(css))
	space := false
	var last byte // written, outside of strings
	for i := 0; i < len(css); i++ {
		c := css[i]
		switch {
		case c == '/' && strings.HasPrefix(css[i:], "/*"):
			end := strings.Index(css[i+2:], "*/")
			if end < 0 {
				return string(b)
			}
			i += end + 3
			space = true
			continue
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			space = true
			continue
		}
		if space && last != 0 && !strings.ContainsRune("{};,>", rune(last)) && !strings.ContainsRune("{};,>!", rune(c)) &&
			!(last == ':' && c != ':') {
			b = append(b, ' ')
		}
		space = false
		if c == '"' || c == '\'' {
			end := strings.IndexByte(css[i+1:], c)
			if end < 0 {
				end = len(css) - i - 2
			}
			b = append(b, css[i:i+end+2]...)
			i += end + 1
			last = c
			continue
		}
		if c == '}' && last == ';' {
			b = b[:len(b)-1]
		}
		b = append(b, c)
		last = c
	}
	return string(b)
}
