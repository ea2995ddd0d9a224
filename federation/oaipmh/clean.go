package oaipmh

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// legal reports whether XML 1.0 has the character at all.
func legal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// Clean returns src without the characters that XML 1.0 does not have and with U+FFFD for bytes that are not UTF-8. It
// returns src itself if there is nothing to do.
func Clean(src []byte) []byte {
	if isClean(src) {
		return src
	}
	out := make([]byte, 0, len(src))
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		switch {
		case r == utf8.RuneError && n == 1:
			out = append(out, "\uFFFD"...)
		case legal(r):
			out = append(out, src[:n]...)
		}
		src = src[n:]
	}
	return out
}

// isClean is the quick look that almost every text passes: eight bytes at a time, as long as they are plain ASCII.
func isClean(src []byte) bool {
	const high, blank = 0x8080808080808080, 0x2020202020202020
	for len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		// A byte is below the blank where subtracting one borrows; high bytes are looked at below.
		if x&high != 0 {
			break
		}
		if (x-blank)&^x&high != 0 && !plain(src[:8]) {
			return false
		}
		src = src[8:]
	}
	if !plain(src) {
		return false
	}
	// U+FFFE and U+FFFF are the only characters of valid UTF-8 above that XML lacks.
	return utf8.Valid(src) && !bytes.Contains(src, []byte("\uFFFE")) && !bytes.Contains(src, []byte("\uFFFF"))
}

// plain reports whether none of the bytes is a control character that XML lacks.
func plain(src []byte) bool {
	for _, c := range src {
		if c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// appendText appends text as XML character data that is also right inside an attribute in double quotes.
func appendText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			esc, drop := escapes(c)
			if esc != "" || drop {
				dst = append(append(dst, s[start:i]...), esc...)
				start = i + 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			start = i + n
		} else if !legal(r) {
			dst = append(dst, s[start:i]...)
			start = i + n
		}
		i += n
	}
	return append(dst, s[start:]...)
}

func escapes(c byte) (esc string, drop bool) {
	switch c {
	case '<':
		return "&lt;", false
	case '>':
		return "&gt;", false
	case '&':
		return "&amp;", false
	case '"':
		return "&quot;", false
	case '\t':
		return "&#9;", false
	case '\n':
		return "&#10;", false
	case '\r':
		return "&#13;", false
	}
	return "", c < 0x20
}

// EscapeText renders text as XML character data that is also right inside an attribute. Characters that XML does not have
// are left out.
func EscapeText(s string) string { return string(appendText(nil, s)) }

// EscapeData renders text as XML character data, for between tags only. Characters that XML does not have are left out.
func EscapeData(src []byte) []byte {
	src = Clean(src)
	return appendLiteral(make([]byte, 0, len(src)+len(src)/16), src)
}
