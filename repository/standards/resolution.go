package standards

import "encoding/json"

// Kind says how sure a Resolution is.
type Kind string

// The kinds of resolution.
const (
	Exact     Kind = "exact"     // one statement of an imported framework
	Pattern   Kind = "pattern"   // a known code of a framework that is not imported
	Ambiguous Kind = "ambiguous" // several statements could be meant; Candidates names them
	Unknown   Kind = "unknown"   // no code, or no such code
)

// Resolution is what a code turned out to be. As JSON it is an object with the members input, framework, code, uri,
// candidates and resolution, of which framework, code and uri are null where they are not known.
type Resolution struct {
	Input      string
	Framework  string      // short name; "" unless exact or pattern
	Code       string      // canonical code; "" unless exact or pattern
	URI        string      // "" where its publisher gave it none
	GUID       string      // key of the imported statement; "" unless exact
	Candidates []Candidate // at most 20; empty unless ambiguous
	Resolution Kind
}

// MarshalJSON implements json.Marshaler.
func (r Resolution) MarshalJSON() ([]byte, error) {
	known := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	candidates := r.Candidates
	if candidates == nil {
		candidates = []Candidate{}
	}
	return json.Marshal(struct {
		Input      string      `json:"input"`
		Framework  *string     `json:"framework"`
		Code       *string     `json:"code"`
		URI        *string     `json:"uri"`
		Candidates []Candidate `json:"candidates"`
		Resolution Kind        `json:"resolution"`
	}{r.Input, known(r.Framework), known(r.Code), known(r.URI), candidates, r.Resolution})
}

// Candidate is one of the statements that an ambiguous code may mean.
type Candidate struct {
	Framework string `json:"framework"`
	Code      string `json:"code"`
	URI       string `json:"uri,omitempty"`
	GUID      string `json:"guid,omitempty"`
	Text      string `json:"text,omitempty"` // at most 120 characters of the statement
}

// Key is the key of the statement: its GUID where its framework is imported, else its canonical code, or "" if the
// code is ambiguous or unknown.
func (r Resolution) Key() string {
	if r.GUID != "" {
		return r.GUID
	}
	return r.Code
}

// Known reports whether the code names exactly one statement.
func (r Resolution) Known() bool { return r.Resolution == Exact || r.Resolution == Pattern }

// Hint is what the asker knows beside the code. Texas teachers write 5.3H in every subject: only a subject and a
// jurisdiction tell which statement that is.
type Hint struct {
	Subject      string // "math", "ela", "science", …; "" if not known
	Jurisdiction string // postal code such as "TX"; "" if not known
	Framework    string // short name of the framework to look in first; "" for all
}
