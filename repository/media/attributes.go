package media

import (
	"path"
	"slices"
	"strings"
)

// AttributesFile is where git looks for what to do with which file.
const AttributesFile = ".gitattributes"

const filtered = " filter=lfs diff=lfs merge=lfs -text"

// Track returns a .gitattributes file by which git-lfs cares for the files named: old as it was, with a line more for each
// file that it does not filter yet. Names are paths from the folder of the file.
func Track(old []byte, names []string) []byte {
	rules := parseRules(string(old))
	text := string(old)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	names = slices.Clone(names)
	slices.Sort(names)
	changed := false
	for _, name := range names {
		if !tracked(rules, name) {
			text += pattern(name) + filtered + "\n"
			changed = true
		}
	}
	if !changed {
		return old
	}
	return []byte(text)
}

// pattern matches exactly one path.
func pattern(name string) string {
	var b strings.Builder
	b.WriteByte('/')
	for _, r := range name {
		if strings.ContainsRune(`*?[\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	s := b.String()
	if strings.ContainsAny(s, " \t\"") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(s) + `"`
	}
	return s
}

// rule is a line of a .gitattributes file that says something of the filter.
type rule struct {
	pattern string
	lfs     bool
}

func parseRules(text string) []rule {
	var rules []rule
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \t\r\n")
		var p string
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '"':
			p, line = unquote(line)
		default:
			if i := strings.IndexAny(line, " \t"); i >= 0 {
				p, line = line[:i], line[i:]
			} else {
				continue
			}
		}
		for _, word := range strings.Fields(line) {
			if name, value, _ := strings.Cut(strings.TrimLeft(word, "-!"), "="); name == "filter" {
				rules = append(rules, rule{p, value == "lfs" && word[0] == 'f'})
			}
		}
	}
	return rules
}

// unquote takes the quoted pattern off the start of a line.
func unquote(line string) (p, rest string) {
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return b.String(), line[i+1:]
		case c == '\\' && i+1 < len(line):
			i++
			if line[i] == 't' {
				b.WriteByte('\t')
			} else {
				b.WriteByte(line[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// tracked reports whether the last rule that matches a path has git-lfs filter it. It knows the common patterns; for one
// that it does not know, Track writes a line that says the same again.
func tracked(rules []rule, name string) bool {
	for _, r := range slices.Backward(rules) {
		if matches(r.pattern, name) {
			return r.lfs
		}
	}
	return false
}

func matches(pattern, name string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/**"); ok && !strings.ContainsAny(folder, `*?[\`) {
		return strings.HasPrefix(name, strings.TrimPrefix(folder, "/")+"/")
	}
	if pattern = strings.TrimPrefix(pattern, "**/"); !strings.Contains(pattern, "/") {
		name = path.Base(name)
	}
	ok, err := path.Match(strings.TrimPrefix(pattern, "/"), name)
	return err == nil && ok
}
