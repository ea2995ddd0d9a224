package search

import (
	"slices"
	"strings"
)

// Field names what a term looks at.
type Field string

// The fields of the query language, and of filters and facets. docs/query.md says what their values may be.
const (
	Words      Field = ""           // title, description, body, keywords and creators
	Standard   Field = "standard"   // what a resource teaches or assesses
	Teaches    Field = "teaches"    //
	Assesses   Field = "assesses"   //
	Requires   Field = "requires"   // what must be known before
	License    Field = "license"    // id, family or permission
	Permission Field = "permission" // what the license permits and demands; several values must all hold
	Grade      Field = "grade"      // PK, K, 1 … 12, HE, adult, and ranges
	Subject    Field = "subject"    //
	Type       Field = "type"       //
	Language   Field = "language"   // BCP 47; "en" includes "en-US"
	Source     Field = "source"     // name of a peer, or Own
	Owner      Field = "owner"      //
	List       Field = "list"       // slug of an approved list
	Time       Field = "time"       // minutes and ranges of minutes
	Updated    Field = "updated"    // days, months, years and ranges of them, in UTC
)

// Fields lists the fields that a query and filters can name.
func Fields() []Field {
	return []Field{
		Standard, Teaches, Assesses, Requires, License, Permission, Grade, Subject, Type, Language, Source, Owner, List, Time, Updated,
	}
}

// alignment reports whether the values of the field are codes of standards.
func (f Field) alignment() bool {
	return f == Standard || f == Teaches || f == Assesses || f == Requires
}

// Query is a parsed query: groups that must all hold, except that of groups of plain words as many as possible should.
// The zero Query matches everything.
type Query struct {
	Groups []Group `json:"groups"`
	Sort   Sort    `json:"sort,omitempty"` // as sort: asks for; Request.Sort wins over it
}

// Group is a list of alternatives, joined by OR.
type Group []Term

// Term is one word, phrase or field of a query.
type Term struct {
	Not    bool     `json:"not,omitempty"`
	Field  Field    `json:"field,omitempty"`
	Phrase bool     `json:"phrase,omitempty"` // the words of Value, next to each other; only of Words
	Reach  Reach    `json:"reach,omitempty"`  // only of the fields of standards
	Value  string   `json:"value"`            // of Grade, Time and Updated in the form that the parser gives ranges
	More   []string `json:"more,omitempty"`   // further values, any of which will do; only of fields
}

// Reach is how far around a statement a term of a standard looks.
type Reach string

// The reaches.
const (
	Tree      Reach = ""  // the statement and those below it
	Alone     Reach = "=" // the statement alone
	Crosswalk Reach = "~" // Tree, and the statements that crosswalks link to those
)

// Values are the term's value and the further ones.
func (t Term) Values() []string { return append([]string{t.Value}, t.More...) }

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
	if q.Sort != Relevance {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("sort:" + string(q.Sort))
	}
	return b.String()
}

// String prints the term as it is written in a query.
func (t Term) String() string {
	var b strings.Builder
	if t.Not {
		b.WriteByte('-')
	}
	switch {
	case t.Field != Words:
		b.WriteString(string(t.Field) + ":" + string(t.Reach))
		values := t.Values()
		for i, v := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			more := i+1 < len(values) && t.Field.alignment() // without quotes, what follows would be of this one
			if more || needsQuotes(t.Field, v) {
				v = `"` + v + `"`
			}
			b.WriteString(v)
		}
	case t.Phrase:
		b.WriteString(`"` + t.Value + `"`)
	default:
		b.WriteString(t.Value)
	}
	return b.String()
}

// needsQuotes reports whether a field's value would not be read back whole without quotation marks.
func needsQuotes(f Field, s string) bool {
	return s == "" || strings.ContainsFunc(s, isSpace) ||
		f.alignment() && strings.HasPrefix(s, string(Alone)) || f.alignment() && strings.HasPrefix(s, string(Crosswalk)) ||
		!f.alignment() && strings.ContainsRune(s, ',')
}

// plain reports whether the group is of words alone, which are wanted rather than required.
func (g Group) plain() bool {
	return !slices.ContainsFunc(g, func(t Term) bool { return t.Field != Words || t.Phrase || t.Not })
}
