package standards

import (
	"fmt"
	"strconv"
	"strings"
)

// gradesOf reads grades as people write them ("K", "5", "3-5", "9, 10", "Grade 4", "KG") as the codes of CEDS that CASE
// names for educationLevel: PK, KG, 01 to 13. What is none of them is kept as it is.
func gradesOf(s string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' || r == '/' }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		lo, hi, isRange := strings.Cut(strings.NewReplacer("–", "-", "—", "-").Replace(part), "-")
		from, ok := gradeOf(lo)
		if !ok {
			all = append(all, part)
			continue
		}
		to := from
		if isRange {
			if to, ok = gradeOf(hi); !ok || to < from {
				all = append(all, part)
				continue
			}
		}
		for g := from; g <= to; g++ {
			all = append(all, gradeCode(g))
		}
	}
	return all
}

func gradeOf(s string) (int, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, word := range []string{"grades", "grade", "gr."} {
		s = strings.TrimSpace(strings.TrimPrefix(s, word))
	}
	switch s {
	case "pk", "pre-k", "prek":
		return -1, true
	case "k", "kg", "kindergarten":
		return 0, true
	}
	if len(s) > 2 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= 13
}

func gradeCode(g int) string {
	switch g {
	case -1:
		return "PK"
	case 0:
		return "KG"
	}
	return fmt.Sprintf("%02d", g)
}
