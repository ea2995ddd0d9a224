package oaipmh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// BoundsError says that an answer is larger, deeper or longer than is accepted.
type BoundsError struct{ What string }

// Error names the bound.
func (e *BoundsError) Error() string { return e.What }

// SyntaxError says that an answer is not well-formed XML, or ends before it is complete.
type SyntaxError struct {
	What   string
	Offset int64 // bytes of clean UTF-8 before the place
}

// Error names the mistake and the place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.What) }

type tokenKind int

const (
	startTag tokenKind = iota
	endTag
	charData // with references
	cdata    // without
)

// maxTag is the longest tag; character data may be longer, it comes in pieces.
const maxTag = 64 << 10

// scanner reads XML piece by piece through one window of fixed size. It knows no DTD, and refuses one, so there are no
// external or expanding entities. Slices that it hands out are good until the next call.
type scanner struct {
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0]
	readErr  error
	maxDepth int

	names   []byte // of the open elements, one after another
	opens   []int  // where each begins in names
	pending bool   // an empty element still has to end
	inCData bool
	closed  bool // the root has ended

	// The token.
	name  []byte // qualified, of startTag and endTag
	attrs []byte // raw, of startTag
	text  []byte // raw, of charData and cdata
}

func newScanner(r io.Reader, window, maxDepth int) *scanner {
	return &scanner{r: r, buf: make([]byte, window), maxDepth: maxDepth}
}

// depth is the number of open elements.
func (s *scanner) depth() int { return len(s.opens) }

func (s *scanner) syntax(format string, args ...any) error {
	return &SyntaxError{What: fmt.Sprintf(format, args...), Offset: s.base + int64(s.pos)}
}

// more reads on. It returns false if nothing more comes or the window is full; then readErr tells which.
func (s *scanner) more() bool {
	if s.readErr != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		return false
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	s.readErr = err
	return n > 0 || err == nil
}

// broken is the error of an answer that goes on but cannot be read on.
func (s *scanner) broken(what string) error {
	if s.readErr == nil {
		return &BoundsError{What: what + " is too long"}
	}
	if !errors.Is(s.readErr, io.EOF) && !errors.Is(s.readErr, io.ErrUnexpectedEOF) {
		return s.readErr
	}
	return s.syntax("the answer ends in the middle")
}

// until finds a mark from an offset behind pos on, and returns the offset of its first byte from pos.
func (s *scanner) until(from int, mark, what string) (int, error) {
	for {
		if from <= s.end-s.pos {
			if i := bytes.Index(s.buf[s.pos+from:s.end], []byte(mark)); i >= 0 {
				return from + i, nil
			}
		}
		if !s.more() {
			return 0, s.broken(what)
		}
	}
}

func (s *scanner) has(prefix string) bool {
	for s.end-s.pos < len(prefix) && bytes.HasPrefix([]byte(prefix), s.buf[s.pos:s.end]) {
		if !s.more() {
			return false
		}
	}
	return bytes.HasPrefix(s.buf[s.pos:s.end], []byte(prefix))
}

// next moves to the next token. It returns io.EOF once the root element has ended, whatever follows it.
func (s *scanner) next() (tokenKind, error) {
	if s.pending {
		s.pending = false
		s.pop()
		return endTag, nil
	}
	for {
		if s.closed {
			return 0, io.EOF
		}
		if s.inCData {
			if done := s.cdata(); done {
				s.inCData = false
				continue
			} else if len(s.text) > 0 {
				return cdata, nil
			}
			return 0, s.broken("a CDATA section")
		}
		if s.pos == s.end && !s.more() {
			return 0, s.broken("the answer")
		}
		if s.pos == s.end {
			continue
		}
		if s.buf[s.pos] != '<' {
			return charData, s.chars()
		}
		switch {
		case s.has("<!--"):
			if err := s.skipComment(); err != nil {
				return 0, err
			}
		case s.has("<![CDATA["):
			s.pos += len("<![CDATA[")
			s.inCData = true
		case s.has("<!"):
			return 0, s.syntax("a document type declaration, which OAI-PMH does not have and which is not read")
		case s.has("<?"):
			n, err := s.until(2, "?>", "a processing instruction")
			if err != nil {
				return 0, err
			}
			s.pos += n + 2
		case s.has("</"):
			return endTag, s.endTag()
		default:
			return startTag, s.startTag()
		}
	}
}

func (s *scanner) skipComment() error {
	s.pos += len("<!--")
	for {
		if i := bytes.Index(s.buf[s.pos:s.end], []byte("-->")); i >= 0 {
			s.pos += i + 3
			return nil
		}
		s.pos = max(s.pos, s.end-2)
		if !s.more() {
			return s.broken("a comment")
		}
	}
}

