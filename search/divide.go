package search

import (
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
)

// divide appends the words of a text in their order, as the analyzer of folded words does, in a third of its time: where
// the rules of Unicode's word boundaries (UAX #29) come down to letters and digits that follow each other, words are cut
// out here, and only what else stands between two blanks is left to the analyzer.
func divide(words []string, text string, folded analysis.Analyzer) []string {
	lower := asciiLower(text)
	for i := 0; i < len(lower); {
		if isBlank(lower[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(lower) && !isBlank(lower[end]) {
			end++
		}
		var plain bool
		if words, plain = cut(words, lower[i:end]); !plain {
			for _, t := range folded.Analyze([]byte(text[i:end])) {
				words = append(words, string(t.Term))
			}
		}
		i = end
	}
	return words
}

// cut appends the words of what stands between two blanks, or reports that it takes the whole of the rules.
func cut(words []string, s string) ([]string, bool) {
	before, start := len(words), -1
	for i := range len(s) {
		switch c := classes[s[i]]; {
		case c == inWord:
			if start < 0 {
				start = i
			}
			continue
		case c == joins && (i+1 == len(s) || classes[s[i+1]] == between || classes[s[i+1]] == joins), c == between:
			if start >= 0 {
				words, start = append(words, s[start:i]), -1
			}
		default:
			return words[:before], false
		}
	}
	if start >= 0 {
		words = append(words, s[start:])
	}
	return words, true
}

// class is what a byte is between two blanks.
type class byte

const (
	other   class = iota // not ASCII, a control character, or one that makes a word with what is around it
	inWord               // a letter or a digit
	joins                // may join the letters or digits around it
	between              // parts words
)

var classes = func() (c [256]class) {
	for b := range c {
		switch {
		case b >= 'a' && b <= 'z' || b >= '0' && b <= '9':
			c[b] = inWord
		case strings.IndexByte("'.,:;", byte(b)) >= 0:
			c[b] = joins
		case b > ' ' && b < 0x7f && b != '_' && (b < 'A' || b > 'Z'):
			c[b] = between
		}
	}
	return c
}()

func isBlank(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// asciiLower makes the ASCII letters lower case and leaves all other bytes, and their number, as they are.
func asciiLower(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
