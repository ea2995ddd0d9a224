package standards

// Framework is one imported set of standards.
type Framework struct {
	Name         string        `json:"name"` // short name given at import, such as "ccss-math"; see Edition
	GUID         string        `json:"guid"`
	URI          string        `json:"uri,omitempty"`
	Title        string        `json:"title"`
	Creator      string        `json:"creator,omitempty"`
	Publisher    string        `json:"publisher,omitempty"`
	Version      string        `json:"version,omitempty"`
	Status       string        `json:"status,omitempty"` // CASE adoptionStatus, as given
	Language     string        `json:"language,omitempty"`
	Subjects     []string      `json:"subjects,omitempty"`
	License      string        `json:"license,omitempty"`    // title or URI of the license, as given; "" where the package names none
	Notice       string        `json:"notice,omitempty"`     // text that must stand where statements are shown
	Changed      string        `json:"lastChange,omitempty"` // CASE lastChangeDateTime, as given
	Edition      string        `json:"edition,omitempty"`    // label of this edition, where the name has several; see Editions
	Superseded   bool          `json:"superseded,omitempty"` // there is a newer edition of the name; Name is then "name@edition"
	Import       int           `json:"-"`                    // which import of the name it was, from 0
	Statements   []Statement   `json:"-"`                    // parents before children, siblings in the package's order
	Associations []Association `json:"-"`                    // all but isChildOf, which Statement.Parent holds
	Definitions  Definitions   `json:"-"`
	Rubrics      []Rubric      `json:"-"` // in the package's order
	Problems     []Problem     `json:"problems,omitempty"`
	Raw          []byte        `json:"-"` // the CASE package, byte for byte as it was read but for a byte order mark; nil where it is kept elsewhere
}

// Statement is one standard, or a heading above standards.
type Statement struct {
	Key       string   `json:"key"`                // what alignments and the search index hold; see the package's comment
	GUID      string   `json:"guid,omitempty"`     // CASE identifier, lower case with hyphens
	Framework string   `json:"framework"`          // short name
	Code      string   `json:"code,omitempty"`     // CASE humanCodingScheme without blanks around it; may be empty, may repeat
	Label     string   `json:"label,omitempty"`    // abbreviated statement or alternative label
	URI       string   `json:"uri,omitempty"`      //
	Text      string   `json:"text"`               // CASE fullStatement, Markdown
	Type      string   `json:"type,omitempty"`     // CASE CFItemType, as given, or the title of the type that it links to
	Notes     string   `json:"notes,omitempty"`    // CASE notes, Markdown
	Language  string   `json:"language,omitempty"` // BCP 47
	Grades    []string `json:"grades,omitempty"`   // CASE educationLevel, as given
	Subjects  []string `json:"subjects,omitempty"`
	Parent    string   `json:"parent,omitempty"` // key; "" at the top of the framework
}

// Association links two statements, possibly of two frameworks.
type Association struct {
	GUID   string `json:"guid"`
	Type   string `json:"type"`   // isPeerOf, isPartOf, exactMatchOf, precedes, isRelatedTo, replacedBy, ext:… as given
	Origin string `json:"origin"` // key of a statement, or the URI or identifier as given where no statement here has it
	Target string `json:"target"`

	Grouping string `json:"grouping,omitempty"` // title of the CFAssociationGrouping, or its identifier where it has none
	Title    string `json:"title,omitempty"`    // what the package calls the target; for targets that are not imported
}

// Problem is something that a package lacks or has wrong, and that the reader tolerated.
type Problem struct {
	Code    string `json:"code"`              // stable, such as "parent-missing"
	Subject string `json:"subject,omitempty"` // GUID of the item or association
	Message string `json:"message"`
}
