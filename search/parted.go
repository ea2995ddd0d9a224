package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// parted puts a blank where a word ends for a reader but not for the rules of Unicode (UAX #29): the underscores, and
// the points and colons between letters, of random.randint, and of texts that lost a blank; what is left out in
// l'homme; the 's of a possessive. The text keeps its length.
func parted(s string) string {
	var b []byte
	for i := 0; i < len(s); {
		at := i + nextMark(s[i:])
		if at == len(s) {
			break
		}
		r, n := utf8.DecodeRuneInString(s[at:])
		i = at + n
		cut := i
		switch {
		case r == '_':
		case !letterBefore(s[:at]) || !letterAfter(s[i:]):
			continue
		case r == '.' || r == ':':
		default:
			end := i + len(letters(s[i:]))
			if s[i:end] == "s" || s[i:end] == "S" {
				cut = end
			} else if !elided(s[:at], s[i:end]) {
				continue
			}
		}
		if b == nil {
			b = []byte(s)
		}
		for j := at; j < cut; j++ {
			b[j] = ' '
		}
	}
	if b == nil {
		return s
	}
	return string(b)
}

// nextMark is where the first underscore, point, colon or apostrophe is; the length if there is none.
func nextMark(s string) int {
	for i := range len(s) {
		switch s[i] {
		case '_', '.', ':', '\'':
			return i
		case 0xe2: // of ’
			if strings.HasPrefix(s[i:], "’") {
				return i
			}
		}
	}
	return len(s)
}

// elided reports whether an apostrophe stands between two words: l'homme, dell'arte, and not don't, they're.
func elided(before, after string) bool {
	if len(before) > 16 {
		before = before[len(before)-16:]
	}
	start := strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) }) + 1
	return utf8.RuneCountInString(before[start:]) <= 4 && utf8.RuneCountInString(after) >= 3
}

func letterBefore(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r)
}

func letterAfter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// letters gives the first letters of a text.
func letters(s string) string {
	for i, r := range s {
		if !unicode.IsLetter(r) || i > 64 {
			return s[:i]
		}
	}
	return s
}
