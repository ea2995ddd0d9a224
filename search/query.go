package search

// Field names what a term looks at.
type Field string

// The fields of the query language, and of facets.
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

// Hint tells the searcher what was understood differently from what was typed, or what else to try.
type Hint struct {
	Kind        HintKind `json:"kind"`
	Term        string   `json:"term,omitempty"`        // the part of the query that it is about
	Suggestions []string `json:"suggestions,omitempty"` // what could stand in its place
	Message     string   `json:"message"`               // one English sentence
}

// HintKind tells hints apart, so that pages can say them in their language.
type HintKind string

// The kinds of hint.
const (
	HintTooLong       HintKind = "too-long"           // only the beginning of the query was read
	HintUnclosedQuote HintKind = "unclosed-quote"     // a quotation mark has no partner
	HintUnknownField  HintKind = "unknown-field"      // a word before a colon is no field; it was searched as text
	HintEmptyField    HintKind = "empty-field"        // a field without a value; it was left out
	HintLooseOr       HintKind = "loose-or"           // an OR without something on both sides; it was left out
	HintNotUTF8       HintKind = "not-utf8"           // bytes that are no text; they were left out
	HintSpelling      HintKind = "spelling"           // an unknown word was searched as a similar one
	HintAmbiguousCode HintKind = "ambiguous-standard" // a code means several statements; Suggestions names them
	HintUnknownCode   HintKind = "unknown-standard"   // no such standard is known; resources naming it literally match
	HintUnknownValue  HintKind = "unknown-value"      // no resource has this value in this field
)

// ParseQuery reads what a person typed. Every text is a query; hints say what was read differently.
func ParseQuery(q string) (Query, []Hint) { return Query{}, nil }

// String prints the query so that parsing it gives the same query.
func (q Query) String() string { return "" }
