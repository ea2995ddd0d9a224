package search_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/search"
)

func TestAGradeInWordsIsAPreference(t *testing.T) {
	docs := []search.Document{
		{ID: "four", Title: "Adding fractions", Body: "Fractions, fractions, fractions.", Grades: []string{"4"}},
		{ID: "five", Title: "Adding fractions", Body: "Strips of paper.", Grades: []string{"5", "6"}},
		{ID: "said", Title: "Adding fractions", Body: "Made for fifth grade. Strips."},
		{ID: "road", Title: "The grade of a road", Body: "A fifth of it is steep."},
		{ID: "kinder", Title: "Counting", Body: "Count to ten.", Grades: []string{"K"}},
	}
	x := filled(t, docs)
	for query, first := range map[string]string{
		"adding fractions 5th grade":        "five",
		"5th-grade fractions":               "five",
		"fractions for 5th graders":         "five",
		"grade 5 fractions":                 "five",
		"fractions grado 5":                 "five",
		"fractions 5.º grado":               "five",
		"fractions para quinto grado":       "five",
		"Fractions 4TH GRADE":               "four",
		"adding fractions":                  "four",
		"kindergarten counting":             "kinder",
		"kindergarten":                      "kinder",
		"6th grade":                         "five",
		"grade of a road":                   "road",
		"9th grade road":                    "road",
		"fractions seventh grade paper":     "five",
		"5.º grado suma de fractions paper": "five",
	} {
		found := ids(find(t, x, query))
		if assert.NotEmpty(t, found, query) {
			assert.Equal(t, first, found[0], "%s: %v", query, found)
		}
	}
	assert.Equal(t, 3, find(t, x, "adding fractions 5th grade").Total, "other grades are found too")
	found := ids(find(t, x, "fractions fifth grade"))
	assert.Equal(t, "four", found[len(found)-1], "%v", found)
}
