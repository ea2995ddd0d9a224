package metadata

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// report collects the problems of one file and stops at a bound, so that a hostile file cannot fill a log.
type report struct {
	file     string
	problems Problems
	dropped  bool
}

func (r *report) fail(line int, code, message, remedy string) {
	r.add(Problem{File: r.file, Line: line, Severity: Error, Code: code, Message: message, Remedy: remedy})
}

func (r *report) warn(line int, code, message, remedy string) {
	r.add(Problem{File: r.file, Line: line, Severity: Warning, Code: code, Message: message, Remedy: remedy})
}

func (r *report) add(p Problem) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, p)
		return
	}
	if !r.dropped {
		r.dropped = true
		r.problems = append(r.problems, Problem{File: r.file, Severity: Error, Code: "too-many-problems",
			Message: fmt.Sprintf("there are more than %d problems; the rest is not shown", maxProblems),
			Remedy:  "mend these and try again"})
	}
}

// quote puts what somebody wrote into a message: on one line, and not too long.
func quote(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7F {
			return ' '
		}
		return c
	}, s)
	const most = 80
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return `"` + s + `"`
}

// bytesText renders a size as people read it.
func bytesText(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if n >= u.size {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/float64(u.size)), ".0") + " " + u.name
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// orList joins words as English does: "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
