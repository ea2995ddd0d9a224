package metadata

// ldResource is a LearningResource; the order of the fields is that of the document.
type ldResource struct {
	Context []any `json:"@context"`
	ldWork
	Description          string        `json:"description,omitempty"`
	About                []ldConcept   `json:"about,omitempty"`
	Keywords             []string      `json:"keywords,omitempty"`
	Language             []string      `json:"inLanguage,omitempty"`
	ResourceType         []ldConcept   `json:"learningResourceType,omitempty"`
	EducationalLevel     []ldConcept   `json:"educationalLevel,omitempty"`
	Audience             []ldConcept   `json:"audience,omitempty"`
	Teaches              []ldConcept   `json:"teaches,omitempty"`
	Assesses             []ldConcept   `json:"assesses,omitempty"`
	Requires             []ldConcept   `json:"competencyRequired,omitempty"`
	Alignment            []ldAlignment `json:"educationalAlignment,omitempty"`
	Time                 string        `json:"timeRequired,omitempty"`
	Publisher            []ldAgent     `json:"publisher,omitempty"`
	Funder               []ldAgent     `json:"funder,omitempty"`
	Funding              []ldGrant     `json:"funding,omitempty"`
	IsPartOf             []ldWork      `json:"isPartOf,omitempty"`
	HasPart              []ldWork      `json:"hasPart,omitempty"`
	TranslationOf        *ldWork       `json:"translationOfWork,omitempty"`
	WorkExample          []ldEdition   `json:"workExample,omitempty"` // the newest release
	Encoding             []ldMedia     `json:"encoding,omitempty"`
	Media                []ldMedia     `json:"associatedMedia,omitempty"`
	CreditText           string        `json:"creditText,omitempty"`
	Free                 bool          `json:"isAccessibleForFree"`
	Conditions           *ldConcept    `json:"conditionsOfAccess,omitempty"`
	AccessMode           []string      `json:"accessMode,omitempty"`
	AccessibilityFeature []string      `json:"accessibilityFeature,omitempty"`
	AccessibilityHazard  []string      `json:"accessibilityHazard,omitempty"`
	AccessibilitySummary string        `json:"accessibilitySummary,omitempty"`
	Published            string        `json:"datePublished,omitempty"`
	Modified             string        `json:"dateModified,omitempty"`
	MainEntityOfPage     []ldPage      `json:"mainEntityOfPage,omitempty"`
}

// ldWork is what is said of any work, this one or another.
type ldWork struct {
	ID         string       `json:"id,omitempty"`
	Type       []string     `json:"type"`
	Identifier []ldProperty `json:"identifier,omitempty"`
	Name       string       `json:"name,omitempty"`
	URL        string       `json:"url,omitempty"`
	Version    string       `json:"version,omitempty"`
	ldRights
	Creator   []ldAgent  `json:"creator,omitempty"`
	Action    []ldAction `json:"potentialAction,omitempty"` // what was changed in it
	IsBasedOn []ldWork   `json:"isBasedOn,omitempty"`
}

type (
	ldProperty struct {
		Type  string `json:"type"`
		Name  string `json:"propertyID"`
		Value string `json:"value"`
	}
	ldRights struct {
		License *ldLicensing `json:"license,omitempty"`
		Usage   string       `json:"usageInfo,omitempty"` // a license that nobody knows, as its author wrote it
	}
	ldLicensing struct {
		ID   string `json:"id"`
		Name string `json:"name,omitempty"` // as its author wrote it
	}
	ldAgent struct {
		Type string `json:"type"`
		ID   string `json:"id,omitempty"`
		Name string `json:"name"`
	}
	ldAction struct {
		Type        string `json:"type"`
		Description string `json:"description"`
	}
	ldConcept struct {
		Type  string            `json:"type"`
		ID    string            `json:"id,omitempty"`
		Label map[string]string `json:"prefLabel,omitempty"`
	}
	ldAlignment struct {
		Type        string `json:"type"`
		Kind        string `json:"alignmentType"`
		Framework   string `json:"educationalFramework,omitempty"`
		Name        string `json:"targetName"`
		Description string `json:"targetDescription,omitempty"`
		URL         string `json:"targetUrl,omitempty"`
	}
	ldGrant struct {
		Type       string   `json:"type"`
		Identifier string   `json:"identifier,omitempty"`
		Funder     *ldAgent `json:"funder,omitempty"`
	}
	ldMedia struct {
		Type       string       `json:"type"`
		Identifier []ldProperty `json:"identifier,omitempty"`
		Name       string       `json:"name,omitempty"`
		Caption    string       `json:"description,omitempty"`
		ContentURL string       `json:"contentUrl,omitempty"`
		Format     string       `json:"encodingFormat,omitempty"`
		Size       string       `json:"contentSize,omitempty"`
		Version    string       `json:"version,omitempty"`
		ldRights
		Creator   []ldAgent `json:"creator,omitempty"`
		IsBasedOn string    `json:"isBasedOn,omitempty"`
	}
	ldEdition struct {
		Type      string `json:"type"`
		ID        string `json:"id,omitempty"`
		Name      string `json:"name"`    // v2
		Version   string `json:"version"` // the revision
		Published string `json:"datePublished,omitempty"`
	}
	ldPage struct {
		ID       string   `json:"id"`
		Type     string   `json:"type"`
		Provider *ldAgent `json:"provider,omitempty"`
		Modified string   `json:"dateModified,omitempty"`
	}
)
