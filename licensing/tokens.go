package licensing

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gap is what stands between a token and the one before it.
type gap uint16

const (
	gapSpace gap = 1 << iota
	gapHyphen
	gapQuote
	gapSlash
	gapComma
	gapSemicolon
	gapStop
	gapColon
	gapOpen
	gapClose
	gapPlus
	gapAmp
	gapCopyright
	gapOther
	gapLink // an address stood here
)

// inPhrase are the gaps that may stand inside one phrase.
const inPhrase = gapSpace | gapHyphen | gapQuote

// token is a word, a number, or one ideograph.
type token struct {
	start, end int // in the input
	fs, fe     int // in the folded text
	before     gap
	number     bool
	upper      bool // all its letters are capitals
	title      bool // its first letter is a capital
	stop       bool // a dot follows at once
}

// link is an address in the text.
type link struct {
	start, end int
	token      int // number of tokens before it
}

// scan is a text cut into tokens and addresses.
type scan struct {
	input  string
	folded []byte
	tokens []token
	links  []link
	tail   gap // after the last token
	glued  int // where an address starts in the middle of a chunk; -1 if nowhere
}

func (s *scan) word(i, j int) []byte { return s.folded[s.tokens[i].fs:s.tokens[j-1].fe] }

// scanText cuts a text in one pass.
func scanText(in string) *scan {
	s := &scan{input: in, folded: make([]byte, 0, len(in)+8), tokens: make([]token, 0, len(in)/5+4), glued: -1}
	var g gap
	for i := 0; i < len(in); {
		if i == 0 || i == s.glued || !linkByte(in[i-1]) {
			if n := s.link(i); n > i {
				i, g = n, g|gapLink
				continue
			}
		}
		r, size := rune(in[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(in[i:])
		}
		switch {
		case '0' <= r && r <= '9':
			i = s.number(i, g)
			g = 0
		case r < utf8.RuneSelf && isLetter(byte(r)), r >= utf8.RuneSelf && unicode.IsLetter(r):
			i = s.letters(i, g)
			g = 0
		case r == '%' && i+2 < len(in) && isHex(in[i+1]) && isHex(in[i+2]):
			g |= gapSpace
			i += 3
		case r == '&':
			n := entity(in[i:])
			if n > 1 {
				g |= gapSpace
			} else {
				g |= gapAmp
			}
			i += n
		default:
			g |= gapOf(r)
			i += size
		}
	}
	s.tail = g
	return s
}

// entity is the length of an HTML entity at the start of the text, or 1 if there is none.
func entity(in string) int {
	end := strings.IndexByte(in[:min(len(in), 10)], ';')
	if end < 2 {
		return 1
	}
	for _, c := range []byte(in[1:end]) {
		if !isLetter(c) && c != '#' && (c < '0' || c > '9') {
			return 1
		}
	}
	return end + 1
}

func (s *scan) number(i int, g gap) int {
	start := i
	for i < len(s.input) {
		c := s.input[i]
		if '0' <= c && c <= '9' || c == '.' && i+1 < len(s.input) && '0' <= s.input[i+1] && s.input[i+1] <= '9' {
			i++
			continue
		}
		break
	}
	fs := len(s.folded)
	s.folded = append(s.folded, s.input[start:i]...)
	s.tokens = append(s.tokens, token{start: start, end: i, fs: fs, fe: len(s.folded), before: g, number: true})
	return i
}

func (s *scan) letters(i int, g gap) int {
	t := token{start: i, fs: len(s.folded), before: g, upper: true}
	for i < len(s.input) {
		r, size := rune(s.input[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s.input[i:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != 0x200B && r != 0xAD {
				break
			}
		} else if !isLetter(byte(r)) {
			break
		}
		lower := 'a' <= r && r <= 'z' || r >= utf8.RuneSelf && unicode.IsLower(r)
		t.upper = t.upper && !lower
		if i == t.start {
			t.title = !lower
		}
		if ideographic(r) {
			if i > t.start { // the letters before it are a word of their own
				break
			}
			s.folded = appendFolded(s.folded, r)
			i += size
			break
		}
		s.folded = appendFolded(s.folded, r)
		i += size
	}
	t.end, t.fe = i, len(s.folded)
	if i < len(s.input) && '0' <= s.input[i] && s.input[i] <= '9' && t.fe-t.fs > 1 && s.folded[t.fe-1] == 'v' {
		v := t // the v of "GPLv3" is a word of its own
		v.start, v.fs, v.before = i-1, t.fe-1, 0
		t.end, t.fe = i-1, t.fe-1
		s.tokens = append(s.tokens, t, v)
		return i
	}
	t.stop = i < len(s.input) && s.input[i] == '.'
	if t.fe > t.fs {
		s.tokens = append(s.tokens, t)
	}
	return i
}

// link notes an address that starts at i and returns where it ends; i if there is none.
func (s *scan) link(i int) int {
	end := i
	for end < len(s.input) && linkByte(s.input[end]) {
		end++
	}
	if end-i < 7 {
		return i
	}
	chunk := s.input[i:end]
	if !strings.ContainsAny(chunk, "/%") {
		return i
	}
	at := schemeAt(chunk)
	if at < 0 {
		if !hostLike(chunk) {
			return i
		}
		at = 0
	}
	if at > 0 { // what is glued to the front is read as words first
		s.glued = i + at
		return i
	}
	for end > i && strings.IndexByte(".,;:!?*", s.input[end-1]) >= 0 {
		end--
	}
	if len(s.links) < maxLinks {
		s.links = append(s.links, link{i, end, len(s.tokens)})
	}
	return end
}

// maxLinks bounds the addresses that are read in one text.
const maxLinks = 256

// schemeAt is where "http://" or "https://" starts, escaped or not; -1 if nowhere.
func schemeAt(chunk string) int {
	for from := 0; ; {
		k := strings.IndexAny(chunk[from:], "hH")
		if k < 0 || from+k > 64 {
			return -1
		}
		from += k
		rest := chunk[from:]
		for _, p := range [...]string{"http://", "https://", "http%3a%2f%2f", "https%3a%2f%2f", `http:\/\/`, `https:\/\/`} {
			if len(rest) >= len(p) && strings.EqualFold(rest[:len(p)], p) {
				return from
			}
		}
		from++
	}
}

// hostLike reports whether a chunk without a scheme starts with a host name and a path.
func hostLike(chunk string) bool {
	slash := strings.IndexByte(chunk, '/')
	if slash < 4 || slash > 100 {
		return false
	}
	host := chunk[:slash]
	dot := strings.LastIndexByte(host, '.')
	if dot < 1 || len(host)-dot < 3 {
		return false
	}
	for _, c := range []byte(host[dot+1:]) {
		if !isLetter(c) {
			return false
		}
	}
	return true
}

// linkByte reports whether an address goes on with the byte.
func linkByte(c byte) bool {
	switch c {
	case '<', '>', '"', '\'', '`', '|', '{', '}', '[', ']', '(', ')', '^', '=':
		return c == '='
	}
	return c > ' ' && c < 0x7F
}

func gapOf(r rune) gap {
	switch r {
	case ' ', '\t', '\n', '\r', 0xA0, 0x202F, 0x3000, 0x2009:
		return gapSpace
	case '-', '_', '‐', '‑', '‒', '–', '—', '―', '─', '−', '・':
		return gapHyphen
	case '\'', '’', '‘', '"', '“', '”', '«', '»', '*', '`', '\\', '!', '¡':
		return gapQuote
	case '/':
		return gapSlash
	case ',', '，', '、':
		return gapComma
	case ';':
		return gapSemicolon
	case '.', '?', '。', '¿':
		return gapStop
	case ':', '：':
		return gapColon
	case '(', '[', '（':
		return gapOpen
	case ')', ']', '）':
		return gapClose
	case '+':
		return gapPlus
	case '©', 'Ⓒ', 'ⓒ':
		return gapCopyright
	}
	return gapOther
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// is reports whether the token is exactly the folded word.
func (s *scan) is(i int, word string) bool {
	return i >= 0 && i < len(s.tokens) && bytes.Equal(s.word(i, i+1), []byte(word))
}

// gapAfter is what follows token i.
func (s *scan) gapAfter(i int) gap {
	if i+1 < len(s.tokens) {
		return s.tokens[i+1].before
	}
	return s.tail
}
