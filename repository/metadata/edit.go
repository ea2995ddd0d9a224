package metadata

// Edit is a change to one index.md. What is nil stays as it is, byte for byte; what points to a zero value is taken out
// of the front matter.
type Edit struct {
	Title         *string           `json:"title,omitempty"`
	Description   *string           `json:"description,omitempty"`
	Type          *Type             `json:"type,omitempty"`
	Language      *string           `json:"language,omitempty"`
	License       *string           `json:"license,omitempty"`
	Creators      *[]Agent          `json:"creators,omitempty"`
	Subjects      *[]string         `json:"subjects,omitempty"`
	Grades        *[]string         `json:"grades,omitempty"`
	Alignments    *Alignments       `json:"alignments,omitempty"`
	Time          *string           `json:"time,omitempty"`
	Audience      *[]string         `json:"audience,omitempty"`
	Keywords      *[]string         `json:"keywords,omitempty"`
	Funding       *Funding          `json:"funding,omitempty"`
	Parts         *[]Part           `json:"parts,omitempty"`
	Assets        *map[string]Asset `json:"assets,omitempty"`
	Sources       *[]Source         `json:"sources,omitempty"`
	TranslationOf *Pin              `json:"translation_of,omitempty"`
	Body          *string           `json:"body,omitempty"`
}
