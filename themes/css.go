package themes

import (
	"errors"
	"strings"
)

// rule is a rule of a style sheet.
type rule struct {
	media    string // conditions around it, without spaces
	selector string
	line     int
	decls    []decl
}

type decl struct {
	property, value string
	line            int
}

// parseCSS reads the rules of a style sheet, as far as checks need them: no rule stands within another one. An error says
// in which line.
func parseCSS(src string) ([]rule, int, error) {
	s := scanner{src: blankComments(src), line: 1}
	var rules []rule
	var around []string
	for {
		prelude, line, end := s.until("{};")
		switch end {
		case 0:
			if prelude != "" || len(around) > 0 {
				return nil, line, errors.New("a brace is missing")
			}
			return rules, 0, nil
		case '}':
			if prelude != "" || len(around) == 0 {
				return nil, line, errors.New("a brace too many")
			}
			around = around[:len(around)-1]
		case ';':
			rules = append(rules, rule{selector: prelude, line: line})
		case '{':
			if name, condition, _ := strings.Cut(prelude, " "); strings.HasPrefix(prelude, "@") && name != "@page" && name != "@font-face" {
				around = append(around, strings.ReplaceAll(condition, " ", ""))
				continue
			}
			decls, bad, err := s.decls()
			if err != nil {
				return nil, bad, err
			}
			rules = append(rules, rule{strings.Join(around, " "), prelude, line, decls})
		}
	}
}

type scanner struct {
	src  string
	line int
}

// until reads up to one of the ends that is in no string and no parenthesis, and past it. It returns the text before, with
// single spaces, its line, and the end that was met; 0 at the end of the sheet.
func (s *scanner) until(ends string) (text string, line int, end byte) {
	depth, line := 0, 0
	var quote byte
	for i := 0; i < len(s.src); i++ {
		c := s.src[i]
		if c == '\n' {
			s.line++
		} else if line == 0 && c > ' ' {
			line = s.line
		}
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth <= 0 && strings.IndexByte(ends, c) >= 0:
			text = strings.Join(strings.Fields(s.src[:i]), " ")
			s.src = s.src[i+1:]
			return text, line, c
		}
	}
	text = strings.Join(strings.Fields(s.src), " ")
	s.src = ""
	return text, max(line, 1), 0
}

func (s *scanner) decls() (list []decl, line int, err error) {
	for {
		text, line, end := s.until("{};")
		switch {
		case end == 0:
			return nil, line, errors.New("a brace is missing")
		case end == '{':
			return nil, line, errors.New("a rule within another one")
		case text != "":
			property, value, found := strings.Cut(text, ":")
			if !found {
				return nil, line, errors.New("a colon is missing after " + property)
			}
			list = append(list, decl{strings.TrimSpace(property), strings.TrimSpace(value), line})
		}
		if end == '}' {
			return list, 0, nil
		}
	}
}

// blankComments puts spaces for comments, and keeps their lines.
func blankComments(src string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(src, "/*")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		comment, after, _ := strings.Cut(rest, "*/")
		b.WriteString(" " + strings.Repeat("\n", strings.Count(comment, "\n")))
		src = after
	}
}

// minify takes comments and needless space out of a style sheet. Strings are kept as they are.
func minify(css string) string {
	b := make([]byte, 0, len(css))
	space := false
	var last byte // written, outside of strings
	for i := 0; i < len(css); i++ {
		c := css[i]
		switch {
		case c == '/' && strings.HasPrefix(css[i:], "/*"):
			end := strings.Index(css[i+2:], "*/")
			if end < 0 {
				return string(b)
			}
			i += end + 3
			space = true
			continue
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			space = true
			continue
		}
		if space && last != 0 && !strings.ContainsRune("{};,>", rune(last)) && !strings.ContainsRune("{};,>!", rune(c)) &&
			!(last == ':' && c != ':') {
			b = append(b, ' ')
		}
		space = false
		if c == '"' || c == '\'' {
			end := strings.IndexByte(css[i+1:], c)
			if end < 0 {
				end = len(css) - i - 2
			}
			b = append(b, css[i:i+end+2]...)
			i += end + 1
			last = c
			continue
		}
		if c == '}' && last == ';' {
			b = b[:len(b)-1]
		}
		b = append(b, c)
		last = c
	}
	return string(b)
}
