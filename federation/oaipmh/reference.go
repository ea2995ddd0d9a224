package oaipmh

import (
	"bytes"
	"html"
	"strconv"
	"unicode/utf8"
)

// maxReference is the longest reference, such as "&CounterClockwiseContourIntegral;".
const maxReference = 40

// appendDecoded appends raw character data with its references resolved. References that XML does not declare are read as
// in HTML; an ampersand that begins none stands for itself.
func appendDecoded(dst, raw []byte) []byte {
	for {
		amp := bytes.IndexByte(raw, '&')
		if amp < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:amp]...)
		s, n := resolve(raw[amp:])
		dst = append(dst, s...)
		raw = raw[amp+n:]
	}
}

// appendRepaired appends raw character data so that any XML reader takes it: references that XML declares stay as they
// are, others become characters, and <, ]]> and stray ampersands are escaped. In attributes quotes are escaped too.
func appendRepaired(dst, raw []byte, attribute bool) []byte {
	start := 0
	for i := 0; i < len(raw); i++ {
		esc, skip := "", 1
		switch raw[i] {
		case '&':
			var s string
			s, skip = resolve(raw[i:])
			if standard(raw[i : i+skip]) {
				i += skip - 1
				continue
			}
			dst = append(dst, raw[start:i]...)
			dst = appendText(dst, s)
			i += skip - 1
			start = i + 1
			continue
		case '<':
			esc = "&lt;"
		case '>':
			if attribute || i < 2 || raw[i-1] != ']' || raw[i-2] != ']' {
				continue
			}
			esc = "&gt;"
		case '"':
			if !attribute {
				continue
			}
			esc = "&quot;"
		default:
			continue
		}
		dst = append(append(dst, raw[start:i]...), esc...)
		start = i + 1
	}
	return append(dst, raw[start:]...)
}

// appendLiteral appends the content of a CDATA section as character data.
func appendLiteral(dst, raw []byte) []byte {
	for _, c := range raw {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// resolve reads the reference at the start of raw: the text it stands for and its length in bytes.
func resolve(raw []byte) (string, int) {
	end := bytes.IndexByte(raw[:min(len(raw), maxReference)], ';')
	if end < 2 {
		return "&", 1
	}
	if raw[1] == '#' {
		if r, ok := number(raw[2:end]); ok {
			return string(r), end + 1
		}
		if _, err := strconv.ParseUint(string(bytes.TrimLeft(raw[2:end], "xX")), 16, 64); err == nil {
			return " ", end + 1 // a character that XML does not have
		}
		return "&", 1
	}
	ref := string(raw[:end+1])
	if s := html.UnescapeString(ref); s != ref && s[len(s)-1] != ';' {
		return s, end + 1
	} else if ref == "&apos;" {
		return "'", end + 1
	}
	return "&", 1
}

func number(digits []byte) (rune, bool) {
	base := 10
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune || !legal(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// standard reports whether every XML reader knows the reference.
func standard(ref []byte) bool {
	switch string(ref) {
	case "&lt;", "&gt;", "&amp;", "&quot;", "&apos;":
		return true
	}
	if len(ref) < 4 || ref[1] != '#' {
		return false
	}
	_, ok := number(ref[2 : len(ref)-1])
	return ok
}
