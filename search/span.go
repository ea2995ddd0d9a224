package search

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// span is a range of minutes, or of seconds since 1970; both ends are in it.
type span struct{ from, to int64 }

// unit reads one minute count or date: in its usual form, and as the span that it is.
type unit func(s string) (string, span, bool)

// unitOf is how the values of a field are measured, nil if they are not.
func unitOf(f Field) unit {
	switch f {
	case Time:
		return readMinutes
	case Updated:
		return readDate
	}
	return nil
}

var comparisons = []string{">=", "<=", "≥", "≤", "=>", "=<", ">", "<"}

// readSpan reads <45m, >=2025-01, 20m..45m, ..45m, 2025.. and plain values; it gives the usual form too.
func readSpan(s string, read unit) (string, span, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, op := range comparisons {
		rest, ok := strings.CutPrefix(s, op)
		if !ok {
			continue
		}
		usual, at, ok := read(strings.TrimSpace(rest))
		switch op {
		case ">":
			return op + usual, span{at.to + 1, math.MaxInt64}, ok
		case "<":
			return op + usual, span{0, at.from - 1}, ok
		case ">=", "=>", "≥":
			return ">=" + usual, span{at.from, math.MaxInt64}, ok
		}
		return "<=" + usual, span{0, at.to}, ok
	}
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		return read(s)
	}
	from, x, okA := read(strings.TrimSpace(a))
	to, y, okB := read(strings.TrimSpace(b))
	switch {
	case okA && b == "":
		return ">=" + from, span{x.from, math.MaxInt64}, true
	case okB && a == "":
		return "<=" + to, span{0, y.to}, true
	case !okA || !okB:
		return "", span{}, false
	case from == to:
		return from, x, true
	case x.from > y.from:
		from, to, x, y = to, from, y, x
	}
	return from + ".." + to, span{x.from, max(x.to, y.to)}, true
}

var spokenTime = regexp.MustCompile(`^(?:(\d{1,4}(?:[.,]\d{1,2})?) ?(?:h|hr|hrs|hour|hours|hora|horas))? ?(?:(\d{1,6}) ?(?:m|min|mins|minute|minutes|minuto|minutos|')?)?$`)

// readMinutes reads 45, 45m, 1h30m, 1.5h and the durations of ISO 8601 (PT45M), as whole minutes.
func readMinutes(s string) (string, span, bool) {
	if s == "" || len(s) > 40 {
		return "", span{}, false
	}
	n, ok := metadata.Minutes(strings.ToUpper(s))
	if !ok {
		m := spokenTime.FindStringSubmatch(s)
		if m == nil {
			return "", span{}, false
		}
		hours, _ := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64) // "" is 0
		minutes, _ := strconv.Atoi(m[2])
		n = int(math.Round(hours*60)) + minutes
	}
	if n < 0 || n > maxMinutes {
		return "", span{}, false
	}
	return fmt.Sprintf("%dm", n), span{int64(n), int64(n)}, true
}

// readDate reads 2025, 2025-01 and 2025-01-31, in UTC.
func readDate(s string) (string, span, bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {"2006-01-02", 0, 0, 1}} {
		at, err := time.Parse(form.layout, s)
		if err == nil && at.Year() >= 1 {
			end := at.AddDate(form.years, form.months, form.days)
			return s, span{max(at.Unix(), 0), max(end.Unix()-1, 0)}, true
		}
	}
	return "", span{}, false
}

// maxMinutes is the longest time that is told apart: 99,999 minutes are two months.
const maxMinutes = 99_999

// minutesTerm is a time as the index has it.
func minutesTerm(n int) string { return fmt.Sprintf("%05d", min(n, maxMinutes)) }

// bands are the values of the facet of times, each what readSpan reads.
var bands = []struct {
	upTo int
	name string
}{{15, "<=15m"}, {30, "16m..30m"}, {45, "31m..45m"}, {60, "46m..60m"}, {90, "61m..90m"}, {math.MaxInt, ">90m"}}

// bandOrder is the place of a value of the facet of times; those that were asked for as another span come last.
func bandOrder(value string) int {
	for i, b := range bands {
		if b.name == value {
			return i
		}
	}
	return len(bands)
}

// band is the one that a time falls into.
func band(minutes int) string {
	for _, b := range bands {
		if minutes <= b.upTo {
			return b.name
		}
	}
	return ""
}
