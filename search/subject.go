package search

import "strings"

// subjectName is the one name of a subject whose spellings differ in case, hyphens, underscores and blanks alone: "computer
// science" of "Computer-Science". Facets show it, and filters take any spelling. What resources say stays as it is written.
func subjectName(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == '-' || r == '_' || isSpace(r) }), " ")
}

// valueKey is a field's value in the form in which filters compare it.
func valueKey(f Field, value string) string {
	if f == Subject {
		value = subjectName(value)
	}
	return fold(value)
}

// subjects are those of a document, each in the first of its spellings, so that it counts once.
func subjects(written []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range written {
		s = strings.TrimSpace(s)
		if name := subjectName(s); name != "" && !seen[name] {
			seen[name] = true
			out = append(out, s)
		}
	}
	return out
}
