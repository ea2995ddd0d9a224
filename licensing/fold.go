package licensing

import (
	"unicode"
	"unicode/utf8"
)

// latin maps the letters U+00C0 to U+017F to what they are without accents, lower case; zero where there is no such letter.
const latin = "aaaaaa\x00ceeeeiiiidnooooo\x00ouuuuy\x00\x00aaaaaa\x00ceeeeiiiidnooooo\x00ouuuuy\x00y" +
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii\x00\x00jjkk\x00lllllll" +
	"lllnnnnnn\x00\x00\x00oooooo\x00\x00rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"

// greek maps the accented Greek vowels to the plain ones.
func greek(r rune) rune {
	switch r {
	case 'ά':
		return 'α'
	case 'έ':
		return 'ε'
	case 'ή':
		return 'η'
	case 'ί', 'ϊ', 'ΐ':
		return 'ι'
	case 'ό':
		return 'ο'
	case 'ύ', 'ϋ', 'ΰ':
		return 'υ'
	case 'ώ':
		return 'ω'
	case 'ς':
		return 'σ'
	}
	return r
}

// appendFolded appends a letter in lower case and without accents. Marks that stand for themselves are dropped.
func appendFolded(dst []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(dst, byte(r))
	case 0xC0 <= r && r <= 0x17F:
		if c := latin[r-0xC0]; c != 0 {
			return append(dst, c)
		}
		switch r {
		case 'Æ', 'æ':
			return append(dst, "ae"...)
		case 'Œ', 'œ':
			return append(dst, "oe"...)
		case 'ß':
			return append(dst, "ss"...)
		}
	case 0x300 <= r && r <= 0x36F, 0x64B <= r && r <= 0x652, r == 0x640, r == 0x200B, r == 0xAD:
		return dst
	case 0xFF01 <= r && r <= 0xFF5E: // full width
		return appendFolded(dst, r-0xFF01+'!')
	case r == 'ə' || r == 'Ə':
		return append(dst, "ə"...)
	}
	return utf8.AppendRune(dst, greek(unicode.ToLower(r)))
}

// ideographic reports whether words of the script are written without spaces between them.
func ideographic(r rune) bool {
	return 0x2E80 <= r && r < 0xA000 || 0xAC00 <= r && r < 0xD7B0 || 0xF900 <= r && r < 0xFB00
}
