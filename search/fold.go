package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold gives a text in lower case and without accents, as values are compared.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.TrimSpace(s)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
