package metadata

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// grader holds all that a record says about grades, the exact before the vague: levels before contexts, such as "school",
// before ages.
type grader struct {
	levels, contexts [][]string // each by its spellings
	ages             []string
}

// emptyContexts say nothing about grades.
var emptyContexts = []string{"other", "autre", "sonstige", "overig"}

// grades takes the most exact that is understood, and reports what is not.
func (g *gatherer) grades(from grader) {
	for _, level := range from.levels {
		if !slices.ContainsFunc(level, g.grade) && level[0] != "" {
			g.unmapped("grade", level[0])
		}
	}
	known := len(g.Metadata.Grades) > 0
	for _, context := range from.contexts {
		if len(context) == 0 || slices.Contains(emptyContexts, fold(context[0])) {
			continue
		}
		understood := slices.ContainsFunc(context, func(s string) bool { return len(readGrades(s)) > 0 })
		switch {
		case !understood:
			g.unmapped("grade", context[len(context)-1])
		case !known:
			_ = slices.ContainsFunc(context, g.grade) // the first spelling that is understood
		}
	}
	if len(g.Metadata.Grades) > 0 {
		return
	}
	for _, s := range from.ages {
		grades := ageGrades(s)
		if len(grades) == 0 {
			g.warn(0, unmappedValue, "the ages "+quote(s)+" are those of no grade", "they are left out")
			continue
		}
		g.Metadata.Grades = appendNew(g.Metadata.Grades, grades...)
	}
}

var ageRange = regexp.MustCompile(`^(?:ages?|alter|âge|leeftijd|edad)? ?:?(\d{1,2}) ?(?:(?:-|–|—|to|à|bis|tot|a) ?(\d{1,2}))? ?(?:years?|yrs?|y|ans|jahre|jaar|años)?(?: old)?$`)

// ageGrades are the grades whose pupils are all within a range of ages, such as "10-12", or the grade that one starts at
// an age. A range without an end has none: beyond school, an age says nothing.
func ageGrades(spelling string) []string {
	m := ageRange.FindStringSubmatch(fold(spelling))
	if m == nil {
		return nil
	}
	low, _ := strconv.Atoi(m[1])
	high := low + 1
	if m[2] != "" {
		high, _ = strconv.Atoi(m[2])
	}
	var out []string
	for _, t := range words().grades.terms {
		from, to, _ := strings.Cut(t.others["ages"], "-")
		first, _ := strconv.Atoi(from)
		last, err := strconv.Atoi(to)
		if err == nil && first >= low && last <= high {
			out = append(out, t.name)
		}
	}
	return out
}
