package search

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
	HintBadValue      HintKind = "bad-value"          // a field cannot have this value; it was left out; Suggestions are examples
	HintParentheses   HintKind = "parentheses"        // one has no partner, or there are too many; some were left out
	HintTooComplex    HintKind = "too-complex"        // parentheses that multiply out to too much; all were left out
	HintNotUTF8       HintKind = "not-utf8"           // bytes that are no text; they were left out
	HintSpelling      HintKind = "spelling"           // an unknown word was searched as the similar one in Suggestions
	HintAmbiguousCode HintKind = "ambiguous-standard" // a code means several statements; Suggestions names them
	HintUnknownCode   HintKind = "unknown-standard"   // no such standard is known; resources that name it literally match
	HintReplaced      HintKind = "replaced-standard"  // a standard was replaced; Suggestions are the codes of its successors
	HintOldIndex      HintKind = "old-index"          // the index is of an older format, so that phrases were searched as their words
	HintUnknownValue  HintKind = "unknown-value"      // no resource here has this value in this field
)
