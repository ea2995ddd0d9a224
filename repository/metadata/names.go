package metadata

import (
	"slices"
	"strings"
)

// fieldNames are the fields of a front matter in the order in which they are written.
func fieldNames() []string {
	return []string{"title", "description", "type", "language", "license", "creators", "subjects", "grades", "alignments",
		"time", "audience", "keywords", "funding", "parts", "assets", "sources", "translation_of"}
}

func fieldNamed(name string) bool { return slices.Contains(fieldNames(), name) }

// otherNames are what other systems and habits call the fields.
var otherNames = map[string]string{
	"name": "title", "abstract": "description", "summary": "description", "lang": "language", "inLanguage": "language",
	"licence": "license", "rights": "license", "author": "creators", "authors": "creators", "creator": "creators",
	"by": "creators", "grade": "grades", "level": "grades", "educationalLevel": "grades", "standards": "alignments",
	"standard": "alignments", "duration": "time", "timeRequired": "time", "tags": "keywords", "tag": "keywords",
	"topics": "keywords", "kind": "type", "learningResourceType": "type", "lessons": "parts", "hasPart": "parts",
	"isBasedOn": "sources", "source": "sources", "translationOf": "translation_of", "funder": "funding", "homepage": "url",
	"identifier": "id", "version": "revision", "prerequisites": "requires", "files": "assets",
}

// remedyForName says what to write instead of an unknown name: the known one that it was most likely meant to be, or
// which there are.
func remedyForName(name string, known []string) string {
	if meant, ok := nearest(name, known); ok {
		return "did you mean " + meant + "?"
	}
	if len(known) == 0 {
		return "remove it"
	}
	return "remove it; known here are " + strings.Join(known, ", ")
}

// nearest finds the known word that a word was most likely meant to be.
func nearest(word string, known []string) (string, bool) {
	if other, ok := otherNames[word]; ok && slices.Contains(known, other) {
		return other, true
	}
	best, bestAt := "", 1+max(1, (len(word)+1)/3)
	for _, k := range known {
		if n := distance(strings.ToLower(word), k); n < bestAt {
			best, bestAt = k, n
		}
	}
	return best, best != ""
}

// distance counts the letters to add, drop, change or swap with the next to make b of a.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	var older, old, row [65]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		older, old = old, row
		row[0] = i + 1
		for j := range len(b) {
			cost := old[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, old[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
