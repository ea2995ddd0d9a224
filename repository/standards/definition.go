package standards

// Definitions are what a package says of the words that it uses, each list in the package's order.
type Definitions struct {
	Concepts  []Definition
	Subjects  []Definition
	Licenses  []Definition
	ItemTypes []Definition
	Groupings []Definition // of associations
}

// Definition is a CFConcept, CFSubject, CFLicense, CFItemType or CFAssociationGrouping.
type Definition struct {
	GUID        string `json:"guid"`
	URI         string `json:"uri,omitempty"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Code        string `json:"code,omitempty"`     // typeCode of an item type, else hierarchyCode
	Keywords    string `json:"keywords,omitempty"` // of a concept
	Text        string `json:"text,omitempty"`     // licenseText: what must stand where statements are shown
}

// Rubric says how work is judged: criteria, each with levels.
type Rubric struct {
	GUID        string            `json:"guid"`
	URI         string            `json:"uri,omitempty"`
	Title       string            `json:"title"`
	Description string            `json:"description,omitempty"`
	Criteria    []RubricCriterion `json:"criteria"`
}

// RubricCriterion is one thing that a rubric judges.
type RubricCriterion struct {
	GUID        string        `json:"guid"`
	Category    string        `json:"category,omitempty"`
	Description string        `json:"description,omitempty"`
	Statement   string        `json:"statement,omitempty"` // key of the statement that it is about, or the URI or identifier as given
	Weight      string        `json:"weight,omitempty"`    // a decimal number, as given; "" where the package says none
	Levels      []RubricLevel `json:"levels"`
}

// RubricLevel is one degree in which a criterion may be met.
type RubricLevel struct {
	GUID        string `json:"guid"`
	Quality     string `json:"quality,omitempty"` // such as "Excellent"
	Description string `json:"description,omitempty"`
	Feedback    string `json:"feedback,omitempty"`
	Score       string `json:"score,omitempty"` // a decimal number, as given
}

// titles finds what definitions are called, by identifier and by address.
func titles(all []Definition) map[string]string {
	m := make(map[string]string, 2*len(all))
	for _, d := range all {
		m[d.GUID] = d.Title
		if at := address(d.URI); at != "" {
			m[at] = d.Title
		}
	}
	return m
}

// title is what a link calls its end, else what the definitions do.
func (n wireNode) title(defined map[string]string) string {
	if t := n.Title.String(); t != "" {
		return t
	}
	if t := defined[n.key()]; t != "" {
		return t
	}
	return defined[address(n.URI.String())]
}

func (n wireNode) key() string { return itemKey(n.Identifier, n.URI) }
