package search

import (
	"slices"
	"strings"
)

// grades are the values of the grade field, in their order.
var grades = []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "HE", "adult"}

// gradeName gives the usual name of a grade that is written otherwise: "05", "Kindergarten". What it does not know it
// gives back as it is.
func gradeName(s string) string {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "k", "kg", "kindergarten", "0", "00":
		return "K"
	case "pk", "pre-k", "prek", "preschool":
		return "PK"
	case "he", "college", "university", "13", "14", "15", "16":
		return "HE"
	case "adult":
		return "adult"
	}
	if t := strings.TrimLeft(s, "0"); slices.Contains(grades, t) {
		return t
	}
	return s
}

// gradeRange reads 3..5, 3.. and ..5; a single grade has no end.
func gradeRange(s string) (from, to string) {
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		return gradeName(s), ""
	}
	if a == "" {
		a = "PK"
	}
	if b == "" {
		b = "adult"
	}
	a, b = gradeName(a), gradeName(b)
	i, j := slices.Index(grades, a), slices.Index(grades, b)
	switch {
	case i < 0 || j < 0:
		if i >= 0 {
			return a, ""
		}
		return b, ""
	case i == j:
		return a, ""
	case i > j:
		return b, a
	}
	return a, b
}

// gradesBetween lists the grades from one to another, both included.
func gradesBetween(from, to string) []string {
	if to == "" {
		return []string{from}
	}
	i, j := slices.Index(grades, from), slices.Index(grades, to)
	if i < 0 || j < i {
		return []string{from}
	}
	return grades[i : j+1]
}
