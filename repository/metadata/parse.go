package metadata

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of one index.md.
const (
	maxIndex       = 1 << 20  // bytes of the file
	maxFrontMatter = 64 << 10 // bytes of its front matter
	maxNesting     = 64       // of values inside the front matter
	maxSources     = 500      // in the whole provenance graph of one resource
	maxProblems    = 200      // reported of one file
)

// Parse takes an index.md apart and reports all that is wrong with its form: encoding, YAML, unknown and mistyped
// fields. It does not say what is missing; Check does. The document holds whatever could be read.
func Parse(file string, src []byte) (Document, Problems) {
	r := report{file: file}
	d := apart(file, src, &r)
	if d.source.found {
		d.Metadata = readFrontMatter(&d.source, &r)
	}
	return d, r.problems
}

// Body is what Parse says of where a text begins: its Markdown, and the line of the file on which that starts, from 1. What the
// front matter says is not read.
func Body(src []byte) (body []byte, line int) {
	d := apart("", src, new(report))
	return d.Body, d.BodyLine
}

// apart is Parse but for what the front matter says.
func apart(file string, src []byte, r *report) Document {
	d := Document{File: file, BodyLine: 1}
	if len(src) > maxIndex {
		r.fail(0, "index-too-large", fmt.Sprintf("the file has %s, more than the %s that a text may have",
			bytesText(int64(len(src))), bytesText(maxIndex)), "split it into parts, or move data into files beside it")
		return d
	}
	d.source.bytes = src
	d.source.lines = map[string]int{}
	d.source.lineBreak = lineBreak(src)
	if line, ok := firstInvalidUTF8(src); !ok {
		r.fail(line, "not-utf-8", "the file is not UTF-8 text", "save it as UTF-8")
		d.source.body, d.source.broken = len(src), true
		return d
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		r.fail(1+bytes.Count(src[:i], []byte("\n")), "not-text", "the file holds a NUL byte, so it is not a text",
			"save it as plain UTF-8 text")
		d.source.body, d.source.broken = len(src), true
		return d
	}
	d.split(r)
	d.Body = src[d.source.body:]
	d.BodyLine = 1 + bytes.Count(src[:d.source.body], []byte("\n"))
	return d
}

// split finds the front matter and the body.
func (d *Document) split(r *report) {
	s := &d.source
	start := 0
	if bytes.HasPrefix(s.bytes, []byte("\uFEFF")) {
		start = len("\uFEFF")
	}
	s.front, s.body = span{start, start}, start
	first, next := lineAt(s.bytes, start)
	if !isFence(first) {
		if looksLikeField(first) {
			s.broken = true
			r.fail(1, "front-matter-open", "the front matter does not start with a line of three hyphens",
				"put --- on a line of its own above "+quote(strings.TrimSpace(string(first))))
			return
		}
		r.fail(1, "front-matter-missing", "there is no front matter",
			"start the file with ---, a line each for title, type, language, license and creators, and --- again")
		return
	}
	s.front.start = next
	for at := next; at < len(s.bytes); {
		line, after := lineAt(s.bytes, at)
		if isFence(line) {
			s.front.end, s.found = at, true
			s.body = after
			if blank, end := lineAt(s.bytes, after); after < len(s.bytes) && len(bytes.TrimSpace(blank)) == 0 {
				s.body = end
			}
			return
		}
		at = after
	}
	s.front.end = len(s.bytes)
	s.body, s.broken = len(s.bytes), true
	r.fail(1, "front-matter-close", "the front matter is never closed",
		"put --- on a line of its own below the last field")
}

// lineAt returns the line that starts at an offset, without its line break, and the offset of the next.
func lineAt(src []byte, at int) (line []byte, next int) {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return bytes.TrimSuffix(src[at:at+i], []byte("\r")), at + i + 1
	}
	return src[at:], len(src)
}

func isFence(line []byte) bool { return string(bytes.TrimRight(line, " \t")) == "---" }

// looksLikeField reports whether a line starts with a name that front matters use.
func looksLikeField(line []byte) bool {
	name, _, found := strings.Cut(string(line), ":")
	return found && fieldNamed(strings.TrimSpace(name))
}

func lineBreak(src []byte) string {
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func firstInvalidUTF8(src []byte) (line int, ok bool) {
	if utf8.Valid(src) {
		return 0, true
	}
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n <= 1 {
			return 1 + bytes.Count(src[:i], []byte("\n")), false
		}
		i += n
	}
	return 0, true
}
