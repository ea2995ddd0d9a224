package themes

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// funcs are what templates may call, bound to one language.
func (t *Theme) funcs(lang string) template.FuncMap {
	m := t.messages[lang]
	return template.FuncMap{
		"t":       m.text,
		"tn":      m.count,
		"label":   m.label,
		"number":  func(n any) (string, error) { v, err := integer(n); return number(v), err },
		"date":    m.date,
		"iso":     func(at time.Time) string { return at.UTC().Format("2006-01-02") },
		"moment":  m.moment,
		"span":    m.span,
		"stamp":   func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04") },
		"minutes": m.minutes,
		"size":    m.size,
		"grades":  m.grades,
		"list":    func(s []string) string { return strings.Join(s, ", ") },
		"foreign": func(l string) template.HTMLAttr { return foreign(l, lang) },
		"with2":   func(a, b any) pair { return pair{a, b} },
		"first":   func(n int, s []string) []string { return s[:min(n, len(s))] },
	}
}

// pair gives two values to a partial.
type pair struct{ A, B any }

// foreign is the lang attribute of text that is not in the language of the page, and its direction where that differs.
func foreign(text, page string) template.HTMLAttr {
	if text == "" || text == page || strings.HasPrefix(text, page+"-") {
		return ""
	}
	for _, r := range text {
		if r != '-' && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z') && !('0' <= r && r <= '9') {
			return ""
		}
	}
	direction := ""
	if turned := rightToLeft(text); turned != rightToLeft(page) {
		direction = ` dir="ltr"`
		if turned {
			direction = ` dir="rtl"`
		}
	}
	return template.HTMLAttr(` lang="` + text + `"` + direction) //nolint:gosec // letters, digits and hyphens only
}

func integer(n any) (int64, error) {
	v := reflect.ValueOf(n)
	switch {
	case v.CanInt():
		return v.Int(), nil
	default:
		return 0, fmt.Errorf("%v is not a whole number", n)
	}
}

// number writes digits in groups, as schools in the United States do in English and Spanish.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

func (m *messages) date(at time.Time) (string, error) {
	if at.IsZero() {
		return "", nil
	}
	at = at.UTC()
	return m.text("date", "Day", at.Day(), "Month", m.label("month", strconv.Itoa(int(at.Month()))), "Year", at.Year())
}

// moment is a date with its time of day, both UTC as in every log.
func (m *messages) moment(at time.Time) (string, error) {
	day, err := m.date(at)
	if err != nil || day == "" {
		return "", err
	}
	return m.text("moment", "Date", day, "Time", at.UTC().Format("15:04"))
}

// span is how long something takes: "40 s", "12 min", "3 h 5 min", "2 d".
func (m *messages) span(d time.Duration) (string, error) {
	const day = 24 * time.Hour
	switch {
	case d < 90*time.Second:
		return m.text("time.seconds", "N", max(1, int(d.Round(time.Second)/time.Second)))
	case d >= 2*day:
		return m.text("time.days", "N", int((d+day/2)/day))
	}
	return m.minutes(int(d.Round(time.Minute) / time.Minute))
}

func (m *messages) minutes(n int) (string, error) {
	switch hours, rest := n/60, n%60; {
	case n <= 0:
		return "", nil
	case hours == 0:
		return m.text("time.minutes", "N", rest)
	case rest == 0:
		return m.text("time.hours", "N", hours)
	default:
		return m.text("time.both", "Hours", hours, "Minutes", rest)
	}
}

func (m *messages) size(n int64) string {
	switch {
	case n < 1000:
		return number(n) + " B"
	case n < 1_000_000:
		return number((n+500)/1000) + " kB"
	case n < 1_000_000_000:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
	default:
		return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB"
	}
}

var gradeOrder = []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "HE", "ADULT"}

// grades puts a set of grades into words: "Grade 5", "Grades 3–5", "Kindergarten, Adult".
func (m *messages) grades(gs []string) (string, error) {
	var places []int
	var rest []string
	for _, g := range gs {
		if i := slices.Index(gradeOrder, strings.ToUpper(g)); i >= 0 {
			places = append(places, i)
		} else {
			rest = append(rest, g)
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	if len(places) > 1 && places[len(places)-1]-places[0] == len(places)-1 && len(rest) == 0 && places[len(places)-1] < 14 {
		return m.text("grade.range", "From", m.label("grade.short", gradeOrder[places[0]]), "To", m.label("grade.short", gradeOrder[places[len(places)-1]]))
	}
	var words []string
	for _, p := range places {
		words = append(words, m.label("grade", gradeOrder[p]))
	}
	return strings.Join(append(words, rest...), ", "), nil
}
