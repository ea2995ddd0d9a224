package render

import (
	"strconv"
	"strings"
	"unicode"
)

// idPrefix stands before every id that comes from an author's words, so that none is the name of something else.
const idPrefix = "h-"

// slug returns words in the form of an id: letters and digits of any script in lower case, hyphens between.
func slug(words string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.TrimPrefix(words, idPrefix) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
		if b.Len() > 80 {
			break
		}
	}
	return b.String()
}

// ids gives each heading an id of its own, in time that does not grow with their number.
type ids map[string]int

func (s ids) next(words string) string {
	base := slug(words)
	if base == "" {
		base = "section"
	}
	for {
		n := s[base]
		s[base]++
		id := base
		if n > 0 {
			id += "-" + strconv.Itoa(n+1)
			if _, taken := s[id]; taken {
				continue
			}
			s[id] = 1
		}
		return idPrefix + id
	}
}
