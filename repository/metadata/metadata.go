// Package metadata reads, checks and writes what a resource says of itself: the YAML front matter of its index.md, and
// the crosswalks to and from schema.org/LRMI and Dublin Core.
//
// [Parse] takes one index.md apart and [Document.With] writes it back with a change; what is not changed keeps its bytes.
// [Check] reads a whole folder with its parts and reports every problem at once, each with file, line and remedy.
// [LRMI], [DublinCore], [WriteLOM], [WriteMODS] and [WriteOpenAIRE] tell other systems of a published resource, [ReadRecord]
// reads what they tell. Foreign values are understood by the tables in the folder vocabulary; what is not understood is reported and
// kept as it was, never guessed. Licenses are kept as people wrote them; package licensing says what they mean.
package metadata

import "encoding/json"

// Type is what a resource is.
type Type string

// The types of resource, by the LRMI vocabulary of learning resource types.
const (
	Lesson     Type = "lesson"
	Unit       Type = "unit"
	Activity   Type = "activity"
	Assessment Type = "assessment"
	Text       Type = "text"
	Media      Type = "media"
	Guide      Type = "guide"
	Framework  Type = "framework"
	List       Type = "list"
)

// Metadata is the front matter of one resource. Field names follow schema.org and LRMI.
type Metadata struct {
	Title         string           `yaml:"title"          json:"title"`
	Description   string           `yaml:"description"    json:"description,omitempty"`
	Type          Type             `yaml:"type"           json:"type"`
	Language      string           `yaml:"language"       json:"language"` // BCP 47
	License       string           `yaml:"license"        json:"license"`  // as people wrote it
	Creators      []Agent          `yaml:"creators"       json:"creators"`
	Subjects      []string         `yaml:"subjects"       json:"subjects,omitempty"`
	Grades        []string         `yaml:"grades"         json:"grades,omitempty"` // PK, K, 1 … 12, HE, adult
	Alignments    Alignments       `yaml:"alignments"     json:"alignments,omitzero"`
	Time          string           `yaml:"time"           json:"time,omitempty"`     // ISO 8601 duration
	Audience      []string         `yaml:"audience"       json:"audience,omitempty"` // student, teacher, parent, administrator
	Keywords      []string         `yaml:"keywords"       json:"keywords,omitempty"`
	Funding       *Funding         `yaml:"funding"        json:"funding,omitempty"`
	Parts         []Part           `yaml:"parts"          json:"parts,omitempty"`
	Assets        map[string]Asset `yaml:"assets"         json:"assets,omitempty"` // by path inside the resource's folder
	Sources       []Source         `yaml:"sources"        json:"sources,omitempty"`
	TranslationOf *Pin             `yaml:"translation_of" json:"translation_of,omitempty"`
}

// Agent is a person or an organization that is credited.
type Agent struct {
	Name string `yaml:"name" json:"name"`
	URL  string `yaml:"url"  json:"url,omitempty"`
}

// Alignments are statements of standards, as codes or URIs, by what the resource does with them.
type Alignments struct {
	Teaches  []string `yaml:"teaches"  json:"teaches,omitempty"`
	Assesses []string `yaml:"assesses" json:"assesses,omitempty"`
	Requires []string `yaml:"requires" json:"requires,omitempty"`
}

// Funding names the grant that paid for the resource. What is said of the grant beside its number decides which of the
// funder's rules on licenses apply; dates are YYYY-MM-DD, or a beginning of that.
type Funding struct {
	Funder    string `yaml:"funder"    json:"funder"` // "US-ED", "US Department of Education" …
	Grant     string `yaml:"grant"     json:"grant,omitempty"`
	Program   string `yaml:"program"   json:"program,omitempty"` // "Open Textbooks Pilot", "TAACCCT" …
	Kind      string `yaml:"kind"      json:"kind,omitempty"`    // competitive, discretionary, formula, own time
	Announced string `yaml:"announced" json:"announced,omitempty"`
	Awarded   string `yaml:"awarded"   json:"awarded,omitempty"`
	Signed    string `yaml:"signed"    json:"signed,omitempty"`
}

// Part is one part of a unit: a sub-folder, or a pinned revision of a resource elsewhere. Exactly one of the two is set.
type Part struct {
	Path string // sub-folder with an index.md, relative to the unit
	Pin  Pin
}

// Pin names one exact revision of a resource.
type Pin struct {
	ID       string `yaml:"id"       json:"id"` // OAI identifier or UUID
	Revision string `yaml:"revision" json:"revision,omitempty"`
}

// Asset is what is known of one file beside the text.
type Asset struct {
	Title    string  `yaml:"title"    json:"title,omitempty"`
	License  string  `yaml:"license"  json:"license,omitempty"` // as written; empty: the resource's own
	Creators []Agent `yaml:"creators" json:"creators,omitempty"`
	Source   string  `yaml:"source"   json:"source,omitempty"` // URL
	Alt      string  `yaml:"alt"      json:"alt,omitempty"`
}

// Source is what a remix came from. Sources nest, so that a remix carries its whole provenance graph with it and the
// license verdict never depends on a peer that may be gone.
type Source struct {
	ID       string   `yaml:"id"                 json:"id"` // OAI identifier or UUID
	Title    string   `yaml:"title,omitempty"    json:"title,omitempty"`
	URL      string   `yaml:"url,omitempty"      json:"url,omitempty"`
	Path     string   `yaml:"path,omitempty"     json:"path,omitempty"`
	Revision string   `yaml:"revision,omitempty" json:"revision,omitempty"`
	License  string   `yaml:"license"            json:"license"` // as written there
	Creators []Agent  `yaml:"creators,omitempty" json:"creators,omitempty"`
	Changes  string   `yaml:"changes,omitempty"  json:"changes,omitempty"` // what the remix changed
	Sources  []Source `yaml:"sources,omitempty"  json:"sources,omitempty"` // what the source itself came from
}

// MarshalJSON renders a part as the front matter does: the name of a folder, or a pin.
func (p Part) MarshalJSON() ([]byte, error) {
	if p.Path != "" {
		return json.Marshal(p.Path)
	}
	return json.Marshal(p.Pin)
}

// UnmarshalJSON reads either form.
func (p *Part) UnmarshalJSON(src []byte) error {
	*p = Part{}
	if len(src) > 0 && src[0] == '"' {
		return json.Unmarshal(src, &p.Path)
	}
	return json.Unmarshal(src, &p.Pin)
}
