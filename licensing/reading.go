package licensing

// Resolution says how certain a [Reading] is.
type Resolution string

// The resolutions of a reading.
const (
	Exact         Resolution = "exact"      // license, version and port are known
	Family        Resolution = "family"     // the elements are known, the version was not stated
	Status        Resolution = "status"     // a rights status, which is no license
	Expression    Resolution = "expression" // several licenses; Reading.Expr says how they are joined
	CustomTerms   Resolution = "custom"     // terms of somebody's own, or a modified Creative Commons license
	Invalid       Resolution = "invalid"    // looks like a Creative Commons license that does not exist
	Conflict      Resolution = "conflict"   // the parts contradict each other
	NotUnderstood Resolution = "unknown"    // nothing usable
)

// Reading is what a text was understood to say about rights.
type Reading struct {
	Input      string     // the text as it was given
	ID         ID         // what was read; for Invalid and Conflict only a hint for a person: store Reading.License instead
	Resolution Resolution // how certain that is
	Expr       string     // for Expression: the ids joined by OR, AND or WITH
	Warnings   []string   // what a person should look at, in English
	Evidence   []Span     // the parts of Input that said so, in their order
	Excludes   []string   // exceptions, as the text puts them: "except where otherwise noted"
}

// Span is a part of a text, in bytes, and what it was taken to mean.
type Span struct {
	Start int    `json:"start"` // offset of the first byte in Input
	End   int    `json:"end"`   // offset after the last byte
	Text  string `json:"text"`  // Input[Start:End]
	Says  string `json:"says"`  // the id, element, version or port that it stands for
}

// Cleared reports whether the reading names a license or status that rules are known for, so that a remix can be judged.
func (r Reading) Cleared() bool {
	if r.Resolution != Exact && r.Resolution != Family && r.Resolution != Status {
		return false
	}
	_, ok := Lookup(r.ID)
	return ok && r.ID != UnknownRights
}

// License is the license or status to go by: the ID if the text names exactly one thing, and empty, which is "not
// cleared", for what is invalid, in conflict, an expression or not understood.
func (r Reading) License() ID {
	switch r.Resolution {
	case Exact, Family, Status, CustomTerms:
		return r.ID
	}
	return NotCleared
}
