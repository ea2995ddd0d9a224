package metadata

import (
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
)

// View is all that a crosswalk tells other systems of one published resource. Addresses are absolute URLs.
type View struct {
	Metadata   Metadata     // effective: with what a part inherits
	ID         string       // UUID
	Identifier string       // OAI identifier
	URL        string       // the resource's page
	Permalink  string       // /id/{uuid}: the page's address that never changes; empty: URL
	Git        string       // address for git clone; empty where there is none
	Path       string       // folder inside the repository; "" is its root
	Revision   string       // commit id
	License    licensing.ID // normalized; "" is "not cleared"
	LicenseURL string       // empty: as licensing knows it
	Published  time.Time
	Modified   time.Time
	Unit       *Ref                 // of a part: what it is a part of
	Parts      []Ref                // of a unit, in its order
	Publisher  Agent                // the repository; empty where not known
	Credit     string               // the attribution as plain text
	Statements map[string]Statement // what is known of the alignments, by code as written
	Size       int64                // bytes of all files
	Downloads  []Download           // other forms of the whole resource
	Access     Accessibility        // what is known of it
	Release    *Edition             // the newest release, of a part its unit's; nil where there is none
}

// Edition is a revision that was released under a version.
type Edition struct {
	Version  string    `json:"version"`
	Revision string    `json:"revision"`
	At       time.Time `json:"at,omitzero"`
	URL      string    `json:"url,omitempty"` // page with its notes; empty: as the resource's server makes it
}

// Accessibility is what is known of who can use a resource and how, in the words of schema.org.
type Accessibility struct {
	Modes    []string `json:"modes,omitempty"`    // accessMode: textual, visual, auditory …
	Features []string `json:"features,omitempty"` // accessibilityFeature: alternativeText, MathML, structuralNavigation …
	Hazards  []string `json:"hazards,omitempty"`  // accessibilityHazard: none, flashing …
	Summary  string   `json:"summary,omitempty"`  // accessibilitySummary
}

// Ref names another resource.
type Ref struct {
	ID         string `json:"id,omitempty"`         // UUID
	Identifier string `json:"identifier,omitempty"` // OAI identifier
	URL        string `json:"url,omitempty"`
	Title      string `json:"title,omitempty"`
	Path       string `json:"path,omitempty"`     // of a part that is a folder: relative to the unit
	Revision   string `json:"revision,omitempty"` // of a pinned part
}

// Statement is what is known of one aligned standard.
type Statement struct {
	Code      string // canonical
	URL       string
	Framework string
	Text      string
}

// Download is one file that holds the resource.
type Download struct {
	URL  string
	Type string // media type
	Size int64
}

// Harvested is what a foreign record says of a resource.
type Harvested struct {
	Metadata   Metadata  `json:"metadata"`
	ID         string    `json:"id,omitempty"`         // UUID, where the record carries one
	Identifier string    `json:"identifier,omitempty"` // OAI identifier or other persistent identifier
	License    string    `json:"license,omitempty"`    // as written, or the URL
	URL        string    `json:"url,omitempty"`        // the page at its home
	Git        string    `json:"git,omitempty"`
	Path       string    `json:"path,omitempty"`
	Revision   string    `json:"revision,omitempty"`
	Release    *Edition  `json:"release,omitempty"` // the newest one
	Unit       *Ref      `json:"unit,omitempty"`
	Parts      []Ref     `json:"parts,omitempty"`
	Publisher  Agent     `json:"publisher,omitzero"`
	Published  time.Time `json:"published,omitzero"`
	Modified   time.Time `json:"modified,omitzero"`

	Access Accessibility `json:"access,omitzero"`
}
