package repository

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Slug makes the last part of an address from a title: lower-case ASCII words with hyphens, at most 60 characters.
func Slug(title string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), title)
	if err != nil {
		plain = title
	}
	words := strings.FieldsFunc(strings.ToLower(plain), func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') })
	slug := ""
	for _, word := range words {
		if len(slug)+1+len(word) > 60 {
			break
		}
		slug = strings.TrimPrefix(slug+"-"+word, "-")
	}
	if slug == "" {
		return "resource"
	}
	return slug
}
