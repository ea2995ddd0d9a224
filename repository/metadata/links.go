package metadata

import (
	"bytes"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// links checks what the text of a resource points to.
func (c *checker) links(v validator, dir string, text []byte) {
	doc := v.document
	assets := doc.Metadata.Assets
	for _, l := range scanLinks(doc.Body, text) {
		line := doc.BodyLine + l.line - 1
		c.link(v.report, dir, l, line)
		if l.image && strings.TrimSpace(l.text) == "" && assets[strings.TrimPrefix(l.target, "./")].Alt == "" {
			v.warn(line, "image-alt", "the image "+quote(l.target)+" has no description for those who cannot see it",
				"write what it shows between the brackets: ![…]("+l.target+")")
		}
	}
}

func (c *checker) link(r *report, dir string, l link, line int) {
	what := "link"
	if l.image {
		what = "image"
	}
	target := l.target
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if scheme, _, ok := strings.Cut(target, ":"); ok && !strings.ContainsAny(scheme, "/.") {
		switch scheme = strings.ToLower(scheme); {
		case slices.Contains([]string{"http", "https"}, scheme):
			if l.image {
				r.warn(line, "image-remote", "the image "+quote(l.target)+" lies on another server, which would learn who reads this",
					"copy it into the folder, and name its license in assets")
			}
		case l.image || !slices.Contains([]string{"mailto", "tel", "urn", "doi", "oai"}, scheme):
			r.fail(line, what+"-scheme", "the "+what+" "+quote(l.target)+" is of a kind that is not shown", "use a path inside the folder, or an https address")
		}
		return
	}
	if target == "" {
		if l.image {
			r.fail(line, "image-missing", "an image has no path", "write ![what it shows](media/picture.png)")
		}
		return
	}
	if strings.HasPrefix(target, "/") {
		if l.image || strings.HasPrefix(target, "//") {
			r.fail(line, what+"-outside", "the "+what+" "+quote(l.target)+" leaves the folder", "write a path inside the folder, such as media/strips.png")
		}
		return
	}
	clear, err := url.PathUnescape(target)
	if err != nil || strings.ContainsAny(clear, "\\\x00") {
		r.fail(line, what+"-path", "the "+what+" "+quote(l.target)+" is not a path", "write a path with forward slashes, such as media/strips.png")
		return
	}
	full, inside := within(dir, clear)
	switch {
	case !inside:
		r.fail(line, what+"-outside", "the "+what+" "+quote(l.target)+" leaves the folder", "copy the file into the folder, and name it there")
	case l.image && !c.folder.has(full):
		r.fail(line, "image-missing", "there is no image "+quote(l.target), c.folder.suggest(dir, clear, "add the file, or remove the image"))
	case !l.image && !c.folder.has(full) && !c.folder.has(path.Join(full, "index.md")):
		r.warn(line, "link-missing", "the link "+quote(l.target)+" leads to nothing in the folder", c.folder.suggest(dir, clear, "add the file, or mend the link"))
	}
}

// within resolves a relative path against a folder; false if it leaves the root on its way.
func within(dir, rel string) (string, bool) {
	var names []string
	if dir != "" {
		names = strings.Split(dir, "/")
	}
	for name := range strings.SplitSeq(rel, "/") {
		switch name {
		case "", ".":
		case "..":
			if len(names) == 0 {
				return "", false
			}
			names = names[:len(names)-1]
		default:
			names = append(names, name)
		}
	}
	return strings.Join(names, "/"), true
}

// link is one link or image of a Markdown text.
type link struct {
	line   int // from 1
	image  bool
	text   string
	target string
}

const maxTarget = 2000 // bytes of a link's target that are read

// scanLinks finds the inline links and images of a Markdown text, and what its references point to; text is the body without
// its code.
func scanLinks(body, text []byte) []link {
	targets, defined := definitions(text)
	var links []link
	type bracket struct{ at, line int }
	var open []bracket
	line, lastBreak := 1, -1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case '\n':
			if len(bytes.TrimSpace(text[lastBreak+1:i])) == 0 {
				open = open[:0] // a paragraph ends
			}
			lastBreak = i
			line++
		case '[':
			open = append(open, bracket{i, line})
		case ']':
			if len(open) == 0 {
				continue
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			start := last.at
			l := link{line: last.line, text: string(body[start+1 : i]), image: start > 0 && text[start-1] == '!' && (start < 2 || text[start-2] != '\\')}
			if target, end, ok := inlineTarget(text, i+1); ok {
				l.target = target
				links = append(links, l)
				line += bytes.Count(text[i+1:end], []byte("\n"))
				i = end - 1
			} else if name := referenceOf(text, i+1, l.text); l.image {
				if target, ok := targets[name]; ok {
					l.target = target
					links = append(links, l)
					delete(defined, name)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		links = append(links, defined[name])
	}
	slices.SortStableFunc(links, func(a, b link) int { return a.line - b.line })
	return links
}

// inlineTarget reads "(target)" or "(<target> "title")" at an offset.
func inlineTarget(text []byte, at int) (target string, end int, ok bool) {
	if at >= len(text) || text[at] != '(' {
		return "", 0, false
	}
	rest := text[at+1 : min(len(text), at+1+maxTarget)]
	if bytes.IndexByte(rest, ')') < 0 {
		return "", 0, false
	}
	i := len(rest) - len(bytes.TrimLeft(rest, " \t\n"))
	if i < len(rest) && rest[i] == '<' {
		j := bytes.IndexAny(rest[i:], ">\n")
		if j < 0 || rest[i+j] != '>' {
			return "", 0, false
		}
		target, i = string(rest[i+1:i+j]), i+j+1
	} else {
		start, depth := i, 0
	loop:
		for ; i < len(rest); i++ {
			switch rest[i] {
			case ' ', '\t', '\n':
				break loop
			case '\\':
				i++
			case '(':
				depth++
			case ')':
				if depth--; depth < 0 {
					break loop
				}
			}
		}
		i = min(i, len(rest))
		target = string(rest[start:i])
	}
	quoted := byte(0)
	for ; i < len(rest); i++ { // a title, then the end
		switch c := rest[i]; {
		case quoted != 0 && c == '\\':
			i++
		case quoted != 0 && c == quoted:
			quoted = 0
		case quoted != 0:
		case c == '"' || c == '\'':
			quoted = c
		case c == ')':
			return target, at + 1 + i + 1, true
		case c == '\n' && i+1 < len(rest) && rest[i+1] == '\n':
			return "", 0, false
		}
	}
	return "", 0, false
}

// referenceOf is the folded name of the reference that follows a text in brackets: "[name]", "[]" or nothing.
func referenceOf(text []byte, at int, label string) string {
	if at < len(text) && text[at] == '[' {
		rest := text[at+1 : min(len(text), at+maxTarget)]
		if j := bytes.IndexByte(rest, ']'); j > 0 {
			label = string(rest[:j])
		}
	}
	return foldLabel(label)
}

func foldLabel(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// definitions finds the lines "[name]: target". Each is a link of its own, unless an image uses it.
func definitions(text []byte) (targets map[string]string, links map[string]link) {
	targets, links = map[string]string{}, map[string]link{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		trimmed := bytes.TrimLeft(line, " ")
		if len(line)-len(trimmed) > 3 || len(trimmed) == 0 || trimmed[0] != '[' {
			continue
		}
		name, rest, ok := bytes.Cut(trimmed[1:], []byte("]:"))
		fields := bytes.Fields(rest)
		if !ok || len(fields) == 0 || len(fields[0]) > maxTarget || bytes.HasPrefix(name, []byte("^")) || bytes.ContainsAny(name, "[]") {
			continue
		}
		target := strings.TrimSuffix(strings.TrimPrefix(string(fields[0]), "<"), ">")
		key := foldLabel(string(name))
		if _, twice := targets[key]; !twice {
			targets[key] = target
			links[key] = link{line: number, text: string(name), target: target}
		}
	}
	return targets, links
}
