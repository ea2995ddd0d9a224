package search

import (
	"slices"
	"strings"
)

// Field names what a term looks at.
type Field string

// The fields of the query language, and of filters and facets.
const (
	Words    Field = "" // title, description, body, keywords and creators
	Standard Field = "standard"
	License  Field = "license"
	Grade    Field = "grade"
	Subject  Field = "subject"
	Type     Field = "type"
	Language Field = "language"
	Source   Field = "source"
	Owner    Field = "owner"
)

// Fields lists the fields that a query can name.
func Fields() []Field {
	return []Field{Standard, License, Grade, Subject, Type, Language, Source, Owner}
}

// Query is a parsed query: groups that must all hold, except that of groups of plain words as many as possible should.
// The zero Query matches everything.
type Query struct {
	Groups []Group `json:"groups"`
}

// Group is a list of alternatives, joined by OR.
type Group []Term

// Term is one word, phrase or field of a query.
type Term struct {
	Not    bool   `json:"not,omitempty"`
	Field  Field  `json:"field,omitempty"`
	Phrase bool   `json:"phrase,omitempty"` // the words of Value, next to each other; only of Words
	Value  string `json:"value"`
	To     string `json:"to,omitempty"` // the last grade of a range; only of Grade
}

// Empty reports whether the query asks for nothing in particular.
func (q Query) Empty() bool { return len(q.Groups) == 0 }

// String prints the query so that parsing it gives the same query.
func (q Query) String() string {
	var b strings.Builder
	for i, g := range q.Groups {
		for j, t := range g {
			switch {
			case j > 0:
				b.WriteString(" OR ")
			case i > 0:
				b.WriteByte(' ')
			}
			b.WriteString(t.String())
		}
	}
	return b.String()
}

// String prints the term as it is written in a query.
func (t Term) String() string {
	s := t.Value
	if t.To != "" {
		s += ".." + t.To
	} else if t.Phrase || t.Field != Words && needsQuotes(s) {
		s = `"` + s + `"`
	}
	if t.Field != Words {
		s = string(t.Field) + ":" + s
	}
	if t.Not {
		s = "-" + s
	}
	return s
}

// needsQuotes reports whether a field's value would not be read back whole without quotation marks.
func needsQuotes(s string) bool {
	return s == "" || strings.ContainsFunc(s, isSpace) || strings.Contains(s, "..")
}

// plain reports whether the group is of words alone, which are wanted rather than required.
func (g Group) plain() bool {
	return !slices.ContainsFunc(g, func(t Term) bool { return t.Field != Words || t.Phrase || t.Not })
}