// cdata takes the next piece of a CDATA section; true if there is none.
func (s *scanner) cdata() bool {
	s.text = nil
	for {
		i := bytes.Index(s.buf[s.pos:s.end], []byte("]]>"))
		if i == 0 {
			s.pos += 3
			return true
		}
		if i < 0 && s.more() {
			continue
		}
		if i < 0 && s.readErr != nil {
			return false
		}
		if i < 0 {
			i = safeCut(s.buf[s.pos : s.end-2])
		}
		s.text = s.buf[s.pos : s.pos+i]
		s.pos += i
		return false
	}
}

// chars takes character data up to the next tag, or as much of it as the window holds.
func (s *scanner) chars() error {
	for {
		i := bytes.IndexByte(s.buf[s.pos:s.end], '<')
		if i < 0 && s.more() {
			continue
		}
		if i < 0 && s.readErr != nil {
			return s.broken("")
		}
		if i < 0 {
			i = safeCut(s.buf[s.pos:s.end])
		}
		s.text = s.buf[s.pos : s.pos+i]
		s.pos += i
		return nil
	}
}

// safeCut says where a long text can be cut without splitting a character, a reference or a "]]>".
func safeCut(text []byte) int {
	n := len(text) - openRune(text)
	if amp := bytes.LastIndexByte(text, '&'); amp >= 0 && len(text)-amp < maxReference {
		n = min(n, amp)
	}
	for n > 0 && text[n-1] == ']' {
		n--
	}
	if n == 0 {
		return len(text)
	}
	return n
}

func (s *scanner) endTag() error {
	n, err := s.until(2, ">", "an end tag")
	if err != nil {
		return err
	}
	name := bytes.TrimRight(s.buf[s.pos+2:s.pos+n], " \t\r\n")
	if len(s.opens) == 0 {
		return s.syntax("an end tag without its start")
	}
	if open := s.names[s.opens[len(s.opens)-1]:]; !bytes.Equal(open, name) {
		return s.syntax("<%s> is closed by </%s>", open, short(name))
	}
	s.pos += n + 1
	s.name = name
	s.pop()
	return nil
}

func (s *scanner) pop() {
	last := len(s.opens) - 1
	s.names = s.names[:s.opens[last]]
	s.opens = s.opens[:last]
	s.closed = last == 0
}

func (s *scanner) startTag() error {
	n, err := s.tagEnd()
	if err != nil {
		return err
	}
	tag := s.buf[s.pos+1 : s.pos+n]
	s.pending = len(tag) > 0 && tag[len(tag)-1] == '/'
	if s.pending {
		tag = tag[:len(tag)-1]
	}
	i := 0
	for i < len(tag) && isName(tag[i]) {
		i++
	}
	if i == 0 || !isNameStart(tag[0]) || i < len(tag) && !isSpace(tag[i]) {
		return s.syntax("<%s is not a tag", short(tag))
	}
	if len(s.opens) >= s.maxDepth {
		return &BoundsError{What: fmt.Sprintf("more than %d elements inside one another", s.maxDepth)}
	}
	s.name, s.attrs = tag[:i], tag[i:]
	s.opens = append(s.opens, len(s.names))
	s.names = append(s.names, s.name...)
	s.pos += n + 1
	return nil
}

// tagEnd finds the end of the start tag at pos, past quoted values.
func (s *scanner) tagEnd() (int, error) {
	quote := byte(0)
	for i := 1; ; i++ {
		for s.pos+i >= s.end {
			if !s.more() {
				return 0, s.broken("a tag")
			}
		}
		switch c := s.buf[s.pos+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i, nil
		case c == '<':
			return 0, s.syntax("a tag inside a tag")
		}
	}
}

// attribute takes the first attribute off the raw attributes of a start tag; a nil name is the end of them.
func (s *scanner) attribute(attrs []byte) (name, value, rest []byte, err error) {
	a := bytes.TrimLeft(attrs, " \t\r\n")
	if len(a) == 0 {
		return nil, nil, nil, nil
	}
	i := 0
	for i < len(a) && isName(a[i]) {
		i++
	}
	name, a = a[:i], bytes.TrimLeft(a[i:], " \t\r\n")
	if i == 0 || !isNameStart(name[0]) || len(a) == 0 || a[0] != '=' {
		return nil, nil, nil, s.syntax("an attribute of <%s> has no value", short(s.name))
	}
	if a = bytes.TrimLeft(a[1:], " \t\r\n"); len(a) == 0 || a[0] != '"' && a[0] != '\'' {
		return nil, nil, nil, s.syntax("the attribute %s has no quotes", short(name))
	}
	end := bytes.IndexByte(a[1:], a[0])
	if end < 0 {
		return nil, nil, nil, s.syntax("the attribute %s does not end", short(name))
	}
	return name, a[1 : 1+end], a[end+2:], nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func isName(c byte) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.' || c == ':'
}

// local is a qualified name without its prefix.
func local(name []byte) []byte {
	return name[bytes.IndexByte(name, ':')+1:]
}

func short(b []byte) []byte {
	if len(b) > 40 {
		return append(append([]byte{}, b[:40-openRune(b[:40])]...), "…"...)
	}
	return b
}
