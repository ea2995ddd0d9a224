package search

import (
	"slices"
	"strings"
	"unicode"

	"github.com/RoaringBitmap/roaring/v2"
)

// gradeWeight is what a grade that a query names in words adds to the score of the resources for it, times its idf: as
// much as a word that they have often. It is a preference: resources for other grades, or for none, are found too.
const gradeWeight = 2

// ordinals name grades in words, in English and Spanish, folded.
var ordinals = map[string]string{
	"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8",
	"ninth": "9", "tenth": "10", "eleventh": "11", "twelfth": "12",
	"primer": "1", "primero": "1", "segundo": "2", "tercer": "3", "tercero": "3", "cuarto": "4", "quinto": "5", "sexto": "6",
	"septimo": "7", "octavo": "8", "noveno": "9", "decimo": "10", "undecimo": "11", "duodecimo": "12",
}

// endings of grades in figures: 5th, 1er, 5.º, 5°, 5to.
var endings = []string{"", "st", "nd", "rd", "th", "er", "ero", "do", "to", "mo", "vo", "no", "o", "º", "ª", "°"}

// ordinal reads a grade as it stands before "grade": 5th, fifth, 5.º, quinto; plain also takes 5.
func ordinal(word string) (grade string, plain, ok bool) {
	word = strings.ToLower(word)
	if g, ok := ordinals[fold(word)]; ok {
		return g, false, true
	}
	digits := strings.TrimRightFunc(word, func(r rune) bool { return r < '0' || r > '9' })
	ending := strings.TrimPrefix(word[len(digits):], ".")
	if g := gradeName(digits); slices.Contains(grades[2:14], g) && slices.Contains(endings, ending) {
		return g, ending == "", true
	}
	return "", false, false
}

// spokenGrade reads a grade at the beginning of some words, and how many of them say it: "5th grade", "grade 5",
// "quinto grado", "kindergarten". It gives 0 where there is none.
func spokenGrade(words []string) (grade string, n int) {
	split := func(w string) []string {
		return strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '\u2011' })
	}
	first := fold(words[0])
	switch first {
	case "kindergarten", "kindergarteners", "kindergartners":
		return "K", 1
	case "preschool", "prekindergarten", "pre-k", "prek", "preescolar":
		return "PK", 1
	}
	if parts := split(words[0]); len(parts) == 2 { // 5th-grade
		if g, _, ok := ordinal(parts[0]); ok && isGrade(parts[1]) {
			return g, 1
		}
	}
	if len(words) < 2 {
		return "", 0
	}
	if g, _, ok := ordinal(words[0]); ok && isGrade(words[1]) {
		return g, 2
	}
	if first == "grade" || first == "grado" {
		if g, plain, ok := ordinal(words[1]); ok && plain {
			return g, 2
		}
		if strings.EqualFold(words[1], "K") {
			return "K", 2
		}
	}
	return "", 0
}

func isGrade(word string) bool {
	switch fold(word) {
	case "grade", "grader", "graders", "grado":
		return true
	}
	return false
}

// grade adds a clause for a grade that the next words of the query name, and gives how many they are: none where no resource
// is for that grade.
func (p *planner) grade(groups []Group) (int, error) {
	var words []string
	for _, g := range groups[:min(len(groups), 2)] {
		if len(g) != 1 || !g.plain() || len(g[0].Value) > 20 || strings.ContainsFunc(g[0].Value, unicode.IsSpace) {
			break
		}
		words = append(words, g[0].Value)
	}
	if len(words) == 0 {
		return 0, nil
	}
	grade, n := spokenGrade(words)
	if n == 0 {
		return 0, nil
	}
	found, err := p.v.frequency(p.ctx, string(Grade), grade)
	if err != nil || found == 0 {
		return 0, err
	}
	tokens := p.x.words.tokens(strings.Join(words[:n], " "))
	said, err := p.phrase(tokens)
	if err != nil {
		return 0, err
	}
	for i := range said.concepts {
		said.concepts[i].weight *= faintWeight
	}
	match := func(pt *part) (*roaring.Bitmap, error) {
		return union(pt, said.match, func(pt *part) (*roaring.Bitmap, error) { return pt.documents(string(Grade), grade) })
	}
	p.plan.clauses = append(p.plan.clauses, clause{faint: true, atoms: []atom{{
		match: match, concepts: said.concepts, bonuses: []bonus{{match, gradeWeight * p.v.idf(found)}},
	}}})
	return n, nil
}
