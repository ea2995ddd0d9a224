package licensing

// License is what is known of one license or rights status.
type License struct {
	ID          ID     `json:"id"`
	SPDX        string `json:"spdx,omitempty"`    // the id in the SPDX list; empty where it has none
	Short       string `json:"short"`             // "CC BY-SA 4.0"
	Title       string `json:"title"`             // its official title
	Family      string `json:"family"`            // "CC", "GNU", "rights status" …
	Version     string `json:"version,omitempty"` // "4.0"; empty where not stated
	Port        string `json:"port,omitempty"`    // "US", "IGO", "SCOTLAND"; empty for international licenses
	URL         string `json:"url,omitempty"`     // the address to link to
	Open        bool   `json:"open"`              // conforms to the Open Definition
	OER         bool   `json:"oer"`               // open enough for the UNESCO recommendation on OER
	Adaptable   bool   `json:"adaptable"`         // adaptations may be made and shared
	Commercial  bool   `json:"commercial"`        // commercial use is permitted
	Shareable   bool   `json:"shareable"`         // unchanged copies may be shared
	Attribution bool   `json:"attribution"`       // credit is a duty
	ShareAlike  bool   `json:"shareAlike"`        // adaptations must carry the same license or a permitted successor
	NotALicense bool   `json:"notALicense"`       // a status or a mark: nobody can license a new work with it
}

// Lookup returns what is known of a license or rights status; false if the id does not exist.
func Lookup(id ID) (License, bool) { return License{}, false }

// Plain says what a reader may and must do, in plain words, one sentence each. Languages: "en" and "es"; any other
// language is answered in English.
func (l License) Plain(lang string) []string { return nil }
