package oaipmh

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// input turns whatever a peer sends into UTF-8 that holds only characters that XML has: UTF-16 and the Latin-1 family by
// byte order mark or declaration, bytes that are not UTF-8 as Windows-1252, control characters as spaces.
type input struct {
	r    io.Reader
	in   []byte // read from r, not yet looked at, is in[:held]
	held int
	out  []byte // ready to be read; may lie in in
	work []byte // holds out where it had to be written anew
	err  error

	begun  bool
	decode func(in []byte, last bool) (out []byte, rest int)

	left int64 // bytes that may still come

	recoded, controls bool // something had to be done, for the record's notes
}

func newInput(r io.Reader, most int64) *input {
	return &input{r: r, in: make([]byte, 32<<10), left: most}
}

// Read gives clean UTF-8.
func (s *input) Read(p []byte) (int, error) {
	for len(s.out) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.fill()
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._\-]+)["']`)

func (s *input) fill() {
	n, err := s.r.Read(s.in[s.held:])
	s.held += n
	s.err = err
	if s.left -= int64(n); s.left < 0 {
		s.err = &BoundsError{What: "the answer has too many bytes"}
		return
	}
	if !s.begun {
		// The declaration must be whole before the first byte is decoded.
		if err == nil && s.held < 200 && !bytes.Contains(s.in[:s.held], []byte("?>")) {
			return
		}
		s.begun = true
		if err := s.choose(); err != nil {
			s.err = err
			return
		}
	}
	out, rest := s.decode(s.in[:s.held], err != nil)
	s.out = out
	if rest > 0 {
		// out may lie in the same memory: what is left is moved only once out has been read.
		s.out = append(s.work[:0], out...)
		s.work = s.out
		copy(s.in, s.in[s.held-rest:s.held])
	}
	s.held = rest
}

// choose finds out the encoding.
func (s *input) choose() error {
	head := s.in[:s.held]
	switch {
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		s.decode = func(in []byte, last bool) ([]byte, int) { return s.wide(in, 1, 0) }
		return nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		s.decode = func(in []byte, last bool) ([]byte, int) { return s.wide(in, 0, 1) }
		return nil
	case bytes.HasPrefix(head, []byte("\uFEFF")):
		s.held = copy(s.in, head[3:])
	}
	s.decode = s.utf8
	if m := declared.FindSubmatch(s.in[:s.held]); m != nil {
		switch name := strings.ToLower(string(m[1])); name {
		case "utf-8", "utf8", "us-ascii", "ascii":
		case "iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252":
			s.decode = s.latin
		default:
			return fmt.Errorf("the encoding %s is not understood; OAI-PMH asks for UTF-8", name)
		}
	}
	return nil
}

func (s *input) utf8(in []byte, last bool) ([]byte, int) {
	rest := 0
	if !last {
		rest = openRune(in)
		in = in[:len(in)-rest]
	}
	if isClean(in) {
		return in, rest
	}
	out := s.fresh()
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		if r == utf8.RuneError && n == 1 {
			s.recoded = true
			r = windows1252(in[0])
		}
		out = s.append(out, r)
		in = in[n:]
	}
	return out, rest
}

// openRune says how many bytes at the end begin a character that is not complete yet.
func openRune(in []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(in); n++ {
		if utf8.RuneStart(in[len(in)-n]) {
			if utf8.FullRune(in[len(in)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

func (s *input) latin(in []byte, _ bool) ([]byte, int) {
	out := s.fresh()
	for _, c := range in {
		out = s.append(out, windows1252(c))
	}
	return out, 0
}

func (s *input) wide(in []byte, low, high int) ([]byte, int) {
	out := s.fresh()
	for len(in) >= 2 {
		r, n := rune(in[low])|rune(in[high])<<8, 2
		if utf16.IsSurrogate(r) {
			if len(in) < 4 {
				break
			}
			if r = utf16.DecodeRune(r, rune(in[2+low])|rune(in[2+high])<<8); r != utf8.RuneError {
				n = 4
			}
		}
		in = in[n:]
		if r != 0xfeff {
			out = s.append(out, r)
		}
	}
	if s.err != nil {
		return out, 0
	}
	return out, len(in)
}

func (s *input) append(out []byte, r rune) []byte {
	if !legal(r) {
		s.controls = true
		r = ' '
	}
	return utf8.AppendRune(out, r)
}

// fresh returns empty memory that does not overlap what is being read.
func (s *input) fresh() []byte {
	if s.work == nil {
		s.work = make([]byte, 0, 2*len(s.in))
	}
	return s.work[:0]
}

// windows1252 maps a byte as browsers do, who call it ISO-8859-1.
func windows1252(c byte) rune {
	if c < 0x80 || c > 0x9f {
		return rune(c)
	}
	return []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")[c-0x80]
}
