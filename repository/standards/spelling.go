package standards

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxCode is the length in bytes beyond which nothing is a code.
const maxCode = 512

// around is what may stand around a code in a text.
const around = " .,;:!?…\"'“”‘’«»*★☆+•·‣▪-"

// isPlainASCII reports whether typesetting added nothing: printable ASCII without two blanks together.
func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// clean gives the code without what typesetting adds: compatibility forms, dashes of all kinds, odd blanks, invisible
// characters, and dots, commas and blanks around it. It returns "" for what cannot be a code.
func clean(s string) string {
	if len(s) > maxCode || !utf8.ValidString(s) {
		return ""
	}
	if isPlainASCII(s) {
		return strings.Trim(s, around)
	}
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.Is(unicode.Pd, r), r == '−', r == '⁃':
			r = '-'
		case unicode.IsSpace(r):
			blank = true
			continue
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Cc, r), unicode.Is(unicode.Mn, r):
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), around)
}

// plain gives a cleaned code in the one form that the grammars read: upper case, brackets and underscores as dots, each
// run of separators as one, the dot before the hyphen before the blank. The slashes of a path are dots, too.
func plain(cleaned string) string {
	s := strings.ToUpper(cleaned)
	s = strings.Replace(s, "ELA/LITERACY", "ELA-LITERACY", 1)
	path := strings.Count(s, "/") > 1
	var b strings.Builder
	b.Grow(len(s))
	gap, last := byte(0), rune(0)
	for _, r := range s {
		c := byte(0)
		switch {
		case r == '.' || r == '(' || r == ')' || r == '[' || r == ']' || r == '_' || r == '·' || r == '/' && path:
			c = '.'
		case r == '-':
			c = '-'
		case r == ' ', (r == ':' || r == '#') && last >= 'A' && last <= 'Z':
			c = ' '
		}
		if c != 0 {
			if gap == 0 || c == '.' || c == '-' && gap == ' ' {
				gap = c
			}
			continue
		}
		if gap != 0 && b.Len() > 0 {
			b.WriteByte(gap)
		}
		gap, last = 0, r
		b.WriteRune(r)
	}
	return b.String()
}

// alias gives the form under which codes are compared: upper case, with one dot in the place of any separators.
// 111.7(b)(3)(H), 111.7.B.3.H and "111.7 b-3-h" are one alias; 1.11 and 11.1 are two.
func alias(code string) string {
	var b strings.Builder
	gap := false
	for _, r := range clean(code) {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('.')
		}
		gap = false
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// guid gives a GUID in lower case with hyphens, or "" if s is none. It takes braces, urn:uuid:, urn:guid: and missing
// hyphens.
func guid(s string) string {
	if len(s) < 32 || len(s) > 64 {
		return ""
	}
	s = strings.ToLower(strings.Trim(s, " \t\r\n.,;\"'"))
	s = strings.TrimPrefix(s, "urn:uuid:")
	s = strings.TrimPrefix(s, "urn:guid:")
	s = strings.Trim(s, "{}()")
	if len(s) == 36 {
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return ""
		}
		s = strings.ReplaceAll(s, "-", "")
	}
	if len(s) != 32 {
		return ""
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return ""
		}
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// address gives the form under which URIs are compared: without scheme, www. and a slash at the end, in lower case, with
// one host for the Common Core and one for the Achievement Standards Network, both of which moved. It returns "" if s
// is no URI.
func address(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t\r\n<>\"'"))
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	rest = strings.TrimRight(strings.TrimPrefix(rest, "www."), "/.,;")
	for _, h := range hosts {
		if after, is := strings.CutPrefix(rest, h.moved); is {
			return h.host + after
		}
		ok = ok || strings.HasPrefix(rest, h.host)
	}
	if !ok {
		return ""
	}
	return rest
}

// hosts are other addresses of publishers. Theirs are URIs without a scheme, too.
var hosts = []struct{ moved, host string }{
	{"thecorestandards.org/", "corestandards.org/"},
	{"purl.org/asn/resources/", asnHost},
	{"asn.desire2learn.com/resources/", asnHost},
}

const asnHost = "asn.jesandco.org/resources/"
