package metadata

import (
	"fmt"
	"strings"
)

// Severity says whether a problem stops a publication.
type Severity string

// Errors refuse a publication; warnings go into its report.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one thing wrong with a resource: where, what, and what to do about it.
type Problem struct {
	File     string   `json:"file"`           // relative to the published folder
	Line     int      `json:"line,omitempty"` // from 1; 0 where no line applies
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`    // stable, such as "license-missing"
	Message  string   `json:"message"` // what is wrong
	Remedy   string   `json:"remedy"`  // what to do
}

// String renders the problem as compilers do: file:line: severity: message (remedy).
func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	s := fmt.Sprintf("%s: %s: %s", place, p.Severity, p.Message)
	if p.Remedy != "" {
		s += " (" + p.Remedy + ")"
	}
	return s
}

// Problems are all that was found, in the order of the files.
type Problems []Problem

// Refuse reports whether any of the problems is an error.
func (ps Problems) Refuse() bool {
	for _, p := range ps {
		if p.Severity == Error {
			return true
		}
	}
	return false
}

// String renders one problem a line.
func (ps Problems) String() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
